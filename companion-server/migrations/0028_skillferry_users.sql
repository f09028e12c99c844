-- People, their sessions and their admin tokens; wrong guesses, which several processes count together.
CREATE TABLE users (
    id @uuid PRIMARY KEY,
    name @text NOT NULL,
    name_folded @text NOT NULL CONSTRAINT uq_users_name UNIQUE,
    password_hash @text,
    oidc_subject @text CONSTRAINT uq_users_oidc_subject UNIQUE,
    role @text NOT NULL CONSTRAINT ck_users_role CHECK (role IN ('admin', 'member')),
    disabled_at @ts,
    created_at @ts NOT NULL,
    updated_at @ts NOT NULL
) @strict;

-- Sessions from before belong to nobody: those people log in once more.
DROP TABLE dashboard_sessions;
CREATE TABLE dashboard_sessions (
    id @uuid PRIMARY KEY,
    token_hash @text NOT NULL CONSTRAINT uq_dashboard_sessions_token UNIQUE,
    user_id @uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent @text,
    source_ip @inet,
    created_at @ts NOT NULL,
    last_used_at @ts NOT NULL,
    expires_at @ts NOT NULL
) @strict;
CREATE INDEX ix_dashboard_sessions_user ON dashboard_sessions (user_id);

-- Whom a link signs in; null is the first admin.
ALTER TABLE login_links ADD COLUMN user_id @uuid REFERENCES users (id) ON DELETE CASCADE;

CREATE TABLE admin_tokens (
    id @uuid PRIMARY KEY,
    user_id @uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name @text NOT NULL,
    token_hash @text NOT NULL CONSTRAINT uq_admin_tokens_token UNIQUE,
    role @text NOT NULL CONSTRAINT ck_admin_tokens_role CHECK (role IN ('admin', 'member')),
    created_at @ts NOT NULL,
    last_used_at @ts
) @strict;
CREATE INDEX ix_admin_tokens_user ON admin_tokens (user_id);

-- `source` is an address, a person's id, or the SHA-256 of the name that was typed: somebody may have typed a password there.
CREATE TABLE wrong_guesses (
    id @uuid PRIMARY KEY,
    attempt_id @uuid NOT NULL,
    purpose @text NOT NULL CONSTRAINT ck_wrong_guesses_purpose CHECK (purpose IN ('approve', 'login')),
    source @text NOT NULL,
    created_at @ts NOT NULL
) @strict;
CREATE INDEX ix_wrong_guesses_source ON wrong_guesses (purpose, source, created_at);
CREATE INDEX ix_wrong_guesses_created ON wrong_guesses (created_at);
