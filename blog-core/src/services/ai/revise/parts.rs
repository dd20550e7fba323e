use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::super::LONGEST_USE;
use super::super::calls::{Calls, late};
use super::super::guard::Leaks;
use super::super::prompt::Prompt;
use super::super::question::Question;
use super::super::schema;
use super::super::segments::in_one_line;
use crate::error::{ErrorKind, Result};

/// Bytes of the texts that a model is shown at once. An answer of a token for each byte is as long as the
/// least of what vendors allow.
const PART: usize = 6_000;
/// Bytes of a text that is shown by itself; a longer one is left as it is.
const LONGEST: usize = 12_000;
/// Texts that a model is shown at once.
const TEXTS: usize = 200;
/// Tokens for the numbers and everything else.
const TOKENS_BESIDE: u32 = 1_000;

/// After so long no further part is begun; after [`LONGEST_USE`] one is broken off.
const BEGIN: Duration = Duration::from_secs(150);

/// What a model does with each of some texts.
pub(super) struct Task<'a> {
    pub(super) prompt: &'a Prompt,
    pub(super) words: &'a [(&'a str, &'a str)],
    pub(super) data: &'a [(&'a str, &'a str)],
    pub(super) wanted: Wanted,
}

/// Which texts are to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Each,
    Changed,
}

/// What a model made of texts, by their numbers.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) texts: BTreeMap<usize, String>,
    /// Those that were too long for it, or failed.
    pub(super) left_out: Vec<usize>,
    /// What of the prompts must not be repeated.
    pub(super) leaks: Leaks,
}

#[derive(Deserialize)]
struct PartAnswer {
    parts: Vec<NumberedText>,
}

#[derive(Deserialize)]
struct NumberedText {
    number: usize,
    text: String,
}

impl Task<'_> {
    /// Asks the model about texts of one line each, as many at once as a model is sure to take. What has
    /// been answered is paid for, so whatever fails after that is left out.
    ///
    /// # Errors
    /// As [`Calls::ask`], where nothing was answered.
    pub(super) async fn done(&self, calls: &mut Calls, texts: &[&str]) -> Result<Answers> {
        let mut answers = Answers::default();
        let (mut is_answered, mut failed) = (false, None);
        let (began, mut waiting) = (Instant::now(), VecDeque::from(parts(texts)));
        while let Some(part) = waiting.pop_front() {
            let size: usize = texts[part.clone()].iter().map(|text| text.len()).sum();
            if size > LONGEST || began.elapsed() > BEGIN {
                answers.left_out.extend(part);
                continue;
            }
            let answered = self.part(calls, texts, &part, &mut answers);
            match timeout_at(began + LONGEST_USE, answered).await {
                Ok(Ok(unseen)) => {
                    is_answered |= unseen.start > part.start;
                    ask_again(unseen, &part, &mut waiting, &mut answers.left_out);
                }
                Ok(Err(error)) => {
                    answers.left_out.extend(part);
                    let is_about_part =
                        matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::TooLarge);
                    if !is_about_part {
                        answers.left_out.extend(waiting.drain(..).flatten());
                    }
                    failed = Some(error);
                }
                Err(_) => {
                    answers.left_out.extend(part);
                    failed = Some(late());
                }
            }
        }
        match failed {
            Some(error) if !is_answered => return Err(error),
            Some(error) => tracing::warn!(%error, "a part of a text is left out"),
            None => {}
        }
        Ok(answers)
    }

    /// Asks about some of the texts, and gives those at their end of which the model has not seen all.
    async fn part(
        &self,
        calls: &mut Calls,
        texts: &[&str],
        part: &Range<usize>,
        answers: &mut Answers,
    ) -> Result<Range<usize>> {
        // In one paragraph, which is cut at its end where it is too long for the model.
        let lines: Vec<_> = part.clone().map(|number| line(texts, number)).collect();
        let lines = lines.join("\n");
        let question = Question {
            prompt: self.prompt,
            words: self.words,
            field: "text",
            text: &lines,
            shown: |lines| Cow::Borrowed(lines),
            data: self.data,
            sources: &[],
            schema: Some(parts_schema().into()),
            max_output_tokens: u32::try_from(lines.len())
                .unwrap_or(u32::MAX)
                .saturating_add(TOKENS_BESIDE),
        };
        let answer = calls.ask(&question, None, |answer, shown, _| {
            let shown: HashSet<_> = shown.lines().collect();
            let is_unseen = |number: &usize| !shown.contains(line(texts, *number).as_str());
            let unseen = part.clone().find(is_unseen).unwrap_or(part.end);
            let seen = part.start..unseen;
            let mut answered = BTreeMap::new();
            if !seen.is_empty() {
                let PartAnswer { parts } = serde_json::from_str(&answer.text).ok()?;
                for NumberedText { number, text } in parts {
                    // Of a text of which the model has seen a piece, its answer says only that.
                    if seen.contains(&number) {
                        answered.entry(number).or_insert(text);
                    }
                }
                let is_enough = self.wanted == Wanted::Changed || !answered.is_empty();
                is_enough.then_some(())?;
            }
            Some((answered, unseen..part.end))
        });
        let answer = answer.await?;
        let (answered, unseen) = answer.value;
        answers.texts.extend(answered);
        answers.leaks.extend(answer.leaks);
        Ok(unseen)
    }
}

/// Lets texts of which the model has not seen all be asked about next: in halves where it has seen none
/// of the part.
fn ask_again(
    unseen: Range<usize>,
    part: &Range<usize>,
    waiting: &mut VecDeque<Range<usize>>,
    left_out: &mut Vec<usize>,
) {
    match unseen.len() {
        0 => {}
        _ if unseen.start > part.start => waiting.push_front(unseen),
        1 => left_out.extend(unseen),
        length => {
            let middle = unseen.start + length / 2;
            waiting.push_front(middle..unseen.end);
            waiting.push_front(unseen.start..middle);
        }
    }
}

/// A text as the model is shown it.
fn line(texts: &[&str], number: usize) -> String {
    let text = texts.get(number).copied().unwrap_or_default();
    format!("{number} {}", in_one_line(text))
}

/// The texts that are shown at once.
fn parts(texts: &[&str]) -> Vec<Range<usize>> {
    let mut parts = vec![];
    let (mut start, mut size) = (0, 0);
    for (number, text) in texts.iter().enumerate() {
        let is_full = size + text.len() > PART || number - start == TEXTS;
        if is_full && number > start {
            parts.push(start..number);
            (start, size) = (number, 0);
        }
        size += text.len();
    }
    if start < texts.len() {
        parts.push(start..texts.len());
    }
    parts
}

fn parts_schema() -> Value {
    let part = schema::object([
        ("number", json!({"type": "integer"})),
        ("text", schema::text()),
    ]);
    schema::object([("parts", schema::list(&part))])
}

#[cfg(test)]
mod tests {
    use super::{PART, parts};

    #[test]
    fn texts_are_shown_as_many_at_once_as_a_model_takes() {
        let (short, long) = ("a".repeat(PART / 2), "a".repeat(PART * 2));
        let texts = [&short, &short, &short, &long, &short].map(String::as_str);
        assert_eq!(parts(&texts), [0..2, 2..3, 3..4, 4..5]);
        assert_eq!(parts(&["a"; 450]), [0..200, 200..400, 400..450]);
        assert!(parts(&[]).is_empty());
    }
}
