-- Paired browsers, what each account holds, and the operation queue.
CREATE TABLE claude_ai_integrations (
    id @uuid PRIMARY KEY,
    user_id @uuid,
    status @text NOT NULL CONSTRAINT ck_claude_ai_integrations_status
        CHECK (status IN ('pending_approval', 'active', 'cookie_expired', 'disconnected', 'error')),
    scope @text NOT NULL DEFAULT 'both' CONSTRAINT ck_claude_ai_integrations_scope
        CHECK (scope IN ('personal', 'organization', 'both')),
    claude_ai_org_id @text,
    browser_label @text,
    pairing_code @text,
    pairing_token_hash @text,
    pairing_expires_at @ts,
    pairing_approved_at @ts,
    extension_token_hash @text,
    last_sync_at @ts,
    last_error @text,
    conflict_policy @text NOT NULL DEFAULT 'ask' CONSTRAINT ck_claude_ai_integrations_conflict_policy
        CHECK (conflict_policy IN ('ask', 'skillnote_wins', 'claude_ai_wins')),
    created_at @ts NOT NULL DEFAULT @now,
    updated_at @ts NOT NULL DEFAULT @now
) @strict;
CREATE UNIQUE INDEX uq_claude_ai_integrations_pairing_token ON claude_ai_integrations (pairing_token_hash)
    WHERE pairing_token_hash IS NOT NULL;
CREATE UNIQUE INDEX uq_claude_ai_integrations_extension_token ON claude_ai_integrations (extension_token_hash)
    WHERE extension_token_hash IS NOT NULL;
CREATE INDEX ix_claude_ai_integrations_user_status ON claude_ai_integrations (user_id, status);

CREATE TABLE claude_ai_skill_links (
    id @uuid PRIMARY KEY,
    integration_id @uuid NOT NULL REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    skillnote_skill_id @uuid REFERENCES skills (id) ON DELETE CASCADE,
    skillnote_version_id @uuid REFERENCES skill_content_versions (id) ON DELETE SET NULL,
    staged_version_id @uuid CONSTRAINT fk_claude_ai_skill_links_staged_version
        REFERENCES skill_content_versions (id) ON DELETE SET NULL,
    claude_ai_skill_id @text NOT NULL,
    claude_ai_version @text,
    last_seen_at @ts,
    direction @text NOT NULL DEFAULT 'both' CONSTRAINT ck_claude_ai_skill_links_direction
        CHECK (direction IN ('outbound', 'inbound', 'both')),
    conflict_state @text NOT NULL DEFAULT 'none' CONSTRAINT ck_claude_ai_skill_links_conflict_state
        CHECK (conflict_state IN ('none', 'diverged', 'resolved')),
    created_at @ts NOT NULL DEFAULT @now,
    updated_at @ts NOT NULL DEFAULT @now,
    CONSTRAINT uq_claude_ai_skill_links_integration_claude_skill UNIQUE (integration_id, claude_ai_skill_id)
) @strict;
CREATE INDEX ix_claude_ai_skill_links_skill ON claude_ai_skill_links (skillnote_skill_id);
CREATE INDEX ix_claude_ai_skill_links_conflict ON claude_ai_skill_links (integration_id, conflict_state);

CREATE TABLE claude_ai_sync_operations (
    id @uuid PRIMARY KEY,
    integration_id @uuid NOT NULL REFERENCES claude_ai_integrations (id) ON DELETE CASCADE,
    kind @text NOT NULL CONSTRAINT ck_claude_ai_sync_operations_kind
        CHECK (kind IN ('upload', 'update', 'delete', 'list', 'fetch_one', 'publish_group')),
    skill_id @uuid REFERENCES skills (id) ON DELETE CASCADE,
    payload @json NOT NULL DEFAULT '{}',
    status @text NOT NULL DEFAULT 'pending' CONSTRAINT ck_claude_ai_sync_operations_status
        CHECK (status IN ('pending', 'in_progress', 'completed', 'failed')),
    attempts @int NOT NULL DEFAULT 0,
    last_error @text,
    created_at @ts NOT NULL DEFAULT @now,
    started_at @ts,
    completed_at @ts
) @strict;
CREATE INDEX ix_claude_ai_sync_operations_queue ON claude_ai_sync_operations (integration_id, status, created_at);
CREATE INDEX ix_claude_ai_sync_operations_completed ON claude_ai_sync_operations (completed_at)
    WHERE completed_at IS NOT NULL;
