-- What the dashboard asks of single skills: their unfinished operations, whichever browser has them, and their uses.
CREATE INDEX ix_claude_ai_sync_operations_skill ON claude_ai_sync_operations (skill_id) WHERE status <> 'completed';
CREATE INDEX ix_skill_call_events_slug ON skill_call_events (skill_slug, created_at);
