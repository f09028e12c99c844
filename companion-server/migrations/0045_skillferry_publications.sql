-- What the groups of a browser's account held when they were brought in line last: a publication that would change much of it waits.
CREATE TABLE published_skills (
    integration_id @uuid NOT NULL REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    skill_id @uuid NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    bundle_digest @text NOT NULL,
    PRIMARY KEY (integration_id, skill_id)
) @strict;
CREATE INDEX ix_published_skills_skill ON published_skills (skill_id);

-- A batch about a publication of groups: one operation for all its skills, decided as a whole.
ALTER TABLE held_batches ADD COLUMN publication @bool NOT NULL DEFAULT @false;
