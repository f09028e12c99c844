//! Signing in with a provider: what has been begun, and the person it ends with.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::access::{NewSession, Proof, begin};
use super::sql::{Tx, args};
use super::{AuditEventName, NewAuditEvent, SqlStore, StoreError, StoreResult, audit, users};
use crate::domain::people::Role;
use crate::domain::sign_in::{Guest, SignInRefusal};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// How long a person may take at the provider.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A sign-in that begins. The secrets themselves are with the browser and the provider.
#[derive(Debug, Clone, Copy)]
pub struct NewSignIn {
    /// Hash of what the provider sends back with the person.
    pub state: TokenHash,
    /// Hash of what the browser keeps in a cookie.
    pub browser: TokenHash,
    /// Hash of what the provider has to put into the ID token.
    pub nonce: TokenHash,
}

/// What became of a person whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// The session has begun.
    Begun {
        /// Who they are here.
        user: Uuid,
        /// Whether they came for the first time.
        added: bool,
    },
    /// An admin keeps them out.
    Disabled,
}

/// Signing in with a provider.
#[async_trait]
pub trait SignInStore: Send + Sync {
    /// Remembers a sign-in for ten minutes, for all processes. Lapsed ones are forgotten.
    async fn begin_sign_in(&self, new: NewSignIn, now: Timestamp) -> StoreResult<()>;
    /// Takes a sign-in that this browser began, and gives the hash of its nonce: of any number of calls exactly one gets it. `None` when
    /// unknown, taken, lapsed or another browser's, which stays.
    async fn take_sign_in(&self, state: &TokenHash, browser: &TokenHash, now: Timestamp)
    -> StoreResult<Option<String>>;
    /// Begins a session for the person whom this issuer knows by the guest's subject, and adds them when nobody is known by it: of any
    /// number of calls at once one adds. A name that is taken gets a number. A role that the guest brings replaces the one they had. Writes
    /// `user_added` and `user_signed_in`.
    async fn admit(&self, issuer: &str, guest: Guest, session: NewSession, now: Timestamp) -> StoreResult<SignedIn>;
    /// Writes `sign_in_refused` with the reason: somebody whom the provider vouches for may not come in.
    async fn refuse_sign_in(&self, why: SignInRefusal, source: Option<IpAddr>, now: Timestamp) -> StoreResult<()>;
}

#[async_trait]
impl SignInStore for SqlStore {
    async fn begin_sign_in(&self, new: NewSignIn, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.write().await?;
        tx.execute("DELETE FROM sign_ins WHERE expires_at <= $1", args![now]).await?;
        tx.execute(
            "INSERT INTO sign_ins (state_hash, browser_hash, nonce_hash, expires_at) VALUES ($1, $2, $3, $4)",
            args![new.state.hex(), new.browser.hex(), new.nonce.hex(), now.plus(SIGN_IN_LIFETIME)],
        )
        .await?;
        tx.commit().await
    }

    async fn take_sign_in(
        &self,
        state: &TokenHash,
        browser: &TokenHash,
        now: Timestamp,
    ) -> StoreResult<Option<String>> {
        let mut tx = self.db.write().await?;
        let taken: Vec<(String,)> = tx
            .all(
                "DELETE FROM sign_ins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING nonce_hash",
                args![state.hex(), browser.hex(), now],
            )
            .await?;
        tx.commit().await?;
        Ok(taken.into_iter().next().map(|(nonce,)| nonce))
    }

    async fn admit(&self, issuer: &str, guest: Guest, session: NewSession, now: Timestamp) -> StoreResult<SignedIn> {
        let mut tx = self.db.appointing().await?;
        // An issuer is a URL: it holds no space, so that no other pair has the same text.
        let identity = format!("{issuer} {}", guest.subject);
        let known: Option<(Uuid,)> =
            tx.optional("SELECT id FROM users WHERE oidc_subject = $1", args![identity.as_str()]).await?;
        let (user, added) = match known {
            Some((user,)) => (user, false),
            None => (add(&mut tx, &identity, &guest, now).await?, true),
        };
        if let Some(role) = guest.role.filter(|_| !added) {
            tx.execute(
                "UPDATE users SET role = $2, updated_at = $3 WHERE id = $1 AND role <> $2 AND disabled_at IS NULL",
                args![user, role.as_str(), now],
            )
            .await?;
        }
        if !begin(&mut tx, user, &session, Proof::Provider, now).await? {
            return Ok(SignedIn::Disabled);
        }
        tx.commit().await?;
        Ok(SignedIn::Begun { user, added })
    }

