use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::Actor;
use crate::error::{Error, Result};

use super::super::question::Question;
use super::super::{Ai, prompt, schema};
use super::{Asked, Looked, Subject};

/// Characters of a comment.
const TEXT: usize = 10_000;
const REASONS: usize = 3;
/// Characters of a reason.
const REASON: usize = 200;
const TOKENS: u32 = 500;

/// What a model makes of a comment. It is advice: nothing follows from it by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moderation {
    /// What fits it best.
    pub label: ModerationLabel,
    /// How sure the model is of that, from 0 to 1.
    pub score: f64,
    /// Why: at most three sentences, as text.
    pub reasons: Vec<String>,
}

/// What a comment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum ModerationLabel {
    /// A comment like others.
    Ok,
    /// Advertising, or nothing to anybody.
    Spam,
    /// Insults, threats or harassment.
    Abusive,
    /// Contempt for people for what they are.
    Hateful,
    /// Sexual content.
    Sexual,
    /// Calls for violence, crime or self-harm, or people's private data.
    Dangerous,
}

const LABELS: [ModerationLabel; 6] = [
    ModerationLabel::Ok,
    ModerationLabel::Spam,
    ModerationLabel::Abusive,
    ModerationLabel::Hateful,
    ModerationLabel::Sexual,
    ModerationLabel::Dangerous,
];

#[derive(Deserialize)]
struct ModerationAnswer {
    label: ModerationLabel,
    score: f64,
    reasons: Vec<String>,
}

impl Ai<'_> {
    /// What a comment is, as far as the model can say: it advises those who decide.
    ///
    /// # Errors
    /// Forbidden; invalid for more than 10,000 characters; unavailable without a model; those of the model
    /// and of the budgets.
    pub async fn moderate(&self, actor: &Actor, comment: &str) -> Result<Looked<Moderation>> {
        let subject = Subject::Text(comment.to_owned());
        let text = self.text(actor, &subject).await?;
        if comment.chars().count() > TEXT {
            let message = format!("must have at most {TEXT} characters");
            return Err(Error::invalid_field("text", message));
        }
        let asked = Asked {
            actor,
            text: &text,
            purpose: "moderate",
            fall_back: false,
            question: Question {
                prompt: &prompt::MODERATE,
                words: &[],
                field: "text",
                text: comment,
                shown: |text| Cow::Borrowed(text),
                data: &[],
                sources: &[],
                schema: Some(
                    schema::object([
                        ("label", json!({"type": "string", "enum": LABELS})),
                        ("score", schema::number()),
                        ("reasons", schema::list(&schema::text())),
                    ])
                    .into(),
                ),
                max_output_tokens: TOKENS,
            },
        };
        let by_model = self.by_model_alone(
            asked,
            |answer, _| {
                let answer: ModerationAnswer = serde_json::from_str(&answer.text).ok()?;
                (0.0..=1.0).contains(&answer.score).then_some(answer)
            },
            |answer, guard| {
                let reasons = answer.reasons.iter().take(REASONS);
                let reasons = reasons.map(|reason| guard.line("reasons", reason, REASON));
                Some(Moderation {
                    label: answer.label,
                    score: answer.score,
                    reasons: reasons.filter(|reason| !reason.is_empty()).collect(),
                })
            },
        );
        by_model.await
    }
}
