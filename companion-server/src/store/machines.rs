//! Machines that fetch a person's keys: paired like a browser, with tokens of their own.

use async_trait::async_trait;
use companion_wire::services::Machine;
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{Approval, Approver, NewAuditEvent, NewPairing, Redemption, SqlStore, StartPairing, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::pairing::{LIFETIME, PairingState, normalised_code, state};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Who holds a machine's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineBearer {
    /// This machine of this person.
    Known {
        /// The machine.
        machine: Uuid,
        /// The person.
        user: Uuid,
    },
    /// One that was revoked, or whose person may not log in.
    Revoked,
    /// Never issued.
    Unknown,
}

/// Machines.
#[async_trait]
pub trait MachineStore: Send + Sync {
    /// Opens a pairing valid for ten minutes. A code that an open pairing has already is refused.
    async fn start_machine_pairing(&self, new: NewPairing) -> StoreResult<StartPairing>;
    /// Approves by code; the machine becomes the approver's. Wrong codes count as those of browsers do. An approver without a
    /// person finds nothing.
    async fn approve_machine(&self, code: &str, by: Approver, now: Timestamp) -> StoreResult<Approval>;
    /// Redeems an approved pairing: of any number of simultaneous calls exactly one gets `Redeemed`. Writes `machine_paired`.
    async fn redeem_machine(&self, pairing: &TokenHash, token: &TokenHash, now: Timestamp) -> StoreResult<Redemption>;
    /// Who holds this token.
    async fn machine_bearer(&self, token: &TokenHash) -> StoreResult<MachineBearer>;
    /// Notes that a machine has fetched what is due on it.
    async fn machine_pulled(&self, machine: Uuid, now: Timestamp);
    /// A person's paired machines, newest first.
    async fn machines(&self, user: Uuid) -> StoreResult<Vec<Machine>>;
    /// Revokes a machine of this person; false when there is none. Writes `machine_revoked`.
    async fn revoke_machine(&self, user: Uuid, machine: Uuid, now: Timestamp) -> StoreResult<bool>;
    /// Removes pairings that ended unredeemed an hour ago or earlier.
    async fn sweep_machines(&self, now: Timestamp) -> StoreResult<()>;
}

#[async_trait]
impl MachineStore for SqlStore {
    async fn start_machine_pairing(&self, new: NewPairing) -> StoreResult<StartPairing> {
        let (machine, expires) = (Uuid::now_v7(), new.now.plus(LIFETIME));
        let mut tx = self.db.write().await?;
        let free = "UPDATE machines SET pairing_code = NULL WHERE pairing_code = $1 AND pairing_expires_at <= $2";
        tx.execute(free, args![new.code.as_str(), new.now]).await?;
        let opened = tx
            .execute(
                "INSERT INTO machines (id, label, pairing_code, pairing_token_hash, pairing_expires_at, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                args![machine, new.browser_label, new.code, new.token.hex(), expires, new.now],
            )
            .await?;
        tx.commit().await?;
        let started = StartPairing::Started { integration: machine, expires };
        Ok(if opened == 1 { started } else { StartPairing::CodeTaken })
    }

    async fn approve_machine(&self, code: &str, by: Approver, now: Timestamp) -> StoreResult<Approval> {
        let mut tx = self.db.counting().await?;
        if let Some(retry_after_secs) = by.refused(&mut tx, now).await? {
            return Ok(Approval::Limited { retry_after_secs });
        }
        let found: Option<(Uuid, Timestamp, Option<Uuid>)> = tx
            .locked(
                "SELECT id, pairing_expires_at, user_id FROM machines WHERE pairing_code = $1 AND token_hash IS NULL",
                args![normalised_code(code)],
            )
            .await?;
        let Some(((id, expires, owner), user)) = found.zip(by.user) else {
            by.guessed_wrong(&mut tx, now).await?;
            tx.commit().await?;
            return Ok(Approval::NotFound);
        };
        match state(expires, owner.map(|_| now), now) {
            PairingState::Expired => Ok(Approval::Expired),
            PairingState::Approved if owner == Some(user) => Ok(Approval::Approved),
            PairingState::Approved => Ok(Approval::NotFound),
            PairingState::Waiting => {
                tx.execute("UPDATE machines SET user_id = $2 WHERE id = $1", args![id, user]).await?;
                tx.commit().await?;
                Ok(Approval::Approved)
            }
        }
    }

