use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use blog_core::domain::{AuthorId, Content, PostId};
use blog_core::ports::{Append, CollabStore};
use blog_core::{Blog, Result};
use bytes::Bytes;
use tokio::sync::oneshot;

/// What a room does once what came before it is durable.
#[derive(Debug)]
pub(super) enum Effect {
    /// Everybody gets this update, its sender too: to him it is the acknowledgement.
    Broadcast(Bytes),
    /// One participant gets this frame.
    Send(u64, Bytes),
    /// A program gets what the document said when it asked.
    Read(oneshot::Sender<Content>, Box<Content>),
    /// A program learns that its edit is durable.
    Done(oneshot::Sender<Result<()>>),
}

/// Updates on their way into the store. They go in groups: while one is being appended, the next
/// gathers.
#[derive(Default)]
pub(super) struct Journal {
    gathering: Group,
    appending: Option<Appending>,
}

/// Updates that are appended together, and what follows.
#[derive(Debug, Default)]
pub(super) struct Group {
    updates: Vec<(AuthorId, Bytes)>,
    claims: Vec<(u64, AuthorId)>,
    pub(super) effects: Vec<Effect>,
}

struct Appending {
    group: Group,
    answer: Pin<Box<dyn Future<Output = Result<u64>> + Send>>,
}

/// A group that has been appended.
#[derive(Debug)]
pub(super) struct Appended {
    /// Number of its last entry.
    pub(super) end: u64,
    /// Its updates, in order.
    pub(super) updates: Vec<Bytes>,
    pub(super) claims: Vec<(u64, AuthorId)>,
    pub(super) effects: Vec<Effect>,
}

impl Journal {
    /// An update that is in the room's document, and belongs into the store.
    pub(super) fn write(&mut self, actor: AuthorId, update: Bytes) {
        self.gathering.updates.push((actor, update));
    }

    /// A client id that its owner has shown for the first time.
    pub(super) fn claim(&mut self, client: u64, actor: AuthorId) {
        self.gathering.claims.push((client, actor));
    }

    /// What is to happen after everything that was written so far is durable. Answered at once if it
    /// is.
    pub(super) fn then(&mut self, effect: Effect) -> Option<Effect> {
        if !self.gathering.is_empty() {
            self.gathering.effects.push(effect);
            return None;
        }
        match &mut self.appending {
            Some(appending) => {
                appending.group.effects.push(effect);
                None
            }
            None => Some(effect),
        }
    }

    /// Whether everything is durable.
    pub(super) const fn is_empty(&self) -> bool {
        self.appending.is_none() && self.gathering.is_empty()
    }

    /// The updates that are not durable yet, in order.
    pub(super) fn updates(&self) -> impl Iterator<Item = &Bytes> {
        let appending = self.appending.iter().map(|appending| &appending.group);
        let groups = appending.chain([&self.gathering]);
        groups.flat_map(|group| group.updates.iter().map(|(_, update)| update))
    }

    /// Begins to append what has gathered, unless something is on its way already.
    pub(super) fn start(
        &mut self,
        store: &std::sync::Arc<dyn CollabStore>,
        post: PostId,
        blog: &Blog,
    ) {
        if self.appending.is_some() || self.gathering.is_empty() {
            return;
        }
        let group = std::mem::take(&mut self.gathering);
        let mut append = Append::updates(blog.clock().now(), group.updates.clone());
        append.claims.clone_from(&group.claims);
        let store = std::sync::Arc::clone(store);
        let answer = Box::pin(async move { store.append(post, append).await });
        self.appending = Some(Appending { group, answer });
    }

    /// The group that is on its way, once it is durable; never, while none is. Nothing is lost if
    /// the future is dropped.
    pub(super) async fn appended(&mut self) -> Result<Appended> {
        let end = std::future::poll_fn(|context| self.poll(context)).await?;
        let group = self.appending.take().map(|appending| appending.group);
        let group = group.unwrap_or_default();
        Ok(Appended {
            end,
            updates: group
                .updates
                .into_iter()
                .map(|(_, update)| update)
                .collect(),
            claims: group.claims,
            effects: group.effects,
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<u64>> {
        match &mut self.appending {
            Some(appending) => appending.answer.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl Group {
    const fn is_empty(&self) -> bool {
        self.updates.is_empty() && self.claims.is_empty()
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Journal")
            .field("gathering", &self.gathering)
            .finish_non_exhaustive()
    }
}
