use std::cmp::Reverse;

use crate::analysis::propose_seo;
use crate::domain::Actor;
use crate::error::Result;
use crate::ports::SearchQuery;
use crate::render::render;

use super::super::super::Ai;
use super::super::mentions::Mentions;
use super::{Around, Suggest, SuggestionKind, Suggestions, Topic};

/// Characters of a heading that could be a title.
const TITLE: std::ops::RangeInclusive<usize> = 10..=70;
/// Why something is a topic.
const WHY: &str = "The text names it, and no other published post does.";

impl Ai<'_> {
    /// What this program suggests.
    pub(super) async fn suggested(
        &self,
        wanted: &Suggest,
        around: &Around<'_>,
    ) -> Result<Suggestions> {
        let mut suggestions = Suggestions::default();
        if wanted.wants(SuggestionKind::Titles) {
            suggestions.titles = titles(around, wanted.count);
        }
        if wanted.wants(SuggestionKind::Topics) {
            suggestions.topics = self.topics(around, wanted.count).await?;
        }
        if wanted.wants(SuggestionKind::Links) {
            let links = around.candidates.iter().take(wanted.count);
            suggestions.links = links.cloned().collect();
        }
        if wanted.wants(SuggestionKind::Tags) {
            suggestions.tags = tags(around, wanted.count);
        }
        Ok(suggestions)
    }

    /// What the text is about and no other published post names.
    async fn topics(&self, around: &Around<'_>, count: usize) -> Result<Vec<Topic>> {
        let mut topics = vec![];
        for phrase in around.phrases.iter().take(count * 2) {
            if topics.len() == count {
                break;
            }
            let query = SearchQuery {
                text: format!("\"{phrase}\""),
                limit: 2,
                ..SearchQuery::default()
            };
            let search = self.blog.search();
            let found = search.search(&Actor::anonymous(), &query).await?;
            let mut posts = found.hits.iter().map(|hit| hit.post.post.id);
            let is_widened = found.suggestion.is_some();
            if is_widened || posts.all(|id| Some(id) == around.text.post()) {
                topics.push(Topic {
                    title: phrase.clone(),
                    why: WHY.to_owned(),
                });
            }
        }
        Ok(topics)
    }
}

/// The title as search engines show it, and headings that could stand in its place.
fn titles(around: &Around<'_>, count: usize) -> Vec<String> {
    let content = around.content();
    let shown = propose_seo(content, &around.prose, &around.locale).title;
    let headings = render(&content.body).toc;
    let headings = headings.into_iter().map(|heading| heading.text);
    let headings = headings.filter(|heading| TITLE.contains(&heading.chars().count()));
    let mut titles: Vec<String> = vec![];
    for title in [shown.value].into_iter().chain(headings) {
        let is_known = title == content.title || titles.contains(&title);
        if !is_known && !title.is_empty() && titles.len() < count {
            titles.push(title);
        }
    }
    titles
}

/// Tags of the blog that the text names, the most often named first.
fn tags(around: &Around<'_>, count: usize) -> Vec<String> {
    let said = around.said();
    let mentions = Mentions::of(&said);
    let own = &around.content().tags;
    let others = around.terms.tags().iter().filter(|tag| !own.contains(tag));
    let named = others.map(|tag| (mentions.each(tag).count(), tag));
    let mut named: Vec<_> = named.filter(|(times, _)| *times > 0).collect();
    named.sort_by_key(|(times, _)| Reverse(*times));
    let named = named.into_iter().take(count);
    named.map(|(_, tag)| tag.clone()).collect()
}
