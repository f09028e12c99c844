-- The audit log becomes a chain: each row carries the hash of the one before it. A row keeps the ids of its browser and skill for
-- good, without foreign keys: neither may change or remove a row that the chain covers.
CREATE TABLE audit_log_chained (
    id @uuid PRIMARY KEY,
    integration_id @uuid,
    event @text NOT NULL CONSTRAINT ck_claude_ai_audit_log_event CHECK (event IN (
        'pair_started', 'pair_approved', 'pair_redeemed', 'pair_expired', 'integration_updated',
        'integration_disconnected', 'token_revoked', 'sync_triggered', 'skill_pushed', 'skill_delete_pushed',
        'skill_imported', 'op_failed', 'op_retried', 'cookie_expired', 'conflict_detected', 'conflict_resolved',
        'endpoint_changed', 'skill_created', 'skill_updated', 'skill_deleted', 'skill_restored')),
    skill_id @uuid,
    detail @json NOT NULL DEFAULT '{}',
    source_ip @inet,
    created_at @ts NOT NULL DEFAULT @now,
    seq @int,
    previous_hash @text,
    hash @text
) @strict;
INSERT INTO audit_log_chained (id, integration_id, event, skill_id, detail, source_ip, created_at)
    SELECT id, integration_id, event, skill_id, detail, source_ip, created_at FROM claude_ai_audit_log;
DROP TABLE claude_ai_audit_log;
ALTER TABLE audit_log_chained RENAME TO claude_ai_audit_log;
CREATE INDEX ix_claude_ai_audit_log_integration ON claude_ai_audit_log (integration_id, created_at);
CREATE INDEX ix_claude_ai_audit_log_created ON claude_ai_audit_log (created_at);
CREATE UNIQUE INDEX uq_claude_ai_audit_log_seq ON claude_ai_audit_log (seq);

-- The end of the chain, and the one lock of its writers. Rows from before the chain join it when the server first opens the database.
CREATE TABLE audit_chain (
    id @int PRIMARY KEY CONSTRAINT ck_audit_chain_one CHECK (id = 1),
    seq @int NOT NULL,
    hash @text NOT NULL,
    created_at @ts,
    adopted @bool NOT NULL
) @strict;
INSERT INTO audit_chain (id, seq, hash, created_at, adopted) VALUES (1, 0, '', NULL, @false);
