use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::Actor;
use crate::error::Result;

use super::super::super::guard::{Guard, cut};
use super::super::super::question::Question;
use super::super::super::{Ai, ReportKind, prompt, schema};
use super::super::mentions::Mentions;
use super::super::{Asked, Looked};
use super::{Around, LinkSuggestion, Suggest, SuggestionKind, Suggestions, Topic};

/// Characters of a reason.
const WHY: usize = 300;
/// Characters of a title.
const TITLE: usize = 120;
/// Characters of the text's own title that the model is told.
const OWN_TITLE: usize = 300;
/// Tokens of a suggestion of each kind together.
const TOKENS: u32 = 250;

#[derive(Deserialize)]
struct SuggestAnswer {
    #[serde(default)]
    titles: Vec<String>,
    #[serde(default)]
    topics: Vec<TopicAnswer>,
    #[serde(default)]
    links: Vec<LinkAnswer>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct TopicAnswer {
    title: String,
    why: String,
}

#[derive(Deserialize)]
struct LinkAnswer {
    number: usize,
    anchor: String,
}

impl Ai<'_> {
    /// What the model suggests; `None` where this program is to do it.
    pub(super) async fn suggested_by_model(
        &self,
        actor: &Actor,
        wanted: &Suggest,
        around: &Around<'_>,
    ) -> Result<Option<Looked<Suggestions>>> {
        let content = around.content();
        let locale = around.locale.to_string();
        let posts: Vec<_> = around
            .posts
            .iter()
            .map(|it| it.content.title.as_str())
            .collect();
        let posts = posts.join("\n");
        let candidates = listed(&around.candidates);
        let terms = around.terms.data();
        let title = cut::beginning(&content.title, OWN_TITLE);
        let mut data = vec![("title", title.as_str()), ("language", &locale)];
        data.extend([("posts of the blog", posts.as_str()), ("list", &candidates)]);
        data.extend(terms.iter().map(|(name, terms)| (*name, terms.as_str())));
        data.retain(|(_, text)| !text.is_empty());
        let asked = Asked {
            actor,
            text: around.text,
            purpose: "suggest",
            fall_back: wanted.fall_back,
            question: Question {
                prompt: &prompt::SUGGEST,
                words: &[("count", &wanted.count.to_string())],
                field: "text",
                text: &content.body,
                shown: |text| Cow::Borrowed(text),
                data: &data,
                sources: &[],
                schema: Some(suggestions_schema(wanted).into()),
                max_output_tokens: TOKENS
                    .saturating_mul(u32::try_from(wanted.count).unwrap_or(u32::MAX))
                    .saturating_add(TOKENS),
            },
        };
        let by_model = self.by_model(
            asked,
            |answer, _| serde_json::from_str::<SuggestAnswer>(&answer.text).ok(),
            |answer, guard| Some(guarded(answer, wanted, around, guard)),
        );
        by_model.await
    }
}

/// The posts that a text could lead to, as a model is told them.
fn listed(candidates: &[LinkSuggestion]) -> String {
    let mut list = String::new();
    for (number, LinkSuggestion { post, .. }) in candidates.iter().enumerate() {
        let _ = writeln!(list, "{number} {}", post.content.title);
    }
    list
}

fn suggestions_schema(wanted: &Suggest) -> Value {
    let texts = || schema::list(&schema::text());
    let topic = schema::object([("title", schema::text()), ("why", schema::text())]);
    let number = json!({"type": "integer"});
    let link = schema::object([("number", number), ("anchor", schema::text())]);
    let members = [
        (SuggestionKind::Titles, "titles", texts()),
        (SuggestionKind::Topics, "topics", schema::list(&topic)),
        (SuggestionKind::Links, "links", schema::list(&link)),
        (SuggestionKind::Tags, "tags", texts()),
    ];
    let members = members.into_iter().filter(|(kind, ..)| wanted.wants(*kind));
    let members: Map<_, _> = members
        .map(|(_, name, schema)| (name.to_owned(), schema))
        .collect();
    let names: Vec<_> = members.keys().cloned().collect();
    json!({
        "type": "object",
        "properties": members,
        "required": names,
        "additionalProperties": false,
    })
}

