use std::sync::Arc;

use blog_core::Result;
use blog_core::domain::{Actor, AuthorId, Content, Post};
use blog_core::ports::{PostView, Present};
use bytes::Bytes;
use tokio::sync::oneshot;

use super::entrance::Space;
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
    /// What is written goes into the post now.
    Fold(oneshot::Sender<Result<PostView>>),
    /// The policy may say something else by now.
    Recheck(oneshot::Sender<()>),
    /// What let an actor in holds no longer.
    Revoke(AuthorId, oneshot::Sender<()>),
    /// The server stops.
    Stop,
}

/// Somebody who joins.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) number: u64,
    pub(crate) actor: Actor,
    /// Whose rights count, if not their own.
    pub(crate) on_behalf_of: Option<Box<Actor>>,
    /// The post when they were let in.
    pub(crate) post: Box<Post>,
    pub(crate) dialect: Dialect,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) joined: oneshot::Sender<Result<()>>,
}

/// What a client expects to hear beside the messages of y-websocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Nothing: the echo of an update says that it is stored. Who may do less than before comes again.
    YWebsocket,
    /// What it may do, at first and whenever that changes; that what it brought is stored or was
    /// refused; and a question whenever it asks one itself.
    Hocuspocus,
}

/// What a program makes of the content, as whom.
pub(crate) struct ProgramEdit {
    /// The program's place in the room.
    pub(crate) by: u64,
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
