use std::cmp::Reverse;
use std::collections::HashSet;

use pulldown_cmark::{Event, Tag};

use crate::analysis::{Prose, key_phrases};
use crate::domain::{Actor, Content, Locale, Scope};
use crate::error::Result;
use crate::ports::{PostCard, PostQuery, SearchQuery};
use crate::render::{parser, plain_text};

use super::super::super::Ai;
use super::super::super::terms::Terms;
use super::super::mentions::Mentions;
use super::super::subject::Text;
use super::{LinkSuggestion, Suggest, SuggestionKind};

/// Key phrases of a text that are looked for.
const PHRASES: usize = 40;
/// Key phrases by which posts about the same are looked for.
const SEARCHED: usize = 8;
/// Posts that a text could lead to, before it is looked at which do.
const CANDIDATES: usize = 20;
/// Posts that a model is told the blog has: the newest.
const POSTS: usize = 50;

/// A text, and what there is around it. Of other posts all of it is what readers see.
pub(super) struct Around<'a> {
    pub(super) text: &'a Text,
    pub(super) locale: Locale,
    pub(super) prose: Prose,
    /// What the text is about, the most telling first.
    pub(super) phrases: Vec<String>,
    pub(super) terms: Terms,
    /// Posts that it could lead to, the closest first.
    pub(super) candidates: Vec<LinkSuggestion>,
    /// The newest posts in its language.
    pub(super) posts: Vec<PostCard>,
}

impl<'a> Around<'a> {
    /// What `actor` may see of it.
    pub(super) async fn of(
        ai: &Ai<'_>,
        actor: &Actor,
        text: &'a Text,
        wanted: &Suggest,
    ) -> Result<Self> {
        let locale = text.locale(ai.blog.default_locale());
        let content = text.content();
        let prose = Prose::of_markdown(&content.body, &locale);
        let phrases = key_phrases(&prose, &locale, PHRASES).unwrap_or_default();
        let mut around = Self {
            text,
            locale,
            prose,
            phrases: phrases.into_iter().map(|phrase| phrase.text).collect(),
            terms: Terms::of(ai.blog).await?,
            candidates: vec![],
            posts: vec![],
        };
        if wanted.wants(SuggestionKind::Links) {
            let candidates = around.related(ai, actor).await?;
            around.candidates = around.anchored(candidates);
        }
        if wanted.wants(SuggestionKind::Topics) {
            around.posts = around.newest(ai).await?;
        }
        Ok(around)
    }

    pub(super) fn content(&self) -> &'a Content {
        self.text.content()
    }

    /// Everything that the text says, its title included.
    pub(super) fn said(&self) -> String {
        let Content { title, body, .. } = self.content();
        format!("{title}\n{}", plain_text(body))
    }

    /// Whether this is a post in the language of the text, and another one.
    fn is_other(&self, card: &PostCard) -> bool {
        self.text.post() != Some(card.post.id)
            && card.post.locale.language() == self.locale.language()
    }

    /// Published posts about the same, by the search index.
    async fn related(&self, ai: &Ai<'_>, actor: &Actor) -> Result<Vec<PostCard>> {
        let (storage, readers) = (ai.blog.storage(), Scope::public());
        let mut found = vec![];
        if let Some(id) = self.text.post() {
            let (index, scope) = (ai.blog.search_index(), ai.blog.scope(actor));
            let ids = index.related(&scope, id, CANDIDATES).await?;
            found = storage.cards(&readers, &ids).await?;
        }
        found.extend(self.found(ai).await?);
        let linked = linked_slugs(&self.content().body);
        let mut seen = HashSet::new();
        found.retain(|card| {
            self.is_other(card)
                && !linked.contains(card.post.slug.as_str())
                && seen.insert(card.post.id)
        });
        found.truncate(CANDIDATES);
        Ok(found)
    }

    /// Posts that what the text is about finds, those first that most of it does.
    async fn found(&self, ai: &Ai<'_>) -> Result<Vec<PostCard>> {
        let title = std::slice::from_ref(&self.content().title);
        let wanted = match self.phrases.len().min(SEARCHED) {
            0 => title,
            count => &self.phrases[..count],
        };
        let mut found: Vec<(usize, PostCard)> = vec![];
        for text in wanted.iter().filter(|text| !text.trim().is_empty()) {
            let query = SearchQuery {
                text: text.clone(),
                limit: CANDIDATES,
                ..SearchQuery::default()
            };
            let search = ai.blog.search();
            for hit in search.search(&Actor::anonymous(), &query).await?.hits {
                let known = found
                    .iter_mut()
                    .find(|(_, it)| it.post.id == hit.post.post.id);
                match known {
                    Some((times, _)) => *times += 1,
                    None => found.push((1, hit.post)),
                }
            }
        }
        found.sort_by_key(|(times, _)| Reverse(*times));
        Ok(found.into_iter().map(|(_, post)| post).collect())
    }

    /// Each with the words of the text that name it: its title, or else one of its tags.
    fn anchored(&self, cards: Vec<PostCard>) -> Vec<LinkSuggestion> {
        let text = self.prose.text();
        let mentions = Mentions::of(&text);
        let anchored = cards.into_iter().map(|post| {
            let names = [&post.content.title].into_iter().chain(&post.content.tags);
            let anchor = names.filter_map(|name| mentions.first(name)).next();
            let anchor = anchor.map(str::to_owned);
            LinkSuggestion { post, anchor }
        });
        anchored.collect()
    }

    async fn newest(&self, ai: &Ai<'_>) -> Result<Vec<PostCard>> {
        let query = PostQuery {
            limit: POSTS,
            ..PostQuery::default()
        };
        let page = ai.blog.posts().list(&Actor::anonymous(), &query).await?;
        let mut posts = page.items;
        posts.retain(|card| self.is_other(card));
        Ok(posts)
    }
}

/// The last parts of the addresses that a text leads to.
fn linked_slugs(markdown: &str) -> HashSet<String> {
    let addresses = parser(markdown).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    let slugs = addresses.filter_map(|address| {
        let path = address.split(['?', '#']).next()?.trim_end_matches('/');
        path.rsplit('/').next().map(str::to_owned)
    });
    slugs.collect()
}
