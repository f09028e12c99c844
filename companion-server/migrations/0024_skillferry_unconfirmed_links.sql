-- What a late report says may be older than what stands there now: such a link is believed only once a later operation has looked.
ALTER TABLE claude_ai_skill_links ADD COLUMN confirmed @bool NOT NULL DEFAULT @true;
