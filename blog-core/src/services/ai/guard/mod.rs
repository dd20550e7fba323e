//! What is done to an answer before anybody sees it. It is the work of a stranger, who may have followed
//! what stood in the text of another.

mod addresses;
mod code;
pub(super) mod cut;
mod leaks;
mod markup;
mod page;
mod tool_calls;
mod unseen;

pub(super) use leaks::{Leaks, Withheld};

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
}

/// What the guards go by.
pub(super) struct Guard<'a> {
    pub(super) limits: &'a Limits,
    /// The hosts that addresses may lead to.
    pub(super) hosts: &'a [String],
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
        let limit = self.limits.body_bytes;
        let mut text = self.seen("body", self.no_longer_than(limit, markdown));
        let mut is_stable = false;
        for _ in 0..ROUNDS {
            let harmless = markup::harmless("body", &text, self.hosts, self.reports);
            // What was taken out may have parted what the prompt is known by, or a mark.
            let next = self.seen("body", &harmless);
            is_stable = next == text;
            text = next;
            if is_stable {
                break;
            }
        }
        if !is_stable || page::leads_elsewhere(&text, self.hosts) {
            self.reports.add("body", ReportKind::Replaced, "");
            text = code::as_code_block(&text);
        }
        if text.len() > limit {
            self.reports.add("body", ReportKind::Cut, "");
            text = cut::blocks(&text, limit).to_owned();
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
        let seen = self.seen(field, text);
        let harmless = markup::harmless(field, &seen, self.hosts, self.reports);
        let plain = crate::render::plain_text(&harmless);
        let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        for round in 0.. {
            let seen = self.seen(field, &line);
            let without = match round {
                ROUNDS.. => seen.replace('<', ""),
                _ => unseen::without_tags(&seen),
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
        if short != line {
            self.reports.add(field, ReportKind::Cut, "");
        }
        short
    }

    fn optional(&mut self, field: &str, text: &str, limit: usize) -> Option<String> {
        let line = self.line(field, text, limit);
        (!line.is_empty()).then_some(line)
    }

    /// Each of them once, as many as there may be.
    pub(super) fn words(&mut self, field: &str, words: &[String]) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        for word in words {
            let word = self.line(field, word, self.limits.tag);
            if word.is_empty() || kept.contains(&word) {
                continue;
            }
            if kept.len() == self.limits.tags {
                self.reports.add(field, ReportKind::Cut, &word);
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
            self.reports.add("category", ReportKind::Replaced, &line);
        }
        (!path.is_empty()).then_some(path)
    }

    /// The text without what nobody sees, without marks of conversations and without the prompt.
    fn seen(&mut self, field: &str, text: &str) -> String {
        let mut text = unseen::removed(field, text, self.reports);
        for _ in 0..LEAK_ROUNDS {
            let Some(without) = self.leaks.removed(&text) else {
                return text;
            };
            self.reports.add(field, ReportKind::Prompt, "");
            text = unseen::removed(field, &without, self.reports);
        }
        // It is made of nothing else.
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Leaks, Reports};
    use crate::domain::Limits;

    fn line(text: &str) -> String {
        let (limits, leaks) = (Limits::default(), Leaks::default());
        let mut guard = Guard {
            limits: &limits,
            hosts: &[],
            leaks: &leaks,
            reports: &mut Reports::default(),
        };
        guard.line("title", text, 300)
    }

    #[test]
    fn titles_keep_what_programmers_write_and_no_tag() {
        assert_eq!(line("Why `Vec<T>` grows"), "Why Vec<T> grows");
        assert_eq!(
            line("`Map<Key, Value>` and 1 < 2"),
            "Map<Key, Value> and 1 < 2"
        );
        assert_eq!(line("&lt;&lt;b&gt;script&gt;alert(1)"), "alert(1)");
        assert_eq!(line("&lt;SCRIPT&gt;alert(1)"), "alert(1)");
        assert_eq!(line("&lt;&lt;|a|&gt;script&gt;alert(1)"), "alert(1)");
    }

    #[test]
    fn what_becomes_an_address_on_a_page_alone_leads_nowhere() {
        let (limits, leaks) = (Limits::default(), Leaks::default());
        let deep = "> ".repeat(64);
        for hidden in [
            format!("{deep}[https://evil.test/x](/ok)"),
            format!("{deep}http*s://evil.test*"),
            "htt<|<b></b>a|>ps://evil.test/x".to_owned(),
        ] {
            let mut reports = Reports::default();
            let mut guard = Guard {
                limits: &limits,
                hosts: &[],
                leaks: &leaks,
                reports: &mut reports,
            };
            let html = crate::render::render(&guard.body(&hidden)).html;
            assert!(!html.contains("href"), "{html}");
            assert!(!reports.0.is_empty());
        }
    }
}
