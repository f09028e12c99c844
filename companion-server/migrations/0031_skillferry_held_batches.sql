-- Changes of many skills at once that wait for a person, and what was decided about them.
CREATE TABLE held_batches (
    id @uuid PRIMARY KEY,
    side @text NOT NULL CONSTRAINT ck_held_batches_side CHECK (side IN ('claude_ai', 'library')),
    integration_id @uuid REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    state @text NOT NULL DEFAULT 'held'
        CONSTRAINT ck_held_batches_state CHECK (state IN ('held', 'agreed', 'refused', 'moot')),
    created_at @ts NOT NULL,
    decided_at @ts
) @strict;
CREATE INDEX ix_held_batches_state ON held_batches (state, integration_id);

-- What would happen to each skill: it becomes this version; without a version it is removed.
CREATE TABLE held_batch_skills (
    batch_id @uuid NOT NULL REFERENCES held_batches (id) ON DELETE CASCADE,
    skill_id @uuid NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    version_id @uuid REFERENCES skill_content_versions (id) ON DELETE CASCADE,
    PRIMARY KEY (batch_id, skill_id)
) @strict;
CREATE INDEX ix_held_batch_skills_skill ON held_batch_skills (skill_id);

-- An operation with a batch waits while `held`, and was agreed to otherwise.
ALTER TABLE claude_ai_sync_operations ADD COLUMN held_batch_id @uuid REFERENCES held_batches (id);
ALTER TABLE claude_ai_sync_operations ADD COLUMN held @bool NOT NULL DEFAULT @false;
CREATE INDEX ix_claude_ai_sync_operations_ready ON claude_ai_sync_operations (integration_id, created_at)
    WHERE status = 'pending' AND NOT held;

-- Kept or removed, but not planned yet: a pass over the folder plans its changes together, at its end.
ALTER TABLE skills ADD COLUMN unplanned @bool NOT NULL DEFAULT @false;
CREATE INDEX ix_skills_unplanned ON skills (id) WHERE unplanned;

-- Content that came from claude.ai in place of the library's, for counting.
CREATE TABLE inbound_replacements (
    integration_id @uuid NOT NULL REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    skill_id @uuid NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    created_at @ts NOT NULL,
    PRIMARY KEY (integration_id, skill_id)
) @strict;

-- What is to be said about a folder apart from how it ended.
ALTER TABLE library_entries ADD COLUMN notice @text;
