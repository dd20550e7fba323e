use std::borrow::Cow;

use serde::Deserialize;

use crate::analysis::{Prose, extract_summary};
use crate::domain::Actor;
use crate::error::{Error, Result};

use super::super::question::Question;
use super::super::{Ai, prompt, schema};
use super::{Asked, Look, Looked};

/// Sentences of a summary that may be asked for.
const SENTENCES: std::ops::RangeInclusive<usize> = 1..=20;
/// Tokens of a sentence, with some to spare.
const SENTENCE_TOKENS: u32 = 150;

#[derive(Deserialize)]
struct SummaryAnswer {
    summary: String,
}

impl Ai<'_> {
    /// What a text says, in at most so many sentences. Without a model these are sentences of the text.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid; and where the model fails and
    /// is not replaced, those of the model and of the budgets.
    pub async fn summarize(
        &self,
        actor: &Actor,
        look: &Look,
        sentences: usize,
    ) -> Result<Looked<String>> {
        let text = self.text(actor, &look.subject).await?;
        if !SENTENCES.contains(&sentences) {
            let message = "must be from 1 to 20";
            return Err(Error::invalid_field("sentences", message));
        }
        let body = &text.content().body;
        let prose = Prose::of_markdown(body, &text.locale(self.blog.default_locale()));
        if prose.paragraphs().is_empty() {
            return Ok(Looked::locally(String::new()));
        }
        let asked = Asked {
            actor,
            text: &text,
            purpose: "summarize",
            fall_back: look.fall_back,
            question: Question {
                prompt: &prompt::SUMMARIZE,
                words: &[("sentences", &sentences.to_string())],
                field: "text",
                text: body,
                shown: |text| Cow::Borrowed(text),
                data: &[],
                sources: &[],
                schema: Some(schema::object([("summary", schema::text())]).into()),
                max_output_tokens: SENTENCE_TOKENS
                    .saturating_mul(u32::try_from(sentences).unwrap_or(u32::MAX))
                    .saturating_add(SENTENCE_TOKENS),
            },
        };
        let by_model = self.by_model(
            asked,
            |answer, _| {
                let SummaryAnswer { summary } = serde_json::from_str(&answer.text).ok()?;
                Some(summary)
            },
            |summary, guard| {
                let summary = guard.line("summary", &summary, guard.limits.text);
                (!summary.is_empty()).then_some(summary)
            },
        );
        Ok(by_model.await?.unwrap_or_else(|| {
            let locale = text.locale(self.blog.default_locale());
            Looked::locally(extract_summary(&prose, &locale, sentences).text)
        }))
    }
}