    async fn redeem_machine(&self, pairing: &TokenHash, token: &TokenHash, now: Timestamp) -> StoreResult<Redemption> {
        let mut tx = self.db.planning().await?;
        let found: Option<(Uuid, Timestamp, Option<Uuid>)> = tx
            .locked(
                "SELECT id, pairing_expires_at, user_id FROM machines WHERE pairing_token_hash = $1 AND token_hash IS NULL",
                args![pairing.hex()],
            )
            .await?;
        let Some((id, expires, owner)) = found else { return Ok(Redemption::Unknown) };
        let user = match (state(expires, owner.map(|_| now), now), owner) {
            (PairingState::Expired, _) => return Ok(Redemption::Expired),
            (PairingState::Approved, Some(user)) => user,
            _ => return Ok(Redemption::NotApproved),
        };
        tx.execute(
            "UPDATE machines SET token_hash = $2, pairing_code = NULL, pairing_token_hash = NULL,
                 pairing_expires_at = NULL, paired_at = $3 WHERE id = $1",
            args![id, token.hex(), now],
        )
        .await?;
        let issued = "INSERT INTO machine_tokens (token_hash, issued_at) VALUES ($1, $2)";
        tx.execute(issued, args![token.hex(), now]).await?;
        note(&mut tx, AuditEventName::MachinePaired, user, id, now).await?;
        tx.commit().await?;
        Ok(Redemption::Redeemed { integration: id, enqueued: 0 })
    }

    async fn machine_bearer(&self, token: &TokenHash) -> StoreResult<MachineBearer> {
        let hex = token.hex();
        let known: Option<(Uuid, Uuid, String)> = self
            .db
            .optional(
                "SELECT m.id, u.id, m.token_hash FROM machines m
                 JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL WHERE m.token_hash = $1",
                args![hex.as_str()],
            )
            .await?;
        if let Some((machine, user, _)) = known.filter(|(.., stored)| token.matches_hex(stored)) {
            return Ok(MachineBearer::Known { machine, user });
        }
        let issued: Option<(String,)> =
            self.db.optional("SELECT token_hash FROM machine_tokens WHERE token_hash = $1", args![hex]).await?;
        Ok(if issued.is_some() { MachineBearer::Revoked } else { MachineBearer::Unknown })
    }

    async fn machine_pulled(&self, machine: Uuid, now: Timestamp) {
        self.db.touch("UPDATE machines SET last_pull_at = $2 WHERE id = $1", args![machine, now]).await;
    }

    async fn machines(&self, user: Uuid) -> StoreResult<Vec<Machine>> {
        type Columns = (Uuid, Option<String>, Option<Timestamp>, Option<Timestamp>);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT id, label, paired_at, last_pull_at FROM machines
                 WHERE user_id = $1 AND token_hash IS NOT NULL ORDER BY paired_at DESC, id DESC",
                args![user],
            )
            .await?;
        let machine = |(id, label, paired, pulled): Columns| {
            let (paired_at, last_pull_at) = (paired.map(Timestamp::rfc3339), pulled.map(Timestamp::rfc3339));
            Machine { id, label, paired_at, last_pull_at }
        };
        Ok(rows.into_iter().map(machine).collect())
    }

    async fn revoke_machine(&self, user: Uuid, machine: Uuid, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.planning().await?;
        let gone = tx.execute("DELETE FROM machines WHERE id = $1 AND user_id = $2", args![machine, user]).await?;
        if gone == 1 {
            note(&mut tx, AuditEventName::MachineRevoked, user, machine, now).await?;
            tx.commit().await?;
        }
        Ok(gone == 1)
    }

    async fn sweep_machines(&self, now: Timestamp) -> StoreResult<()> {
        let ended = "DELETE FROM machines WHERE token_hash IS NULL AND pairing_expires_at <= $1";
        self.db.execute(ended, args![now.minus(std::time::Duration::from_secs(60 * 60))]).await.map(drop)
    }
}

async fn note(tx: &mut Tx, event: AuditEventName, user: Uuid, machine: Uuid, now: Timestamp) -> StoreResult<()> {
    let name: Option<(String,)> = tx.optional("SELECT name FROM users WHERE id = $1", args![user]).await?;
    let detail = json!({ "user": name.map(|(name,)| name), "machine_id": machine });
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now }).await
}
