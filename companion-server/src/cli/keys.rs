//! `skillferry keys rotate`: the keys of internal services are encrypted anew, also while a server runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::backup::{finish, run_async};
use super::people::{Database, open};
use super::services::KeyFile;
use crate::services::seal::{KeyRing, KeySource};
use crate::store::SharedStore;
use crate::time::Timestamp;

/// Connections that are encrypted anew in one go.
const MANY: u32 = 100;

/// What can be done about encryption keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draw a new encryption key, encrypt everything with it and forget the former one
    #[command(
        after_help = "With SKILLFERRY_SERVICE_KEY the keys are yours to change: put the new one there and the former one into
SKILLFERRY_SERVICE_KEY_FORMER, restart the servers, run this, and take the former one away."
    )]
    Rotate {
        /// The file with the encryption key [default: service.key in the data folder]
        #[arg(long, env = "SKILLFERRY_SERVICE_KEY_FILE", value_name = "FILE")]
        service_key_file: Option<PathBuf>,
        #[command(flatten)]
        database: Database,
    },
}

/// Runs `keys …`.
pub fn run(command: Command) -> ExitCode {
    let Command::Rotate { service_key_file, database } = command;
    finish(run_async(async move {
        let source = KeyFile(service_key_file).source()?;
        let store = open(database).await?;
        let said = |error: crate::services::seal::SealError| format!("Nothing was lost: {error}.");
        let ring = source.add_key().map_err(said)?;
        let done = everything(&store, &ring).await?;
        source.drop_former(&ring).map_err(said)?;
        // A server that had read the former key a moment ago may have used it since.
        let late = everything(&store, &ring).await?;
        store
            .note_rotation(done + late, Timestamp::now())
            .await
            .map_err(|error| format!("It is done, but not written down: {error}."))?;
        let place = match source {
            KeySource::Environment(_) => "Take SKILLFERRY_SERVICE_KEY_FORMER away now.".to_owned(),
            KeySource::File(path) => format!("The new one is in {}.", path.display()),
        };
        Ok(format!("{} keys were encrypted anew. {place}", done + late))
    }))
}

/// Encrypts whatever another key has sealed. A stop on the way leaves both keys, and the next run goes on.
async fn everything(store: &SharedStore, ring: &KeyRing) -> Result<u64, String> {
    let mut done = 0;
    loop {
        let others = store.connections_not_sealed_by(&ring.current(), MANY).await.map_err(|error| error.to_string())?;
        if others.is_empty() {
            return Ok(done);
        }
        for connection in others {
            let anew = ring
                .open(connection.user, &connection.service, &connection.sealed)
                .and_then(|key| ring.seal(connection.user, &connection.service, &key));
            let sealed =
                anew.map_err(|error| format!("A kept key of {} cannot be opened: {error}.", connection.service))?;
            store.reseal(&connection, sealed).await.map_err(|error| error.to_string())?;
            done += 1;
        }
    }
}
