//! A language model that writes in a room, as a participant of its own: everybody sees its cursor and what
//! it writes, edits it meanwhile, and may end it or take all of it back.

mod accepted;
mod end;
mod nodes;
mod replica;
mod run;
mod runs;
mod turn;
mod writer;

use std::sync::Arc;

use blog_core::domain::{ASSISTANT, Actor, Locale, Post, PostId};
use blog_core::services::Access;
use blog_core::services::ai::WritingTask;
use blog_core::{Conflict, Error, ErrorKind, Result};
use tokio::sync::oneshot;

pub use self::accepted::AcceptedSuggestion;
use self::replica::Replica;
pub use self::run::{Run, RunProblem, RunState};
pub(crate) use self::runs::Runs;
use self::turn::Turn;
use self::writer::Writer;
use crate::Hub;
use crate::document::Refused;
use crate::hub::{Entrant, Shared, closing, may_not_edit};

/// What an assistant is to write into a live document.
///
/// # Examples
/// ```
/// use blog_collab::{Assist, Hub, RunState};
/// use blog_core::domain::{Actor, PostId};
///
/// async fn write(hub: &Hub, ada: &Actor, post: PostId) -> blog_core::Result<()> {
///     let wanted = Assist {
///         instruction: Some("A paragraph on crabs".to_owned()),
///         ..Assist::default()
///     };
///     hub.assist(ada, post, wanted).await?;
///     // It writes on meanwhile. Whoever may edit the post can end that, and take all of it back.
///     hub.end_assistant(ada, post).await?;
///     assert_ne!(hub.assistant(ada, post).await?.state, RunState::Writing);
///     hub.undo_assistant(ada, post).await
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assist {
    /// What to do.
    pub task: WritingTask,
    /// What is to be written: needed to [`Write`](WritingTask::Write).
    pub instruction: Option<String>,
    /// The name of one of the blog's styles.
    pub style: Option<String>,
    /// The name of one of the blog's tones.
    pub tone: Option<String>,
    /// The name of one of the blog's lengths.
    pub length: Option<String>,
    /// The language; without one the post's.
    pub language: Option<Locale>,
    /// Where in the body, as Yjs encodes a relative position; without one its end.
    pub at: Option<Vec<u8>>,
}

impl Hub {
    /// Lets a language model write in a post's room, and answers once it has begun: what people have written
    /// by then is a version of theirs. What it writes comes block by block, each guarded, and becomes a
    /// version of kind ai at the end, however that comes. It has the actor's rights, and the limits of any
    /// participant; where they do not hold any more, the room cannot go on or the server stops, it ends.
    ///
    /// # Errors
    /// Those of [`Ai::write`](blog_core::services::ai::Ai::write) at its beginning; invalid for a place that
    /// is not in the body, or in code or HTML that has no end; `Conflict(Taken("assistant"))` while one writes in the post, on whichever node;
    /// forbidden for whoever may not edit the post; unavailable where as many write as may; as
    /// [`join`](Hub::join).
    pub async fn assist(&self, actor: &Actor, post: PostId, wanted: Assist) -> Result<Run> {
        let Entrant {
            actor,
            post: seen,
            access,
        } = self.let_in(actor, post).await?;
        if access != Access::Edit {
            return Err(may_not_edit());
        }
        let place = self.0.runs.place()?;
        let hub = self.clone();
        let (begun, answer) = oneshot::channel();
        // Whoever asked may be gone before it has begun.
        self.0.spawn(async move {
            let id = hub.0.blog.ids().model_call();
            let mut turn = match Turn::take(&hub.0, post, id).await {
                Ok(turn) => turn,
                Err(refused) => return drop(begun.send(Err(refused))),
            };
            match Writer::begin(&hub, &actor, seen, wanted, &turn).await {
                Ok(writer) => {
                    let _ = begun.send(Ok(writer.run.clone()));
                    writer.work(&mut turn).await;
                    drop(place);
                    hub.0.repeat(post, id).await;
                }
                Err(refused) => {
                    turn.give_back(&hub.0).await;
                    drop(begun.send(Err(refused)));
                }
            }
        });
        answer.await.map_err(|_| closing())?
    }

