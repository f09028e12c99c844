-- At most one unfinished operation a browser and skill; pauses between attempts; what was written last.
ALTER TABLE claude_ai_sync_operations ADD COLUMN not_before @ts;
CREATE UNIQUE INDEX uq_claude_ai_sync_operations_unfinished ON claude_ai_sync_operations (integration_id, skill_id)
    WHERE skill_id IS NOT NULL AND status <> 'completed';
CREATE INDEX ix_claude_ai_sync_operations_leases ON claude_ai_sync_operations (started_at)
    WHERE status = 'in_progress';

ALTER TABLE claude_ai_skill_links ADD COLUMN pushed_digest @text;
CREATE UNIQUE INDEX uq_claude_ai_skill_links_skill ON claude_ai_skill_links (integration_id, skillnote_skill_id)
    WHERE skillnote_skill_id IS NOT NULL;
