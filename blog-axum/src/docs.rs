//! The API described: `/openapi.json` for programs, `/docs` for people.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, SecurityRequirement, Server};

use crate::options::RouterOptions;
use crate::router::AppState;

/// The page has nothing but text and its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(crate) fn router(document: OpenApi, options: &RouterOptions) -> Router<AppState> {
    let document = complete(document, options);
    let page = page(&document).unwrap_or_else(|error| {
        tracing::error!(%error, "the page that describes the API is broken");
        String::new()
    });
    let json = serde_json::to_string(&document).unwrap_or_else(|error| {
        tracing::error!(%error, "the document that describes the API is broken");
        String::new()
    });
    let (page, json): (Arc<str>, Arc<str>) = (page.into(), json.into());
    Router::new()
        .route("/docs", get(move || async move { html(&page) }))
        .route("/openapi.json", get(move || async move { as_json(&json) }))
}

fn html(page: &str) -> impl IntoResponse + use<> {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page.to_owned()))
}

fn as_json(document: &str) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "application/json")], document.to_owned())
}

/// Adds what the routes do not know: the name, the prefix, and how to sign in.
fn complete(mut document: OpenApi, options: &RouterOptions) -> OpenApi {
    document.info = InfoBuilder::new()
        .title(format!("{}: API", options.title))
        .version(env!("CARGO_PKG_VERSION"))
        .build();
    let prefix = options.prefix();
    document.servers = Some(vec![Server::new(if prefix.is_empty() {
        "/"
    } else {
        prefix
    })]);
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    let nobody = SecurityRequirement::default();
    let bearer = SecurityRequirement::new::<_, [&str; 0], &str>("token", []);
    document.security = Some(vec![nobody, bearer]);
    document
}

fn page(document: &OpenApi) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("docs.html", include_str!("../templates/docs.html"))?;
    let values = Value::from(Serde(document));
    environment.get_template("docs.html")?.render(values)
}
