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
        let detail = error.to_string();
        match error.kind() {
            ErrorKind::Invalid(fields) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail).with("errors", json!(fields))
            }
            ErrorKind::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, detail)
                .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            ErrorKind::Forbidden => Self::new(StatusCode::FORBIDDEN, detail),
            ErrorKind::NotFound => Self::new(StatusCode::NOT_FOUND, detail),
            ErrorKind::Conflict(Conflict::Edit(conflict)) => {
                Self::new(StatusCode::CONFLICT, detail)
                    .with("base", json!(conflict.base))
                    .with("head", json!(conflict.head))
                    .with("theirs", json!(conflict.theirs))
                    .with("conflicts", json!(conflict.conflicts))
            }
            ErrorKind::Conflict(Conflict::Taken(field)) => {
                let taken = FieldError::new(*field, "is taken");
                Self::new(StatusCode::CONFLICT, detail).with("errors", json!([taken]))
            }
            ErrorKind::Conflict(_) => Self::new(StatusCode::CONFLICT, detail),
            ErrorKind::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail),
            ErrorKind::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
                    .with_header(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)))
            }
            ErrorKind::Unavailable { .. } => {
                log(&error);
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
                    .with_header(RETRY_AFTER, HeaderValue::from(1))
            }
            _ => {
                log(&error);
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something went wrong on our side",
                )
            }
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
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": &self.detail,
        });
        for (name, value) in self.members {
            body[name] = value;
        }
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