    /// The last run of an assistant in a post, as far as this node knows: for an hour. What others do it
    /// hears over the transport.
    ///
    /// # Errors
    /// Unauthenticated; not found where there is none, and for whoever may not see the post's head.
    pub async fn assistant(&self, actor: &Actor, post: PostId) -> Result<Run> {
        self.0.blog.collab().access(actor, post).await?;
        self.0.runs.of(post).ok_or_else(no_assistant)
    }

    /// Ends the assistant that writes in a post, on whichever node, and waits until it has. What it has
    /// written stays. Does nothing where it has ended.
    ///
    /// # Errors
    /// Not found where there is none, and for whoever may not see the post's head; forbidden for whoever
    /// may not edit it; unavailable where its node does not answer.
    pub async fn end_assistant(&self, actor: &Actor, post: PostId) -> Result<()> {
        self.editable(actor, post).await?;
        let hub = self.clone();
        self.to_the_end(async move { hub.0.end_run(post).await })
            .await
    }

    /// Takes back all that the last run has written in a post and that is still there, in one edit of
    /// `actor`'s. What others wrote in between stays. Durable once it returns; nothing happens the second
    /// time.
    ///
    /// # Errors
    /// Not found where there is none; `Conflict(Taken("assistant"))` while it writes; forbidden for
    /// whoever may not edit the post; as [`join`](Hub::join).
    pub async fn undo_assistant(&self, actor: &Actor, post: PostId) -> Result<()> {
        let Entrant {
            actor,
            post,
            access,
        } = self.let_in(actor, post).await?;
        if access != Access::Edit {
            return Err(may_not_edit());
        }
        let mut run = self.0.runs.of(post.id).ok_or_else(no_assistant)?;
        match run.state {
            RunState::Writing => return Err(is_writing()),
            RunState::Undone => return Ok(()),
            _ => {}
        }
        let (hub, id) = (self.clone(), post.id);
        self.to_the_end(async move {
            // What was heard of it may be old: who has the turn knows that nobody writes.
            let turn = Turn::take(&hub.0, id, hub.0.blog.ids().model_call()).await?;
            let undone = hub.0.patiently(hub.erase(&actor, post, &run)).await;
            turn.give_back(&hub.0).await;
            undone?;
            run.state = RunState::Undone;
            hub.0.note_run(id, run).await;
            Ok(())
        })
        .await
    }

    /// Does this to its end, also where whoever asked for it is gone by then: a turn that was taken is given
    /// back.
    async fn to_the_end(
        &self,
        work: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.0.spawn(async move { drop(done.send(work.await)) });
        answer.await.map_err(|_| closing())?
    }

    async fn erase(&self, actor: &Actor, post: Post, run: &Run) -> Result<()> {
        let client = self.0.new_client();
        let mut replica = Replica::join(self, actor, None, post, client).await?;
        replica.wait_for(run.client, run.clocks).await?;
        let erased = replica.document.erase(run.client).map_err(unusable)?;
        if let Some(update) = erased {
            replica.write(&update).await;
        }
        replica.settle().await
    }

    /// Fails for whoever may not edit the post.
    async fn editable(&self, actor: &Actor, post: PostId) -> Result<()> {
        match self.0.blog.collab().access(actor, post).await? {
            Access::Edit => Ok(()),
            Access::View => Err(may_not_edit()),
        }
    }
}

impl Shared {
    /// Whose name a model's words stand under.
    fn assistant(&self) -> Actor {
        let mut assistant = Actor::service(ASSISTANT);
        assistant.name.clone_from(&self.options.assistant_name);
        self.profiles.note(&assistant);
        assistant
    }
}

fn no_assistant() -> Error {
    Error::not_found("assistant")
}

fn is_writing() -> Error {
    let kind = ErrorKind::Conflict(Conflict::Taken("assistant"));
    Error::new(kind, "an assistant is writing in this post")
}

fn unusable(refused: Refused) -> Error {
    Error::internal("a live document cannot be edited").with_source(refused)
}

/// A way to end a run.
type Stop = Arc<tokio::sync::Notify>;
