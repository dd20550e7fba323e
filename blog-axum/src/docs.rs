//! The API described: `/openapi.json` for programs, `/docs` for people.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Header, InfoBuilder, OpenApi, Paths, RefOr, SecurityRequirement, Server,
};

use crate::options::RouterOptions;
use crate::router::{AppState, build};
use crate::session::SignIn;

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
    let by = |scheme: &str| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []);
    let mut security = vec![SecurityRequirement::default(), by("token")];
    if let SignIn::Form(cookie) = options.authenticator.sign_in() {
        let description = "The token of whoever has signed in to the admin pages. \
            Changes that a page of another site asks for do not count. Where X-Blog-Actor has \
            another's id, percent-encoded, the answer is 401.";
        let cookie = ApiKeyValue::with_description(cookie.name(), description);
        let scheme = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", scheme);
        security.push(by("session"));
    }
    document.security = Some(security);
    if build(options).is_some() {
        say_build(&mut document.paths);
    }
    document
}

/// Describes the header that every answer has where the admin pages are served.
fn say_build(paths: &mut Paths) {
    let mut header = Header::default();
    header.description = Some("The build of the admin pages.".to_owned());
    let operations = paths.paths.values_mut().flat_map(|item| {
        let all = [
            &mut item.get,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        all.into_iter().flatten()
    });
    for response in operations.flat_map(|operation| operation.responses.responses.values_mut()) {
        if let RefOr::T(response) = response {
            let header = RefOr::T(header.clone());
            response.headers.insert("X-Blog-Build".to_owned(), header);
        }
    }
}

fn page(document: &OpenApi) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("docs.html", include_str!("../templates/docs.html"))?;
    let values = Value::from(Serde(document));
    environment.get_template("docs.html")?.render(values)
}
