-- Skills that somebody has brought and looks at before taking them, so that whichever process is asked next has them: a folder of the
-- server by its path, or what was sent, packed and cut into parts.
CREATE TABLE library_imports (
    id @uuid PRIMARY KEY,
    user_id @uuid REFERENCES users (id) ON DELETE CASCADE,
    path @text,
    misnamed @json NOT NULL,
    bytes @int NOT NULL,
    complete @bool NOT NULL DEFAULT @false,
    expires_at @ts NOT NULL
) @strict;
CREATE INDEX ix_library_imports_user ON library_imports (user_id);

CREATE TABLE library_import_parts (
    import_id @uuid NOT NULL REFERENCES library_imports (id) ON DELETE CASCADE,
    position @int NOT NULL,
    content @bytes NOT NULL,
    PRIMARY KEY (import_id, position)
) @strict;

-- How the pages look to a person, in whichever browser: none leaves it to the browser.
ALTER TABLE users ADD COLUMN language @text;
ALTER TABLE users ADD COLUMN theme @text;
