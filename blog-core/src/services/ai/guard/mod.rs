//! What is done to an answer before anybody sees it. It is the work of a stranger, who may have followed
//! what stood in the text of another.

mod addresses;
mod blocks;
mod code;
pub(super) mod cut;
mod elements;
mod leaks;
mod marks;
mod markup;
mod page;
mod passed;
mod shaping;
mod tags;
mod tool_calls;
mod unseen;
mod withheld;

pub(super) use addresses::Addresses;
pub(super) use blocks::{Blocks, Rules, ends};
pub(super) use leaks::Leaks;
pub(super) use withheld::Withheld;

use crate::domain::{Content, Limits, Seo};

use super::answer::PostAnswer;
use super::{Report, ReportKind};

/// What is taken out may leave something of the same sort behind: so often it is looked for again.
const ROUNDS: usize = 5;
/// Times that a text is looked through for the prompt: so deep may one stand in another.
const LEAK_ROUNDS: usize = 20;
/// Reports that are kept; an answer may be nothing but what has to be taken out.
const REPORTS: usize = 100;
/// Characters of a text in a report.
const REPORTED: usize = 120;

/// What the guards have done.
#[derive(Debug, Default)]
pub(super) struct Reports(pub(super) Vec<Report>);

impl Reports {
    pub(super) fn add(&mut self, field: &str, what: ReportKind, text: &str) {
        if self.0.len() < REPORTS {
            self.0.push(Report {
                field: field.to_owned(),
                what,
                text: cut::beginning(text.trim(), REPORTED),
            });
        }
    }

    /// Takes back what those after so many reports quote though nobody has said it: what stood apart
    /// until something between it was taken out.
    fn quote_only(&mut self, said: &str, after: usize) {
        for report in self.0.iter_mut().skip(after) {
            let quoted = report.text.strip_suffix('…').unwrap_or(&report.text);
            if !said.contains(quoted) {
                report.text.clear();
            }
        }
    }
}

/// What the guards go by.
pub(super) struct Guard<'a> {
    pub(super) limits: &'a Limits,
    pub(super) addresses: &'a Addresses,
    pub(super) leaks: &'a Leaks,
    pub(super) reports: &'a mut Reports,
}

