use std::sync::Arc;

use blog_core::Result;
use blog_core::domain::{Actor, Content, Post};
use blog_core::ports::PostView;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::entrance::Space;
use crate::hub::Present;
use crate::outbox::Outbox;

/// What is asked of a room.
#[derive(Debug)]
pub(crate) enum Command {
    /// Somebody comes.
    Join(Newcomer),
    /// A participant's connection brought this, which takes up space until it is stored.
    Frame(u64, Bytes, Option<Space>),
    /// A participant has left.
    Leave(u64),
    /// A program edits the document.
    Edit(ProgramEdit),
    /// A program reads the document.
    Read(oneshot::Sender<Content>),
    /// Who is here?
    Who(oneshot::Sender<Vec<Present>>),
    /// The post has changed.
    PostChanged,
    /// What is written goes into the post now.
    Fold(oneshot::Sender<Result<PostView>>),
    /// The server stops.
    Stop,
}

/// Somebody who joins.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) number: u64,
    pub(crate) actor: Actor,
    /// The post when they were let in.
    pub(crate) post: Box<Post>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) joined: oneshot::Sender<Result<()>>,
}

/// What a program makes of the content, as whom.
pub(crate) struct ProgramEdit {
    pub(crate) actor: Actor,
    pub(crate) edit: Box<dyn FnOnce(Content) -> Content + Send>,
    pub(crate) space: Option<Space>,
    pub(crate) done: oneshot::Sender<Result<()>>,
}

impl std::fmt::Debug for ProgramEdit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProgramEdit")
            .field("actor", &self.actor.id)
            .finish_non_exhaustive()
    }
}
