use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::domain::{Post, PostId, Scope, Seq, Status, Version};
use crate::error::Result;
use crate::ports::{
    Facet, Facets, Highlights, IndexChange, IndexedPost, SearchHit, SearchIndex, SearchPage,
    SearchQuery, SearchSort,
};
use crate::render::plain_text;

/// [`SearchIndex`] in memory, by looking at every post: exact words and prefixes, no stemming and
/// no typos. For tests and small blogs. Clones share it.
#[derive(Debug, Default, Clone)]
pub struct MemoryIndex(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    posts: BTreeMap<PostId, IndexedPost>,
    checkpoint: Option<Seq>,
    replacement: BTreeMap<PostId, IndexedPost>,
}

impl MemoryIndex {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn visible<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (&'a Post, &'a Version)> {
        self.posts.values().filter_map(move |indexed| {
            let post = &indexed.post;
            let version = if scope.sees_head_of(post) && post.status != Status::Trashed {
                &indexed.head
            } else {
                indexed.published.as_ref()?
            };
            Some((post, version))
        })
    }
}

#[async_trait]
impl SearchIndex for MemoryIndex {
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> Result<()> {
        let mut state = self.state();
        for change in changes {
            match change {
                IndexChange::Put(post) => state.posts.insert(post.post.id, *post),
                IndexChange::Remove(id) => state.posts.remove(&id),
            };
        }
        state.checkpoint = Some(checkpoint);
        Ok(())
    }

    async fn checkpoint(&self) -> Result<Option<Seq>> {
        Ok(self.state().checkpoint)
    }

    async fn begin_replacement(&self) -> Result<()> {
        self.state().replacement.clear();
        Ok(())
    }

    async fn extend_replacement(&self, posts: Vec<IndexedPost>) -> Result<()> {
        let posts = posts.into_iter().map(|post| (post.post.id, post));
        self.state().replacement.extend(posts);
        Ok(())
    }

    async fn replace(&self, checkpoint: Seq) -> Result<()> {
        let mut state = self.state();
        state.posts = std::mem::take(&mut state.replacement);
        state.checkpoint = Some(checkpoint);
        Ok(())
    }

    async fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage> {
        let state = self.state();
        let terms = words(&query.text);
        let mut found: Vec<_> = state
            .visible(scope)
            .filter(|(post, version)| passes(query, post, version))
            .filter_map(|(post, version)| {
                let score = score(version, &terms)?;
                Some((post, version, score))
            })
            .collect();
        found.sort_by(|(one, _, left), (other, _, right)| {
            let by_date = || other.ordered_at().cmp(&one.ordered_at());
            match query.sort {
                SearchSort::Relevance => right.total_cmp(left).then_with(by_date),
                SearchSort::Date | SearchSort::Popularity => by_date(),
            }
            .then_with(|| one.id.cmp(&other.id))
        });
        let hits = found.iter().skip(query.offset).take(query.limit);
        Ok(SearchPage {
            hits: hits
                .map(|(post, version, score)| SearchHit {
                    post: post.id,
                    score: *score,
                    highlights: Highlights {
                        title: marked(&version.content.title, &terms),
                        body: vec![marked(&version.summary.excerpt, &terms)],
                    },
                })
                .collect(),
            total: found.len(),
            facets: facets(&found),
            suggestion: None,
        })
    }

    async fn complete(&self, scope: &Scope, prefix: &str, limit: usize) -> Result<Vec<String>> {
        let state = self.state();
        let prefix = prefix.to_lowercase();
        let titles = state
            .visible(scope)
            .map(|(_, version)| &version.content.title);
        let matching: BTreeSet<_> = titles
            .filter(|title| title.to_lowercase().starts_with(&prefix))
            .cloned()
            .collect();
        Ok(matching.into_iter().take(limit).collect())
    }

