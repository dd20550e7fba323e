use uuid::Uuid;

use crate::conformance::storage::sample::everything;
use crate::domain::{Post, PostId, Slug};
use crate::error::{Conflict, ErrorKind};
use crate::memory::MemoryStorage;
use crate::ports::{Changes, PostKey, PostWrite, Storage, View};

/// Everything that stands in the way of a commit. The promises do not say which of several reasons
/// an error names, so that any of them is right.
pub(super) async fn reasons(oracle: &MemoryStorage, mut changes: Changes) -> Vec<ErrorKind> {
    let mut reasons = Vec::new();
    while let Err(error) = oracle.fork().commit(changes.clone()).await {
        let reason = error.kind().clone();
        if reasons.contains(&reason) {
            break;
        }
        clear(oracle, &mut changes, &reason).await;
        reasons.push(reason);
    }
    reasons
}

/// Takes out of a commit what it was refused for, so that the next reason shows.
async fn clear(oracle: &MemoryStorage, changes: &mut Changes, reason: &ErrorKind) {
    match reason {
        ErrorKind::Conflict(Conflict::Lease) => changes.lease = None,
        ErrorKind::Conflict(Conflict::Taken("idempotency_key")) => changes.idempotency = None,
        ErrorKind::Conflict(Conflict::Taken("slug")) => {
            written(changes).for_each(|post| post.slug = Slug::from_title("nobody has this"));
        }
        ErrorKind::Conflict(Conflict::Taken("id")) => {
            changes.versions.clear();
            written(changes).for_each(|post| post.id = PostId::from_uuid(Uuid::max()));
        }
        ErrorKind::Conflict(Conflict::Revision) => {
            changes.versions.clear();
            let mut current = Vec::new();
            for write in changes.posts.drain(..) {
                current.extend(made_current(oracle, write).await);
            }
            changes.posts = current;
        }
        _ => changes.redirects.clear(),
    }
}

fn written(changes: &mut Changes) -> impl Iterator<Item = &mut Post> {
    changes.posts.iter_mut().filter_map(|write| match write {
        PostWrite::Create(post) | PostWrite::Update(post) => Some(post),
        PostWrite::Delete { .. } => None,
    })
}

/// The write as it would be at the stored revision; of a post that is gone, only its slug counts.
async fn made_current(oracle: &MemoryStorage, write: PostWrite) -> Option<PostWrite> {
    let PostWrite::Update(mut post) = write else {
        return None;
    };
    let key = PostKey::Id(post.id);
    let stored = oracle.post(&everything(), &key, View::Head).await;
    match stored.ok().flatten() {
        Some(stored) => {
            post.revision = stored.post.revision + 1;
            Some(PostWrite::Update(post))
        }
        None => Some(PostWrite::Create(post)),
    }
}
