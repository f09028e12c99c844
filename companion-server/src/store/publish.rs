//! Queues the publication of groups, and knows what a browser's account has by its groups.
//!
//! A publication brings all groups at once, so one that waits is enough for any number of changes. One that is being done may have
//! missed a change: it does not count. One that has failed gives way to the next. One that would change much of an account waits for a
//! person (`publication`).

use companion_wire::operation::{OperationKind, OperationPayload};
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreError, StoreResult, publication, reconcile, signal};
use crate::domain::delivery::Delivery;
use crate::time::Timestamp;

const DELIVERY: &str = "delivery";

/// How skills are delivered, for every process on this database.
pub(super) async fn delivery(tx: &mut Tx) -> StoreResult<Delivery> {
    let found: Option<(String,)> =
        tx.optional("SELECT value FROM skillferry_settings WHERE name = $1", args![DELIVERY]).await?;
    let Some((text,)) = found else { return Ok(Delivery::default()) };
    Delivery::named(&text).ok_or_else(|| StoreError::Refused("the stored delivery is none that is known".to_owned()))
}

/// Sets it. True when it was another.
pub(super) async fn set_delivery(tx: &mut Tx, wanted: Delivery) -> StoreResult<bool> {
    if delivery(tx).await? == wanted {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO skillferry_settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        args![DELIVERY, wanted.as_str()],
    )
    .await?;
    Ok(true)
}

/// Something that groups are made of changed: queues a publication for each browser that takes work, unless no collection is
/// published. Returns the browsers for which something was queued.
pub(super) async fn groups_changed(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    if any_published(tx).await? { everywhere(tx, now).await } else { Ok(Vec::new()) }
}

/// A person published a collection or took it back: plans every skill for each browser that takes work, then queues a publication
/// whatever there is to publish. In this order a skill that has no group any more is brought by itself before its group goes.
pub(super) async fn everywhere(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    let mut queued = Vec::new();
    for browser in reconcile::syncable(tx).await? {
        let planned = reconcile::own_copies(tx, browser, now).await?;
        if planned + enqueue(tx, browser, now).await? > 0 {
            queued.push(browser);
        }
    }
    Ok(queued)
}

/// Skills are delivered in another way from now on: plans everything for each browser that takes work. Returns the browsers for which
/// something was queued.
pub(super) async fn delivery_changed(tx: &mut Tx, to: Delivery, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    if to == Delivery::Groups {
        return everywhere(tx, now).await;
    }
    let mut queued = Vec::new();
    for browser in reconcile::syncable(tx).await? {
        if reconcile::own_copies(tx, browser, now).await? > 0 {
            queued.push(browser);
        }
    }
    queued.extend(groups_changed(tx, now).await?);
    Ok(queued)
}

/// A skill changed. Queues a publication for each browser when groups may contain or have contained it.
pub(super) async fn skill_changed(tx: &mut Tx, skill: Uuid, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    let found: Option<(i64,)> = tx
        .optional(
            "SELECT COUNT(*) FROM skill_content_versions v
             JOIN skill_version_collections m ON m.version_id = v.id
             JOIN collections c ON c.name_folded = m.name_folded AND c.published_to_claude_ai
             WHERE v.skill_id = $1",
            args![skill],
        )
        .await?;
    let grouped = found.is_some_and(|(count,)| count > 0);
    if !grouped && delivery(tx).await? == Delivery::Skills {
        return Ok(Vec::new());
    }
    let mut queued = Vec::new();
    for browser in reconcile::syncable(tx).await? {
        if enqueue(tx, browser, now).await? > 0 {
            queued.push(browser);
        }
    }
    Ok(queued)
}

/// A browser is to get whatever it misses: queues a publication where groups are delivered and there is a skill, or where a
/// collection is published. Returns how many were queued.
pub(super) async fn backfill(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    let due = match delivery(tx).await? {
        Delivery::Groups => any_skill(tx).await?,
        Delivery::Skills => any_published(tx).await?,
    };
    if due { enqueue(tx, integration, now).await } else { Ok(0) }
}

/// Gives a failed publication another three attempts, unless one waits already.
pub(super) async fn revive(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<()> {
    if forget_failed(tx, integration).await? > 0 { enqueue(tx, integration, now).await.map(drop) } else { Ok(()) }
}

/// Publications that have failed have no meaning any more: another has arrived, or takes their place. Returns how many there were.
pub(super) async fn forget_failed(tx: &mut Tx, integration: Uuid) -> StoreResult<u64> {
    tx.execute(
        "DELETE FROM claude_ai_sync_operations
         WHERE integration_id = $1 AND kind = 'publish_group' AND status = 'failed'",
        args![integration],
    )
    .await
}

/// Asks for what the account holds besides, unless that is being asked. Only where groups are delivered: an extension that brings
/// single skills knows what it brought.
pub(super) async fn ask_for_list(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<()> {
    if delivery(tx).await? == Delivery::Skills || open(tx, integration, OperationKind::List, true).await? {
        return Ok(());
    }
    let payload = OperationPayload { reason: Some("user_triggered".to_owned()), ..OperationPayload::default() };
    insert(tx, integration, OperationKind::List, &payload, now).await
}

async fn enqueue(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    let waits = open(tx, integration, OperationKind::PublishGroup, false).await?;
    if !waits {
        forget_failed(tx, integration).await?;
        insert(tx, integration, OperationKind::PublishGroup, &OperationPayload::default(), now).await?;
    }
    // One that waits already may change more than it did when it was queued, or less.
    let admitted = publication::admit(tx, integration, now).await?;
    Ok(u64::from(admitted && !waits))
}

async fn open(tx: &mut Tx, integration: Uuid, kind: OperationKind, taken_counts: bool) -> StoreResult<bool> {
    let found: Option<(i64,)> = tx
        .optional(
            "SELECT COUNT(*) FROM claude_ai_sync_operations
             WHERE integration_id = $1 AND kind = $2 AND (status = 'pending' OR (status = 'in_progress' AND $3))",
            args![integration, kind.as_str(), taken_counts],
        )
        .await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

async fn insert(
    tx: &mut Tx,
    integration: Uuid,
    kind: OperationKind,
    payload: &OperationPayload,
    now: Timestamp,
) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO claude_ai_sync_operations (id, integration_id, kind, payload, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        args![Uuid::now_v7(), integration, kind.as_str(), json!(payload), now],
    )
    .await?;
    tx.notify(signal::CHANNEL, integration).await
}

async fn any_published(tx: &mut Tx) -> StoreResult<bool> {
    let sql = "SELECT COUNT(*) FROM collections WHERE published_to_claude_ai";
    let found: Option<(i64,)> = tx.optional(sql, args![]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

async fn any_skill(tx: &mut Tx) -> StoreResult<bool> {
    let sql = "SELECT COUNT(*) FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
         WHERE s.removed_at IS NULL AND s.claude_ai_sync_enabled";
    let found: Option<(i64,)> = tx.optional(sql, args![]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}
