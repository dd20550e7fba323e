use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use blog_core::{Conflict, Error, ErrorKind, FieldError};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{IntoResponses, ToSchema};

/// An answer that is an error: `application/problem+json` (RFC 9457).
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    members: Vec<(&'static str, Value)>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            members: vec![],
            header: None,
        }
    }

    /// A field that breaks a rule, with the status that says where the fault is.
    pub(crate) fn field(status: StatusCode, field: &str, message: impl Into<String>) -> Self {
        let error = FieldError::new(field, message);
        let mut problem = Self::new(status, format!("invalid input: {field}"));
        problem.members.push(("errors", json!([error])));
        problem
    }

    /// What a client reads.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": &self.detail,
        });
        for (name, value) in &self.members {
            body[*name] = value.clone();
        }
        body
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.members.push((name, value));
        self
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let status = StatusCode::from_u16(kind.http_status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            log(&error);
        }
        let problem = Self::new(status, error.client_message());
        match kind {
            ErrorKind::Invalid(fields) => problem.with("errors", json!(fields)),
            ErrorKind::Unauthenticated => {
                problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            ErrorKind::Conflict(Conflict::Edit(conflict)) => problem
                .with("base", json!(conflict.base))
                .with("head", json!(conflict.head))
                .with("theirs", json!(conflict.theirs))
                .with("conflicts", json!(conflict.conflicts)),
            ErrorKind::Conflict(Conflict::Taken(field)) => {
                let taken = FieldError::new(*field, "is taken");
                problem.with("errors", json!([taken]))
            }
            _ => match error.http_retry_after() {
                Some(seconds) => problem.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
                None => problem,
            },
        }
    }
}

fn log(error: &Error) {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    tracing::error!(%error, ?causes, "a request failed");
}

/// What a client gets for an error (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    r#type: String,
    title: String,
    status: u16,
    /// What is wrong, for people.
    detail: String,
    /// The fields that break a rule.
    errors: Option<Vec<FieldError>>,
}

/// What a client gets for an edit of a place that somebody else has edited.
#[derive(Serialize, ToSchema)]
#[schema(as = EditConflict)]
pub(crate) struct EditConflictBody {
    #[serde(flatten)]
    problem: ProblemBody,
    /// What both edits began with.
    #[schema(value_type = Object)]
    base: Value,
    /// What is stored.
    #[schema(value_type = Object)]
    head: Value,
    /// What was sent.
    #[schema(value_type = Object)]
    theirs: Value,
    /// By field, the places that both changed.
    #[schema(value_type = Vec<Object>)]
    conflicts: Value,
}

/// The errors that any operation may answer with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers, and is never made")]
pub(crate) enum Problems {
    /// The request cannot be fulfilled
    #[response(status = "4XX", content_type = "application/problem+json")]
    Client(ProblemBody),
    /// The server cannot fulfil it
    #[response(status = "5XX", content_type = "application/problem+json")]
    Server(ProblemBody),
}

/// What a problem says, beside the response that it became: the site makes a page of it.
#[derive(Debug, Clone)]
pub(crate) struct ProblemDetail(pub(crate) String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.body();
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(ProblemDetail(self.detail));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(header) = self.header {
            let (name, value) = *header;
            headers.insert(name, value);
        }
        response
    }
}
