use crate::domain::Actor;
use crate::error::{Error, Result};
use crate::render::{plain_text, word_count};

use super::super::{Ai, Subject, prompt};
use super::parts::{Task, Wanted};
use super::{Placeholders, Revised, Revising, paragraphs, without_front_matter};

/// Shares of a text that may be left of it.
const SHARES: std::ops::RangeInclusive<f64> = 0.1..=0.9;

/// A text that is to be shortened.
#[derive(Debug, Clone, PartialEq)]
pub struct Shorten {
    /// The text.
    pub subject: Subject,
    /// How much of it is to be left.
    pub goal: Goal,
}

/// How much is to be left of a text. Models come near it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// This share of its words, from 0.1 to 0.9.
    Share(f64),
    /// So many words: at least a tenth of those that its paragraphs have, and at most nine tenths.
    Words(u32),
}

impl Ai<'_> {
    /// Lets the model shorten paragraphs of a text, or leave them out, in a call for every 6,000 bytes of
    /// it. Headings and tables stay as they are, and so do code, addresses and HTML, unless they are left
    /// out with their words.
    ///
    /// # Errors
    /// As [`rewrite`](Ai::rewrite).
    pub async fn shorten(&self, actor: &Actor, wanted: &Shorten) -> Result<Revised> {
        let text = self.workable(actor, &wanted.subject).await?;
        let share = match wanted.goal {
            Goal::Share(share) if SHARES.contains(&share) => share,
            Goal::Share(_) => {
                return Err(Error::invalid_field("share", "must be from 0.1 to 0.9"));
            }
            Goal::Words(words) => {
                let paragraphs = paragraphs(without_front_matter(&text));
                let count: u32 = paragraphs.iter().map(|it| word_count(&it.shown)).sum();
                let share = f64::from(words) / f64::from(count.max(1));
                if !SHARES.contains(&share) {
                    let message = format!(
                        "must be from a tenth to nine tenths of the {count} words that there are"
                    );
                    return Err(Error::invalid_field("to", message));
                }
                share
            }
        };
        let percent = format!("{:.0}", share * 100.0);
        let revising = Revising {
            purpose: "shorten",
            task: Task {
                prompt: &prompt::SHORTEN,
                words: &[("percent", &percent)],
                data: &[],
                wanted: Wanted::Changed,
            },
            placeholders: Placeholders::Some,
            is_taken: |before, after| {
                word_count(&plain_text(after)) <= word_count(&plain_text(before))
            },
        };
        self.revised(actor, &text, &revising).await
    }
}
