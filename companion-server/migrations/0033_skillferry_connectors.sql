-- How each connector of each person is doing.
CREATE TABLE connector_health (
    user_id @uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connector_name @text NOT NULL,
    status @text NOT NULL CONSTRAINT ck_connector_health_status
        CHECK (status IN ('connected', 'needs_reauth', 'disabled')),
    error_code @text,
    last_success_at @ts,
    last_failure_at @ts,
    updated_at @ts NOT NULL DEFAULT @now,
    PRIMARY KEY (user_id, connector_name)
) @strict;

-- A browser goes with its person. The column is made anew, because SQLite gives no foreign key to one that is there.
DROP INDEX ix_claude_ai_integrations_user_status;
ALTER TABLE claude_ai_integrations ADD COLUMN owner_id @uuid REFERENCES users (id) ON DELETE CASCADE;
UPDATE claude_ai_integrations SET owner_id = user_id WHERE user_id IN (SELECT id FROM users);
ALTER TABLE claude_ai_integrations DROP COLUMN user_id;
ALTER TABLE claude_ai_integrations RENAME COLUMN owner_id TO user_id;
CREATE INDEX ix_claude_ai_integrations_user_status ON claude_ai_integrations (user_id, status);

-- A person's own kill switch; null while it is off. The operator's stands in skillferry_settings.
ALTER TABLE users ADD COLUMN autonomy_paused_at @ts;
ALTER TABLE users ADD COLUMN autonomy_pause_reason @text;

-- Further events. The rows move as they are: the chain covers their contents.
CREATE TABLE audit_log_with_services (
    id @uuid PRIMARY KEY,
    integration_id @uuid,
    event @text NOT NULL CONSTRAINT ck_claude_ai_audit_log_event CHECK (event IN (
        'pair_started', 'pair_approved', 'pair_redeemed', 'pair_expired', 'integration_updated',
        'integration_disconnected', 'token_revoked', 'sync_triggered', 'skill_pushed', 'skill_delete_pushed',
        'skill_imported', 'op_failed', 'op_retried', 'cookie_expired', 'conflict_detected', 'conflict_resolved',
        'endpoint_changed', 'skill_created', 'skill_updated', 'skill_deleted', 'skill_restored',
        'user_added', 'user_signed_in', 'sign_in_refused', 'user_exported', 'user_deleted', 'personal_data_removed',
        'autonomy_paused', 'autonomy_resumed', 'service_connected', 'service_disconnected', 'service_key_revoked',
        'service_keys_rotated', 'machine_paired', 'machine_revoked')),
    skill_id @uuid,
    detail @json NOT NULL DEFAULT '{}',
    source_ip @inet,
    created_at @ts NOT NULL DEFAULT @now,
    seq @int,
    previous_hash @text,
    hash @text
) @strict;
INSERT INTO audit_log_with_services
        (id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash)
    SELECT id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash
    FROM claude_ai_audit_log;
DROP TABLE claude_ai_audit_log;
ALTER TABLE audit_log_with_services RENAME TO claude_ai_audit_log;
CREATE INDEX ix_claude_ai_audit_log_integration ON claude_ai_audit_log (integration_id, created_at);
CREATE INDEX ix_claude_ai_audit_log_created ON claude_ai_audit_log (created_at);
CREATE UNIQUE INDEX uq_claude_ai_audit_log_seq ON claude_ai_audit_log (seq);
