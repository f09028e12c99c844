//! What the watched folder holds, as opposed to what the newest versions are.

use async_trait::async_trait;
use skill_format::Digest;
use uuid::Uuid;

use super::sql::args;
use super::{SqlStore, StoreResult};

/// The two sides of a skill that lies in the folder.
#[async_trait]
pub trait FolderStore: Send + Sync {
    /// The folder at this path has just been read or written and has this source digest.
    async fn folder_holds(&self, source_path: &str, digest: Digest) -> StoreResult<()>;
    /// The skill lies in another folder of the library now.
    async fn folder_moved(&self, name: &str, source_path: &str) -> StoreResult<()>;
    /// Newest versions that their folders do not hold, ordered.
    async fn folders_behind(&self) -> StoreResult<Vec<Uuid>>;
}

#[async_trait]
impl FolderStore for SqlStore {
    async fn folder_holds(&self, source_path: &str, digest: Digest) -> StoreResult<()> {
        let sql = "UPDATE skills SET folder_digest = $2 WHERE source_path = $1 AND removed_at IS NULL";
        self.db.execute(sql, args![source_path, digest.to_string()]).await.map(drop)
    }

    async fn folder_moved(&self, name: &str, source_path: &str) -> StoreResult<()> {
        let sql = "UPDATE skills SET source_path = $2 WHERE name = $1 AND removed_at IS NULL";
        self.db.execute(sql, args![name, source_path]).await.map(drop)
    }

    async fn folders_behind(&self) -> StoreResult<Vec<Uuid>> {
        let rows: Vec<(Uuid,)> = self
            .db
            .all(
                "SELECT v.id FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 WHERE s.source_path IS NOT NULL AND s.removed_at IS NULL
                     AND (s.folder_digest IS NULL OR s.folder_digest <> v.source_digest) ORDER BY v.id",
                args![],
            )
            .await?;
        Ok(rows.into_iter().map(|(version,)| version).collect())
    }
}
