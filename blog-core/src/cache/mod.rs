//! What reads are remembered, for how long, and until which event.
//!
//! Only what every reader may see is remembered. An entry names the event that it is known to
//! contain, and serves until a later event touches it: nothing has to be removed, no fill can come
//! too late, and nodes need not tell each other what they wrote, for all of them follow the log.

mod freshness;
mod memo;
mod tier;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{Content, Locale, PostId, Seq, Version};
use crate::ports::{AuthorCount, Cache, PostCard, PostQuery, SearchQuery, TermCount};
use crate::services::{Lookup, SearchResults};

pub(crate) use freshness::Freshness;
pub(crate) use memo::Memo;
use tier::{ReadKey, ReadValue, Tier};

/// Reads of every kind.
#[derive(Debug)]
pub(crate) struct ReadCache {
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) posts: Tier<PostAddress, Option<Lookup>>,
    pub(crate) lists: Tier<PostQuery, Arc<Vec<PostCard>>>,
    pub(crate) terms: Tier<TermKind, Arc<Vec<TermCount>>>,
    pub(crate) authors: Tier<(), Arc<Vec<AuthorCount>>>,
    pub(crate) searches: Tier<SearchKey, Arc<SearchResults>>,
    index_repairs: AtomicU64,
}

/// How a reader names a post.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PostAddress {
    Id(PostId),
    Slug(Option<Locale>, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TermKind {
    Tags,
    Categories,
}

/// A search, and how often the index had been repaired.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SearchKey {
    query: SearchQuery,
    index_repairs: u64,
}

impl ReadCache {
    pub(crate) fn new(bytes: u64, shared: Option<Arc<dyn Cache>>) -> Self {
        let freshness = Arc::new(Freshness::default());
        Self {
            posts: Tier::new("post", bytes / 2, &freshness, shared.clone()),
            lists: Tier::new("list", bytes / 4, &freshness, shared.clone()),
            terms: Tier::new("terms", bytes / 16, &freshness, shared.clone()),
            authors: Tier::new("authors", bytes / 16, &freshness, shared),
            // Not between nodes: each has an index of its own, and the log does not tell what one
            // of them could not take in, or was given later.
            searches: Tier::new("search", bytes / 8, &freshness, None),
            index_repairs: AtomicU64::new(0),
            freshness,
        }
    }

    pub(crate) fn search_key(&self, query: &SearchQuery) -> SearchKey {
        SearchKey {
            query: query.clone(),
            index_repairs: self.index_repairs.load(Ordering::SeqCst),
        }
    }

    /// Says that the index was repaired: what is found has changed without an event.
    pub(crate) fn note_index_repair(&self) {
        self.index_repairs.fetch_add(1, Ordering::SeqCst);
    }
}

impl ReadKey for PostAddress {
    fn last_change(&self, freshness: &Freshness) -> Seq {
        match self {
            Self::Id(id) => freshness.last_change_of(*id),
            // Another post may come to have the slug.
            Self::Slug(..) => freshness.last_change(),
        }
    }
}

impl ReadKey for PostQuery {}
impl ReadKey for TermKind {}
impl ReadKey for () {}
impl ReadKey for SearchKey {}

impl ReadValue for Option<Lookup> {
    fn bytes(&self) -> usize {
        match self {
            Some(Lookup::Found(view)) => {
                of_content(&view.version.content) + of_passages(&view.version)
            }
            Some(Lookup::Moved(_)) | None => 0,
        }
    }
}

impl ReadValue for Arc<Vec<PostCard>> {
    fn bytes(&self) -> usize {
        self.iter().map(|card| of_content(&card.content)).sum()
    }
}

impl ReadValue for Arc<Vec<TermCount>> {
    fn bytes(&self) -> usize {
        self.iter()
            .map(|term| size_of::<TermCount>() + term.name.len())
            .sum()
    }
}

impl ReadValue for Arc<Vec<AuthorCount>> {
    fn bytes(&self) -> usize {
        let bio = |author: &AuthorCount| author.profile.bio.as_ref().map_or(0, String::len);
        self.iter()
            .map(|author| size_of::<AuthorCount>() + bio(author))
            .sum()
    }
}

impl ReadValue for Arc<SearchResults> {
    fn bytes(&self) -> usize {
        serde_json::to_string(self.as_ref()).map_or(0, |json| json.len())
    }
}

/// There may be thousands.
fn of_passages(version: &Version) -> usize {
    let passages = version.passages.as_ref();
    passages.map_or(0, |passages| size_of_val(passages.as_slice()))
}

/// The fields that have no small limit, and the rest at a guess.
fn of_content(content: &Content) -> usize {
    const REST: usize = 2 << 10;
    let custom = serde_json::to_string(&content.custom).map_or(0, |json| json.len());
    content.body.len() + custom + REST
}
