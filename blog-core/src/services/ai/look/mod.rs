//! Looking at a text: by the model, or by [`analysis`](crate::analysis) without one. What this program
//! finds by itself is no call: nothing leaves it, nobody pays, and so neither the audit trail nor the
//! list of calls has a line of it.

mod alt_text;
mod mentions;
mod moderation;
mod others;
mod sentiment;
mod seo;
mod subject;
mod suggest;
mod summary;

use tokio::time::timeout;

use crate::domain::{Actor, PostId};
use crate::error::Result;
use crate::ports::Completion;

use super::LONGEST_USE;
use super::calls::{Calls, late};
use super::guard::{Addresses, Guard, Leaks, Reports};
use super::question::Question;
use super::{Ai, Engine, Report};
pub(super) use subject::Text;

pub use alt_text::PictureText;
pub use moderation::{Moderation, ModerationLabel};
pub use seo::SeoAdvice;
pub use suggest::{LinkSuggestion, Suggest, SuggestionKind, Suggestions, Topic};

/// A text to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// This one, in Markdown.
    Text(String),
    /// What a post says, as whoever asks sees it: its head, or else what is published.
    Post(PostId),
    /// A post, with this as its body: what it says in an editor by now. For whoever may edit it.
    Body {
        /// The post.
        post: PostId,
        /// Its body, in Markdown.
        text: String,
    },
}

/// Which text to look at, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The text.
    pub subject: Subject,
    /// Whether this program answers where the model fails. Where there is no model, it always does.
    pub fall_back: bool,
}

/// What was found out about a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked<T> {
    /// By what.
    pub engine: Engine,
    /// What.
    pub value: T,
    /// Whether the text was too long for the model, which has seen a part of each section.
    pub is_shortened: bool,
    /// What the guards have changed in what the model said.
    pub reports: Vec<Report>,
}

impl<T> Looked<T> {
    const fn locally(value: T) -> Self {
        Self {
            engine: Engine::Local,
            value,
            is_shortened: false,
            reports: vec![],
        }
    }
}

/// What a model is asked for about a text.
struct Asked<'a> {
    actor: &'a Actor,
    text: &'a Text,
    purpose: &'static str,
    fall_back: bool,
    question: Question<'a>,
}

impl Ai<'_> {
    /// What the model finds, after the guards: an answer of which they leave nothing is none. `None` where this
    /// program is to answer.
    async fn by_model<T, V>(
        &self,
        asked: Asked<'_>,
        read: impl Fn(&Completion, &str) -> Option<T>,
        guarded: impl Fn(T, &mut Guard<'_>) -> Option<V>,
    ) -> Result<Option<Looked<V>>> {
        if self.blog.language_model().is_none() || asked.fall_back && !self.is_for(asked.actor) {
            return Ok(None);
        }
        self.admit(asked.actor)?;
        let mut calls = Calls::new(self.blog, asked.actor, asked.purpose, asked.text.post());
        let read = |answer: &Completion, shown: &str, leaks: &Leaks| {
            let said = read(answer, shown)?;
            let mut reports = Reports::default();
            let mut guard = Guard {
                limits: self.blog.limits(),
                addresses: &Addresses::default(),
                leaks,
                reports: &mut reports,
            };
            let value = guarded(said, &mut guard)?;
            Some((value, reports))
        };
        let answer = timeout(LONGEST_USE, calls.ask(&asked.question, None, read));
        let answer = match answer.await.unwrap_or_else(|_| Err(late())) {
            Ok(answer) => answer,
            Err(error) if asked.fall_back => {
                tracing::warn!(%error, purpose = asked.purpose, "answered without the model");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let (value, reports) = answer.value;
        Ok(Some(Looked {
            value,
            engine: Engine::Model(calls.model().to_owned()),
            is_shortened: answer.is_shortened,
            reports: reports.0,
        }))
    }

    /// The same, where this program has no answer of its own.
    async fn by_model_alone<T, V>(
        &self,
        asked: Asked<'_>,
        read: impl Fn(&Completion, &str) -> Option<T>,
        guarded: impl Fn(T, &mut Guard<'_>) -> Option<V>,
    ) -> Result<Looked<V>> {
        let looked = self.by_model(asked, read, guarded).await?;
        looked.ok_or_else(|| self.without_model())
    }
}
