-- Skills, their versions as whole folders, and content-addressed blobs.
CREATE TABLE skills (
    id @uuid PRIMARY KEY,
    name @text NOT NULL UNIQUE,
    slug @text NOT NULL UNIQUE,
    description @text NOT NULL,
    source_path @text,
    current_version @int NOT NULL DEFAULT 0,
    removed_at @ts,
    created_at @ts NOT NULL DEFAULT @now,
    updated_at @ts NOT NULL DEFAULT @now
) @strict;

CREATE TABLE skill_content_versions (
    id @uuid PRIMARY KEY,
    skill_id @uuid NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    version @int NOT NULL,
    description @text NOT NULL,
    origin @text NOT NULL DEFAULT 'library'
        CONSTRAINT ck_skill_content_versions_origin CHECK (origin IN ('library', 'claude_ai')),
    source_digest @text NOT NULL,
    bundle_digest @text NOT NULL,
    is_latest @bool NOT NULL DEFAULT @false,
    created_at @ts NOT NULL DEFAULT @now,
    CONSTRAINT uq_skill_content_versions_skill_version UNIQUE (skill_id, version)
) @strict;
CREATE UNIQUE INDEX ix_skill_content_versions_latest ON skill_content_versions (skill_id) WHERE is_latest;

CREATE TABLE blobs (
    digest @text PRIMARY KEY,
    content @bytes NOT NULL
) @strict;

-- `part` says whether a file belongs to the folder as it was on disk, to what is uploaded, or to both.
CREATE TABLE skill_version_files (
    version_id @uuid NOT NULL REFERENCES skill_content_versions (id) ON DELETE CASCADE,
    part @text NOT NULL CONSTRAINT ck_skill_version_files_part CHECK (part IN ('both', 'source', 'bundle')),
    path @text NOT NULL,
    executable @bool NOT NULL,
    digest @text NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (version_id, part, path)
) @strict;

-- What became of each folder in the last scan.
CREATE TABLE library_entries (
    source_path @text PRIMARY KEY,
    name @text,
    state @text NOT NULL CONSTRAINT ck_library_entries_state CHECK (state IN ('ok', 'repaired', 'refused')),
    reason @text,
    notes @json NOT NULL,
    seen_at @ts NOT NULL
) @strict;
