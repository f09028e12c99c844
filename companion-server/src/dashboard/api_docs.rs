//! The description of the routes for people to read.

use std::sync::LazyLock;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use companion_wire::error::ErrorCode;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Required};

use super::frame::Frame;
use super::pages;
use super::texts::{Language, Text};
use crate::error::ApiResult;
use crate::routes::openapi;

#[derive(Template)]
#[template(path = "api_docs.html")]
struct ApiDocs {
    t: Text,
    f: Frame,
    sections: Vec<Section>,
    codes: &'static [ErrorCode],
}

struct Section {
    name: &'static str,
    about: &'static str,
    routes: Vec<Route>,
}

struct Route {
    id: String,
    method: &'static str,
    path: String,
    summary: String,
    about: String,
    proof: String,
    parameters: Vec<Value>,
    body: Option<String>,
    answers: Vec<Answer>,
}

struct Value {
    name: String,
    place: &'static str,
    required: bool,
    about: String,
}

struct Answer {
    status: String,
    about: String,
}

/// `GET /docs`: public, like `GET /openapi.json`.
pub async fn page() -> ApiResult<Response> {
    static PAGE: LazyLock<ApiDocs> = LazyLock::new(|| ApiDocs {
        t: Text(Language::English),
        f: Frame::outside(&HeaderMap::new()),
        sections: sections(),
        codes: ErrorCode::ALL,
    });
    pages::page(&*PAGE)
}

fn sections() -> Vec<Section> {
    let section = |(name, about)| Section { name, about, routes: routes(name) };
    openapi::TAGS.into_iter().map(section).collect()
}

fn routes(tag: &str) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, item) in &openapi::description().paths.paths {
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        for (method, operation) in operations {
            let operation =
                operation.as_ref().filter(|operation| operation.tags.iter().flatten().any(|own| own == tag));
            routes.extend(operation.map(|operation| route(method, path, operation)));
        }
    }
    routes
}

fn route(method: &'static str, path: &str, operation: &Operation) -> Route {
    Route {
        id: operation.operation_id.clone().unwrap_or_default(),
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        about: operation.description.clone().unwrap_or_default().replace('`', ""),
        proof: proof(operation),
        parameters: operation.parameters.iter().flatten().filter_map(value).collect(),
        body: body(operation),
        answers: answers(operation),
    }
}

fn proof(operation: &Operation) -> String {
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    let requirements = requirements.as_array().into_iter().flatten().filter_map(serde_json::Value::as_object);
    let names: Vec<&str> = requirements.flat_map(|names| names.keys()).map(|name| scheme(name)).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" or ") }
}

fn scheme(name: &str) -> &'static str {
    match name {
        "extension_token" => "the extension's token as bearer",
        "admin_token" => "an admin token as bearer",
        _ => "a session of the dashboard",
    }
}

fn value(parameter: &RefOr<Parameter>) -> Option<Value> {
    let RefOr::T(parameter) = parameter else { return None };
    let place = match parameter.parameter_in {
        ParameterIn::Path => "in the path",
        ParameterIn::Header => "header",
        _ => "query",
    };
    Some(Value {
        name: parameter.name.clone(),
        place,
        required: parameter.required == Required::True,
        about: parameter.description.clone().unwrap_or_default(),
    })
}

/// Content type and shape, e.g. `application/json: StartPairing`.
fn body(operation: &Operation) -> Option<String> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let (kind, _) = body.content.first_key_value()?;
    let shape = serde_json::to_value(body).ok()?;
    let reference = shape.pointer(&format!("/content/{}/schema/$ref", kind.replace('/', "~1")));
    let name = reference.and_then(|reference| reference.as_str()?.rsplit('/').next());
    Some(name.map_or_else(|| kind.clone(), |name| format!("{kind}: {name}")))
}

fn answers(operation: &Operation) -> Vec<Answer> {
    let answer = |(status, response): (&String, &RefOr<utoipa::openapi::Response>)| match response {
        RefOr::T(response) => Some(Answer { status: status.clone(), about: response.description.replace('`', "") }),
        RefOr::Ref(_) => None,
    };
    operation.responses.responses.iter().filter_map(answer).collect()
}
