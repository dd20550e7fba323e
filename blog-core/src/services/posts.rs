use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Blog;
use crate::cache::PostAddress;
use crate::domain::{
    Actor, AuditEntry, AuthorId, Content, EventKind, Locale, NewEvent, Outcome, Permission, Post,
    PostId, Provenance, Scope, Slug, Status, Version, VersionKind, Visibility,
};
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::ports::{
    Changes, Committed, IdempotencyRecord, PageKey, PostCard, PostKey, PostQuery, PostView,
    PostWrite, View,
};

use super::Page;

/// Creating, reading, changing and removing posts.
#[derive(Debug, Clone, Copy)]
pub struct Posts<'a> {
    pub(crate) blog: &'a Blog,
}

/// A post that is to be.
#[derive(Debug, Clone, Default)]
pub struct NewPost {
    /// What it says.
    pub content: Content,
    /// The slug wanted; without one it is made from the title.
    pub slug: Option<String>,
    /// Its language; without one the blog's default.
    pub locale: Option<Locale>,
    /// Who else may edit it.
    pub coauthors: Vec<AuthorId>,
    /// Makes a repeated request answer with the first one's post.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Where it comes from, if a language model wrote it.
    pub provenance: Option<Provenance>,
    /// The post that it says in another language.
    pub translation_of: Option<PostId>,
}

/// A request's name for itself (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Chosen by the client.
    pub key: String,
    /// Hash of everything else in the request.
    pub request_hash: [u8; 32],
}

/// A write that is checked and not yet made. A storage adapter's `commit_in` makes it inside a
/// host's transaction; [`Storage::commit`](crate::ports::Storage::commit) makes it by itself.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The post as it will be.
    pub view: PostView,
    /// What to write; without posts there is nothing to write.
    pub changes: Changes,
}

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Lookup {
    /// A post.
    Found(Arc<PostView>),
    /// A post that has another address now.
    Moved(Arc<Post>),
}

/// How often a slug made from a title gets a number before it gets a random end.
const NUMBERED_SLUGS: u32 = 8;

