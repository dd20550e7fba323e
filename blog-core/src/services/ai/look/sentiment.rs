use std::borrow::Cow;
use std::fmt::Write;

use serde::Deserialize;

use crate::analysis::{self, ParagraphSentiment, Prose, Sentiment, labelled};
use crate::domain::{Actor, Locale};
use crate::error::{Error, Result};

use super::super::question::Question;
use super::super::{Ai, prompt, schema};
use super::{Asked, Look, Looked};

/// Paragraphs that a model judges; there is no mark for those after them.
const PARAGRAPHS: usize = 300;
/// Tokens of a paragraph's score, and of everything else.
const SCORE_TOKENS: u32 = 10;
const TOKENS_BESIDE: u32 = 500;

#[derive(Deserialize)]
struct SentimentAnswer {
    score: f64,
    confidence: f64,
    paragraphs: Vec<f64>,
}

impl Ai<'_> {
    /// How a text feels, as a whole and by paragraph. A model judges the first 300 paragraphs; without
    /// one, English is covered.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid; unavailable for a language that
    /// needs a model where there is none; and where the model fails and is not replaced, those of the
    /// model and of the budgets.
    pub async fn sentiment(&self, actor: &Actor, look: &Look) -> Result<Looked<Sentiment>> {
        let text = self.text(actor, &look.subject).await?;
        let body = &text.content().body;
        let prose = Prose::of_markdown(body, &text.locale(self.blog.default_locale()));
        let count = prose.paragraphs().len().min(PARAGRAPHS);
        if count > 0 {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let asked = Asked {
                actor,
                text: &text,
                purpose: "sentiment",
                fall_back: look.fall_back,
                question: Question {
                    prompt: &prompt::SENTIMENT,
                    words: &[],
                    field: "text",
                    text: body,
                    shown: numbered,
                    data: &[],
                    sources: &[],
                    schema: Some(
                        schema::object([
                            ("score", schema::number()),
                            ("confidence", schema::number()),
                            ("paragraphs", schema::list(&schema::number())),
                        ])
                        .into(),
                    ),
                    max_output_tokens: count
                        .saturating_mul(SCORE_TOKENS)
                        .saturating_add(TOKENS_BESIDE),
                },
            };
            let read = |answer: &crate::ports::Completion, shown: &str| read(&answer.text, shown);
            if let Some(looked) = self.by_model(asked, read, |it, _| Some(it)).await? {
                return Ok(looked);
            }
        }
        let locale = match count {
            0 => Locale::default(),
            _ => text.locale(self.blog.default_locale()),
        };
        let found = analysis::sentiment(&prose, &locale).map_err(|error| {
            let message = format!("{error}: for others a language model has to be configured");
            Error::unavailable(message, false).with_source(error)
        })?;
        Ok(Looked::locally(found))
    }
}

/// The paragraphs of a text, each on a line with its number.
fn numbered(text: &str) -> Cow<'_, str> {
    // Paragraphs are the same in every language.
    let prose = Prose::of_markdown(text, &Locale::default());
    let mut lines = String::new();
    for (place, paragraph) in prose.paragraphs().iter().take(PARAGRAPHS).enumerate() {
        let _ = writeln!(lines, "{} {}", place + 1, paragraph.text());
    }
    Cow::Owned(lines)
}

/// An answer whose scores are what they should be, one for each paragraph that was shown.
fn read(answer: &str, shown: &str) -> Option<Sentiment> {
    let answer: SentimentAnswer = serde_json::from_str(answer).ok()?;
    let texts: Vec<_> = shown
        .lines()
        .map(|line| line.split_once(' ').map_or(line, |(_, text)| text))
        .collect();
    let is_score = |score: &f64| (-1.0..=1.0).contains(score);
    let is_sound = is_score(&answer.score)
        && (0.0..=1.0).contains(&answer.confidence)
        && answer.paragraphs.iter().all(is_score)
        && answer.paragraphs.len() == texts.len();
    is_sound.then(|| Sentiment {
        label: labelled(answer.score).0,
        score: answer.score,
        confidence: answer.confidence,
        paragraphs: texts
            .into_iter()
            .zip(answer.paragraphs)
            .map(|(text, score)| {
                let (label, confidence) = labelled(score);
                ParagraphSentiment {
                    text: text.to_owned(),
                    label,
                    score,
                    confidence,
                }
            })
            .collect(),
    })
}
