-- Signing in with a provider. One that has been begun: `sign_ins` holds hashes only, for ten minutes, and each is taken once.
-- A person of a provider has the issuer, a space and the provider's name for them in `users.oidc_subject`.
CREATE TABLE sign_ins (
    state_hash @text PRIMARY KEY,
    browser_hash @text NOT NULL,
    nonce_hash @text NOT NULL,
    expires_at @ts NOT NULL
) @strict;
CREATE INDEX ix_sign_ins_expires ON sign_ins (expires_at);

-- Three more events. The rows move as they are: the chain covers their contents.
CREATE TABLE audit_log_with_people (
    id @uuid PRIMARY KEY,
    integration_id @uuid,
    event @text NOT NULL CONSTRAINT ck_claude_ai_audit_log_event CHECK (event IN (
        'pair_started', 'pair_approved', 'pair_redeemed', 'pair_expired', 'integration_updated',
        'integration_disconnected', 'token_revoked', 'sync_triggered', 'skill_pushed', 'skill_delete_pushed',
        'skill_imported', 'op_failed', 'op_retried', 'cookie_expired', 'conflict_detected', 'conflict_resolved',
        'endpoint_changed', 'skill_created', 'skill_updated', 'skill_deleted', 'skill_restored',
        'user_added', 'user_signed_in', 'sign_in_refused')),
    skill_id @uuid,
    detail @json NOT NULL DEFAULT '{}',
    source_ip @inet,
    created_at @ts NOT NULL DEFAULT @now,
    seq @int,
    previous_hash @text,
    hash @text
) @strict;
INSERT INTO audit_log_with_people
        (id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash)
    SELECT id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash
    FROM claude_ai_audit_log;
DROP TABLE claude_ai_audit_log;
ALTER TABLE audit_log_with_people RENAME TO claude_ai_audit_log;
CREATE INDEX ix_claude_ai_audit_log_integration ON claude_ai_audit_log (integration_id, created_at);
CREATE INDEX ix_claude_ai_audit_log_created ON claude_ai_audit_log (created_at);
CREATE UNIQUE INDEX uq_claude_ai_audit_log_seq ON claude_ai_audit_log (seq);
