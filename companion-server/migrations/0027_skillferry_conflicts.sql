-- A conflict that a person put aside: what claude.ai held and which version was the newest. Until one of them changes, nothing is done.
ALTER TABLE claude_ai_skill_links ADD COLUMN skipped_digest @text;
ALTER TABLE claude_ai_skill_links ADD COLUMN skipped_version_id @uuid;
