//! What is said about claude.ai's endpoints: names for the calls that are compiled into the extension, what it found about one,
//! and what a server may decide about them. No address and no shape of claude.ai is in here.

use serde::{Deserialize, Serialize};

/// A call that the extension makes on claude.ai, by the name that findings and settings use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The account's organisations.
    Organisations,
    /// All skills of the account.
    ListSkills,
    /// A new skill, or new content for one.
    UploadSkill,
    /// Removing a skill.
    DeleteSkill,
    /// A skill as a zip.
    DownloadSkill,
    /// The account's own marketplaces.
    ListMarketplaces,
    /// A marketplace that is filled by uploads.
    CreateMarketplace,
    /// The plugins of a marketplace.
    ListPlugins,
    /// A group of skills as a plugin.
    UploadPlugin,
    /// The switch of a plugin.
    SwitchPlugin,
    /// A call of another version.
    #[serde(other)]
    Unknown,
}

impl Endpoint {
    /// All calls that this version knows.
    pub const KNOWN: [Self; 10] = [
        Self::Organisations,
        Self::ListSkills,
        Self::UploadSkill,
        Self::DeleteSkill,
        Self::DownloadSkill,
        Self::ListMarketplaces,
        Self::CreateMarketplace,
        Self::ListPlugins,
        Self::UploadPlugin,
        Self::SwitchPlugin,
    ];

    /// The text on the wire and in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::ListSkills => "list_skills",
            Self::UploadSkill => "upload_skill",
            Self::DeleteSkill => "delete_skill",
            Self::DownloadSkill => "download_skill",
            Self::ListMarketplaces => "list_marketplaces",
            Self::CreateMarketplace => "create_marketplace",
            Self::ListPlugins => "list_plugins",
            Self::UploadPlugin => "upload_plugin",
            Self::SwitchPlugin => "switch_plugin",
            Self::Unknown => "unknown",
        }
    }
}

/// How an answer of claude.ai departs from what is relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A member that is read is not there.
    MissingField,
    /// A member that nobody knew.
    NewField,
    /// A value, or the whole body, is of another kind.
    TypeChanged,
    /// Another status than ever before.
    StatusChanged,
    /// The answer is a redirect to a page.
    SignInRedirect,
    /// A page came where data was expected.
    HtmlForJson,
    /// The usual path is not known any more; another compiled-in one answers.
    RenamedPath,
    /// A kind of another version.
    #[serde(other)]
    Unknown,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing depends on it.
    Notice,
    /// Something works less well without it.
    Warning,
    /// The call cannot be relied on.
    Breaking,
}

/// What the extension does about findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing.
    Ignore,
    /// It goes on and says so.
    Warn,
    /// It goes on with another compiled-in path.
    FallBack,
    /// Nothing is written any more.
    ReadOnly,
    /// Nothing at all is done on claude.ai but looking whether it is over.
    Stop,
}

/// One departure. Structure only: names that are compiled in, kinds of values, hashes of names that are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// How much it matters.
    pub severity: Severity,
    /// Where: `skills[].id`. A name that is not compiled in is written as `#` and the first eight digits of its SHA-256.
    pub at: String,
    /// The kinds that were expected, e.g. `text|number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The kind that was seen, a status, or the number of a path candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// `detail` of a [`crate::telemetry::Telemetry`] whose category is `endpoint_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointChanged {
    /// One plain sentence.
    pub message: String,
    /// Which call.
    pub endpoint: Endpoint,
    /// What is done about it.
    pub verdict: Verdict,
    /// Why.
    pub findings: Vec<Finding>,
}

/// What a server may decide about calls on claude.ai: to write nothing, and which of the compiled-in paths to use. Never an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointPolicy {
    /// Nothing is written on claude.ai; work waits.
    #[serde(default)]
    pub read_only: bool,
    /// Paths to use in place of the ones that an extension would choose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathChoice>,
}

/// The choice of one compiled-in path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathChoice {
    /// For which call.
    pub endpoint: Endpoint,
    /// Which path, counted from 0. One that an extension does not have is ignored.
    pub candidate: u32,
}
