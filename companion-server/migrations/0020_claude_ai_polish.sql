-- Audit log, pairing attempts, and the switch a person has for each skill.
CREATE TABLE claude_ai_audit_log (
    id @uuid PRIMARY KEY,
    integration_id @uuid REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    event @text NOT NULL CONSTRAINT ck_claude_ai_audit_log_event CHECK (event IN (
        'pair_started', 'pair_approved', 'pair_redeemed', 'pair_expired', 'integration_updated',
        'integration_disconnected', 'token_revoked', 'sync_triggered', 'skill_pushed', 'skill_delete_pushed',
        'skill_imported', 'op_failed', 'op_retried', 'cookie_expired', 'conflict_detected', 'conflict_resolved',
        'endpoint_changed', 'skill_created', 'skill_updated', 'skill_deleted', 'skill_restored')),
    skill_id @uuid REFERENCES skills (id) ON DELETE SET NULL,
    detail @json NOT NULL DEFAULT '{}',
    source_ip @inet,
    created_at @ts NOT NULL DEFAULT @now
) @strict;
CREATE INDEX ix_claude_ai_audit_log_integration ON claude_ai_audit_log (integration_id, created_at);
CREATE INDEX ix_claude_ai_audit_log_created ON claude_ai_audit_log (created_at);

CREATE TABLE claude_ai_pair_attempts (
    id @uuid PRIMARY KEY,
    source_ip @inet,
    endpoint @text NOT NULL,
    created_at @ts NOT NULL DEFAULT @now
) @strict;
CREATE INDEX ix_claude_ai_pair_attempts_source ON claude_ai_pair_attempts (source_ip, created_at);
CREATE INDEX ix_claude_ai_pair_attempts_created ON claude_ai_pair_attempts (created_at);

ALTER TABLE skills ADD COLUMN claude_ai_sync_enabled @bool NOT NULL DEFAULT @true;
