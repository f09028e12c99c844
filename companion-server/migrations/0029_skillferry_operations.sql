-- Where the server itself pruned the audit log, so that the check can tell that from a beginning that was cut off or replaced.
ALTER TABLE audit_chain ADD COLUMN pruned_to @int NOT NULL DEFAULT 0;
ALTER TABLE audit_chain ADD COLUMN pruned_hash @text NOT NULL DEFAULT '';

-- Which content no version refers to any more is asked for each blob.
CREATE INDEX ix_skill_version_files_digest ON skill_version_files (digest);
