use blog_core::Error;
use blog_core::ports::TokenUsage;
use blog_core::services::ai::{Report, WritingTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Present;

/// What an assistant does, or has done, in a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// Which it is.
    pub id: Uuid,
    /// What it was asked to do.
    pub task: WritingTask,
    /// Whether it still writes, or how it ended.
    pub state: RunState,
    /// Who asked for it.
    pub by: Present,
    /// The model, once it has said something.
    pub model: Option<String>,
    /// Tokens, once it has said something: at a guess, until it is done.
    pub usage: Option<TokenUsage>,
    /// What that cost, in millionths of the currency that prices are in, where the model has a price.
    pub cost_micros: Option<u64>,
    /// What the guards have changed.
    pub reports: Vec<Report>,
    /// Why it failed.
    pub problem: Option<RunProblem>,
    /// Words that it has written (UAX #29).
    pub words: u32,
    /// Later ones in a post have larger ones.
    pub(crate) turn: u64,
    /// The client id that it writes under.
    pub(crate) client: u64,
    /// How much was written under it.
    pub(crate) clocks: u32,
}

/// How a [`Run`] stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It goes on.
    Writing,
    /// It has said everything.
    Done,
    /// Somebody has ended it.
    Cancelled,
    /// It could not go on.
    Failed,
    /// All that it wrote was taken back.
    Undone,
}

/// Why a [`Run`] failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunProblem {
    /// The HTTP status that says the same.
    pub status: u16,
    /// For people.
    pub detail: String,
}

impl From<&Error> for RunProblem {
    fn from(error: &Error) -> Self {
        Self {
            status: error.kind().http_status(),
            detail: error.client_message().to_owned(),
        }
    }
}
