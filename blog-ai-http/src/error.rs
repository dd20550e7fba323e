use std::time::Duration;

use blog_core::domain::Mismatch;
use blog_core::ports::{Completion, TokenUsage};
use blog_core::{Error, ErrorKind};
use reqwest::header::HeaderName;

/// What a server that names no time is given.
const WITHOUT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// What can go wrong between an adapter and its server.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is wrong.
    #[error("the model's server cannot be used: {0}")]
    Settings(&'static str),
    /// A header that is configured cannot be sent.
    #[error("the model's server cannot be used: the header {0} {1}")]
    Header(HeaderName, &'static str),
    /// There is no connection, or the request could not be sent.
    #[error("the model's server cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The answer ended before its end.
    #[error("the model's answer broke off")]
    BrokeOff(#[source] Option<reqwest::Error>),
    /// The answer has another shape than it should have.
    #[error("the model's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// The answer says nothing, and what it has used.
    #[error("the model's answer is empty")]
    Empty(Option<TokenUsage>),
    /// The answer ends for a reason that nobody knows, and what it has used.
    #[error("the model's answer ends for no known reason")]
    Strange(Option<TokenUsage>),
    /// The answer is not what was asked for.
    #[error("the model's answer is not what was asked for")]
    Unfit(#[source] Mismatch),
    /// The answer is longer than any answer.
    #[error("the model's answer has no end")]
    Endless,
    /// The server says that something is wrong.
    #[error("{}", .0.meaning.sentence())]
    Server(#[source] ServerError),
}

/// A result whose error is [`Failure`] unless named.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What a server says is wrong, without the secrets that it may repeat.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub struct ServerError {
    /// What that means.
    pub meaning: Meaning,
    /// When to come again.
    pub retry_after: Option<Duration>,
    /// Its own words.
    pub said: String,
    /// Whether it stands in the place of an answer, so that nothing is paid for.
    pub is_refusal: bool,
}

/// What the code of an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The key is wrong, or may not do this.
    KeyRefused,
    /// There is no such model.
    NoSuchModel,
    /// What was paid, or may be spent, is spent.
    OutOfMoney,
    /// The request is too long.
    TooLong,
    /// Too often.
    TooOften,
    /// The server has too much to do.
    Overloaded,
    /// A fault of the server.
    Broken,
    /// The vendor's filter holds the request back.
    Filtered,
    /// The server does not take such a request.
    NotTaken,
}

impl Meaning {
    /// What an HTTP status means, where no code says more.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::KeyRefused,
            402 => Self::OutOfMoney,
            404 => Self::NoSuchModel,
            413 => Self::TooLong,
            429 => Self::TooOften,
            503 | 529 => Self::Overloaded,
            408 | 409 | 425 | 500.. => Self::Broken,
            _ => Self::NotTaken,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::KeyRefused => "the model's server refuses the key",
            Self::NoSuchModel => "the model's server has no such model",
            Self::OutOfMoney => "the account at the model's vendor has reached what it may spend",
            Self::TooLong => "the text is too long for the model",
            Self::TooOften => "the model was asked too often",
            Self::Overloaded => "the model's server has too much to do",
            Self::Broken => "the model's server has failed",
            Self::Filtered => "the model's vendor holds the request back",
            Self::NotTaken => "the model's server does not take the request",
        }
    }
}

impl ServerError {
    fn kind(&self) -> ErrorKind {
        match (self.meaning, self.retry_after) {
            (Meaning::TooOften, retry_after) => ErrorKind::RateLimited {
                retry_after: retry_after.unwrap_or(WITHOUT_RETRY_AFTER),
            },
            (Meaning::Overloaded | Meaning::Broken, _) => ErrorKind::Unavailable { retry: true },
            (Meaning::TooLong, _) => ErrorKind::TooLarge,
            (
                Meaning::KeyRefused
                | Meaning::NoSuchModel
                | Meaning::OutOfMoney
                | Meaning::Filtered
                | Meaning::NotTaken,
                _,
            ) => ErrorKind::Unavailable { retry: false },
        }
    }
}

impl Failure {
    /// Whether the vendor's filter holds something back, of which some tell as of an error.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        matches!(self, Self::Server(error) if error.meaning == Meaning::Filtered)
    }

    /// The error of an answer that was paid for and is not what was asked for. What the request uses at a
    /// guess counts where its server has not counted.
    #[must_use]
    pub fn unfit(request: TokenUsage, answer: &Completion, wrong: Mismatch) -> Error {
        let guess = || request + TokenUsage::guessed_answer(answer.text.len());
        Error::from(Self::Unfit(wrong)).with_usage(answer.usage.unwrap_or_else(guess))
    }

    /// Whether it is certain that the model was not asked.
    fn is_free(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Header(..) => true,
            Self::Unreachable(error) => error.is_connect(),
            Self::Server(error) => error.is_refusal,
            Self::BrokeOff(_)
            | Self::Unreadable(_)
            | Self::Empty(_)
            | Self::Strange(_)
            | Self::Unfit(_)
            | Self::Endless => false,
        }
    }

    /// The answer could not be read to its end.
    pub(crate) fn broke_off(error: reqwest::Error) -> Self {
        Self::BrokeOff(Some(error.without_url()))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Settings(_) | Failure::Header(..) => ErrorKind::Unavailable { retry: false },
            Failure::Server(error) => error.kind(),
            Failure::Unreachable(_)
            | Failure::BrokeOff(_)
            | Failure::Unreadable(_)
            | Failure::Empty(_)
            | Failure::Strange(_)
            | Failure::Unfit(_)
            | Failure::Endless => ErrorKind::Unavailable { retry: true },
        };
        let is_free = failure.is_free();
        let mut error = Self::new(kind, failure.to_string());
        if let Failure::Empty(Some(usage)) | Failure::Strange(Some(usage)) = failure {
            error = error.with_usage(usage);
        }
        if is_free {
            error = error.with_usage(TokenUsage::NONE);
        }
        if let Failure::Server(ServerError {
            retry_after: Some(wait),
            ..
        }) = &failure
        {
            error = error.with_retry_after(*wait);
        }
        if matches!(failure, Failure::Endless) {
            error = error.without_immediate_retry();
        }
        match failure {
            Failure::Unreachable(cause) | Failure::BrokeOff(Some(cause)) => {
                error.with_source(cause)
            }
            Failure::Server(cause) => error.with_source(cause),
            Failure::Unfit(cause) => error.with_source(cause),
            _ => error,
        }
    }
}
