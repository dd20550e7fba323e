use crate::Blog;
use crate::domain::{
    Actor, Diff, EventKind, Permission, PostId, Status, Version, VersionKind, diff,
};
use crate::error::{Error, Result};
use crate::ports::{PostView, PostWrite, VersionHeader};

use super::access::expect_revision;
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

    /// One version.
    ///
    /// # Errors
    /// Not found, also for what `actor` may not see.
    pub async fn get(&self, actor: &Actor, post: PostId, number: u32) -> Result<Version> {
        let version = self
            .blog
            .storage()
            .version(&self.blog.scope(actor), post, number)
            .await?;
        version.ok_or_else(|| Error::not_found("version"))
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
    /// Not found; `Conflict(Revision)` if `expected` is given and the post has moved on.
    pub async fn restore(
        &self,
        actor: &Actor,
        post: PostId,
        number: u32,
        expected: Option<u64>,
    ) -> Result<PostView> {
        let prepared = self.prepare_restore(actor, post, number, expected).await?;
        self.blog.posts().make(prepared).await
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
        let head = self.blog.head_for(actor, post, Permission::Edit).await?;
        expect_revision(&head.post, expected)?;
        if head.post.status == Status::Scheduled {
            let publish = Permission::Publish;
            self.blog.require(actor, publish, Some(&head.post))?;
        }
        let earlier = self.get(actor, post, number).await?;
        let (mut post, now) = (head.post, self.blog.clock().now());
        post.revision += 1;
        post.head += 1;
        post.updated_at = now;
        let mut version = Version::new(
            post.id,
            post.head,
            post.revision,
            earlier.content,
            actor.id.clone(),
            VersionKind::Restore,
            now,
        );
        version.message = Some(format!("Restored version {number}"));
        let mut changes = changes_by(actor, EventKind::PostRestored, &post, now);
        changes.posts.push(PostWrite::Update(post.clone()));
        changes.versions.push(version.clone());
        let view = PostView { post, version };
        Ok(Prepared { view, changes })
    }
}
