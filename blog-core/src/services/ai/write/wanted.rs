use crate::Blog;
use crate::domain::Locale;
use crate::error::{Error, Result};

use super::super::guard::Addresses;
use super::super::options::{Choice, Length};
use super::super::prompt::{CONTINUE, Prompt, WRITE};
use super::super::wanted::Findings;
use super::{WriteInto, WritingTask};

/// Characters of an instruction: a page or two of notes.
const INSTRUCTION: usize = 10_000;

/// A [`WriteInto`], checked.
pub(super) struct Wanted {
    task: WritingTask,
    pub(super) prompt: &'static Prompt,
    /// What the text is called that is asked about: the instruction, or the post's.
    pub(super) field: &'static str,
    pub(super) text: String,
    /// What the post says, where that is not the text.
    pub(super) sources: Vec<String>,
    /// The instruction, where that is not the text.
    pub(super) beside: Option<String>,
    pub(super) title: String,
    pub(super) style: Choice,
    pub(super) tone: Choice,
    pub(super) length: Length,
    pub(super) language: Locale,
}

impl Wanted {
    /// # Errors
    /// Invalid, naming every field that breaks a rule.
    pub(super) fn checked(wanted: WriteInto, blog: &Blog) -> Result<Self> {
        let options = &blog.options().ai;
        let mut found = Findings::default();
        let instruction = wanted.instruction.filter(|it| !it.trim().is_empty());
        found.text(
            "instruction",
            instruction.as_deref().unwrap_or_default(),
            INSTRUCTION,
        );
        let has_text = !wanted.text.trim().is_empty();
        match wanted.task {
            WritingTask::Write if instruction.is_none() => {
                found.add("instruction", "must not be empty");
            }
            WritingTask::Continue if !has_text => {
                found.add("task", "needs a text to go on from");
            }
            _ => {}
        }
        let style = found.chosen("style", wanted.style.as_deref(), &options.styles, |it| {
            &it.name
        });
        let tone = found.chosen("tone", wanted.tone.as_deref(), &options.tones, |it| {
            &it.name
        });
        let length = found.chosen("length", wanted.length.as_deref(), &options.lengths, |it| {
            &it.name
        });
        let (Some(style), Some(tone), Some(length), []) = (style, tone, length, &*found.0) else {
            return Err(Error::invalid(found.0));
        };
        let (prompt, field, text, sources, beside) = match wanted.task {
            WritingTask::Write => {
                let sources = if has_text { vec![wanted.text] } else { vec![] };
                let text = instruction.unwrap_or_default();
                (&WRITE, "instruction", text, sources, None)
            }
            WritingTask::Continue => (&CONTINUE, "text", wanted.text, vec![], instruction),
        };
        Ok(Self {
            task: wanted.task,
            prompt,
            field,
            text,
            sources,
            beside,
            title: wanted.title,
            style,
            tone,
            length,
            language: wanted.language.unwrap_or(blog.default_locale().clone()),
        })
    }

    /// Where it may lead.
    pub(super) fn addresses(&self, hosts: &[String]) -> Addresses {
        let told = self.sources.iter().chain(&self.beside).map(String::as_str);
        Addresses::of(hosts, told.chain([self.text.as_str(), &self.title]))
    }

    /// What its calls are for.
    pub(super) const fn purpose(&self) -> &'static str {
        match self.task {
            WritingTask::Write => "write",
            WritingTask::Continue => "continue",
        }
    }
}