impl Posts<'_> {
    /// Writes a new draft by `actor`.
    ///
    /// # Errors
    /// Invalid; `Conflict(Taken("slug"))` for a slug that was asked for.
    pub async fn create(&self, actor: &Actor, mut new: NewPost) -> Result<PostView> {
        let key = new.idempotency_key.clone();
        self.check_new(actor, &mut new).await?;
        if let Some(first) = self.first_answer(actor, key.as_ref()).await? {
            return Ok(first);
        }
        let has_wish = new.slug.is_some();
        let Prepared { view, mut changes } = self.compose(actor, new)?;
        let PostView { mut post, version } = view;
        let from_title = post.slug.clone();
        let mut attempt = 1;
        loop {
            changes.posts = vec![PostWrite::Create(post.clone())];
            match self.blog.commit(changes.clone()).await {
                Ok(_) => return Ok(PostView { post, version }),
                Err(error) => match error.kind() {
                    ErrorKind::Conflict(Conflict::Taken("slug")) if !has_wish => {
                        attempt += 1;
                        post.slug = numbered_slug(&from_title, attempt, post.id);
                    }
                    ErrorKind::Conflict(Conflict::Taken("idempotency_key")) => {
                        let first = self.first_answer(actor, key.as_ref()).await?;
                        return first.ok_or(error);
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    /// What [`create`](Posts::create) would write, for a host that commits it in a transaction of
    /// its own.
    ///
    /// # Errors
    /// As [`create`](Posts::create). A slug that is taken by then fails the commit.
    pub async fn prepare_create(&self, actor: &Actor, mut new: NewPost) -> Result<Prepared> {
        self.check_new(actor, &mut new).await?;
        let has_wish = new.slug.is_some();
        let Prepared {
            mut view,
            mut changes,
        } = self.compose(actor, new)?;
        let from_title = view.post.slug.clone();
        let mut attempt = 1;
        while self.is_taken(&view.post).await? {
            if has_wish {
                return Err(Error::conflict(Conflict::Taken("slug")));
            }
            attempt += 1;
            view.post.slug = numbered_slug(&from_title, attempt, view.post.id);
        }
        changes.posts = vec![PostWrite::Create(view.post.clone())];
        Ok(Prepared { view, changes })
    }

    async fn is_taken(&self, post: &Post) -> Result<bool> {
        let scope = Scope::everything_for_system("a slug may be that of a post nobody sees");
        let key = PostKey::Slug {
            locale: Some(post.locale.clone()),
            default_locale: post.locale.clone(),
            slug: post.slug.to_string(),
        };
        let taken = self.blog.storage().post(&scope, &key, View::Head).await?;
        Ok(taken.is_some())
    }

    async fn check_new(&self, actor: &Actor, new: &mut NewPost) -> Result<()> {
        self.blog.require(actor, Permission::Create, None)?;
        self.blog.limits().check(&mut new.content)?;
        self.check_coauthors(&new.coauthors).await
    }

    /// A new draft with its first version, and everything that is written with it.
    fn compose(&self, actor: &Actor, new: NewPost) -> Result<Prepared> {
        let now = self.blog.clock().now();
        let id = self.blog.ids().post();
        let slug = match &new.slug {
            Some(wanted) => parse_slug(wanted)?,
            None => Slug::from_title(&new.content.title),
        };
        let post = Post {
            id,
            slug,
            locale: new
                .locale
                .unwrap_or_else(|| self.blog.default_locale().clone()),
            translation_of: new.translation_of,
            author: actor.id.clone(),
            coauthors: new.coauthors,
            status: Status::Draft,
            head: 1,
            published: None,
            revision: 1,
            public_revision: 0,
            public_updated_at: None,
            scheduled_at: None,
            published_at: None,
            created_at: now,
            updated_at: now,
            locked_by: None,
            ai_generated: new.provenance.is_some(),
            published_ai_generated: false,
        };
        let kind = match new.provenance {
            Some(_) => VersionKind::Ai,
            None => VersionKind::Manual,
        };
        let author = actor.id.clone();
        let mut version = Version::new(id, 1, 1, new.content, author, kind, now);
        version.provenance = new.provenance;
        let mut changes = changes_by(actor, EventKind::PostCreated, &post, now);
        changes.posts.push(PostWrite::Create(post.clone()));
        changes.versions.push(version.clone());
        changes.idempotency = new.idempotency_key.map(|key| IdempotencyRecord {
            actor: actor.id.clone(),
            key: key.key,
            request_hash: key.request_hash,
            post: id,
            at: now,
        });
        let view = PostView { post, version };
        Ok(Prepared { view, changes })
    }

    /// The post of that id.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn get(&self, actor: &Actor, id: PostId, view: View) -> Result<Arc<PostView>> {
        match self.look_up(actor, PostAddress::Id(id), view).await? {
            Some(Lookup::Found(found)) => Ok(found),
            Some(Lookup::Moved(_)) | None => Err(Error::not_found("post")),
        }
    }

    /// The post with that slug, or the one that had it.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn by_slug(
        &self,
        actor: &Actor,
        slug: &str,
        locale: Option<Locale>,
        view: View,
    ) -> Result<Lookup> {
        let address = PostAddress::Slug(locale, slug.to_owned());
        let found = self.look_up(actor, address, view).await?;
        found.ok_or_else(|| Error::not_found("post"))
    }

    /// Readers' looks are remembered; whoever sees more is shown the storage itself.
    async fn look_up(
        &self,
        actor: &Actor,
        address: PostAddress,
        view: View,
    ) -> Result<Option<Lookup>> {
        let scope = self.blog.scope(actor);
        let load = || self.load(&scope, &address, view);
        if *scope.visibility() == Visibility::Published && view == View::Reader {
            return self.blog.reads().posts.get(&address, load).await;
        }
        let found = Box::pin(load()).await?;
        if let Some(Lookup::Found(view)) = &found
            && view.version.number == view.post.head
            && Box::pin(self.is_behind(view.post.id)).await
        {
            return Box::pin(load()).await;
        }
        Ok(found)
    }

    /// Whether what is being written live had to be brought into the head. A reader is shown what is
    /// there if that cannot be done.
    async fn is_behind(&self, post: PostId) -> bool {
        self.blog.settle(post).await.unwrap_or_else(|error| {
            tracing::warn!(%post, %error, "what is being written live is not shown");
            false
        })
    }

    async fn load(
        &self,
        scope: &Scope,
        address: &PostAddress,
        view: View,
    ) -> Result<Option<Lookup>> {
        let key = match address {
            PostAddress::Id(id) => PostKey::Id(*id),
            PostAddress::Slug(locale, slug) => PostKey::Slug {
                locale: locale.clone(),
                default_locale: self.blog.default_locale().clone(),
                slug: slug.clone(),
            },
        };
        let storage = self.blog.storage();
        if let Some(found) = storage.post(scope, &key, view).await? {
            return Ok(Some(Lookup::Found(Arc::new(found))));
        }
        if matches!(address, PostAddress::Id(_)) {
            return Ok(None);
        }
        let moved = storage.redirect(scope, &key).await?;
        Ok(moved.map(|post| Lookup::Moved(Arc::new(post))))
    }

    /// The post that an imported alias leads to.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn by_alias(&self, actor: &Actor, path: &str) -> Result<Post> {
        let key = PostKey::Path(path.trim_matches('/').to_owned());
        let moved = self
            .blog
            .storage()
            .redirect(&self.blog.scope(actor), &key)
            .await?;
        moved.ok_or_else(|| Error::not_found("page"))
    }

    /// A page of the posts that match.
    ///
    /// # Errors
    /// Unauthenticated for anonymous actors who ask for a status other than published.
    pub async fn list(&self, actor: &Actor, query: &PostQuery) -> Result<Page<PostCard, PageKey>> {
        let scope = self.blog.scope(actor);
        if query.status != Status::Published && *scope.visibility() == Visibility::Published {
            self.blog.require(actor, Permission::Edit, None)?;
        }
        let one_more = PostQuery {
            limit: query.limit + 1,
            ..query.clone()
        };
        let storage = self.blog.storage();
        let cards = if *scope.visibility() == Visibility::Published {
            let load = || async { storage.posts(&scope, &one_more).await.map(Arc::new) };
            let cards = self.blog.reads().lists.get(&one_more, load).await?;
            Arc::unwrap_or_clone(cards)
        } else {
            storage.posts(&scope, &one_more).await?
        };
        Ok(Page::of(cards, query.limit, |card| {
            query.order.key(query.status, &card.post)
        }))
    }

    /// Deletes a trashed post for good.
    ///
    /// # Errors
    /// Conflict for a post that is not in the trash or has moved on from `expected`.
    pub async fn delete(&self, actor: &Actor, id: PostId, expected: Option<u64>) -> Result<()> {
        let Prepared { changes, .. } = self.prepare_delete(actor, id, expected).await?;
        self.blog.commit(changes).await.map(|_: Committed| ())
    }

    /// What [`delete`](Posts::delete) would write.
    ///
    /// # Errors
    /// As [`delete`](Posts::delete).
    pub async fn prepare_delete(
        &self,
        actor: &Actor,
        id: PostId,
        expected: Option<u64>,
    ) -> Result<Prepared> {
        let view = self.blog.head_for(actor, id, Permission::Delete).await?;
        super::access::expect_revision(&view.post, expected)?;
        if view.post.status != Status::Trashed {
            return Err(Error::conflict(Conflict::Status));
        }
        let now = self.blog.clock().now();
        let mut changes = changes_by(actor, EventKind::PostDeleted, &view.post, now);
        changes.posts.push(PostWrite::Delete {
            id,
            expected: view.post.revision,
        });
        Ok(Prepared { view, changes })
    }

    async fn first_answer(
        &self,
        actor: &Actor,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<PostView>> {
        let Some(key) = key else { return Ok(None) };
        let Some(record) = self.blog.storage().idempotency(&actor.id, &key.key).await? else {
            return Ok(None);
        };
        if record.request_hash != key.request_hash {
            return Err(Error::invalid_field(
                "Idempotency-Key",
                "was used for another request",
            ));
        }
        let first = self.get(actor, record.post, View::Head).await?;
        Ok(Some(Arc::unwrap_or_clone(first)))
    }

    pub(super) async fn check_coauthors(&self, coauthors: &[AuthorId]) -> Result<()> {
        if coauthors.is_empty() {
            return Ok(());
        }
        if coauthors.len() > self.blog.limits().coauthors {
            let message = format!("must have at most {} entries", self.blog.limits().coauthors);
            return Err(Error::invalid_field("coauthors", message));
        }
        let known = self.blog.storage().profiles(coauthors).await?;
        match coauthors
            .iter()
            .find(|id| !known.iter().any(|profile| profile.id == **id))
        {
            Some(_) => Err(Error::invalid_field("coauthors", "must name known authors")),
            None => Ok(()),
        }
    }
}

pub(super) fn parse_slug(text: &str) -> Result<Slug> {
    Slug::parse(text).map_err(|error| Error::invalid_field("slug", error.to_string()))
}

/// `title-2`, `title-3` …; after a few of them the end of the post's id, so that many posts of one
/// title do not make each other slow.
pub(super) fn numbered_slug(base: &Slug, attempt: u32, id: PostId) -> Slug {
    if attempt <= NUMBERED_SLUGS {
        return base.with_suffix(attempt);
    }
    let bytes = id.as_uuid().as_bytes();
    let tail = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    base.with_suffix(tail.wrapping_add(attempt))
}

/// A commit with its event, its audit entry and the actor's profile.
pub(super) fn changes_by(
    actor: &Actor,
    kind: EventKind,
    post: &Post,
    now: chrono::DateTime<chrono::Utc>,
) -> Changes {
    let mut changes = Changes::at(now);
    changes.authors.push(actor.profile());
    changes.events.push(NewEvent {
        kind,
        post: post.id,
        revision: post.revision,
        actor: actor.id.clone(),
    });
    changes.audit.push(AuditEntry {
        at: now,
        actor: actor.id.clone(),
        action: kind.as_str().to_owned(),
        post: Some(post.id),
        outcome: Outcome::Done,
        origin: actor.origin.clone(),
    });
    changes
}
