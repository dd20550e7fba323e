use crate::domain::Actor;
use crate::error::{Error, Result};

use super::super::wanted::Findings;
use super::super::{Ai, Choice, Subject, prompt};
use super::parts::{Task, Wanted};
use super::{Placeholders, Revised, Revising};

/// Characters of an instruction.
const INSTRUCTION: usize = 2_000;

/// A text that is to be worded anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The text.
    pub subject: Subject,
    /// What is wanted of its wording, such as `shorter sentences`: at most 2,000 characters.
    pub instruction: Option<String>,
    /// The name of one of [`AiOptions::styles`](super::super::AiOptions::styles); without one it keeps its
    /// own.
    pub style: Option<String>,
    /// The name of one of [`AiOptions::tones`](super::super::AiOptions::tones), likewise.
    pub tone: Option<String>,
}

impl Ai<'_> {
    /// Lets the model word paragraphs of a text anew, in a call for every 6,000 bytes of it. Headings and
    /// tables stay as they are; so do code, addresses and HTML within the paragraphs. So does what is left
    /// when a call fails after others were answered, and what no call was begun for within 150 seconds: the
    /// reports say which.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid, also for a text of more than
    /// 100,000 bytes or 4,000 paragraphs, headings, list items and cells, and where the model refuses all
    /// of it; unavailable without a model; where nothing was answered, those of the model and of the budgets.
    pub async fn rewrite(&self, actor: &Actor, wanted: &Rewrite) -> Result<Revised> {
        let text = self.workable(actor, &wanted.subject).await?;
        let options = &self.blog.options().ai;
        let mut found = Findings::default();
        let instruction = wanted.instruction.as_deref().unwrap_or_default();
        found.text("instruction", instruction, INSTRUCTION);
        let style = chosen(
            &mut found,
            "style",
            wanted.style.as_deref(),
            &options.styles,
        );
        let tone = chosen(&mut found, "tone", wanted.tone.as_deref(), &options.tones);
        if !found.0.is_empty() {
            return Err(Error::invalid(found.0));
        }
        let style = style.map_or_else(String::new, |it| format!(" The text is {}.", it.meaning));
        let tone = tone.map_or_else(String::new, |it| format!(" The tone is {}.", it.meaning));
        let data = [("instruction", instruction)];
        let revising = Revising {
            purpose: "rewrite",
            task: Task {
                prompt: &prompt::REWRITE,
                words: &[("style", &style), ("tone", &tone)],
                data: match instruction.trim() {
                    "" => &[],
                    _ => &data,
                },
                wanted: Wanted::Changed,
            },
            placeholders: Placeholders::All,
            is_taken: |_, after| !after.trim().is_empty(),
        };
        self.revised(actor, &text, &revising).await
    }
}

/// The one of this name, if one is named.
fn chosen(
    found: &mut Findings,
    field: &str,
    name: Option<&str>,
    known: &[Choice],
) -> Option<Choice> {
    found.chosen(field, Some(name?), known, |it| &it.name)
}