fn guarded(
    answer: SuggestAnswer,
    wanted: &Suggest,
    around: &Around<'_>,
    guard: &mut Guard<'_>,
) -> Suggestions {
    let mut suggestions = Suggestions::default();
    if wanted.wants(SuggestionKind::Titles) {
        suggestions.titles = titles(&answer.titles, wanted.count, around, guard);
    }
    if wanted.wants(SuggestionKind::Topics) {
        suggestions.topics = topics(&answer.topics, wanted.count, around, guard);
    }
    if wanted.wants(SuggestionKind::Links) {
        suggestions.links = links(&answer.links, wanted.count, around, guard);
    }
    if wanted.wants(SuggestionKind::Tags) {
        suggestions.tags = tags(&answer.tags, wanted.count, around, guard);
    }
    suggestions
}

fn titles(
    answer: &[String],
    count: usize,
    around: &Around<'_>,
    guard: &mut Guard<'_>,
) -> Vec<String> {
    let mut titles: Vec<String> = vec![];
    for title in answer.iter().take(count) {
        let title = guard.line("titles", title, TITLE);
        if !title.is_empty() && !titles.contains(&title) && title != around.content().title {
            titles.push(title);
        }
    }
    titles
}

/// Topics that are no post of the blog's yet.
fn topics(
    answer: &[TopicAnswer],
    count: usize,
    around: &Around<'_>,
    guard: &mut Guard<'_>,
) -> Vec<Topic> {
    let titles = around
        .posts
        .iter()
        .map(|card| card.content.title.to_lowercase());
    let mut known: HashSet<_> = titles.collect();
    let mut topics = vec![];
    for TopicAnswer { title, why } in answer.iter().take(count) {
        let title = guard.line("topics.title", title, TITLE);
        let why = guard.line("topics.why", why, WHY);
        if title.is_empty() || !known.insert(title.to_lowercase()) {
            continue;
        }
        topics.push(Topic { title, why });
    }
    topics
}

/// Posts of the list, each with words of the text.
fn links(
    answer: &[LinkAnswer],
    count: usize,
    around: &Around<'_>,
    guard: &mut Guard<'_>,
) -> Vec<LinkSuggestion> {
    let text = around.prose.text();
    let mentions = Mentions::of(&text);
    let mut links: Vec<LinkSuggestion> = vec![];
    for LinkAnswer { number, anchor } in answer.iter().take(count) {
        let Some(candidate) = around.candidates.get(*number) else {
            guard.reports.add("links", ReportKind::Replaced, "");
            continue;
        };
        let is_known = |link: &LinkSuggestion| link.post.post.id == candidate.post.post.id;
        if links.iter().any(is_known) {
            continue;
        }
        let mut link = candidate.clone();
        let is_short = anchor.chars().count() <= TITLE;
        let said = is_short.then(|| mentions.first(anchor)).flatten();
        let harmless = said.filter(|said| guard.line("links.anchor", said, TITLE) == **said);
        match harmless {
            Some(anchor) => link.anchor = Some(anchor.to_owned()),
            None => guard.reports.add("links.anchor", ReportKind::Replaced, ""),
        }
        links.push(link);
    }
    links
}

/// Tags that the blog has and the post has not.
fn tags(
    answer: &[String],
    count: usize,
    around: &Around<'_>,
    guard: &mut Guard<'_>,
) -> Vec<String> {
    let own = &around.content().tags;
    let mut tags: Vec<String> = vec![];
    for tag in answer.iter().take(count) {
        match around.terms.known_tag(tag) {
            Some(known) if own.contains(known) || tags.contains(known) => {}
            Some(known) => tags.push(known.clone()),
            None => guard.reports.add("tags", ReportKind::Replaced, ""),
        }
    }
    tags
}
