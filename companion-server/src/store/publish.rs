//! Queues the publication of groups. One `publish_group` brings all groups of an account in line, so one that waits is enough.

use companion_wire::operation::OperationKind;
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreResult, signal};
use crate::time::Timestamp;

/// Something changed that groups may be made of: queues it when a collection is published. Returns the browsers.
pub(super) async fn groups_changed(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    let published: Option<(Uuid,)> =
        tx.optional("SELECT id FROM collections WHERE published_to_claude_ai LIMIT 1", args![]).await?;
    if published.is_some() { everywhere(tx, now).await } else { Ok(Vec::new()) }
}

/// Queues it for every paired browser in which none waits. One that is being done may have begun too early, so it does not count.
pub(super) async fn everywhere(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    let browsers: Vec<(Uuid,)> = tx
        .all_locked(
            "SELECT id FROM claude_ai_integrations WHERE status IN ('active', 'cookie_expired') ORDER BY id",
            args![],
        )
        .await?;
    let mut queued = Vec::new();
    for (browser,) in browsers {
        if for_browser(tx, browser, now).await? {
            queued.push(browser);
        }
    }
    Ok(queued)
}

/// Queues it for one browser unless one waits already.
pub(super) async fn for_browser(tx: &mut Tx, browser: Uuid, now: Timestamp) -> StoreResult<bool> {
    let kind = OperationKind::PublishGroup.as_str();
    let inserted = tx
        .execute(
            "INSERT INTO claude_ai_sync_operations (id, integration_id, kind, payload, created_at)
             SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (
                 SELECT 1 FROM claude_ai_sync_operations
                 WHERE integration_id = $2 AND kind = $3 AND status = 'pending')",
            args![Uuid::now_v7(), browser, kind, json!({}), now],
        )
        .await?;
    if inserted > 0 {
        tx.notify(signal::CHANNEL, browser).await?;
    }
    Ok(inserted > 0)
}
