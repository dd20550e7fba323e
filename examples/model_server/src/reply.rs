use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::memory::ScriptedReply;

use crate::call::Asked;

/// What the stand-in does with one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reply {
    /// What the engine's scripted model does, in the vendor's words.
    Scripted(ScriptedReply),
    /// It says these parts, and then the connection is reset.
    Reset {
        /// The parts.
        pieces: Vec<String>,
    },
    /// It says these parts, and then nothing, for ever.
    Stall {
        /// The parts.
        pieces: Vec<String>,
    },
    /// It says what is wrong.
    Problem {
        /// What.
        problem: Problem,
        /// Further headers of the answer.
        headers: Vec<(&'static str, String)>,
    },
    /// It says exactly this.
    Raw {
        /// The status.
        status: u16,
        /// The type of the body.
        content_type: &'static str,
        /// The body.
        body: String,
    },
    /// It says exactly this again and again.
    Endless {
        /// The status.
        status: u16,
        /// The type of the body.
        content_type: &'static str,
        /// What.
        piece: String,
        /// How long it thinks before each.
        pause: Duration,
    },
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The key.
    WrongKey,
    /// The model's name.
    UnknownModel,
    /// The request is too long.
    TooLong,
    /// Too many requests.
    TooOften,
    /// What may be spent is spent.
    OutOfMoney,
    /// The server has too much to do.
    Overloaded,
    /// The server.
    Broken,
    /// The vendor's filter holds the request back.
    Filtered,
    /// Something that only a status tells.
    Status(u16),
}

impl Problem {
    /// The words of the worst of servers, which says what must not be said.
    pub(crate) fn said_to(self, asked: &Asked) -> String {
        let key = asked.key();
        format!("The stand-in says {self:?} to whoever has the key {key}")
    }
}

impl Reply {
    /// It says what is wrong.
    #[must_use]
    pub const fn problem(problem: Problem) -> Self {
        let headers = Vec::new();
        Self::Problem { problem, headers }
    }

    /// What leads a client to an error of this kind.
    pub(crate) fn failing(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::RateLimited { retry_after } => Self::Problem {
                problem: Problem::TooOften,
                headers: vec![("retry-after", retry_after.as_secs_f64().to_string())],
            },
            ErrorKind::TooLarge => Self::problem(Problem::TooLong),
            ErrorKind::Unavailable { retry: false } => Self::problem(Problem::WrongKey),
            _ => Self::problem(Problem::Broken),
        }
    }
}

impl From<ScriptedReply> for Reply {
    fn from(reply: ScriptedReply) -> Self {
        match reply {
            ScriptedReply::Fail(kind) => Self::failing(&kind),
            reply => Self::Scripted(reply),
        }
    }
}
