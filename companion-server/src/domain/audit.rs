//! The names of audit events. Their details are listed in `docs/runbook.md`.

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Everything that is written to the audit log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AuditEventName { $($(#[$doc])* $name,)* }
        impl AuditEventName {
            /// All names; the database's CHECK lists the same.
            pub const ALL: &'static [AuditEventName] = &[$(AuditEventName::$name,)*];
            /// The name in the database and on the wire.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// The event of this name.
            pub fn named(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|event| event.as_str() == text) }
        }
    };
}

events! {
    /// A browser asked to be paired.
    PairStarted = "pair_started",
    /// A person approved it.
    PairApproved = "pair_approved",
    /// It received its token.
    PairRedeemed = "pair_redeemed",
    /// Nobody approved it in time.
    PairExpired = "pair_expired",
    /// A setting of a browser changed.
    IntegrationUpdated = "integration_updated",
    /// A browser was disconnected.
    IntegrationDisconnected = "integration_disconnected",
    /// A token was rotated or revoked.
    TokenRevoked = "token_revoked",
    /// Work was queued at somebody's wish.
    SyncTriggered = "sync_triggered",
    /// A skill was uploaded or updated.
    SkillPushed = "skill_pushed",
    /// A skill was removed from the account.
    SkillDeletePushed = "skill_delete_pushed",
    /// Something of the account came into the library.
    SkillImported = "skill_imported",
    /// An operation has failed for good.
    OpFailed = "op_failed",
    /// An operation is tried again.
    OpRetried = "op_retried",
    /// The claude.ai session of a browser has lapsed.
    CookieExpired = "cookie_expired",
    /// Both sides changed.
    ConflictDetected = "conflict_detected",
    /// A person or the policy decided.
    ConflictResolved = "conflict_resolved",
    /// claude.ai answers differently than assumed.
    EndpointChanged = "endpoint_changed",
    /// A skill is new in the library.
    SkillCreated = "skill_created",
    /// A skill has a newer version.
    SkillUpdated = "skill_updated",
    /// A skill left the library.
    SkillDeleted = "skill_deleted",
    /// A former version is the newest again.
    SkillRestored = "skill_restored",
    /// Somebody may use the server from now on.
    UserAdded = "user_added",
    /// Somebody began a session.
    UserSignedIn = "user_signed_in",
    /// Somebody whom the sign-in provider vouches for may not come in.
    SignInRefused = "sign_in_refused",
    /// Somebody was given all that is kept about them.
    UserExported = "user_exported",
    /// Somebody is gone, with all that was kept about them.
    UserDeleted = "user_deleted",
    /// Rows of the log were made impersonal; the detail has the hash of what is left of each.
    PersonalDataRemoved = "personal_data_removed",
    /// Somebody has a key of an internal service.
    ServiceConnected = "service_connected",
    /// Somebody has none any more.
    ServiceDisconnected = "service_disconnected",
    /// A service has revoked a key.
    ServiceKeyRevoked = "service_key_revoked",
    /// Keys at rest were encrypted anew.
    ServiceKeysRotated = "service_keys_rotated",
    /// A machine may fetch somebody's keys.
    MachinePaired = "machine_paired",
    /// It may not any more.
    MachineRevoked = "machine_revoked",
    /// Somebody's work is held from now on.
    AutonomyPaused = "autonomy_paused",
    /// Somebody's work goes on.
    AutonomyResumed = "autonomy_resumed",
}