    async fn related(&self, scope: &Scope, post: PostId, limit: usize) -> Result<Vec<PostId>> {
        let state = self.state();
        let Some((_, this)) = state.visible(scope).find(|(other, _)| other.id == post) else {
            return Ok(vec![]);
        };
        let mut related: Vec<_> = state
            .visible(scope)
            .filter(|(other, _)| other.id != post)
            .map(|(other, version)| {
                let tags = &version.content.tags;
                (
                    tags.iter()
                        .filter(|tag| this.content.tags.contains(tag))
                        .count(),
                    other,
                )
            })
            .filter(|(shared, _)| *shared > 0)
            .collect();
        related.sort_by_key(|(shared, other)| std::cmp::Reverse((*shared, other.ordered_at())));
        Ok(related
            .into_iter()
            .take(limit)
            .map(|(_, other)| other.id)
            .collect())
    }

    async fn ids(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        let state = self.state();
        let ids = state
            .posts
            .keys()
            .filter(|id| after.is_none_or(|after| **id > after));
        Ok(ids.take(limit).copied().collect())
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '*');
    words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn is_match(word: &str, term: &str) -> bool {
    term.strip_suffix('*')
        .map_or(word == term, |prefix| word.starts_with(prefix))
}

/// How well a version matches, or `None` unless it has all terms. A match in the title counts
/// four times.
fn score(version: &Version, terms: &[String]) -> Option<f32> {
    let title = words(&version.content.title);
    let mut rest = words(&plain_text(&version.content.body));
    rest.extend(version.content.tags.iter().flat_map(|tag| words(tag)));
    let mut score = 0.0;
    for term in terms {
        let count = |words: &[String]| words.iter().filter(|word| is_match(word, term)).count();
        let (in_title, elsewhere) = (count(&title), count(&rest));
        if in_title + elsewhere == 0 {
            return None;
        }
        score += 4.0 * f32::from(u8::from(in_title > 0)) + f32::from(u8::from(elsewhere > 0));
    }
    Some(score)
}

fn passes(query: &SearchQuery, post: &Post, version: &Version) -> bool {
    let below = |wanted: &String| {
        version.content.category.as_ref().is_some_and(|category| {
            category == wanted || category.starts_with(&format!("{wanted}/"))
        })
    };
    query
        .tag
        .as_ref()
        .is_none_or(|tag| version.content.tags.contains(tag))
        && query.category.as_ref().is_none_or(below)
        && query
            .author
            .as_ref()
            .is_none_or(|author| post.belongs_to(author))
        && query
            .locale
            .as_ref()
            .is_none_or(|locale| post.locale == *locale)
        && query.from.is_none_or(|from| post.ordered_at() >= from)
        && query.to.is_none_or(|to| post.ordered_at() < to)
}

fn marked(text: &str, terms: &[String]) -> String {
    let mut html = String::with_capacity(text.len());
    for piece in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let word = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let lower = word.to_lowercase();
        if !word.is_empty() && terms.iter().any(|term| is_match(&lower, term)) {
            html.push_str("<mark>");
            html.push_str(word);
            html.push_str("</mark>");
            push_escaped(&mut html, &piece[word.len()..]);
        } else {
            push_escaped(&mut html, piece);
        }
    }
    html
}

fn push_escaped(html: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

fn facets(found: &[(&Post, &Version, f32)]) -> Facets {
    let mut counts: [BTreeMap<String, u64>; 4] = Default::default();
    for (post, version, _) in found {
        let [tags, categories, authors, years] = &mut counts;
        for tag in &version.content.tags {
            *tags.entry(tag.clone()).or_default() += 1;
        }
        if let Some(category) = &version.content.category {
            *categories.entry(category.clone()).or_default() += 1;
        }
        for author in post.coauthors.iter().chain([&post.author]) {
            *authors.entry(author.clone()).or_default() += 1;
        }
        *years
            .entry(post.ordered_at().format("%Y").to_string())
            .or_default() += 1;
    }
    let [tags, categories, authors, years] = counts.map(|counts| {
        let mut facets: Vec<_> = counts
            .into_iter()
            .map(|(value, count)| Facet { value, count })
            .collect();
        facets.sort_by_key(|facet| std::cmp::Reverse(facet.count));
        facets
    });
    Facets {
        tags,
        categories,
        authors,
        years,
    }
}
