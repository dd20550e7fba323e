mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::{
    AuditEntry, AuthorId, AuthorProfile, Content, Event, Post, PostId, Scope, Seq, Status, Version,
};
use crate::error::Result;
use crate::ports::{
    AuditQuery, AuthorCount, Changes, Committed, DeadLetter, IdempotencyRecord, Lease, Order,
    PostCard, PostKey, PostQuery, PostView, Storage, TermCount, VersionHeader, View,
};
use state::{State, keep};

/// [`Storage`] in memory: simple before fast, gone with its last clone, and the oracle that other
/// backends are compared with.
#[derive(Debug, Default, Clone)]
pub struct MemoryStorage(Arc<Mutex<State>>);

impl MemoryStorage {
    /// A storage of its own with the same content.
    #[cfg(feature = "conformance")]
    pub(crate) fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.state().clone())))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        let mut state = self.state();
        let mut next = state.clone();
        let committed = next.apply(changes)?;
        *state = next;
        Ok(committed)
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        let state = self.state();
        Ok(state.find(scope, key).and_then(|post| {
            let version = state.shown(scope, post, view)?.clone();
            Some(PostView {
                post: post.clone(),
                version,
            })
        }))
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        let state = self.state();
        if state.find(scope, key).is_some() {
            return Ok(None);
        }
        let id = match key {
            PostKey::Id(_) => None,
            PostKey::Path(path) => state.paths.get(path),
            PostKey::Slug {
                locale,
                default_locale,
                slug,
            } => {
                let of = |locale: &str| state.former_slugs.get(&(locale.to_owned(), slug.clone()));
                match locale {
                    Some(locale) => of(locale.as_str()),
                    None => of(default_locale.as_str()).or_else(|| {
                        let mut others = state.former_slugs.iter();
                        others
                            .find(|((_, former), _)| former == slug)
                            .map(|(_, id)| id)
                    }),
                }
            }
        };
        Ok(id
            .and_then(|id| state.posts.get(id))
            .filter(|post| scope.sees(post))
            .cloned())
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        let state = self.state();
        let key = |post: &Post| query.order.key(query.status, post);
        let mut cards: Vec<_> = state
            .posts
            .values()
            .filter(|post| post.status == query.status)
            .filter_map(|post| {
                let view = if query.status == Status::Published {
                    View::Reader
                } else {
                    View::Head
                };
                let version = state.shown(scope, post, view)?;
                matches(query, post, version).then(|| card(post, version))
            })
            .collect();
        cards.sort_by_key(|card| {
            let key = key(&card.post);
            (key.at, key.id)
        });
        if query.order != Order::Oldest {
            cards.reverse();
        }
        let cards = cards.into_iter().skip_while(|card| match query.after {
            None => false,
            Some(after) => {
                let key = key(&card.post);
                let (key, after) = ((key.at, key.id), (after.at, after.id));
                if query.order == Order::Oldest {
                    key <= after
                } else {
                    key >= after
                }
            }
        });
        Ok(cards.take(query.limit).collect())
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        let state = self.state();
        let shown = ids.iter().filter_map(|id| {
            let post = state.posts.get(id)?;
            let number = scope.newest_seen(post)?;
            let version = state.versions.get(&(*id, number))?;
            Some(card(post, version))
        });
        Ok(shown.collect())
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        let state = self.state();
        let Some(owner) = state.posts.get(&post) else {
            return Ok(None);
        };
        let published = owner.is_public() && owner.published == Some(number);
        let visible = published || scope.sees_head_of(owner);
        Ok(state
            .versions
            .get(&(post, number))
            .filter(|_| visible)
            .map(|version| Version::clone(version)))
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        let state = self.state();
        if !state
            .posts
            .get(&post)
            .is_some_and(|owner| scope.sees_head_of(owner))
        {
            return Ok(vec![]);
        }
        let below = before.unwrap_or(u32::MAX);
        let versions = state
            .versions
            .range((post, 0)..(post, below))
            .rev()
            .take(limit);
        Ok(versions
            .map(|(_, version)| VersionHeader::from(&**version))
            .collect())
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        let state = self.state();
        let tags = state
            .visible(scope)
            .flat_map(|(_, version)| version.content.tags.iter());
        let mut counts = counted(tags);
        counts.sort_by(|one, other| {
            other
                .count
                .cmp(&one.count)
                .then_with(|| one.name.cmp(&other.name))
        });
        Ok(counts)
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        let state = self.state();
        let categories = state
            .visible(scope)
            .filter_map(|(_, version)| version.content.category.as_ref());
        Ok(counted(categories))
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        let state = self.state();
        let ids = state.visible(scope).flat_map(|(post, _)| {
            let ids: BTreeSet<_> = post.coauthors.iter().chain([&post.author]).collect();
            ids
        });
        let mut counts: Vec<_> = counted(ids)
            .into_iter()
            .filter_map(|term| {
                let profile = state.authors.get(&term.name)?.clone();
                Some(AuthorCount {
                    profile,
                    count: term.count,
                })
            })
            .collect();
        counts.sort_by(|one, other| {
            (&one.profile.name, &one.profile.id).cmp(&(&other.profile.name, &other.profile.id))
        });
        Ok(counts)
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        let state = self.state();
        Ok(ids
            .iter()
            .filter_map(|id| state.authors.get(id).cloned())
            .collect())
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        let state = self.state();
        let events = state.events.range(Seq(after.0.saturating_add(1))..);
        Ok(events.take(limit).map(|(_, event)| event.clone()).collect())
    }

    async fn last_event(&self) -> Result<Seq> {
        Ok(self.state().last_event)
    }

    async fn first_event(&self) -> Result<Seq> {
        let state = self.state();
        Ok(state.events.keys().next().copied().unwrap_or_default())
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        let state = self.state();
        let entries = state
            .audit
            .range(..query.before.unwrap_or(Seq(u64::MAX)))
            .rev();
        Ok(entries
            .filter(|(_, entry)| query.post.is_none() || entry.post == query.post)
            .filter(|(_, entry)| {
                query
                    .actor
                    .as_ref()
                    .is_none_or(|actor| entry.actor == *actor)
            })
            .take(query.limit)
            .map(|(seq, entry)| (*seq, entry.clone()))
            .collect())
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        Ok(self
            .state()
            .idempotency
            .get(&(actor.clone(), key.to_owned()))
            .cloned())
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        let mut state = self.state();
        let held = state.leases.get(name);
        let token = match held {
            None => 1,
            Some(held) if held.holder == holder && held.expires_at > now => held.token,
            Some(held) if held.expires_at <= now => held.token + 1,
            Some(_) => return Ok(None),
        };
        let lease = Lease {
            name: name.to_owned(),
            holder: holder.to_owned(),
            token,
            expires_at: until,
        };
        state.leases.insert(name.to_owned(), lease.clone());
        Ok(Some(lease))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        if let Some(held) = self.state().leases.get_mut(&lease.name)
            && held.holder == lease.holder
            && held.token == lease.token
        {
            held.expires_at = DateTime::<Utc>::MIN_UTC;
        }
        Ok(())
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        Ok(self
            .state()
            .checkpoints
            .get(consumer)
            .copied()
            .unwrap_or_default())
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        let key = (letter.event.seq, letter.consumer.clone());
        self.state().dead_letters.insert(key, letter.clone());
        Ok(())
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        Ok(self.state().dead_letters.values().cloned().collect())
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        self.state()
            .dead_letters
            .remove(&(seq, consumer.to_owned()));
        Ok(())
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        let mut state = self.state();
        keep(&mut state.events, |_, event| event.at >= events_before);
        keep(&mut state.idempotency, |_, record| record.at >= keys_before);
        Ok(())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn matches(query: &PostQuery, post: &Post, version: &Version) -> bool {
    let in_category = |wanted: &String| {
        version.content.category.as_ref().is_some_and(|category| {
            category
                .strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    query
        .tag
        .as_ref()
        .is_none_or(|tag| version.content.tags.contains(tag))
        && query.category.as_ref().is_none_or(in_category)
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

fn card(post: &Post, version: &Version) -> PostCard {
    PostCard {
        post: post.clone(),
        number: version.number,
        content: Content {
            body: String::new(),
            ..version.content.clone()
        },
        summary: version.summary.clone(),
    }
}

fn counted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<TermCount> {
    let mut counts = BTreeMap::<&String, u64>::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let term = |(name, count): (&String, u64)| TermCount {
        name: name.clone(),
        count,
    };
    counts.into_iter().map(term).collect()
}
