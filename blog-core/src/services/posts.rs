use crate::Blog;
use crate::domain::{
    Actor, AuditEntry, AuthorId, Collaboration, Content, EventKind, Locale, NewEvent, Outcome,
    Permission, Post, PostId, Slug, Status, Version, VersionKind, Visibility,
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
}

/// A request's name for itself (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Chosen by the client.
    pub key: String,
    /// Hash of everything else in the request.
    pub request_hash: [u8; 32],
}

/// What an address leads to.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and taken apart at once"
)]
pub enum Lookup {
    /// A post.
    Found(PostView),
    /// A post that has another address now.
    Moved(Post),
}

/// How often a slug made from a title gets a number before it gets a random end.
const NUMBERED_SLUGS: u32 = 8;

impl Posts<'_> {
    /// Writes a new draft by `actor`.
    ///
    /// # Errors
    /// Invalid; `Conflict(Taken("slug"))` for a slug that was asked for.
    pub async fn create(&self, actor: &Actor, new: NewPost) -> Result<PostView> {
        self.blog.require(actor, Permission::Create, None)?;
        let mut content = new.content;
        self.blog.limits().check(&mut content)?;
        self.check_coauthors(&new.coauthors).await?;
        if let Some(first) = self
            .first_answer(actor, new.idempotency_key.as_ref())
            .await?
        {
            return Ok(first);
        }
        let now = self.blog.clock().now();
        let id = self.blog.ids().post();
        let wanted = new.slug.as_deref().map(parse_slug).transpose()?;
        let from_title = Slug::from_title(&content.title);
        let mut post = Post {
            id,
            slug: wanted.clone().unwrap_or_else(|| from_title.clone()),
            locale: new
                .locale
                .unwrap_or_else(|| self.blog.default_locale().clone()),
            translation_of: None,
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
            collaboration: Collaboration::Idle,
            ai_generated: false,
        };
        let version = Version::new(
            id,
            1,
            1,
            content,
            actor.id.clone(),
            VersionKind::Manual,
            now,
        );
        let mut attempt = 1;
        loop {
            let mut changes = changes_by(actor, EventKind::PostCreated, &post, now);
            changes.posts.push(PostWrite::Create(post.clone()));
            changes.versions.push(version.clone());
            changes.idempotency = new.idempotency_key.as_ref().map(|key| IdempotencyRecord {
                actor: actor.id.clone(),
                key: key.key.clone(),
                request_hash: key.request_hash,
                post: id,
                at: now,
            });
            match self.blog.commit(changes).await {
                Ok(_) => return Ok(PostView { post, version }),
                Err(error) => match error.kind() {
                    ErrorKind::Conflict(Conflict::Taken("slug")) if wanted.is_none() => {
                        attempt += 1;
                        post.slug = numbered_slug(&from_title, attempt, id);
                    }
                    ErrorKind::Conflict(Conflict::Taken("idempotency_key")) => {
                        return match self
                            .first_answer(actor, new.idempotency_key.as_ref())
                            .await?
                        {
                            Some(first) => Ok(first),
                            None => Err(error),
                        };
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    /// The post of that id.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn get(&self, actor: &Actor, id: PostId, view: View) -> Result<PostView> {
        let scope = self.blog.scope(actor);
        let found = self
            .blog
            .storage()
            .post(&scope, &PostKey::Id(id), view)
            .await?;
        found.ok_or_else(|| Error::not_found("post"))
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
        let key = PostKey::Slug {
            locale,
            default_locale: self.blog.default_locale().clone(),
            slug: slug.to_owned(),
        };
        self.by_key(actor, &key, view).await
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

    async fn by_key(&self, actor: &Actor, key: &PostKey, view: View) -> Result<Lookup> {
        let scope = self.blog.scope(actor);
        if let Some(found) = self.blog.storage().post(&scope, key, view).await? {
            return Ok(Lookup::Found(found));
        }
        let moved = self.blog.storage().redirect(&scope, key).await?;
        moved
            .map(Lookup::Moved)
            .ok_or_else(|| Error::not_found("post"))
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
        let cards = self.blog.storage().posts(&scope, &one_more).await?;
        Ok(Page::of(cards, query.limit, |card| {
            query.order.key(query.status, &card.post)
        }))
    }

    /// Deletes a trashed post for good.
    ///
    /// # Errors
    /// Conflict for a post that is not in the trash or has moved on from `expected`.
    pub async fn delete(&self, actor: &Actor, id: PostId, expected: Option<u64>) -> Result<()> {
        let PostView { post, .. } = self.blog.head_for(actor, id, Permission::Delete).await?;
        super::access::expect_revision(&post, expected)?;
        if post.status != Status::Trashed {
            return Err(Error::conflict(Conflict::Status));
        }
        let now = self.blog.clock().now();
        let mut changes = changes_by(actor, EventKind::PostDeleted, &post, now);
        changes.posts.push(PostWrite::Delete {
            id,
            expected: post.revision,
        });
        self.blog.commit(changes).await.map(|_: Committed| ())
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
        self.get(actor, record.post, View::Head).await.map(Some)
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
