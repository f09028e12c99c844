-- Every extension token that was ever issued, so that a revoked one can be told from one that was not; dashboard access.
CREATE TABLE extension_tokens (
    token_hash @text PRIMARY KEY,
    integration_id @uuid REFERENCES claude_ai_integrations (id) ON DELETE SET NULL,
    issued_at @ts NOT NULL
) @strict;

CREATE TABLE login_links (
    token_hash @text PRIMARY KEY,
    expires_at @ts NOT NULL
) @strict;

CREATE TABLE dashboard_sessions (
    token_hash @text PRIMARY KEY,
    created_at @ts NOT NULL,
    expires_at @ts NOT NULL
) @strict;

CREATE UNIQUE INDEX uq_claude_ai_integrations_pairing_code ON claude_ai_integrations (pairing_code)
    WHERE pairing_code IS NOT NULL;
