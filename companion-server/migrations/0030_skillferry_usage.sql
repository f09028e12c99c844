-- Which skill was used, by which agent and in which session. `remote_ip` holds a marker of where the report came from, never shown.
CREATE TABLE skill_call_events (
    id @uuid PRIMARY KEY,
    skill_slug @text NOT NULL,
    event_type @text NOT NULL,
    agent_name @text NOT NULL,
    agent_version @text,
    session_id @text,
    collection_scope @text,
    remote_ip @text,
    created_at @ts NOT NULL DEFAULT @now,
    session_name @text
) @strict;
CREATE INDEX ix_skill_call_events_created ON skill_call_events (created_at);
CREATE INDEX ix_skill_call_events_agent ON skill_call_events (agent_name, created_at);
CREATE INDEX ix_skill_call_events_session ON skill_call_events (session_id, created_at) WHERE session_id IS NOT NULL;

-- What every process on this database has to agree on, such as the delivery.
CREATE TABLE skillferry_settings (
    name @text PRIMARY KEY,
    value @text NOT NULL
) @strict;
