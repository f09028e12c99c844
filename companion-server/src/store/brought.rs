//! Skills that were brought and wait to be taken: a few, each for a while, each for the person who brought it, for all processes alike.

use async_trait::async_trait;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::sql::args;
use super::{SqlStore, StoreResult};
use crate::time::Timestamp;

/// How many wait for one person; the oldest gives way.
const MOST_OF_ONE: usize = 2;
/// How many wait in all; the oldest gives way.
const MOST: usize = 8;
/// How many bytes wait in all; the oldest give way.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// What is known of an import besides its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Its name.
    pub id: Uuid,
    /// A folder on the server; none for what was sent, which lies in parts.
    pub path: Option<String>,
    /// Files that could not be kept because of their names.
    pub misnamed: Vec<String>,
    /// Bytes of all parts.
    pub bytes: u64,
    /// Until when it waits.
    pub expires: Timestamp,
}

/// Skills that were brought.
#[async_trait]
pub trait BroughtStore: Send + Sync {
    /// Begins to keep an import, and makes room for it: of one person's the oldest beyond two go, of all the oldest beyond eight or
    /// 512 MiB. Nobody finds it before it is finished.
    async fn begin_brought(&self, new: Brought, owner: Option<Uuid>, now: Timestamp) -> StoreResult<()>;
    /// Keeps its next part; false when it has given way meanwhile.
    async fn add_brought_part(&self, id: Uuid, position: u32, content: Vec<u8>) -> StoreResult<bool>;
    /// All of it is there now; false when it has given way meanwhile.
    async fn finish_brought(&self, id: Uuid) -> StoreResult<bool>;
    /// The import of that name, if it waits and is this person's.
    async fn brought(&self, id: Uuid, owner: Option<Uuid>, now: Timestamp) -> StoreResult<Option<Brought>>;
    /// One of its parts, from 0 on; none behind the last.
    async fn brought_part(&self, id: Uuid, position: u32) -> StoreResult<Option<Vec<u8>>>;
    /// Forgets one of this person's; false when there is none.
    async fn forget_brought(&self, id: Uuid, owner: Option<Uuid>) -> StoreResult<bool>;
    /// Forgets those whose time is over. Returns those that wait still.
    async fn sweep_brought(&self, now: Timestamp) -> StoreResult<Vec<Uuid>>;
}

#[async_trait]
impl BroughtStore for SqlStore {
    async fn begin_brought(&self, new: Brought, owner: Option<Uuid>, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.write().await?;
        tx.execute("DELETE FROM library_imports WHERE expires_at <= $1", args![now]).await?;
        let waiting: Vec<(Uuid, Option<Uuid>, i64)> =
            tx.all("SELECT id, user_id, bytes FROM library_imports ORDER BY expires_at, id", args![]).await?;
        for id in giving_way(&waiting, owner, new.bytes) {
            tx.execute("DELETE FROM library_imports WHERE id = $1", args![id]).await?;
        }
        let bytes = i64::try_from(new.bytes).unwrap_or(i64::MAX);
        tx.execute(
            "INSERT INTO library_imports (id, user_id, path, misnamed, bytes, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            args![new.id, owner, new.path, json!(new.misnamed), bytes, new.expires],
        )
        .await?;
        tx.commit().await
    }

    async fn add_brought_part(&self, id: Uuid, position: u32, content: Vec<u8>) -> StoreResult<bool> {
        let sql = "INSERT INTO library_import_parts (import_id, position, content)
             SELECT id, $2, $3 FROM library_imports WHERE id = $1 AND NOT complete";
        Ok(self.db.execute(sql, args![id, position, content]).await? == 1)
    }

    async fn finish_brought(&self, id: Uuid) -> StoreResult<bool> {
        let sql = "UPDATE library_imports SET complete = $2 WHERE id = $1";
        Ok(self.db.execute(sql, args![id, true]).await? == 1)
    }

