-- What the dashboard asks of a single skill: its uses.
CREATE INDEX ix_skill_call_events_slug ON skill_call_events (skill_slug, created_at);
