//! Looking at a text: by the model, or by [`analysis`](crate::analysis) without one.

mod sentiment;
mod seo;
mod subject;
mod summary;

use crate::domain::{Actor, PostId};
use crate::error::Result;
use crate::ports::Completion;

use super::calls::Calls;
use super::guard::{Guard, Reports};
use super::question::Question;
use super::{Ai, Engine};
use subject::Text;

pub use seo::SeoAdvice;

/// A text to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// This one, in Markdown.
    Text(String),
    /// What a post says, as whoever asks sees it: its head, or else what is published.
    Post(PostId),
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
}

impl<T> Looked<T> {
    const fn locally(value: T) -> Self {
        Self {
            engine: Engine::Local,
            value,
            is_shortened: false,
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
    /// What the model finds, after the guards; `None` where this program is to answer.
    async fn by_model<T, V>(
        &self,
        asked: Asked<'_>,
        read: impl Fn(&Completion, &str) -> Option<T>,
        guarded: impl FnOnce(T, &mut Guard<'_>) -> V,
    ) -> Result<Option<Looked<V>>> {
        if self.blog.language_model().is_none() {
            return Ok(None);
        }
        let mut calls = Calls::new(self.blog, asked.actor, asked.purpose, asked.text.post());
        let answer = match calls.ask(&asked.question, None, read).await {
            Ok(answer) => answer,
            Err(error) if asked.fall_back => {
                tracing::warn!(%error, purpose = asked.purpose, "answered without the model");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut guard = Guard {
            limits: self.blog.limits(),
            hosts: &[],
            leaks: &answer.leaks,
            reports: &mut Reports::default(),
        };
        Ok(Some(Looked {
            value: guarded(answer.value, &mut guard),
            engine: Engine::Model(calls.model().to_owned()),
            is_shortened: answer.is_shortened,
        }))
    }
}