    async fn brought(&self, id: Uuid, owner: Option<Uuid>, now: Timestamp) -> StoreResult<Option<Brought>> {
        let row: Option<(Option<String>, Json<Vec<String>>, i64, Timestamp)> = self
            .db
            .optional(
                "SELECT path, misnamed, bytes, expires_at FROM library_imports
                 WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2 AND complete AND expires_at > $3",
                args![id, owner, now],
            )
            .await?;
        let brought = |(path, Json(misnamed), bytes, expires): (_, _, i64, _)| Brought {
            id,
            path,
            misnamed,
            bytes: bytes.unsigned_abs(),
            expires,
        };
        Ok(row.map(brought))
    }

    async fn brought_part(&self, id: Uuid, position: u32) -> StoreResult<Option<Vec<u8>>> {
        let sql = "SELECT content FROM library_import_parts WHERE import_id = $1 AND position = $2";
        let row: Option<(Vec<u8>,)> = self.db.optional(sql, args![id, position]).await?;
        Ok(row.map(|(content,)| content))
    }

    async fn forget_brought(&self, id: Uuid, owner: Option<Uuid>) -> StoreResult<bool> {
        let sql = "DELETE FROM library_imports WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2";
        Ok(self.db.execute(sql, args![id, owner]).await? == 1)
    }

    async fn sweep_brought(&self, now: Timestamp) -> StoreResult<Vec<Uuid>> {
        let waiting: Vec<(Uuid, bool)> =
            self.db.all("SELECT id, expires_at <= $1 FROM library_imports ORDER BY expires_at, id", args![now]).await?;
        if waiting.iter().any(|(_, over)| *over) {
            self.db.execute("DELETE FROM library_imports WHERE expires_at <= $1", args![now]).await?;
        }
        Ok(waiting.into_iter().filter(|(_, over)| !over).map(|(id, _)| id).collect())
    }
}

