//! The server's description of its own routes, [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0).
//!
//! Each route describes itself where it is written; what all have in common is added here, once.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use companion_wire::error::ErrorEnvelope;
use utoipa::PartialSchema;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::Tag;
use utoipa::openapi::{ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response};

use super::described;

/// The tags in the order of a newcomer's questions, each with what lies under it.
pub const TAGS: [(&str, &str); 8] = [
    ("extension", "What a paired browser calls. Needs the extension's token, but for the pairing itself."),
    ("browsers", "Pairing and paired browsers, for people and programs with an admin token."),
    ("skills", "The library and where each skill stands."),
    ("operations", "What is being done, what was done, and what went wrong."),
    ("people", "Accounts: passwords, sessions, admin tokens, and for admins everybody."),
    (
        "connectors",
        "How a person's connectors are doing, internal services and the machines that fetch their keys, and the kill switch.",
    ),
    ("monitoring", "For monitors and load balancers."),
    ("description", "This description."),
];

static DESCRIPTION: LazyLock<OpenApi> = LazyLock::new(|| finish(described().into_openapi()));

/// The whole description.
pub fn description() -> &'static OpenApi {
    &DESCRIPTION
}

/// Whether some described route answers GET at this path.
pub fn answers_get(path: &str) -> bool {
    let fits = |template: &str| {
        let same = |(known, asked): (&str, &str)| !asked.is_empty() && known.starts_with('{') || known == asked;
        template.split('/').count() == path.split('/').count() && template.split('/').zip(path.split('/')).all(same)
    };
    description().paths.paths.iter().any(|(template, item)| item.get.is_some() && fits(template))
}

/// `GET /openapi.json`.
#[utoipa::path(get, path = "/openapi.json", tag = "description",
    responses((status = 200, description = "This description, for programs.", content_type = "application/json")),
    security(())
)]
pub async fn get() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| description().to_pretty_json().unwrap_or_default());
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], TEXT.as_str())
}

/// The description without a route.
pub fn frame() -> OpenApi {
    let bearer = |description: &str| {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(description.to_owned());
        SecurityScheme::Http(scheme)
    };
    let cookie = ApiKeyValue::with_description("skillferry_session", "A session of the dashboard.");
    let components = ComponentsBuilder::new()
        .schema("ErrorEnvelope", ErrorEnvelope::schema())
        .schema("ErrorBody", companion_wire::error::ErrorBody::schema())
        .security_scheme("extension_token", bearer("The token that a browser got when it was paired."))
        .security_scheme("machine_token", bearer("The token that a machine got when it was paired."))
        .security_scheme("admin_token", bearer("An admin token."))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let info = InfoBuilder::new()
        .title("Skillferry companion server")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Every answer that is not a success is an `ErrorEnvelope`. Its codes never change."))
        .build();
    let tag = |(name, description): (&str, &str)| {
        let mut tag = Tag::new(name);
        tag.description = Some(description.to_owned());
        tag
    };
    OpenApiBuilder::new().info(info).components(Some(components)).tags(Some(TAGS.map(tag))).build()
}

/// Adds what is the same everywhere: names of operations, and the refusals that no route has to speak of.
fn finish(mut api: OpenApi) -> OpenApi {
    for (path, item) in &mut api.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete(method, path, operation);
            }
        }
    }
    api
}

fn complete(method: &str, path: &str, operation: &mut Operation) {
    operation.operation_id = Some(operation_id(method, path));
    // The doc comment begins with the method and the path, which stand above it already.
    let said = operation.summary.take().and_then(|summary| {
        let rest = summary.strip_prefix('`').and_then(|rest| rest.split_once('`')).map_or("", |(_, rest)| rest);
        let rest = rest.trim_start_matches([':', '.', ',', ' ']).trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    });
    let first = operation.responses.responses.values().find_map(|response| match response {
        RefOr::T(response) => Some(response.description.clone()),
        RefOr::Ref(_) => None,
    });
    operation.summary = first.map(|text| text.replace('`', ""));
    operation.description = said.map(|text| capitalised(&text.replace('\n', " ")));
    let needs_proof = operation.security.iter().flatten().any(|requirement| *requirement != Default::default());
    let takes_values = operation.request_body.is_some() || operation.parameters.is_some();
    let mut refusal = |status: &str, description: &str| {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(description)));
    };
    if needs_proof {
        refusal(
            "401",
            "`LOGIN_REQUIRED`, `MISSING_BEARER_TOKEN` or `INVALID_EXTENSION_TOKEN`: nobody has proved to be allowed.",
        );
    }
    refusal(
        "403",
        "`HOST_NOT_ALLOWED`, `ORIGIN_NOT_ALLOWED`, or `INTEGRATION_DISCONNECTED` for a revoked extension token.",
    );
    if takes_values {
        refusal("422", "`VALIDATION_ERROR`: the message names each value and what is wrong with it.");
    }
    refusal("503", "`STORAGE_UNAVAILABLE`: the database is busy, full or away; `Retry-After` says when to come back.");
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let envelope = Content::new(Some(Ref::from_schema_name("ErrorEnvelope")));
            response.content.entry("application/json".to_owned()).or_insert(RefOr::T(envelope));
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// From the method and the words of the path, so that it is unique and stays.
fn operation_id(method: &str, path: &str) -> String {
    let (place, path) = match path.strip_prefix(companion_wire::PREFIX) {
        Some(rest) => (Some("connector"), rest),
        None => (None, path),
    };
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(place).chain(words).collect::<Vec<_>>().join("_")
}
