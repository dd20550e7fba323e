use super::super::Ai;
use super::super::suggested::{hash, key};
use crate::domain::{Actor, PostId, Provenance};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Changes, IdempotencyRecord};

impl Ai<'_> {
    /// Keeps that this is where suggestions for a post come from; whether that is kept. They are paid for, and
    /// are answered all the same.
    pub(super) async fn keep_suggested(
        &self,
        actor: &Actor,
        post: PostId,
        provenance: &Provenance,
    ) -> bool {
        let now = self.blog.clock().now();
        let hash = hash(post, provenance);
        let mut changes = Changes::at(now);
        changes.idempotency = Some(IdempotencyRecord {
            actor: actor.id.clone(),
            key: key(hash),
            request_hash: hash,
            post,
            at: now,
        });
        match self.blog.storage().commit(changes).await {
            Ok(_) => true,
            // An answer that was remembered has been told before.
            Err(error)
                if *error.kind() == ErrorKind::Conflict(Conflict::Taken("idempotency_key")) =>
            {
                true
            }
            Err(error) => {
                tracing::warn!(%post, %error, "where suggestions come from is not kept");
                false
            }
        }
    }
}