impl Guard<'_> {
    /// A post that the limits allow, whatever the model has said. Without a title it has the first
    /// heading's, or else the beginning of `topic`.
    pub(super) fn content(&mut self, answer: PostAnswer, topic: &str) -> Content {
        let body = self.body(&answer.body);
        let mut title = self.line("title", &answer.title, self.limits.title);
        if title.is_empty() {
            let headings = crate::render::render(&body).toc;
            let heading = headings.first().map_or(topic, |heading| &heading.text);
            title = self.line("title", heading, self.limits.title.min(80));
        }
        if title.is_empty() {
            "Untitled".clone_into(&mut title);
        }
        let category = self.path(&answer.category);
        let text = self.limits.text;
        Content {
            title,
            body,
            excerpt: self.optional("excerpt", &answer.excerpt, text),
            tags: self.words("tags", &answer.tags),
            category,
            seo: Seo {
                title: self.optional("seo.title", &answer.seo.title, text),
                description: self.optional("seo.description", &answer.seo.description, text),
                keywords: self.words("seo.keywords", &answer.seo.keywords),
                canonical_url: None,
            },
            ..Content::default()
        }
    }

    /// Markdown with nothing in it that acts.
    pub(super) fn body(&mut self, markdown: &str) -> String {
        let earlier = self.reports.0.len();
        let body = self.harmless_within_limits(markdown);
        self.reports.quote_only(markdown, earlier);
        body
    }

    fn harmless_within_limits(&mut self, markdown: &str) -> String {
        let limit = self.limits.body_bytes;
        let mut text = self.harmless(self.no_longer_than(limit, markdown));
        for _ in 0..ROUNDS {
            if text.len() <= limit {
                return text;
            }
            self.reports.add("body", ReportKind::Cut, "");
            // What was code may be none where its end is cut off.
            text = self.harmless(cut::blocks(&text, limit));
        }
        String::new()
    }

    fn harmless(&mut self, markdown: &str) -> String {
        let mut text = self.seen("body", markdown);
        // Nothing is found in what nothing was found in.
        let mut is_looked_through = text == markdown;
        let mut is_stable = false;
        for _ in 0..ROUNDS {
            let harmless = markup::harmless("body", &text, self.addresses, self.reports);
            if is_looked_through && harmless == text {
                is_stable = true;
                break;
            }
            // What was taken out may have parted what the prompt is known by, or a mark.
            let next = self.seen("body", &harmless);
            is_looked_through = next == harmless;
            is_stable = next == text;
            text = next;
            if is_stable {
                break;
            }
        }
        // A page shows other characters than were written, as of entities and escapes.
        let shown = crate::render::plain_text(&text);
        let may_be_shown = self.seen("body", &shown);
        let shows_more = may_be_shown != shown;
        if shows_more {
            text = may_be_shown;
        }
        if shows_more || !is_stable || page::leads_elsewhere(&text, self.addresses) {
            self.reports.add("body", ReportKind::Replaced, "");
            text = code::as_code_block(&text);
        }
        text
    }

    /// What the limits do not allow is not looked at.
    fn no_longer_than<'t>(&self, limit: usize, text: &'t str) -> &'t str {
        // Twice as much, as what is taken out makes room.
        match limit.saturating_mul(2) {
            most if text.len() > most => cut::blocks(text, most),
            _ => text,
        }
    }

    /// Text in one line, without markup.
    pub(super) fn line(&mut self, field: &str, text: &str, limit: usize) -> String {
        let earlier = self.reports.0.len();
        let line = self.plain_within_limits(field, text, limit);
        self.reports.quote_only(text, earlier);
        line
    }

    fn plain_within_limits(&mut self, field: &str, text: &str, limit: usize) -> String {
        let seen = self.seen(field, text);
        let harmless = markup::harmless(field, &seen, self.addresses, self.reports);
        let plain = crate::render::plain_text(&harmless);
        let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        for round in 0.. {
            let seen = self.seen(field, &line);
            let without = match round {
                ROUNDS.. => seen.replace('<', ""),
                _ => tags::without_tags(&seen),
            };
            if without != seen {
                self.reports.add(field, ReportKind::Markup, "");
            }
            let without = without.split_whitespace().collect::<Vec<_>>().join(" ");
            if without == line {
                break;
            }
            line = without;
        }
        let short = cut::beginning(&line, limit);
        if short == line {
            return line;
        }
        self.reports.add(field, ReportKind::Cut, "");
        // What was a flag may be none where its end is cut off.
        self.seen(field, &short)
    }

    fn optional(&mut self, field: &str, text: &str, limit: usize) -> Option<String> {
        let line = self.line(field, text, limit);
        (!line.is_empty()).then_some(line)
    }

    /// Each of them once, as many as there may be.
    pub(super) fn words(&mut self, field: &str, words: &[String]) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        // Of those that are left out not all have to be looked at.
        for said in words.iter().take(self.limits.tags.saturating_mul(4)) {
            let word = self.line(field, said, self.limits.tag);
            if word.is_empty() || kept.contains(&word) {
                continue;
            }
            if kept.len() == self.limits.tags {
                let earlier = self.reports.0.len();
                self.reports.add(field, ReportKind::Cut, &word);
                self.reports.quote_only(said, earlier);
                break;
            }
            kept.push(word);
        }
        kept
    }

    fn path(&mut self, category: &str) -> Option<String> {
        let line = self.line("category", category, self.limits.category);
        let parts = line.split('/').map(str::trim);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let path = parts.join("/");
        if path != line {
            let earlier = self.reports.0.len();
            self.reports.add("category", ReportKind::Replaced, &line);
            self.reports.quote_only(category, earlier);
        }
        (!path.is_empty()).then_some(path)
    }

    fn seen(&mut self, field: &str, text: &str) -> String {
        seen(field, text, self.leaks, self.reports)
    }
}

/// The text without what nobody sees, without marks of conversations and without the prompt.
fn seen(field: &str, text: &str, leaks: &Leaks, reports: &mut Reports) -> String {
    let seen = unseen::removed(field, text, reports);
    unmarked(field, &seen, leaks, reports)
}

/// The text without marks of conversations and without the prompt.
fn unmarked(field: &str, text: &str, leaks: &Leaks, reports: &mut Reports) -> String {
    let mut text = marks::removed(field, text, reports);
    for _ in 0..LEAK_ROUNDS {
        let Some(without) = leaks.removed(&text) else {
            return text;
        };
        reports.add(field, ReportKind::Prompt, "");
        text = marks::removed(field, &without, reports);
    }
    // It is made of nothing else.
    String::new()
}

#[cfg(test)]
mod tests;
