//! Texts that a model words anew, segment by segment. What is no word of a text is kept, whatever the model
//! answers: it is [shown placeholders](super::segments) in place of that, and an answer that would change anything
//! else in the Markdown is not taken.

mod front_matter;
mod parts;
mod receipt;
mod rewrite;
mod shorten;
mod translate;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Actor, Provenance};
use crate::error::{Error, Result};
use crate::ports::TokenUsage;

use super::calls::Calls;
use super::guard::{Addresses, Guard, Leaks, Reports};
use super::look::Text;
use super::segments::{BlockKind, Placeholders, Segment, assembled, segments};
use super::{Ai, Engine, Report, ReportKind, Subject};
use front_matter::FrontMatter;
use parts::Task;

pub use rewrite::Rewrite;
pub use shorten::{Goal, Shorten};
pub use translate::{Translate, Translated};

/// Bytes of a text that is worked on segment by segment: about 15,000 words, in some twenty calls.
const TEXT: usize = 100_000;
/// Segments of such a text.
const SEGMENTS: usize = 4_000;

/// What a model would say in place of some paragraphs of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised {
    /// Which model.
    pub engine: Engine,
    /// Those that it would change, in order.
    pub paragraphs: Vec<Revision>,
    /// Tokens of all calls that it took.
    pub usage: TokenUsage,
    /// What they cost, in millionths of the currency of the prices; `None` where the model has no price.
    pub cost_micros: Option<u64>,
    /// What the guards have changed, and what was not taken.
    pub reports: Vec<Report>,
    /// Where this comes from, if it is for a post: to be shown [again](Ai::check_suggested) when some of it is
    /// accepted.
    pub receipt: Option<Provenance>,
}

/// A paragraph that is worded anew. Each may be taken or left by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision {
    /// Its number among the paragraphs and list items of the text that have letters, from 0.
    pub index: usize,
    /// Where it begins in the text, in UTF-16 code units, as JavaScript and Yjs count.
    pub start: usize,
    /// Its Markdown, exactly as it stands in the text.
    pub before: String,
    /// What may stand there in its place; empty where it is to be left out.
    pub after: String,
}

/// How paragraphs are to be revised.
struct Revising<'a> {
    purpose: &'static str,
    task: Task<'a>,
    placeholders: Placeholders,
    /// Whether a paragraph may have these words in place of those.
    is_taken: fn(&str, &str) -> bool,
}

impl Ai<'_> {
    /// The text that is to be worked on.
    async fn workable(&self, actor: &Actor, subject: &Subject) -> Result<Text> {
        self.admit(actor)?;
        let text = self.text(actor, subject).await?;
        let body = &text.content().body;
        let most = if body.len() > TEXT {
            format!("{TEXT} bytes")
        } else if segments(body).len() > SEGMENTS {
            format!("{SEGMENTS} paragraphs, headings, list items and cells")
        } else {
            return Ok(text);
        };
        let (field, message) = match subject {
            Subject::Text(_) | Subject::Body { .. } => ("text", "must have"),
            Subject::Post(_) => ("post", "must have a body of"),
        };
        Err(Error::invalid_field(
            field,
            format!("{message} at most {most}"),
        ))
    }

    async fn revised(
        &self,
        actor: &Actor,
        text: &Text,
        revising: &Revising<'_>,
    ) -> Result<Revised> {
        let model = self.model()?.name().to_owned();
        let body = without_front_matter(text);
        let paragraphs = paragraphs(body);
        let shown: Vec<_> = paragraphs.iter().map(|it| it.shown.as_str()).collect();
        let mut calls = Calls::new(self.blog, actor, revising.purpose, text.post());
        let answers = revising.task.done(&mut calls, &shown).await?;
        let mut taking = Taking::new(self, answers.leaks, "paragraphs");
        for number in answers.left_out {
            taking.put_back(shown[number]);
        }
        let mut words = BTreeMap::new();
        for (number, answer) in answers.texts {
            // Guarding a long text takes its time.
            tokio::task::yield_now().await;
            let segment = &paragraphs[number];
            if !(revising.is_taken)(&segment.shown, &answer) {
                taking.put_back(&segment.shown);
            } else if answer.trim().is_empty() {
                words.insert(number, String::new());
            } else if let Some(taken) = taking.words(segment, &answer, revising.placeholders) {
                words.insert(number, taken);
            }
        }
        taking.assembled(body, &paragraphs, &mut words, revising.placeholders);
        let whole = &text.content().body;
        let (mut units, above) = (Units::of(whole), whole.len() - body.len());
        let provenance = calls.provenance();
        let is_asked = !provenance.model.is_empty();
        let suggested = match text.post() {
            Some(post) if is_asked => self.keep_suggested(actor, post, &provenance).await,
            _ => false,
        };
        Ok(Revised {
            engine: Engine::Model(match is_asked {
                true => provenance.model.clone(),
                false => model,
            }),
            paragraphs: words
                .into_iter()
                .map(|(index, after)| Revision {
                    index,
                    start: units.before(above + paragraphs[index].range.start),
                    before: paragraphs[index].written(body).to_owned(),
                    after,
                })
                .collect(),
            usage: calls.usage(),
            cost_micros: provenance.cost_micros,
            reports: taking.reports.0,
            receipt: suggested.then_some(provenance),
        })
    }
}

