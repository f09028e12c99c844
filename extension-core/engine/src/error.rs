//! Everything that can be in the way, as one closed list of codes.
//!
//! A code is stable: pages look up their text in `_locales` by it, and the server keeps it as `result.code`.
//! The sentence here goes to the server's dashboard. It never holds a value of an answer.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// A named state that a person can meet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// One plain sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(ErrorCode::$name => $sentence,)* }
            }
        }
    };
}

error_codes! {
    /// The stored state could not be read; the pairing was kept if it could be.
    StateReset = "STATE_RESET", "The stored state could not be read, so it was begun anew.";
    /// What was typed is no web address.
    AddressNotReadable = "ADDRESS_NOT_READABLE", "That is no web address.";

    /// No connection to the server, or something in between answered in its place.
    ServerUnreachable = "SERVER_UNREACHABLE", "The server cannot be reached.";
    /// The server answers 429 or 5xx.
    ServerBusy = "SERVER_BUSY", "The server asks to come back later.";
    /// The answer is none of this product's, or of a version that this one does not know.
    ServerNotUnderstood = "SERVER_NOT_UNDERSTOOD", "Something other than the expected server answers at that address.";
    /// The server refuses for a reason that has nothing to do with the token.
    ServerRefused = "SERVER_REFUSED", "The server refuses requests of this browser.";
    /// This browser has left a server that could not be told so: its token may still be valid there.
    ServerNotTold = "SERVER_NOT_TOLD", "The server could not be told that this browser has left; disconnect it in the dashboard, too.";
    /// A person or the operator has paused all work.
    Paused = "PAUSED", "Work is paused; it goes on when that is over.";
    /// The server holds this browser for signed out of claude.ai.
    ConnectorSignedOut = "CONNECTOR_SIGNED_OUT", "The server was told that this browser is signed out, and has not seen it work since.";
    /// The server holds this browser for stopped by a change of claude.ai.
    ConnectorChanged = "CONNECTOR_ENDPOINT_CHANGED", "The server was told that claude.ai answers differently, and has not seen this browser work since.";
    /// The server holds this browser for broken, for another reason.
    ConnectorBroken = "CONNECTOR_BROKEN", "The server holds this browser for broken.";
    /// The server has revoked this browser.
    TokenRevoked = "TOKEN_REVOKED", "The server no longer knows this browser.";
    /// Nobody approved in time.
    PairingExpired = "PAIRING_EXPIRED", "The pairing code has run out.";
    /// The server does not know the pairing (any more), or its answer with the token was lost.
    PairingEnded = "PAIRING_ENDED", "The server has ended the pairing.";

    /// claude.ai does not accept the session.
    SignedOut = "SIGNED_OUT", "The browser is not signed in to claude.ai.";
    /// claude.ai wants to see a person.
    Challenge = "CHALLENGE", "claude.ai asks for a check by a person: open claude.ai once in that browser.";
    /// The browser attaches the session in open tabs of claude.ai only, and there is none.
    TabNeeded = "TAB_NEEDED", "This browser reaches claude.ai through an open tab only, and none is open.";
    /// The plan or the organisation does not allow it.
    RemoteForbidden = "REMOTE_FORBIDDEN", "claude.ai does not allow this account to manage skills.";
    /// claude.ai does not answer, or with 5xx.
    RemoteUnavailable = "REMOTE_UNAVAILABLE", "claude.ai cannot be reached or has a fault.";
    /// claude.ai asks for fewer requests.
    RemoteTooFast = "REMOTE_TOO_FAST", "claude.ai asks for a pause.";
    /// An answer does not have the shape that is relied on.
    EndpointChanged = "ENDPOINT_CHANGED", "claude.ai answers differently than before; nothing was written on a guess.";
    /// Something about an answer differs, and syncing goes on.
    EndpointDiffers = "ENDPOINT_DIFFERS", "claude.ai answers a little differently than before; syncing goes on.";
    /// The server's operator has switched writing off.
    ReadOnly = "READ_ONLY", "The operator of the server has paused all writing on claude.ai.";
    /// Another account or organisation is signed in than the one that this pairing writes to.
    OtherAccount = "OTHER_ACCOUNT", "The browser shows another claude.ai account or organisation than the one that is written to; nothing is written.";
    /// An owner has switched skills off.
    SwitchedOff = "SKILLS_SWITCHED_OFF", "Skills are switched off for this claude.ai account or its organisation.";
    /// claude.ai scans the skill at the moment.
    ScanPending = "SCAN_PENDING", "claude.ai is scanning a skill; it goes on when that is over.";
    /// claude.ai's scan has blocked the skill.
    ScanBlocked = "SCAN_BLOCKED", "claude.ai's scan has blocked the skill.";
    /// The account has no organisation that holds skills.
    NoOrganisation = "NO_ORGANISATION", "The claude.ai account has no organisation that can hold skills.";

    /// The account has a skill of that name that this product did not write.
    RemoteNameTaken = "REMOTE_NAME_TAKEN", "The account has another skill of that name already; it was left as it is.";
    /// The skill was changed on claude.ai, and the server cannot keep what stands there.
    RemoteChanged = "REMOTE_CHANGED", "The skill was changed on claude.ai; it was left as it is.";
    /// What claude.ai holds cannot be read, so it cannot be kept.
    RemoteUnreadable = "REMOTE_UNREADABLE", "What claude.ai holds cannot be read; it was left as it is.";
    /// What was to be brought from the account is not there.
    RemoteMissing = "REMOTE_MISSING", "The account does not have that skill.";
    /// The list shows the skill, and no known path hands it out.
    RemoteNotDownloadable = "REMOTE_NOT_DOWNLOADABLE", "claude.ai does not hand the skill out, so it could not be copied.";
    /// Somebody has changed it on claude.ai as well; the server has been given that version and decides anew.
    ChangedOnBothSides = "CHANGED_ON_BOTH_SIDES", "The skill was changed on claude.ai as well; both versions are kept here.";
    /// claude.ai refuses the skill for good.
    RemoteRefused = "REMOTE_REFUSED", "claude.ai refuses the skill.";
    /// After the write the account's list did not show its effect.
    NotVerified = "NOT_VERIFIED", "The account's list does not show the change.";
    /// The server did not keep what stands on claude.ai.
    SnapshotRefused = "SNAPSHOT_REFUSED", "The server could not keep what stands on claude.ai, so it was left as it is.";
    /// The library has a skill of that name that is not this one.
    ImportNameTaken = "IMPORT_NAME_TAKEN", "The library has another skill of that name.";
    /// The account's skill is larger than the server takes.
    ImportTooLarge = "IMPORT_TOO_LARGE", "The skill on claude.ai is larger than the server takes.";
    /// The server does not take the account's skill.
    ImportRefused = "IMPORT_REFUSED", "The server does not take the skill that stands on claude.ai.";
    /// The account has a plugin of that name that this product did not make.
    GroupNameTaken = "GROUP_NAME_TAKEN", "The account has another plugin of that name already; it was left as it is.";
    /// The server does not hand out the version.
    BundleMissing = "BUNDLE_MISSING", "The server no longer has the version that was to be uploaded.";
    /// What the server handed out is not what the operation names.
    BundleMismatch = "BUNDLE_MISMATCH", "The bundle is not the version that was to be uploaded.";
    /// An operation of a newer server.
    KindNotSupported = "KIND_NOT_SUPPORTED", "This version of the extension cannot do that.";
    /// An operation without what it takes.
    PayloadIncomplete = "PAYLOAD_INCOMPLETE", "The operation does not say what it takes.";
}

impl ErrorCode {
    /// It lies with the server or the way there, and is over as soon as the server answers.
    pub const fn is_of_server(self) -> bool {
        matches!(self, Self::ServerUnreachable | Self::ServerBusy | Self::ServerNotUnderstood | Self::ServerRefused)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    /// A code of another version reads as [`ErrorCode::StateReset`], because that is what its loss amounts to.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(Self::ALL.iter().copied().find(|code| code.as_str() == text).unwrap_or(Self::StateReset))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ErrorCode;

    #[test]
    fn codes_differ_and_sentences_end() {
        let codes: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().all(|code| code.sentence().ends_with('.')));
    }
}
