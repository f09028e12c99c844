//! The one shape of every answer that is not a success, and the codes it carries.

use serde::{Deserialize, Serialize};

/// `{"error": {"code", "message"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
    /// The only member.
    pub error: ErrorBody,
}

/// Inside of [`ErrorEnvelope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// A stable machine code: one of [`ErrorCode`], or text of a newer server.
    pub code: String,
    /// A plain sentence for a person. Never holds a secret and never the raw input.
    pub message: String,
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// Every code that this server answers with. Texts never change once released.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[doc = $doc])* $name,)* }
        impl ErrorCode {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];
            /// The text on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }
            /// Status and meaning, e.g. `404: no such path.`
            pub const fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$name => concat!($($doc),*),)* }
            }
        }
    };
}

error_codes! {
    /// 404: no such path.
    NotFound = "NOT_FOUND",
    /// 405: the path exists, the verb does not.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// 422: a body, query or path value is missing, malformed or out of range.
    ValidationError = "VALIDATION_ERROR",
    /// 422: no event of the audit log has this name.
    InvalidEvent = "INVALID_EVENT",
    /// 422: `since` is after `until`.
    InvalidDateRange = "INVALID_DATE_RANGE",
    /// Any other refusal of the HTTP layer (400, 413, 415 …).
    HttpError = "HTTP_ERROR",
    /// 500: a defect of the server; the cause is in its log.
    InternalError = "INTERNAL_ERROR",
    /// 503: the database is busy, full or away; the same request may be sent again.
    StorageUnavailable = "STORAGE_UNAVAILABLE",
    /// 403: the `Host` header is not one this server answers to (DNS rebinding).
    HostNotAllowed = "HOST_NOT_ALLOWED",
    /// 403: a request of a foreign web page.
    OriginNotAllowed = "ORIGIN_NOT_ALLOWED",
    /// 401: a dashboard or admin route without a session or admin token.
    LoginRequired = "LOGIN_REQUIRED",
    /// 403: a dashboard route that is for admins.
    AdminRequired = "ADMIN_REQUIRED",
    /// 403: what is asked about belongs to another person.
    OtherPerson = "OTHER_PERSON",
    /// 400: the person's id is no UUID.
    InvalidUserId = "INVALID_USER_ID",
    /// 404: no such service.
    ServiceNotFound = "SERVICE_NOT_FOUND",
    /// 404: no such machine of yours.
    MachineNotFound = "MACHINE_NOT_FOUND",
    /// 401: a machine's token that this database has never issued.
    InvalidMachineToken = "INVALID_MACHINE_TOKEN",
    /// 403: a machine's token that was revoked.
    MachineRevoked = "MACHINE_REVOKED",
    /// 503: keys cannot be decrypted at the moment; the server's log says why.
    KeysLocked = "KEYS_LOCKED",
    /// 503: this person's work, or everybody's, is held; `Retry-After` says when to look again.
    AutonomyPaused = "AUTONOMY_PAUSED",
    /// 404: no such person.
    UserNotFound = "USER_NOT_FOUND",
    /// 409: somebody has this name already.
    UserNameTaken = "USER_NAME_TAKEN",
    /// 409: nobody could administer the server any more.
    LastAdmin = "LAST_ADMIN",
    /// 403: the password that was sent along is not the current one.
    WrongPassword = "WRONG_PASSWORD",
    /// 409: the sign-in provider signs this person in; they have no password.
    PasswordNotAllowed = "PASSWORD_NOT_ALLOWED",
    /// 409: the preset admin token belongs to nobody.
    NoUser = "NO_USER",
    /// 404: no such session of yours.
    SessionNotFound = "SESSION_NOT_FOUND",
    /// 404: no such admin token of yours.
    AdminTokenNotFound = "ADMIN_TOKEN_NOT_FOUND",
    /// 401: an extension route without `Authorization: Bearer`.
    MissingBearerToken = "MISSING_BEARER_TOKEN",
    /// 401: a bearer that this database has never issued.
    InvalidExtensionToken = "INVALID_EXTENSION_TOKEN",
    /// 403: a bearer that was revoked, or whose browser was disconnected.
    IntegrationDisconnected = "INTEGRATION_DISCONNECTED",
    /// 429: too many attempts; `Retry-After` says when to come back.
    RateLimited = "RATE_LIMITED",
    /// 503: no free pairing code was found.
    PairingCodeExhausted = "PAIRING_CODE_EXHAUSTED",
    /// 404: no open pairing has this code.
    PairingNotFound = "PAIRING_NOT_FOUND",
    /// 410: the pairing is older than ten minutes.
    PairingExpired = "PAIRING_EXPIRED",
    /// 404: the pairing token is unknown or already redeemed.
    PairingTokenUnknown = "PAIRING_TOKEN_UNKNOWN",
    /// 404: no such browser.
    IntegrationNotFound = "INTEGRATION_NOT_FOUND",
    /// 409: the browser is not paired at the moment.
    IntegrationNotActive = "INTEGRATION_NOT_ACTIVE",
    /// 404: no such operation, or another browser's.
    OperationNotFound = "OPERATION_NOT_FOUND",
    /// 409: the operation has already ended.
    OperationAlreadyFinal = "OPERATION_ALREADY_FINAL",
    /// 409: only a failed operation can be retried.
    OperationNotRetryable = "OPERATION_NOT_RETRYABLE",
    /// 404: no such version, or a version of another skill.
    VersionNotFound = "VERSION_NOT_FOUND",
    /// 404: no such skill for this browser.
    SkillNotFound = "SKILL_NOT_FOUND",
    /// 409: another skill has this name or slug.
    SkillSlugExists = "SKILL_SLUG_EXISTS",
    /// 409: the skill lies in the watched folder; rename or remove it there.
    SkillInLibraryFolder = "SKILL_IN_LIBRARY_FOLDER",
    /// 404: no such collection.
    CollectionNotFound = "COLLECTION_NOT_FOUND",
    /// 409: there is a collection of this name.
    CollectionExists = "COLLECTION_EXISTS",
    /// 409: skills are in the collection.
    CollectionInUse = "COLLECTION_IN_USE",
    /// 422: a collection cannot have this name.
    CollectionNameInvalid = "COLLECTION_NAME_INVALID",
    /// 422: a collection holds fifteen skills at most.
    CollectionLimitReached = "COLLECTION_LIMIT_REACHED",
    /// 404: no published collection makes a group of this name.
    GroupNotFound = "GROUP_NOT_FOUND",
    /// 404: no such held batch.
    HeldBatchNotFound = "HELD_BATCH_NOT_FOUND",
    /// 409: somebody has decided about this batch already, or it has become needless.
    HeldBatchDecided = "HELD_BATCH_DECIDED",
    /// 413: the archive is over the limit.
    BundleTooLarge = "BUNDLE_TOO_LARGE",
    /// 422: the archive has no bytes.
    EmptyBundle = "EMPTY_BUNDLE",
    /// 422: the file is no zip.
    InvalidZip = "INVALID_ZIP",
    /// 409: a skill of this name is there and not linked to this skill of the account.
    SlugCollisionUnlinked = "SLUG_COLLISION_UNLINKED",
    /// 404: no such link between a skill and an account.
    LinkNotFound = "LINK_NOT_FOUND",
    /// 409: both sides are not in conflict (any more).
    LinkNotInConflict = "LINK_NOT_IN_CONFLICT",
    /// 422: the library has no side to keep.
    NoSkillnoteSide = "NO_SKILLNOTE_SIDE",
    /// 409: the browser is not paired any more, so nothing can be written.
    IntegrationInactive = "INTEGRATION_INACTIVE",
    /// 409: the skill has no version.
    NoLatestVersion = "NO_LATEST_VERSION",
    /// 409: what claude.ai holds is not known here; sync once more.
    ConflictNeedsResync = "CONFLICT_NEEDS_RESYNC",
    /// 409: the edits overlap and no merged text was given.
    MergeOverlaps = "MERGE_OVERLAPS",
    /// 422: the archive is not a zip of one skill, or of skills.
    InvalidBundle = "INVALID_BUNDLE",
    /// 404: no such import of yours is waiting; its time may be over.
    ImportNotFound = "IMPORT_NOT_FOUND",
    /// 403: no folder below an import root of this server.
    ImportPathNotAllowed = "IMPORT_PATH_NOT_ALLOWED",
}
