//! What a model writes into a post while people write in it: block by block, each guarded before anybody
//! sees it.

mod listening;
mod place;
mod wanted;

use std::borrow::Cow;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use serde::{Deserialize, Serialize};

use crate::domain::{Actor, Locale, PostId, Provenance};
use crate::error::{Error, Result};
use crate::ports::{StopReason, TokenUsage};

use self::listening::Listening;
pub use self::place::place_for_block;
use self::wanted::Wanted;
use super::calls::Calls;
use super::guard::Rules;
use super::question::Question;
use super::{Ai, Report, ReportKind};

/// Tokens for a word: 1.3 in English, more elsewhere.
const TOKENS_A_WORD: u32 = 4;
/// Tokens for what is no word.
const TOKENS_BESIDE: u32 = 500;

/// What a model is to write into a post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteInto {
    /// What to do.
    pub task: WritingTask,
    /// What is to be written: needed to [`Write`](WritingTask::Write), at most 10,000 characters.
    pub instruction: Option<String>,
    /// The name of one of [`AiOptions::styles`](super::AiOptions::styles).
    pub style: Option<String>,
    /// The name of one of [`AiOptions::tones`](super::AiOptions::tones).
    pub tone: Option<String>,
    /// The name of one of [`AiOptions::lengths`](super::AiOptions::lengths).
    pub length: Option<String>,
    /// Its language; without one the blog's default.
    pub language: Option<Locale>,
    /// The post's title.
    pub title: String,
    /// What the post says before the place where it is written. It is data, and shortened by sections
    /// where it is too long for the model.
    pub text: String,
}

/// What a model does with a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WritingTask {
    /// It writes what an instruction asks for.
    #[default]
    Write,
    /// It goes on from what the post says.
    Continue,
}

/// Blocks while they are written. Dropping it ends the model's call.
pub type WritingStream = BoxStream<'static, Result<WritingEvent>>;

/// A part of what is being written.
#[derive(Debug, Clone, PartialEq)]
pub enum WritingEvent {
    /// The model is being asked; said once more where the text was too long, and less of it is shown.
    Begun,
    /// A block of Markdown, as the guards leave it: so is all that has come by now, with an empty line
    /// between blocks.
    Block {
        /// What it says.
        text: String,
        /// Where it comes from: tokens and cost at a guess, until the end says them.
        provenance: Box<Provenance>,
    },
    /// The end.
    Done(Box<Written>),
}

/// What there is to know of a text once it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Which model, asked what, and at which cost.
    pub provenance: Provenance,
    /// Tokens of all calls that it took.
    pub usage: TokenUsage,
    /// What the guards have changed, and what else there is to know.
    pub reports: Vec<Report>,
}

impl Ai<'_> {
    /// Lets the model write into a post, in one call. The stream begins with
    /// [`Begun`](WritingEvent::Begun), once that is paid for, and ends with [`Done`](WritingEvent::Done)
    /// or an error; what has come before an error is guarded all the same. It is written while
    /// the stream is read, has no deadline but the model's, and dropping it ends the call. Whether `actor` may edit the post
    /// is not asked.
    ///
    /// # Errors
    /// At once: forbidden; invalid; `RateLimited` until tomorrow where today's budget is spent, forbidden
    /// where the total is; unavailable without a model. In the stream: invalid where the model refuses;
    /// unavailable where it fails or says nothing.
    pub async fn write(
        &self,
        actor: &Actor,
        post: PostId,
        wanted: WriteInto,
    ) -> Result<WritingStream> {
        self.admit(actor)?;
        let wanted = Wanted::checked(wanted, self.blog)?;
        self.model()?;
        let purpose = wanted.purpose();
        let calls = Calls::new(self.blog, actor, purpose, Some(post));
        let rules = Rules {
            limits: self.blog.limits().clone(),
            addresses: wanted.addresses(&self.blog.options().ai.link_hosts),
            leaks: super::guard::Leaks::default(),
        };
        let mut events = listening::events(self.blog, rules, move |listening| async move {
            let mut listening = listening;
            let written = write(calls, wanted, &mut listening).await;
            (listening, written)
        });
        // The first says whether it can be paid for.
        match events.next().await {
            Some(Err(error)) => Err(error),
            first => Ok(stream::iter(first).chain(events).boxed()),
        }
    }
}

async fn write(mut calls: Calls, wanted: Wanted, listening: &mut Listening) -> Result<Written> {
    let words = wanted.length.words.to_string();
    let words = [
        ("style", wanted.style.meaning.as_str()),
        ("tone", &wanted.tone.meaning),
        ("words", &words),
    ];
    let mut data = vec![("language", wanted.language.as_str())];
    data.extend(
        [("title", wanted.title.as_str())]
            .into_iter()
            .filter(|(_, it)| !it.is_empty()),
    );
    data.extend(wanted.beside.as_deref().map(|it| ("instruction", it)));
    let question = Question {
        prompt: wanted.prompt,
        words: &words,
        field: wanted.field,
        text: &wanted.text,
        shown: |text| Cow::Borrowed(text),
        data: &data,
        sources: &wanted.sources,
        schema: None,
        max_output_tokens: wanted
            .length
            .words
            .saturating_mul(TOKENS_A_WORD)
            .saturating_add(TOKENS_BESIDE),
    };
    let answer = calls.ask(&question, Some(listening), |answer, _, _| {
        Some(answer.stop == StopReason::Length)
    });
    let answer = answer.await?;
    listening.end().await;
    if answer.is_shortened {
        listening.report("text", ReportKind::Shortened);
    }
    if answer.value {
        listening.report("body", ReportKind::Unfinished);
    }
    if listening.has_said_nothing() {
        return Err(Error::unavailable("the model has nothing to say", true));
    }
    Ok(Written {
        provenance: calls.provenance(),
        usage: calls.usage(),
        reports: listening.take_reports(),
    })
}
