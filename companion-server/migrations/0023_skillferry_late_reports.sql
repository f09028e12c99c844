-- Operations that gave way to newer ones. A browser that had taken such a one may still report what it did to the account.
CREATE TABLE superseded_operations (
    id @uuid PRIMARY KEY,
    integration_id @uuid NOT NULL REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    kind @text NOT NULL,
    skill_id @uuid NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    payload @json NOT NULL,
    reported @bool NOT NULL DEFAULT @false,
    superseded_at @ts NOT NULL
) @strict;
CREATE INDEX ix_superseded_operations_age ON superseded_operations (superseded_at);

-- What is queued for a skill, whatever the browser: the dashboard asks for each skill every two seconds.
CREATE INDEX ix_claude_ai_sync_operations_skill ON claude_ai_sync_operations (skill_id, status);
