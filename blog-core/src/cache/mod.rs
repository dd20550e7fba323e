//! What reads are remembered, for how long, and until which event.
//!
//! Only what every reader may see is remembered. An entry names the event that it is known to
//! contain, and serves until a later event touches it: nothing has to be removed, no fill can come
//! too late, and nodes need not tell each other what they wrote, for all of them follow the log.

mod freshness;
mod memo;
mod tier;

use std::sync::Arc;

use crate::domain::{Content, Locale, PostId, Seq};
use crate::ports::{AuthorCount, Cache, PostCard, PostQuery, TermCount};
use crate::services::Lookup;

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

impl ReadCache {
    pub(crate) fn new(bytes: u64, shared: Option<Arc<dyn Cache>>) -> Self {
        let freshness = Arc::new(Freshness::default());
        Self {
            posts: Tier::new("post", bytes / 2, &freshness, shared.clone()),
            lists: Tier::new("list", bytes / 4, &freshness, shared.clone()),
            terms: Tier::new("terms", bytes / 8, &freshness, shared.clone()),
            authors: Tier::new("authors", bytes / 8, &freshness, shared),
            freshness,
        }
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

impl ReadValue for Option<Lookup> {
    fn bytes(&self) -> usize {
        match self {
            Some(Lookup::Found(view)) => of_content(&view.version.content),
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

/// The fields that have no small limit, and the rest at a guess.
fn of_content(content: &Content) -> usize {
    const REST: usize = 2 << 10;
    let custom = serde_json::to_string(&content.custom).map_or(0, |json| json.len());
    content.body.len() + custom + REST
}
