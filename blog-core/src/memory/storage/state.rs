use std::sync::Arc;

use imbl::OrdMap;

use crate::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Status, Version,
};
use crate::error::{Conflict, Error, Result};
use crate::ports::{
    Changes, Committed, DeadLetter, IdempotencyRecord, Lease, PostKey, PostWrite, Redirect, View,
};

#[derive(Debug, Default, Clone)]
pub(super) struct State {
    pub(super) posts: OrdMap<PostId, Post>,
    pub(super) versions: OrdMap<(PostId, u32), Arc<Version>>,
    pub(super) slugs: OrdMap<(String, String), PostId>,
    pub(super) former_slugs: OrdMap<(String, String), PostId>,
    pub(super) paths: OrdMap<String, PostId>,
    pub(super) authors: OrdMap<AuthorId, AuthorProfile>,
    pub(super) events: OrdMap<Seq, Event>,
    pub(super) last_event: Seq,
    pub(super) audit: OrdMap<Seq, AuditEntry>,
    pub(super) idempotency: OrdMap<(AuthorId, String), IdempotencyRecord>,
    pub(super) leases: OrdMap<String, Lease>,
    pub(super) checkpoints: OrdMap<String, Seq>,
    pub(super) dead_letters: OrdMap<(Seq, String), DeadLetter>,
}

impl State {
    pub(super) fn apply(&mut self, changes: Changes) -> Result<Committed> {
        if let Some(lease) = &changes.lease {
            let held = self.leases.get(&lease.name);
            let held = held.filter(|held| held.token == lease.token && held.holder == lease.holder);
            if held.is_none_or(|held| held.expires_at <= changes.at) {
                return Err(Error::conflict(Conflict::Lease));
            }
        }
        if let Some(record) = changes.idempotency {
            let key = (record.actor.clone(), record.key.clone());
            if self.idempotency.insert(key, record).is_some() {
                return Err(Error::conflict(Conflict::Taken("idempotency_key")));
            }
        }
        for write in changes.posts {
            self.write_post(write)?;
        }
        for version in changes.versions {
            if !self.posts.contains_key(&version.post) {
                return Err(Error::not_found("post"));
            }
            let key = (version.post, version.number);
            if self.versions.insert(key, Arc::new(version)).is_some() {
                return Err(Error::conflict(Conflict::Revision));
            }
        }
        for redirect in changes.redirects {
            let (Redirect::Slug { post, .. } | Redirect::Path { post, .. }) = &redirect;
            if !self.posts.contains_key(post) {
                return Err(Error::not_found("post"));
            }
            match redirect {
                Redirect::Slug { locale, slug, post } => {
                    self.former_slugs
                        .insert((locale.as_str().to_owned(), slug), post);
                }
                Redirect::Path { path, post } => {
                    if *self.paths.entry(path).or_insert(post) != post {
                        return Err(Error::conflict(Conflict::Taken("alias")));
                    }
                }
            }
        }
        for author in changes.authors {
            self.authors.entry(author.id.clone()).or_insert(author);
        }
        for new in changes.events {
            self.last_event.0 += 1;
            let (seq, at) = (self.last_event, changes.at);
            let (kind, post, revision, actor) = (new.kind, new.post, new.revision, new.actor);
            self.events.insert(
                seq,
                Event {
                    seq,
                    at,
                    kind,
                    post,
                    revision,
                    actor,
                },
            );
        }
        for entry in changes.audit {
            let seq = Seq(self.audit.len() as u64 + 1);
            self.audit.insert(seq, entry);
        }
        if let Some(checkpoint) = changes.checkpoint {
            self.checkpoints.insert(checkpoint.consumer, checkpoint.seq);
        }
        Ok(Committed {
            seq: self.last_event,
        })
    }

    fn write_post(&mut self, write: PostWrite) -> Result<()> {
        match write {
            PostWrite::Create(post) => {
                if self.posts.contains_key(&post.id) {
                    return Err(Error::conflict(Conflict::Taken("id")));
                }
                self.take_slug(&post)?;
                self.posts.insert(post.id, post);
            }
            PostWrite::Update(post) => {
                let old = self.at_revision(post.id, post.revision.saturating_sub(1))?;
                self.slugs.remove(&slug_key(&old));
                self.take_slug(&post)?;
                self.posts.insert(post.id, post);
            }
            PostWrite::Delete { id, expected } => {
                let old = self.at_revision(id, expected)?;
                self.slugs.remove(&slug_key(&old));
                self.posts.remove(&id);
                keep(&mut self.versions, |(post, _), _| *post != id);
                keep(&mut self.former_slugs, |_, post| *post != id);
                keep(&mut self.paths, |_, post| *post != id);
            }
        }
        Ok(())
    }

    fn at_revision(&self, id: PostId, revision: u64) -> Result<Post> {
        let post = self.posts.get(&id).filter(|post| post.revision == revision);
        post.cloned()
            .ok_or_else(|| Error::conflict(Conflict::Revision))
    }

    fn take_slug(&mut self, post: &Post) -> Result<()> {
        match self.slugs.insert(slug_key(post), post.id) {
            Some(_) => Err(Error::conflict(Conflict::Taken("slug"))),
            None => Ok(()),
        }
    }

    pub(super) fn find(&self, scope: &Scope, key: &PostKey) -> Option<&Post> {
        let id = match key {
            PostKey::Id(id) => id,
            PostKey::Slug {
                locale: Some(locale),
                slug,
                ..
            } => self
                .slugs
                .get(&(locale.as_str().to_owned(), slug.clone()))?,
            PostKey::Slug {
                locale: None,
                default_locale,
                slug,
            } => {
                return self
                    .posts
                    .values()
                    .filter(|post| post.slug.as_str() == slug && scope.sees(post))
                    .min_by_key(|post| (post.locale != *default_locale, post.created_at, post.id));
            }
            PostKey::Path(_) => return None,
        };
        self.posts.get(id).filter(|post| scope.sees(post))
    }

    pub(super) fn shown(&self, scope: &Scope, post: &Post, view: View) -> Option<&Version> {
        let number = match view {
            View::Reader if post.is_public() => post.published?,
            View::Reader | View::Head if scope.sees_head_of(post) => post.head,
            View::Reader | View::Head => return None,
        };
        self.versions.get(&(post.id, number)).map(AsRef::as_ref)
    }

    /// Every post that `scope` shows, as it shows it; for counts.
    pub(super) fn visible(&self, scope: &Scope) -> impl Iterator<Item = (&Post, &Version)> {
        self.posts.values().filter_map(move |post| {
            let head = scope.sees_head_of(post) && post.status != Status::Trashed;
            let view = if head { View::Head } else { View::Reader };
            let shown = post.status != Status::Trashed && scope.sees(post);
            shown
                .then(|| self.shown(scope, post, view))
                .flatten()
                .map(|version| (post, version))
        })
    }
}

/// Drops the entries for which `is_kept` is false.
pub(super) fn keep<K: Ord + Clone, V: Clone>(
    map: &mut OrdMap<K, V>,
    is_kept: impl Fn(&K, &V) -> bool,
) {
    let dropped = map.iter().filter(|(key, value)| !is_kept(key, value));
    for key in dropped.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        map.remove(&key);
    }
}

fn slug_key(post: &Post) -> (String, String) {
    (
        post.locale.as_str().to_owned(),
        post.slug.as_str().to_owned(),
    )
}
