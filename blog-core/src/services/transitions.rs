use chrono::{DateTime, Utc};

use crate::domain::{Actor, EventKind, Permission, Post, PostId, Status, Transition};
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::ports::{Changes, PostView, PostWrite};

use super::access::expect_revision;
use super::posts::changes_by;
use super::{Posts, Prepared};

impl Posts<'_> {
    /// Changes a post's status. Publishing shows the head to readers, also when an earlier version
    /// is published already. For [`Transition::Schedule`] use [`schedule`](Posts::schedule).
    ///
    /// # Errors
    /// `Conflict(Status)` where the table of transitions does not allow it; `Conflict(Revision)`
    /// if `expected` is given and the post has moved on.
    pub async fn change_status(
        &self,
        actor: &Actor,
        id: PostId,
        transition: Transition,
        expected: Option<u64>,
    ) -> Result<PostView> {
        self.make_on_head(|| self.prepare_status(actor, id, transition, expected))
            .await
    }

    /// Publishes a scheduled post whose time has come, whatever is written to it meanwhile.
    ///
    /// # Errors
    /// `Conflict(Status)` if it is not scheduled any more, or for later.
    pub(crate) async fn publish_scheduled(&self, actor: &Actor, id: PostId) -> Result<PostView> {
        let publish = || async {
            let head = self.blog.head_for(actor, id, Permission::Publish);
            let head = head.await?;
            let now = self.blog.clock().now();
            let is_due = head.post.scheduled_at.is_some_and(|at| at <= now);
            if head.post.status != Status::Scheduled || !is_due {
                return Err(Error::conflict(Conflict::Status));
            }
            self.moved(actor, head, Transition::Publish, None)
        };
        self.make_on_head(publish).await
    }

    /// What [`change_status`](Posts::change_status) would write.
    ///
    /// # Errors
    /// As [`change_status`](Posts::change_status).
    pub async fn prepare_status(
        &self,
        actor: &Actor,
        id: PostId,
        transition: Transition,
        expected: Option<u64>,
    ) -> Result<Prepared> {
        self.move_to(actor, id, transition, expected, None).await
    }

    /// Lets the post be published at a later time.
    ///
    /// # Errors
    /// As [`change_status`](Posts::change_status); invalid for a time that has passed.
    pub async fn schedule(
        &self,
        actor: &Actor,
        id: PostId,
        at: DateTime<Utc>,
        expected: Option<u64>,
    ) -> Result<PostView> {
        self.make_on_head(|| self.prepare_schedule(actor, id, at, expected))
            .await
    }

    /// What [`schedule`](Posts::schedule) would write.
    ///
    /// # Errors
    /// As [`schedule`](Posts::schedule).
    pub async fn prepare_schedule(
        &self,
        actor: &Actor,
        id: PostId,
        at: DateTime<Utc>,
        expected: Option<u64>,
    ) -> Result<Prepared> {
        if at <= self.blog.clock().now() {
            return Err(Error::invalid_field("at", "must be in the future"));
        }
        self.move_to(actor, id, Transition::Schedule, expected, Some(at))
            .await
    }

    async fn move_to(
        &self,
        actor: &Actor,
        id: PostId,
        transition: Transition,
        expected: Option<u64>,
        at: Option<DateTime<Utc>>,
    ) -> Result<Prepared> {
        let head = self.blog.head_for(actor, id, permission(transition));
        let head = head.await?;
        expect_revision(&head.post, expected)?;
        self.moved(actor, head, transition, at)
    }

    fn moved(
        &self,
        actor: &Actor,
        head: PostView,
        transition: Transition,
        at: Option<DateTime<Utc>>,
    ) -> Result<Prepared> {
        let PostView { mut post, version } = head;
        let status = post
            .status
            .after(transition)
            .ok_or_else(|| Error::conflict(Conflict::Status))?;
        if transition == Transition::Publish
            && post.status == Status::Published
            && post.published == Some(post.head)
        {
            let changes = Changes::at(self.blog.clock().now());
            let view = PostView { post, version };
            return Ok(Prepared { view, changes });
        }
        let now = self.blog.clock().now();
        move_post(&mut post, status, now, at);
        let mut changes = changes_by(actor, event(transition), &post, now);
        changes.posts.push(PostWrite::Update(post.clone()));
        let view = PostView { post, version };
        Ok(Prepared { view, changes })
    }

    /// Makes a write, if there is anything to write.
    pub(super) async fn make(&self, prepared: Prepared) -> Result<PostView> {
        if !prepared.changes.posts.is_empty() {
            self.blog.commit(prepared.changes).await?;
        }
        Ok(prepared.view)
    }

    /// Makes the write that `prepare` answers; another one, if the post has moved on in between.
    pub(super) async fn make_on_head<F: Future<Output = Result<Prepared>> + Send>(
        &self,
        prepare: impl Fn() -> F + Send + Sync,
    ) -> Result<PostView> {
        loop {
            match self.make(prepare().await?).await {
                Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Revision) => {}
                made => return made,
            }
        }
    }
}

/// Brings a post into `status`, pointers and times with it.
pub(super) fn move_post(
    post: &mut Post,
    status: Status,
    now: DateTime<Utc>,
    scheduled_at: Option<DateTime<Utc>>,
) {
    let was_public = post.is_public();
    post.status = status;
    post.revision += 1;
    post.updated_at = now;
    post.scheduled_at = scheduled_at;
    if status == Status::Published {
        post.published = Some(post.head);
        post.published_at = Some(post.published_at.unwrap_or(now));
    } else {
        post.published = None;
    }
    post.published_ai_generated = post.published.is_some() && post.ai_generated;
    if was_public || post.is_public() {
        post.public_revision = post.revision;
        post.public_updated_at = Some(now);
    }
}

const fn permission(transition: Transition) -> Permission {
    match transition {
        Transition::Submit => Permission::Submit,
        Transition::Schedule
        | Transition::Publish
        | Transition::Unpublish
        | Transition::Archive => Permission::Publish,
        Transition::Trash | Transition::Untrash => Permission::Trash,
    }
}

const fn event(transition: Transition) -> EventKind {
    match transition {
        Transition::Submit => EventKind::PostSubmitted,
        Transition::Schedule => EventKind::PostScheduled,
        Transition::Publish => EventKind::PostPublished,
        Transition::Unpublish => EventKind::PostUnpublished,
        Transition::Archive => EventKind::PostArchived,
        Transition::Trash => EventKind::PostTrashed,
        Transition::Untrash => EventKind::PostUntrashed,
    }
}
