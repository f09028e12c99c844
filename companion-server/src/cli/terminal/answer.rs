//! What the server is asked for, by name.

use companion_wire::PREFIX;
use companion_wire::conflicts::Conflict;
use companion_wire::held_batch::HeldBatch;
use companion_wire::integration::Integration;
use companion_wire::library::LibraryStanding;
use companion_wire::queue::QueuePage;

use super::client::{Client, ClientError};

impl Client {
    /// The library and where each skill stands.
    pub async fn library(&self) -> Result<LibraryStanding, ClientError> {
        self.get("/v1/library", &[]).await
    }

    /// Paired browsers, newest first.
    pub async fn browsers(&self) -> Result<Vec<Integration>, ClientError> {
        self.get(&format!("{PREFIX}/integrations"), &[]).await
    }

    /// Skills that changed on both sides.
    pub async fn conflicts(&self) -> Result<Vec<Conflict>, ClientError> {
        self.get(&format!("{PREFIX}/conflicts"), &[]).await
    }

    /// Changes of many skills at once that wait for a person.
    pub async fn held(&self) -> Result<Vec<HeldBatch>, ClientError> {
        self.get(&format!("{PREFIX}/held-batches"), &[]).await
    }

    /// What waits and what is being done: the oldest, and how much there is.
    pub async fn queue(&self) -> Result<QueuePage, ClientError> {
        self.get(&format!("{PREFIX}/queue"), &[("limit", "1".to_owned())]).await
    }
}
