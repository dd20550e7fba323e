use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Environment, Value};

const POLICY: &str = "default-src 'self'; img-src * data:; frame-ancestors 'none'; base-uri 'none'";

/// The site's templates. All text is escaped unless a template says that it is HTML already.
#[derive(Debug)]
pub(crate) struct Templates(Environment<'static>);

impl Templates {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        for (name, source) in [
            ("base.html", include_str!("../../templates/base.html")),
            ("list.html", include_str!("../../templates/list.html")),
            ("post.html", include_str!("../../templates/post.html")),
            ("message.html", include_str!("../../templates/message.html")),
            ("feed.xml", include_str!("../../templates/feed.xml")),
        ] {
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(%error, name, "a built-in template is broken");
            }
        }
        Self(environment)
    }

    pub(crate) fn page(&self, status: StatusCode, name: &str, values: Value) -> Response {
        match self
            .0
            .get_template(name)
            .and_then(|template| template.render(values))
        {
            Ok(html) => (status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
            Err(error) => broken(&error),
        }
    }

    /// A feed, without the characters that XML 1.0 forbids.
    pub(crate) fn feed(&self, name: &str, values: Value) -> Response {
        match self
            .0
            .get_template(name)
            .and_then(|template| template.render(values))
        {
            Ok(mut xml) => {
                xml.retain(|c| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'));
                ([(CONTENT_TYPE, "application/atom+xml; charset=utf-8")], xml).into_response()
            }
            Err(error) => broken(&error),
        }
    }
}

fn broken(error: &minijinja::Error) -> Response {
    tracing::error!(%error, "a page could not be rendered");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "something went wrong on our side",
    )
        .into_response()
}
