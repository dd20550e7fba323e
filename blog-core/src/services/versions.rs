use crate::Blog;
use crate::domain::{
    Actor, Content, Diff, EventKind, Permission, PostId, Status, Version, VersionKind, diff,
};
use crate::error::{Error, Result};
use crate::ports::{PostKey, PostView, PostWrite, VersionHeader, View};

use super::access::{expect_revision, expect_unlocked};
use super::posts::changes_by;
use super::{Page, Prepared};

/// A post's history.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'a> {
    pub(crate) blog: &'a Blog,
}

impl Versions<'_> {
    /// A page of the history, newest first; the key is a version's number.
    ///
    /// # Errors
    /// Not found for whoever may not see the post's drafts.
    pub async fn history(
        &self,
        actor: &Actor,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Page<VersionHeader, u32>> {
        self.blog.head_for(actor, post, Permission::Edit).await?;
        let scope = self.blog.scope(actor);
        let headers = self
            .blog
            .storage()
            .versions(&scope, post, before, limit + 1)
            .await?;
        Ok(Page::of(headers, limit, |header| header.number))
    }

    /// One version; without its provenance for whoever may not see the history.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn get(&self, actor: &Actor, post: PostId, number: u32) -> Result<Version> {
        let (scope, storage) = (self.blog.scope(actor), self.blog.storage());
        let version = storage.version(&scope, post, number).await?;
        let mut version = version.ok_or_else(|| Error::not_found("version"))?;
        if version.provenance.is_some() {
            let key = PostKey::Id(post);
            let head = storage.post(&scope, &key, View::Head).await?;
            let policy = self.blog.policy();
            let sees = |head: PostView| policy.allows(actor, Permission::Edit, Some(&head.post));
            if !head.is_some_and(sees) {
                version.provenance = None;
            }
        }
        Ok(version)
    }

    /// What changed in the body from version `old` to version `new`.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn diff(&self, actor: &Actor, post: PostId, old: u32, new: u32) -> Result<Diff> {
        let (old, new) = (
            self.get(actor, post, old).await?,
            self.get(actor, post, new).await?,
        );
        Ok(diff(&old.content.body, &new.content.body))
    }

    /// Makes an earlier version the head again, as a new version.
    ///
    /// # Errors
    /// Not found; forbidden while somebody else holds the lock; `Conflict(Revision)` if `expected` is
    /// given and the post has moved on.
    pub async fn restore(
        &self,
        actor: &Actor,
        post: PostId,
        number: u32,
        expected: Option<u64>,
    ) -> Result<PostView> {
        let prepare = || self.prepare_restore(actor, post, number, expected);
        self.blog.posts().make_on_head(prepare).await
    }

    /// What [`restore`](Versions::restore) would write.
    ///
    /// # Errors
    /// As [`restore`](Versions::restore).
    pub async fn prepare_restore(
        &self,
        actor: &Actor,
        post: PostId,
        number: u32,
        expected: Option<u64>,
    ) -> Result<Prepared> {
        let head = self.head_to_edit(actor, post, expected).await?;
        let earlier = self.get(actor, post, number).await?;
        let message = format!("Restored version {number}");
        Ok(self.write(actor, head, earlier.content, Some(number), message))
    }

    /// Keeps what the post says now, with what is being written live, as a version that has a name.
    ///
    /// # Errors
    /// Invalid for a name that is empty or too long; otherwise as [`restore`](Versions::restore).
    pub async fn name(
        &self,
        actor: &Actor,
        post: PostId,
        name: &str,
        expected: Option<u64>,
    ) -> Result<PostView> {
        let prepare = || self.prepare_name(actor, post, name, expected);
        self.blog.posts().make_on_head(prepare).await
    }

    /// What [`name`](Versions::name) would write.
    ///
    /// # Errors
    /// As [`name`](Versions::name).
    pub async fn prepare_name(
        &self,
        actor: &Actor,
        post: PostId,
        name: &str,
        expected: Option<u64>,
    ) -> Result<Prepared> {
        if name.trim().is_empty() {
            return Err(Error::invalid_field("message", "must not be empty"));
        }
        self.blog.posts().check_message(name)?;
        let head = self.head_to_edit(actor, post, expected).await?;
        let content = head.version.content.clone();
        Ok(self.write(actor, head, content, None, name.to_owned()))
    }

    /// The head of a post, for whoever may give it a new one.
    async fn head_to_edit(
        &self,
        actor: &Actor,
        post: PostId,
        expected: Option<u64>,
    ) -> Result<PostView> {
        let head = self.blog.head_for(actor, post, Permission::Edit).await?;
        expect_revision(&head.post, expected)?;
        expect_unlocked(&head.post, actor)?;
        if head.post.status == Status::Scheduled {
            let publish = Permission::Publish;
            self.blog.require(actor, publish, Some(&head.post))?;
        }
        Ok(head)
    }

    /// A new head that says this, as an earlier version did or as the head does.
    fn write(
        &self,
        actor: &Actor,
        head: PostView,
        content: Content,
        restored: Option<u32>,
        message: String,
    ) -> Prepared {
        let (kind, event) = match restored {
            Some(_) => (VersionKind::Restore, EventKind::PostRestored),
            None => (VersionKind::Manual, EventKind::PostSaved),
        };
        let (mut post, now) = (head.post, self.blog.clock().now());
        post.revision += 1;
        post.head += 1;
        post.updated_at = now;
        let (number, revision, author) = (post.head, post.revision, actor.id.clone());
        let mut version = Version::new(post.id, number, revision, content, author, kind, now);
        version.message = Some(message);
        version.restored = restored;
        let mut changes = changes_by(actor, event, &post, now);
        changes.posts.push(PostWrite::Update(post.clone()));
        changes.versions.push(version.clone());
        let view = PostView { post, version };
        Prepared { view, changes }
    }
}
