-- Collections, and which version of a skill lists which; what the folder held last, apart from the newest version.
CREATE TABLE collections (
    id @uuid PRIMARY KEY,
    name @text NOT NULL,
    name_folded @text NOT NULL CONSTRAINT uq_collections_name UNIQUE,
    description @text NOT NULL DEFAULT '',
    published_to_claude_ai @bool NOT NULL DEFAULT @false,
    created_at @ts NOT NULL DEFAULT @now,
    updated_at @ts NOT NULL DEFAULT @now
) @strict;

-- `name_folded` is the name in lower case: collections are the same in any letter case.
CREATE TABLE skill_version_collections (
    version_id @uuid NOT NULL REFERENCES skill_content_versions (id) ON DELETE CASCADE,
    position @int NOT NULL,
    name @text NOT NULL,
    name_folded @text NOT NULL,
    PRIMARY KEY (version_id, name_folded)
) @strict;
CREATE INDEX ix_skill_version_collections_name ON skill_version_collections (name_folded);

-- What the version's skill was called then; null means as the skill is called now.
ALTER TABLE skill_content_versions ADD COLUMN title @text;

-- Source digest of the folder when it was last read or written. A newest version that differs from it still has to reach the folder.
ALTER TABLE skills ADD COLUMN folder_digest @text;
UPDATE skills SET folder_digest = (
    SELECT v.source_digest FROM skill_content_versions v WHERE v.skill_id = skills.id AND v.is_latest
) WHERE source_path IS NOT NULL;
