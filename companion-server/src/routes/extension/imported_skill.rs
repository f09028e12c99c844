//! Takes a skill of the account into the library.

use axum::Json;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use companion_wire::conflicts::ImportedSkill as Answer;
use companion_wire::error::ErrorCode;
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::inbound::{self, InboundError};
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::Browser;
use crate::extract::fields::Fields;
use crate::store::{ImportedSkill, NewImport};
use crate::time::Timestamp;

/// The form round the largest zip; its route lets no more bytes through.
pub const LARGEST_FORM: usize = inbound::LARGEST + 64 * 1024;

/// The form of `POST {PREFIX}/extension/imported-skill`.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form; its parts are read one by one")]
pub struct ImportForm {
    /// The account's id of the skill, at most 128 characters.
    claude_ai_skill_id: String,
    /// At most 64 characters; the front matter's name counts.
    name: String,
    /// At most 1,024 characters; the front matter's description counts.
    description: String,
    /// The account's version mark, at most 64 characters.
    claude_ai_version: Option<String>,
    /// The zip of the whole folder, at most 5 MiB.
    #[schema(content_media_type = "application/zip")]
    bundle: Vec<u8>,
}

/// `POST {PREFIX}/extension/imported-skill`. The whole folder is kept. What changed on both sides is not applied but kept beside.
#[utoipa::path(post, path = "/extension/imported-skill", tag = "extension",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The skill of the library that it is now, made for this or not.", body = Answer),
        (status = 409, description = "`SLUG_COLLISION_UNLINKED`: another skill has this name."),
        (status = 413, description = "`BUNDLE_TOO_LARGE`."),
        (status = 422, description = "`EMPTY_BUNDLE`, `INVALID_ZIP`, `INVALID_BUNDLE`, or `VALIDATION_ERROR` for the form."),
    ),
    security(("extension_token" = []))
)]
pub async fn take(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<Answer>)> {
    let (mut parts, body) = request.into_parts();
    let browser = Browser::from_request_parts(&mut parts, &app).await?;
    let form = Form::read(Request::from_parts(parts, body)).await?;
    let inbound = inbound::read(&form.bundle).map_err(|error| refused(&error))?;
    let import = NewImport {
        integration: browser.integration,
        claude_ai_skill_id: form.claude_ai_skill_id,
        claude_ai_version: form.claude_ai_version,
        inbound,
    };
    match app.store.import_skill(import, Timestamp::now()).await? {
        ImportedSkill::Known { skill, created } => {
            Ok((StatusCode::CREATED, Json(Answer { skillnote_skill_id: skill, created })))
        }
        ImportedSkill::SlugCollision => Err(ApiError::conflict(
            ErrorCode::SlugCollisionUnlinked,
            "The library has another skill of this name. Rename one of them.",
        )),
    }
}

/// The form's parts.
struct Form {
    claude_ai_skill_id: String,
    claude_ai_version: Option<String>,
    bundle: Vec<u8>,
}

impl Form {
    async fn read(request: Request) -> ApiResult<Self> {
        let mut multipart = Multipart::from_request(request, &())
            .await
            .map_err(|_| ApiError::validation("body: Input should be a multipart form"))?;
        let (mut texts, mut bundle) = (Map::new(), None);
        while let Some(part) = multipart.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(broken)?;
            if name == "bundle" {
                bundle = Some(bytes.to_vec());
            } else if !bytes.is_empty() {
                // Nothing counts as missing, and what is no text cannot be one.
                texts.insert(name, String::from_utf8(bytes.to_vec()).map_or(Value::Bool(false), Value::String));
            }
        }
        let mut fields = Fields::of(texts);
        let claude_ai_skill_id = fields.required_text("claude_ai_skill_id", 1, 128);
        fields.required_text("name", 1, 64);
        fields.required_text("description", 1, 1024);
        let claude_ai_version = fields.text("claude_ai_version", 64);
        if bundle.is_none() {
            fields.check("bundle", Err("Field required".to_owned()));
        }
        fields.finish()?;
        Ok(Self { claude_ai_skill_id, claude_ai_version, bundle: bundle.unwrap_or_default() })
    }
}

fn broken(error: MultipartError) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => refused(&InboundError::TooLarge),
        _ => ApiError::validation("body: The multipart form is broken off or malformed"),
    }
}

fn refused(error: &InboundError) -> ApiError {
    let (status, code) = match error {
        InboundError::Empty => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::EmptyBundle),
        InboundError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BundleTooLarge),
        InboundError::NotAZip => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidZip),
        InboundError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidBundle),
    };
    ApiError::new(status, code, error.to_string())
}
