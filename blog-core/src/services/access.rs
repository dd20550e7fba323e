use crate::Blog;
use crate::domain::{Actor, ActorKind, AuditEntry, Outcome, Permission, Post, PostId, Scope};
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::ports::{PostKey, PostView, View};

impl Blog {
    /// What `actor` may see.
    #[must_use]
    pub fn scope(&self, actor: &Actor) -> Scope {
        Scope::of(self.policy(), actor)
    }

    /// Asks the policy, and notes a refusal for the audit trail.
    pub(crate) fn require(
        &self,
        actor: &Actor,
        permission: Permission,
        post: Option<&Post>,
    ) -> Result<()> {
        if self.policy().allows(actor, permission, post) {
            return Ok(());
        }
        Err(self.refused(actor, permission, post))
    }

    /// Notes for the audit trail that `actor` may not do this, and says so.
    pub(crate) fn refused(
        &self,
        actor: &Actor,
        permission: Permission,
        post: Option<&Post>,
    ) -> Error {
        if actor.kind == ActorKind::Anonymous {
            return Error::new(ErrorKind::Unauthenticated, "sign in first");
        }
        self.note_refusal(AuditEntry {
            at: self.clock().now(),
            actor: actor.id.clone(),
            action: permission.as_str().to_owned(),
            post: post.map(|post| post.id),
            outcome: Outcome::Refused,
            origin: actor.origin.clone(),
        });
        Error::new(ErrorKind::Forbidden, "you may not do this")
    }

    /// The head of a post that `actor` wants to change, with what is being written live. What they
    /// may not see is not there.
    pub(crate) async fn head_for(
        &self,
        actor: &Actor,
        id: PostId,
        permission: Permission,
    ) -> Result<PostView> {
        if actor.kind == ActorKind::Anonymous {
            self.require(actor, permission, None)?;
        }
        let (key, scope) = (PostKey::Id(id), self.scope(actor));
        if let Some(view) = self.storage().post(&scope, &key, View::Head).await? {
            self.require(actor, permission, Some(&view.post))?;
            if self.settle(id).await? {
                let settled = self.storage().post(&scope, &key, View::Head).await?;
                return settled.ok_or_else(|| Error::not_found("post"));
            }
            return Ok(view);
        }
        match self.storage().post(&scope, &key, View::Reader).await? {
            Some(public) => {
                self.require(actor, permission, Some(&public.post))?;
                Err(Error::not_found("post"))
            }
            None => Err(Error::not_found("post")),
        }
    }
}

/// Fails if somebody has locked `post` for others than `actor`.
pub(crate) fn expect_unlocked(post: &Post, actor: &Actor) -> Result<()> {
    match &post.locked_by {
        Some(holder) if post.is_locked_for(&actor.id) => {
            let message = format!("{holder} has locked this post");
            Err(Error::new(ErrorKind::Forbidden, message))
        }
        _ => Ok(()),
    }
}

/// Fails unless `post` still has the revision that the caller expects, if any.
pub(crate) fn expect_revision(post: &Post, expected: Option<u64>) -> Result<()> {
    match expected {
        Some(revision) if revision != post.revision => Err(Error::conflict(Conflict::Revision)),
        _ => Ok(()),
    }
}
