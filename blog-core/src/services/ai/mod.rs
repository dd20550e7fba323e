//! What language models do for a blog, the same for every model.
//!
//! A model's answer is the work of a stranger: what is markup in it is sanitised, what is more than the
//! limits allow is cut, what it says of the prompt is taken out, and each of these is reported. It becomes
//! a draft at most, which says where it comes from. What people wrote reaches a model as data between
//! fences that no text can forge, and never as a part of the instructions.
//!
//! Each use asks for [`Permission::UseAi`]. Each call of a model leaves a line in the audit trail, of which a use
//! may take several: an outline, one for each part of a long text, one more for an answer that cannot be read.
//! What is found without a model is not sent anywhere and costs nothing, and leaves none.
//! Each call is charged to its actor's day, to the day and to the total, before it is made with
//! what it may cost at most, and afterwards with what it has cost.

mod answer;
mod attempt;
mod budget;
mod calls;
mod choices;
mod cost;
mod fields;
mod generate;
mod guard;
mod in_words;
mod listener;
#[cfg(feature = "analysis")]
mod look;
mod meter;
mod options;
mod prompt;
mod question;
mod remembered;
#[cfg(feature = "analysis")]
mod revise;
mod schema;
#[cfg(feature = "analysis")]
mod segments;
mod stream;
mod suggested;
mod terms;
mod unsettled;
mod wanted;
mod write;

use std::time::Duration;

use chrono::NaiveDate;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Blog;
use crate::decorate::AnswerCache;
use crate::domain::{Actor, Content, Permission, Provenance};
use crate::error::{Error, Result};
use crate::ports::{LanguageModel, ModelUsage, PostView, TokenUsage, UsageTotal};

use super::Page;

pub use in_words::{json_again, json_in_words};
#[cfg(feature = "analysis")]
pub use look::{
    LinkSuggestion, Look, Looked, Moderation, ModerationLabel, PictureText, SeoAdvice, Subject,
    Suggest, SuggestionKind, Suggestions, Topic,
};
pub use options::{AiOptions, Budget, Budgets, Choice, Length, Price};
pub use remembered::RememberedUse;
#[cfg(feature = "analysis")]
pub use revise::{Goal, Revised, Revision, Rewrite, Shorten, Translate, Translated};
pub(crate) use unsettled::Unsettled;
pub use wanted::{GeneratePost, Source};
pub use write::{WriteInto, WritingEvent, WritingStream, WritingTask, Written, place_for_block};

/// After so long a use ends that is not streamed, all calls together: what is answered has to come before
/// whoever asks stops waiting, which is after 240 s in blog-axum.
const LONGEST_USE: Duration = Duration::from_secs(220);

/// Writing and looking at texts, with a language model or without.
#[derive(Debug, Clone, Copy)]
pub struct Ai<'a> {
    pub(crate) blog: &'a Blog,
}

/// What an answer was made by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// This model; shown as `model:<name>`.
    Model(String),
    /// This program; shown as `local`.
    Local,
}

/// A post that a model has written.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// What it says, after the guards.
    pub content: Content,
    /// Which model, asked what, and at which cost.
    pub provenance: Provenance,
    /// Tokens of all calls that it took.
    pub usage: TokenUsage,
    /// What the guards have changed, and what else there is to know.
    pub reports: Vec<Report>,
    /// The draft, where one was wanted.
    pub post: Option<PostView>,
}

/// Something that was done to a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Dotted path of the field: of the answer, or for `shortened` of what was asked.
    pub field: String,
    /// What was done.
    pub what: ReportKind,
    /// To which of its words, cut to the first of them; empty where they are not to be shown.
    pub text: String,
}

/// What was done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum ReportKind {
    /// Raw HTML was taken out.
    Markup,
    /// A link or a picture lost an address that is not among those allowed.
    Link,
    /// Text was taken out that looks like a call of a tool or a mark of a conversation.
    ToolCall,
    /// Text was taken out that repeats the prompt.
    Prompt,
    /// Characters were taken out that nobody sees.
    Invisible,
    /// It was longer than the limits allow, and was cut.
    Cut,
    /// The model stopped before the end, as it may say no more.
    Unfinished,
    /// It broke another rule, and was left out or replaced.
    Replaced,
    /// It was too long for the model, which was shown a part of each section.
    Shortened,
    /// What was there stays: the model had no answer to it, or one that would have changed more than words.
    PutBack,
    /// It could not be stored.
    NotSaved,
}