/// Which of those that wait, oldest first, go when somebody brings so many bytes more.
fn giving_way(waiting: &[(Uuid, Option<Uuid>, i64)], owner: Option<Uuid>, bytes: u64) -> Vec<Uuid> {
    let mut own = waiting.iter().filter(|(_, of, _)| *of == owner).count();
    let mut all = waiting.len();
    let mut room = waiting.iter().fold(bytes, |sum, (.., bytes)| sum.saturating_add(bytes.unsigned_abs()));
    let mut gone = Vec::new();
    for (id, of, bytes) in waiting {
        if (*of == owner && own >= MOST_OF_ONE) || all >= MOST || room > MOST_BYTES {
            own -= usize::from(*of == owner);
            all -= 1;
            room = room.saturating_sub(bytes.unsigned_abs());
            gone.push(*id);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{Fixture, at, on_both, postgres, somebody, sqlite};
    use super::*;

    on_both! {
        waits_for_its_owner_until_its_time_is_over,
        the_oldest_gives_way,
        goes_with_its_owner,
    }

    fn new(number: u128, seconds: i64) -> Brought {
        let misnamed = vec!["a/nul".to_owned()];
        Brought { id: Uuid::from_u128(number), path: None, misnamed, bytes: 5, expires: at(seconds) }
    }

    async fn waits_for_its_owner_until_its_time_is_over(Fixture { store, .. }: Fixture) {
        let (me, other) = (Some(somebody(&store, "me").await), Some(somebody(&store, "other").await));
        let (id, import) = (Uuid::from_u128(1), new(1, 100));
        store.begin_brought(import.clone(), me, at(0)).await.expect("begun");
        assert!(store.add_brought_part(id, 0, b"one".to_vec()).await.expect("kept"));
        assert_eq!(store.brought(id, me, at(1)).await.expect("found"), None, "not before all of it is there");
        assert!(store.add_brought_part(id, 1, b"tw".to_vec()).await.expect("kept"));
        assert!(store.finish_brought(id).await.expect("finished"));
        assert!(!store.add_brought_part(id, 2, b"more".to_vec()).await.expect("answered"), "it is finished");
        assert_eq!(store.brought(id, me, at(99)).await.expect("found"), Some(import));
        for (owner, now) in [(other, 1), (None, 1), (me, 100)] {
            assert_eq!(store.brought(id, owner, at(now)).await.expect("answered"), None);
        }
        let parts = [store.brought_part(id, 0), store.brought_part(id, 1), store.brought_part(id, 2)];
        let parts = futures_util::future::join_all(parts).await;
        let parts: Vec<_> = parts.into_iter().map(|part| part.expect("answered")).collect();
        assert_eq!(parts, [Some(b"one".to_vec()), Some(b"tw".to_vec()), None]);
        assert!(!store.forget_brought(id, other).await.expect("answered"));
        assert_eq!(store.sweep_brought(at(99)).await.expect("swept"), [id]);
        assert!(store.sweep_brought(at(100)).await.expect("swept").is_empty());
        assert_eq!(store.brought_part(id, 0).await.expect("answered"), None, "its parts go with it");
        store.begin_brought(new(2, 200), None, at(100)).await.expect("begun");
        assert!(store.forget_brought(Uuid::from_u128(2), None).await.expect("forgotten"));
        assert!(!store.finish_brought(Uuid::from_u128(2)).await.expect("answered"));
    }

    async fn the_oldest_gives_way(Fixture { store, .. }: Fixture) {
        for (number, seconds) in [(1, 100), (2, 101), (3, 102)] {
            store.begin_brought(new(number, seconds), None, at(0)).await.expect("begun");
        }
        assert_eq!(store.sweep_brought(at(0)).await.expect("swept"), [2, 3].map(Uuid::from_u128));
        let full = Brought { bytes: MOST_BYTES, ..new(4, 103) };
        store.begin_brought(full, Some(somebody(&store, "me").await), at(0)).await.expect("begun");
        assert_eq!(store.sweep_brought(at(0)).await.expect("swept"), [Uuid::from_u128(4)]);
    }

    async fn goes_with_its_owner(Fixture { store, .. }: Fixture) {
        let me = somebody(&store, "me").await;
        store.begin_brought(new(1, 100), Some(me), at(0)).await.expect("begun");
        store.delete_user(me, false, at(1)).await.expect("deleted");
        assert!(store.sweep_brought(at(1)).await.expect("swept").is_empty());
    }

    proptest! {
        #[test]
        fn there_is_room_and_nobody_goes_in_vain(
            waiting in proptest::collection::vec((0..3_u128, 0..MOST_BYTES), 0..12),
            (owner, bytes) in (0..3_u128, 0..MOST_BYTES),
        ) {
            let waiting: Vec<_> = (1_u128..)
                .zip(waiting)
                .map(|(id, (of, bytes))| (Uuid::from_u128(id), Some(Uuid::from_u128(of)), i64::try_from(bytes).expect("small")))
                .collect();
            let owner = Some(Uuid::from_u128(owner));
            let gone = giving_way(&waiting, owner, bytes);
            let left: Vec<_> = waiting.iter().filter(|(id, ..)| !gone.contains(id)).collect();
            prop_assert!(left.iter().filter(|(_, of, _)| *of == owner).count() < MOST_OF_ONE);
            prop_assert!(left.len() < MOST);
            prop_assert!(left.iter().map(|(.., bytes)| bytes.unsigned_abs()).sum::<u64>() + bytes <= MOST_BYTES);
            prop_assert!(giving_way(&[], owner, bytes).is_empty());
            if waiting.len() < MOST_OF_ONE && waiting.iter().map(|(.., bytes)| bytes.unsigned_abs()).sum::<u64>() + bytes <= MOST_BYTES {
                prop_assert!(gone.is_empty());
            }
        }
    }
}
