//! The one public error of the crate.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::ports::TokenUsage;

/// A result whose error is [`Error`] unless named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: a kind to act on, a sentence for people, and the cause as source; of a call of a
/// language model also what it has used.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// Apart, as few errors have any of it.
    failed_call: Option<Box<FailedCall>>,
}

/// What a backend has said of a call that failed.
#[derive(Debug, Clone, Copy, Default)]
struct FailedCall {
    usage: Option<TokenUsage>,
    retry_after: Option<Duration>,
    rules_out_immediate_retry: bool,
}

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks these rules.
    Invalid(Vec<FieldError>),
    /// Nobody is signed in.
    Unauthenticated,
    /// The actor may not do this.
    Forbidden,
    /// There is no such thing, or the actor may not see it.
    NotFound,
    /// The world has moved on, or the thing is taken: `field` says which.
    Conflict(Conflict),
    /// Larger than what is accepted.
    TooLarge,
    /// Too often.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// A backend does not answer.
    Unavailable {
        /// Whether trying again may help.
        retry: bool,
    },
    /// A fault of this program or of its data.
    Internal,
}

/// What stood in the way of a write.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Conflict {
    /// The post has another revision than the caller named.
    Revision,
    /// A value that must be unique is taken; the field's name.
    Taken(&'static str),
    /// The lease has gone to another holder.
    Lease,
    /// The post's status does not allow it.
    Status,
    /// Two edits of the same place.
    Edit(Box<crate::services::EditConflict>),
}

/// One rule that one field breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Dotted path of the field.
    pub field: String,
    /// The rule, as a sentence without its subject.
    pub message: String,
}

impl FieldError {
    /// `field` breaks the rule that `message` states.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl ErrorKind {
    /// Status code of an HTTP answer that tells it (RFC 9110, section 15).
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Invalid(_) => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::TooLarge => 413,
            Self::RateLimited { .. } => 429,
            Self::Unavailable { .. } => 503,
            Self::Internal => 500,
        }
    }
}

impl Error {
    /// An error of `kind`; `message` is for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            failed_call: None,
        }
    }

    /// The input breaks these rules.
    #[must_use]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let names: Vec<_> = fields.iter().map(|error| error.field.as_str()).collect();
        let message = format!("invalid input: {}", names.join(", "));
        Self::new(ErrorKind::Invalid(fields), message)
    }

    /// One field breaks one rule.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// There is no such thing, or it is not to be seen.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("no such {what}"))
    }

    /// Something stands in the way.
    #[must_use]
    pub fn conflict(conflict: Conflict) -> Self {
        let message = match &conflict {
            Conflict::Revision => "the post has been changed in the meantime".to_owned(),
            Conflict::Taken(field) => format!("the {field} is taken"),
            Conflict::Lease => "the lease has another holder".to_owned(),
            Conflict::Status => "the post's status does not allow this".to_owned(),
            Conflict::Edit(_) => "somebody else edited the same place".to_owned(),
        };
        Self::new(ErrorKind::Conflict(conflict), message)
    }

    /// A backend does not answer.
    #[must_use]
    pub fn unavailable(message: impl Into<String>, retry: bool) -> Self {
        Self::new(ErrorKind::Unavailable { retry }, message)
    }

    /// A fault of this program or of its data.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error of a call of a language model that has used these tokens.
    #[must_use]
    pub fn with_usage(mut self, usage: TokenUsage) -> Self {
        self.failed_call_mut().usage = Some(usage);
        self
    }

    /// The same error of a backend that says how long to wait before the same call.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.failed_call_mut().retry_after = Some(retry_after);
        self
    }

    /// The same error of a language model that had been told already what was wrong with its answer, or whose
    /// answer has no end.
    #[must_use]
    pub fn without_immediate_retry(mut self) -> Self {
        self.failed_call_mut().rules_out_immediate_retry = true;
        self
    }

    fn failed_call_mut(&mut self) -> &mut FailedCall {
        self.failed_call.get_or_insert_default()
    }

    fn failed_call(&self) -> FailedCall {
        self.failed_call.as_deref().copied().unwrap_or_default()
    }

    /// The error of a call that several callers waited for.
    #[must_use]
    pub fn shared(error: std::sync::Arc<Self>) -> Self {
        let mut shared = Self::new(error.kind.clone(), error.message.clone());
        shared.failed_call.clone_from(&error.failed_call);
        shared.with_source(error)
    }

    /// What to do about it.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What a call of a language model has used before it failed, where that is known: no tokens, if it is
    /// certain that the model was not asked or its server refused to ask it.
    #[must_use]
    pub fn usage(&self) -> Option<TokenUsage> {
        self.failed_call().usage
    }

    /// Whether the language model gave an answer of no use though it had been told what was wrong, or one
    /// without end: to ask it at once again would cost as much, for as little.
    #[must_use]
    pub fn rules_out_immediate_retry(&self) -> bool {
        self.failed_call().rules_out_immediate_retry
    }

    /// How long to wait before the same call, where somebody has said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ErrorKind::RateLimited { retry_after } => Some(retry_after),
            _ => self.failed_call().retry_after,
        }
    }

    /// Seconds until the same call may succeed, if it may: `Retry-After` of the HTTP answer that tells it
    /// (RFC 9110, section 10.2.3).
    #[must_use]
    pub fn http_retry_after(&self) -> Option<u64> {
        let named = self.retry_after().map(|time| time.as_secs().max(1));
        named.or_else(|| self.is_retryable().then_some(1))
    }

    /// What a client may be told: a fault of this program is for the log alone.
    #[must_use]
    pub fn client_message(&self) -> &str {
        match self.kind {
            ErrorKind::Internal => "something went wrong on our side",
            _ => &self.message,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unavailable { retry: true } | ErrorKind::RateLimited { .. }
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Error, ErrorKind};

    #[test]
    fn a_client_is_told_the_time_that_a_backend_has_named() {
        let minute = Duration::from_secs(60);
        let busy = Error::unavailable("it has too much to do", true);
        assert_eq!(busy.http_retry_after(), Some(1));
        assert_eq!(busy.with_retry_after(minute).http_retry_after(), Some(60));
        let retry_after = Duration::from_millis(200);
        let too_often = Error::new(ErrorKind::RateLimited { retry_after }, "too often");
        assert_eq!(too_often.http_retry_after(), Some(1));
        assert_eq!(Error::internal("broken").http_retry_after(), None);
    }
}
