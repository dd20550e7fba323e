use std::sync::LazyLock;

use serde::Serialize;
use vader_parity::SentimentIntensityAnalyzer;

use super::{NotCovered, Paragraph, Prose};
use crate::domain::Locale;

/// How a text feels.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sentiment {
    /// What the score stands for.
    pub label: Mood,
    /// −1 (all negative) to 1 (all positive): the mean of its paragraphs, by their sentences.
    pub score: f64,
    /// 0 to 1: how far the score is from where another label begins. No probability.
    pub confidence: f64,
    /// Each paragraph, in order.
    pub paragraphs: Vec<ParagraphSentiment>,
}

/// How a paragraph feels.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParagraphSentiment {
    /// The paragraph without markup.
    pub text: String,
    /// What the score stands for.
    pub label: Mood,
    /// −1 to 1: VADER's compound score, of a paragraph of more than 280 characters the mean of its
    /// sentences'.
    pub score: f64,
    /// As of the whole text.
    pub confidence: f64,
}

/// A label for a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mood {
    /// 0.05 or more.
    Positive,
    /// In between.
    Neutral,
    /// −0.05 or less.
    Negative,
}

/// The thresholds that VADER's authors give.
const LABEL_BEGINS: f64 = 0.05;
/// VADER was made for posts of this length; of longer texts the score tends to the extremes.
const MOST_CHARACTERS: usize = 280;

static VADER: LazyLock<SentimentIntensityAnalyzer> = LazyLock::new(SentimentIntensityAnalyzer::new);

/// The sentiment of an English text by VADER (C. J. Hutto, E. Gilbert: VADER, a parsimonious
/// rule-based model for sentiment analysis of social media text, 2014). A text without prose is
/// neutral.
///
/// # Errors
/// [`NotCovered`] if the language is not English.
pub fn sentiment(prose: &Prose, locale: &Locale) -> Result<Sentiment, NotCovered> {
    if locale.language() != "en" {
        return Err(NotCovered {
            language: locale.clone(),
            covered: &["en"],
        });
    }
    let paragraphs: Vec<_> = prose.paragraphs().iter().map(of_paragraph).collect();
    let weights = prose.paragraphs().iter().map(|p| p.sentences().len());
    let score = weighted_mean(paragraphs.iter().map(|p| p.score).zip(weights));
    let (label, confidence) = labelled(score);
    Ok(Sentiment {
        label,
        score,
        confidence,
        paragraphs,
    })
}

fn of_paragraph(paragraph: &Paragraph) -> ParagraphSentiment {
    let score = if paragraph.text().chars().nth(MOST_CHARACTERS).is_none() {
        compound(paragraph.text())
    } else {
        weighted_mean(
            paragraph
                .sentences()
                .map(|sentence| (compound(sentence), 1)),
        )
    };
    let (label, confidence) = labelled(score);
    ParagraphSentiment {
        text: paragraph.text().to_owned(),
        label,
        score,
        confidence,
    }
}

fn compound(text: &str) -> f64 {
    // VADER's negations have straight apostrophes.
    VADER.polarity_scores(&text.replace('’', "'")).compound
}

/// With four decimals, as VADER's scores.
fn weighted_mean(scores: impl Iterator<Item = (f64, usize)>) -> f64 {
    let (sum, weights) = scores.fold((0.0, 0), |(sum, weights), (score, weight)| {
        (sum + score * weight as f64, weights + weight)
    });
    (sum / weights.max(1) as f64 * 1e4).round() / 1e4
}

pub(crate) fn labelled(score: f64) -> (Mood, f64) {
    let beyond = (score.abs() - LABEL_BEGINS) / (1.0 - LABEL_BEGINS);
    if score >= LABEL_BEGINS {
        (Mood::Positive, beyond)
    } else if score <= -LABEL_BEGINS {
        (Mood::Negative, beyond)
    } else {
        (Mood::Neutral, 1.0 - score.abs() / LABEL_BEGINS)
    }
}