    async fn refuse_sign_in(&self, why: SignInRefusal, source: Option<IpAddr>, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.write().await?;
        let (event, detail) = (AuditEventName::SignInRefused, json!({ "reason": why.code() }));
        audit::write(&mut tx, NewAuditEvent { integration: None, event, skill: None, detail, source, now }).await?;
        tx.commit().await
    }
}

/// Adds a person under the first name that is free.
async fn add(tx: &mut Tx, identity: &str, guest: &Guest, now: Timestamp) -> StoreResult<Uuid> {
    let role = guest.role.unwrap_or(Role::Member);
    let numbered = (2..=99).map(|number| format!("{} ({number})", guest.name));
    let unlikely = std::iter::once(format!("{} ({})", guest.name, Uuid::new_v4().simple()));
    for name in std::iter::once(guest.name.clone()).chain(numbered).chain(unlikely) {
        if let Some(user) = users::insert(tx, &name, role, Some(identity), now).await? {
            return Ok(user);
        }
    }
    Err(StoreError::Refused("no name is free for a new person".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::super::fixture::{Fixture, at, on_both, postgres, sqlite, token};
    use super::super::{AddUser, ChainReport, ChangeUser, SharedStore};
    use super::*;
    use crate::token::TokenKind;

    on_both! {
        a_sign_in_is_taken_once_by_the_browser_that_began_it,
        sign_ins_lapse,
        a_person_is_found_again_by_issuer_and_subject,
        one_of_many_first_sign_ins_adds,
        roles_follow_the_provider_where_it_gives_them,
        whoever_is_disabled_stays_out,
        every_way_in_is_written_down,
    }

    fn begun() -> NewSignIn {
        let drawn = || token(TokenKind::SignIn).hash();
        NewSignIn { state: drawn(), browser: drawn(), nonce: drawn() }
    }

    fn session() -> NewSession {
        let source = Some([198, 51, 100, 7].into());
        NewSession { token: token(TokenKind::Session).hash(), user_agent: None, source }
    }

    fn guest(subject: &str, name: &str, role: Option<Role>) -> Guest {
        Guest { subject: subject.to_owned(), name: name.to_owned(), role }
    }

    const ISSUER: &str = "https://id.example";

    async fn admitted(store: &SharedStore, issuer: &str, guest: Guest, now: Timestamp) -> (Uuid, bool) {
        match store.admit(issuer, guest, session(), now).await.expect("admit") {
            SignedIn::Begun { user, added } => (user, added),
            SignedIn::Disabled => panic!("disabled"),
        }
    }

    async fn a_sign_in_is_taken_once_by_the_browser_that_began_it(Fixture { store, .. }: Fixture) {
        let new = begun();
        store.begin_sign_in(new, at(0)).await.expect("begin");
        let stranger = token(TokenKind::SignIn).hash();
        assert_eq!(store.take_sign_in(&new.state, &stranger, at(1)).await.expect("take"), None);
        assert_eq!(store.take_sign_in(&stranger, &new.browser, at(1)).await.expect("take"), None);
        let takes = (0..8).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.take_sign_in(&new.state, &new.browser, at(1)).await.expect("take") })
        });
        let mut taken = Vec::new();
        for take in takes.collect::<Vec<_>>() {
            taken.extend(take.await.expect("task"));
        }
        assert_eq!(taken, [new.nonce.hex()]);
    }

    async fn sign_ins_lapse(Fixture { store, .. }: Fixture) {
        let (old, new) = (begun(), begun());
        store.begin_sign_in(old, at(0)).await.expect("begin");
        assert_eq!(store.take_sign_in(&old.state, &old.browser, at(600)).await.expect("take"), None);
        store.begin_sign_in(new, at(600)).await.expect("begin");
        let early = store.take_sign_in(&old.state, &old.browser, at(1)).await.expect("take");
        assert_eq!(early, None, "it was forgotten when the next one began");
        assert!(store.take_sign_in(&new.state, &new.browser, at(1199)).await.expect("take").is_some());
    }

    async fn a_person_is_found_again_by_issuer_and_subject(Fixture { store, .. }: Fixture) {
        let AddUser::Added(local) = store.add_user("Ada", Role::Member, at(0)).await.expect("add") else { panic!() };
        let (ada, added) = admitted(&store, ISSUER, guest("1", "ada", None), at(1)).await;
        assert!(added && ada != local.id, "nobody becomes somebody else by their name");
        assert_eq!(admitted(&store, ISSUER, guest("1", "renamed", None), at(2)).await, (ada, false));
        for (issuer, subject) in [(ISSUER, "2"), ("https://other.example", "1")] {
            assert!(admitted(&store, issuer, guest(subject, "ada", None), at(3)).await.1);
        }
        let names: Vec<String> = store.users().await.expect("users").into_iter().map(|user| user.name).collect();
        assert_eq!(names, ["Ada", "ada (2)", "ada (3)", "ada (4)"]);
        let user = store.user(ada).await.expect("user").expect("there");
        assert!(user.role == Role::Member && !user.has_password && user.single_sign_on);
        assert!(!store.user(local.id).await.expect("user").expect("there").single_sign_on);
        assert_eq!(store.sessions(ada, at(4)).await.expect("sessions").len(), 2);
    }

    async fn one_of_many_first_sign_ins_adds(Fixture { store, .. }: Fixture) {
        let all = (0..8).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { admitted(&store, ISSUER, guest("1", "ada", None), at(1)).await })
        });
        let (mut ids, mut additions) = (BTreeSet::new(), 0);
        for one in all.collect::<Vec<_>>() {
            let (user, added) = one.await.expect("task");
            ids.insert(user);
            additions += u32::from(added);
        }
        assert_eq!((ids.len(), additions), (1, 1));
    }

    async fn roles_follow_the_provider_where_it_gives_them(Fixture { store, .. }: Fixture) {
        let role = async |role| {
            let (user, _) = admitted(&store, ISSUER, guest("1", "ada", role), at(1)).await;
            store.user(user).await.expect("user").expect("there").role
        };
        assert_eq!(role(Some(Role::Admin)).await, Role::Admin);
        assert_eq!(role(None).await, Role::Admin, "it says nothing");
        assert_eq!(role(Some(Role::Member)).await, Role::Member, "also the last admin: a login link makes another");
    }

    async fn whoever_is_disabled_stays_out(Fixture { store, .. }: Fixture) {
        let (user, _) = admitted(&store, ISSUER, guest("1", "ada", None), at(1)).await;
        let changed = store.change_user(user, None, Some(true), at(2)).await.expect("change");
        assert!(matches!(changed, ChangeUser::Changed(_)));
        let again = store.admit(ISSUER, guest("1", "ada", Some(Role::Admin)), session(), at(3)).await.expect("admit");
        assert_eq!(again, SignedIn::Disabled);
        let kept = store.user(user).await.expect("user").expect("there");
        assert_eq!(kept.role, Role::Member, "nothing was changed");
        assert!(store.sessions(user, at(3)).await.expect("sessions").is_empty());
    }

    async fn every_way_in_is_written_down(Fixture { store, .. }: Fixture) {
        let link = token(TokenKind::LoginLink).hash();
        store.add_login_link(&link, None, at(60)).await.expect("link");
        let admin = store.redeem_login_link(&link, session(), at(1)).await.expect("redeem").expect("an admin");
        assert!(store.begin_session(admin, session(), at(2)).await.expect("session"));
        admitted(&store, ISSUER, guest("1", "ada", None), at(3)).await;
        store.refuse_sign_in(SignInRefusal::WrongDomain, None, at(4)).await.expect("refuse");
        let events = store.recent_events(9).await.expect("events").into_iter().rev();
        let told: Vec<_> = events.map(|event| (event.event, event.detail)).collect();
        let event = |name: &str, detail| (name.to_owned(), detail);
        assert_eq!(
            told,
            [
                event("user_added", json!({ "user": "admin", "role": "admin" })),
                event("user_signed_in", json!({ "user": "admin", "role": "admin", "with": "link" })),
                event("user_signed_in", json!({ "user": "admin", "role": "admin", "with": "password" })),
                event("user_added", json!({ "user": "ada", "role": "member" })),
                event("user_signed_in", json!({ "user": "ada", "role": "member", "with": "provider" })),
                event("sign_in_refused", json!({ "reason": "domain_not_allowed" })),
            ]
        );
        let intact = ChainReport::Intact { rows: 6, pruned_to: 0 };
        assert_eq!(store.verify_chain().await.expect("verify"), intact);
    }
}