/// The Markdown below the front matter, if a text of one's own has one.
fn without_front_matter(text: &Text) -> &str {
    let body = &text.content().body;
    match text {
        Text::Own(_) => FrontMatter::split(body).1,
        Text::Post(_) => body,
    }
}

fn paragraphs(markdown: &str) -> Vec<Segment> {
    let mut segments = segments(markdown);
    segments.retain(|segment| segment.kind == BlockKind::Paragraph);
    segments
}

/// Counts UTF-16 code units before places in a text, which come in order.
struct Units<'a> {
    text: &'a str,
    byte: usize,
    unit: usize,
}

impl<'a> Units<'a> {
    const fn of(text: &'a str) -> Self {
        Self {
            text,
            byte: 0,
            unit: 0,
        }
    }

    fn before(&mut self, byte: usize) -> usize {
        let between = self.text.get(self.byte..byte).unwrap_or_default();
        self.unit += between.encode_utf16().count();
        self.byte = byte;
        self.unit
    }
}

/// Takes answers into a text, or puts back what was there.
struct Taking<'a> {
    ai: &'a Ai<'a>,
    addresses: Addresses,
    leaks: Leaks,
    field: &'static str,
    reports: Reports,
}

impl<'a> Taking<'a> {
    fn new(ai: &'a Ai<'a>, leaks: Leaks, field: &'static str) -> Self {
        Self {
            ai,
            addresses: Addresses::default(),
            leaks,
            field,
            reports: Reports::default(),
        }
    }

    /// What an answer says in place of a segment, if anything has changed and it may.
    fn words(
        &mut self,
        segment: &Segment,
        answer: &str,
        placeholders: Placeholders,
    ) -> Option<String> {
        if is_same(&segment.shown, answer) {
            return None;
        }
        let mut reports = Reports::default();
        let harmless = self.guard(&mut reports).body(answer);
        for report in reports.0 {
            self.reports.add(self.field, report.what, &report.text);
        }
        let words = segment.restored(&harmless, placeholders);
        if words.is_none() {
            self.put_back(&segment.shown);
        }
        words
    }

    /// What an answer says in place of a line without markup, if anything.
    fn line(&mut self, field: &str, answer: &str, limit: usize) -> Option<String> {
        let mut reports = std::mem::take(&mut self.reports);
        let line = self.guard(&mut reports).line(field, answer, limit);
        self.reports = reports;
        (!line.is_empty()).then_some(line)
    }

    /// The text with these words; what would change anything else is no longer among them.
    fn assembled(
        &mut self,
        markdown: &str,
        segments: &[Segment],
        words: &mut BTreeMap<usize, String>,
        placeholders: Placeholders,
    ) -> String {
        let wanted: Vec<_> = words.keys().copied().collect();
        let text = assembled(markdown, segments, words, placeholders);
        for number in wanted {
            if !words.contains_key(&number) {
                self.put_back(&segments[number].shown);
            }
        }
        text
    }

    /// Says that this stays.
    fn put_back(&mut self, text: &str) {
        self.put_back_in(self.field, text);
    }

    fn put_back_in(&mut self, field: &str, text: &str) {
        self.reports.add(field, ReportKind::PutBack, text);
    }

    fn guard<'g>(&'g self, reports: &'g mut Reports) -> Guard<'g> {
        Guard {
            limits: self.ai.blog.limits(),
            addresses: &self.addresses,
            leaks: &self.leaks,
            reports,
        }
    }
}

/// Whether two texts differ by white space alone.
fn is_same(text: &str, other: &str) -> bool {
    text.split_whitespace().eq(other.split_whitespace())
}