/// A post while it is written. Dropping it ends the model's call, and so does the end of its
/// [time](AiOptions::longest_stream).
pub type GenerationStream = BoxStream<'static, Result<GenerationEvent>>;

/// A part of a post that is being written.
#[derive(Debug, Clone, PartialEq)]
pub enum GenerationEvent {
    /// More of a field, as the model says it: its text, out of the JSON that the model writes. What can
    /// be decided piece by piece is taken out: characters that nobody sees, marks of conversations and
    /// what repeats the prompt. Markup, links and calls of tools are still in it, nothing of it is
    /// reported, and it may be longer than the limits allow: it is to be shown as text, and as nothing
    /// else, and to be kept nowhere. Where the model is asked once more, as its answer has not the shape
    /// that was asked for, only the first answer comes in pieces.
    Delta {
        /// `title` or `body`.
        field: &'static str,
        /// What comes next.
        text: String,
    },
    /// The end, with all of it: only this holds the guarded text, and it takes the place of what came.
    Done(Box<Generated>),
}

impl Generated {
    /// Which model wrote it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        Engine::Model(self.provenance.model.clone())
    }
}

impl std::fmt::Display for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Model(name) => write!(formatter, "model:{name}"),
            Self::Local => formatter.write_str("local"),
        }
    }
}

impl Ai<'_> {
    /// A page of the calls of models, the last first; the key is a call's id.
    ///
    /// # Errors
    /// Forbidden for all but admins.
    pub async fn usage(
        &self,
        actor: &Actor,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Page<ModelUsage, Uuid>> {
        self.blog.require(actor, Permission::ReadUsage, None)?;
        self.blog.settle_calls().await?;
        let calls = self.blog.usage_store().usage(before, limit + 1).await?;
        Ok(Page::of(calls, limit, |usage| usage.call.id))
    }

    /// What calls of models have cost in these days (UTC), both included, by day, actor, purpose and
    /// model.
    ///
    /// # Errors
    /// Forbidden for all but admins.
    pub async fn usage_totals(
        &self,
        actor: &Actor,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<UsageTotal>> {
        self.blog.require(actor, Permission::ReadUsage, None)?;
        self.blog.settle_calls().await?;
        self.blog.usage_store().totals(from, to).await
    }

    /// Fails unless `actor` may use models here.
    fn admit(&self, actor: &Actor) -> Result<()> {
        match self.is_for(actor) {
            true => Ok(()),
            false => Err(self.blog.refused(actor, Permission::UseAi, None)),
        }
    }

    /// Fails unless `actor` may be answered without a model, whatever role is the lowest that may use one.
    #[cfg(feature = "analysis")]
    fn admit_locally(&self, actor: &Actor) -> Result<()> {
        self.blog.require(actor, Permission::UseAi, None)
    }

    fn is_for(&self, actor: &Actor) -> bool {
        let lowest = self.blog.options().ai.lowest_role;
        let is_allowed = self.blog.policy().allows(actor, Permission::UseAi, None);
        is_allowed && actor.highest_role() >= lowest
    }
}

impl<'a> Ai<'a> {
    /// What `actor` may ask a model for: nothing where there is no model, and for whoever may not use it.
    #[must_use]
    pub fn offered_to(self, actor: &Actor) -> Option<&'a AiOptions> {
        let is_offered = self.blog.language_model().is_some() && self.is_for(actor);
        is_offered.then(|| &self.blog.options().ai)
    }

    fn model(self) -> Result<&'a dyn LanguageModel> {
        let model = self.blog.language_model();
        model.ok_or_else(|| self.without_model())
    }

    /// What remembers the answers to calls for this, if anything is to.
    fn answer_cache(self, purpose: &str) -> Option<&'a AnswerCache> {
        let remembered = &self.blog.options().ai.remembered;
        let is_remembered = remembered.iter().any(|it| it.purpose() == purpose);
        self.blog.answer_cache().filter(|_| is_remembered)
    }

    fn without_model(self) -> Error {
        Error::unavailable(self.blog.options().ai.without_model.as_str(), false)
    }
}
