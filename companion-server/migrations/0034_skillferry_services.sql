-- Keys of internal services, encrypted; what is still to be revoked at a service; the machines that fetch the keys.
CREATE TABLE service_connections (
    id @uuid PRIMARY KEY,
    user_id @uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    service_id @text NOT NULL,
    key_id @text NOT NULL,
    sealed @bytes NOT NULL,
    token_id @text,
    connected_at @ts NOT NULL,
    expires_at @ts,
    exchange_refused @bool NOT NULL DEFAULT @false,
    CONSTRAINT uq_service_connections_service UNIQUE (user_id, service_id)
) @strict;

-- Outlives the person: what was issued for them is revoked even when they are gone. It names nobody.
CREATE TABLE service_revocations (
    id @uuid PRIMARY KEY,
    service_id @text NOT NULL,
    token_id @text NOT NULL,
    attempts @int NOT NULL DEFAULT 0,
    not_before @ts NOT NULL,
    created_at @ts NOT NULL
) @strict;
CREATE INDEX ix_service_revocations_due ON service_revocations (not_before);

CREATE TABLE machines (
    id @uuid PRIMARY KEY,
    user_id @uuid REFERENCES users (id) ON DELETE CASCADE,
    label @text,
    pairing_code @text CONSTRAINT uq_machines_pairing_code UNIQUE,
    pairing_token_hash @text CONSTRAINT uq_machines_pairing_token UNIQUE,
    pairing_expires_at @ts,
    token_hash @text CONSTRAINT uq_machines_token UNIQUE,
    created_at @ts NOT NULL,
    paired_at @ts,
    last_pull_at @ts
) @strict;
CREATE INDEX ix_machines_user ON machines (user_id);

-- Every machine token that was ever issued, so that a revoked one can be told from one that was not.
CREATE TABLE machine_tokens (
    token_hash @text PRIMARY KEY,
    issued_at @ts NOT NULL
) @strict;

-- What internal services know a person by. Set by an admin, never by the person.
ALTER TABLE users ADD COLUMN email @text;
