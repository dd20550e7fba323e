use std::sync::Arc;
use std::time::Duration;

use blog_core::domain::{Actor, Post, PostId, Provenance};
use blog_core::ports::TokenUsage;
use blog_core::render::word_count;
use blog_core::services::ByModel;
use blog_core::services::ai::{WriteInto, WritingEvent, WritingStream, WritingTask, Written};
use blog_core::{Error, Result};
use futures::StreamExt;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use yrs::StickyIndex;

use super::replica::Replica;
use super::run::{Run, RunProblem, RunState};
use super::turn::Turn;
use super::{Assist, Stop, unusable};
use crate::fold_of_model::FoldOfModel;
use crate::handover;
use crate::hub::Shared;
use crate::wire::awareness::{Entry, encode};
use crate::wire::message::Message;
use crate::{Hub, Present};

/// How often a run is told of, and its cursor shown, again.
const BEAT: Duration = Duration::from_secs(10);
/// How often it is tried to make a version of what it wrote.
const FOLDS: u32 = 3;
/// How long after one that failed the next is tried.
const REST: Duration = Duration::from_secs(5);
/// The colour of its cursor in editors that have none of their own for it.
const COLOUR: &str = "#7a5af8";

/// An assistant at work.
pub(super) struct Writer {
    shared: Arc<Shared>,
    post: PostId,
    pub(super) run: Run,
    replica: Replica,
    /// Where the next block goes; the end of the body where there is none.
    at: Option<StickyIndex>,
    blocks: WritingStream,
    stop: Stop,
    /// Of what it has written by now.
    provenance: Option<Provenance>,
    /// The clock of what it shows of itself.
    shown: u64,
    /// Its cursor is elsewhere than it was shown.
    has_moved: bool,
}

impl Writer {
    /// Joins the room and asks the model.
    ///
    /// # Errors
    /// As [`Hub::assist`].
    pub(super) async fn begin(
        hub: &Hub,
        requester: &Actor,
        post: Post,
        wanted: Assist,
        turn: &Turn,
    ) -> Result<Self> {
        let shared = Arc::clone(&hub.0);
        let id = post.id;
        let head = shared.fold(id).await?;
        let actor = shared.assistant();
        let client = shared.new_client();
        let locale = post.locale.clone();
        let replica = Replica::join(hub, &actor, Some(requester), post, client).await?;
        let at = match &wanted.at {
            Some(encoded) => Some(replica.document.place_at(encoded).ok_or_else(no_place)?),
            None => None,
        };
        if !replica.document.takes_block(at.as_ref()) {
            return Err(no_end());
        }
        let task = wanted.task;
        let content = replica.document.content(&head.version.content);
        let wanted = WriteInto {
            task,
            instruction: wanted.instruction,
            style: wanted.style,
            tone: wanted.tone,
            length: wanted.length,
            language: wanted.language.or(Some(locale)),
            title: content.map_err(unusable)?.title,
            text: replica.document.body_before(at.as_ref()),
        };
        let blocks = shared.blog.ai().write(requester, id, wanted).await?;
        let run = Run {
            id: turn.run,
            task,
            state: RunState::Writing,
            by: Present {
                id: requester.id.clone(),
                name: requester.name.clone(),
            },
            model: None,
            usage: None,
            cost_micros: None,
            reports: vec![],
            problem: None,
            words: 0,
            turn: turn.number(),
            client,
            clocks: 0,
        };
        let stop = Arc::new(Notify::new());
        shared.runs.begin(id, run.clone(), Arc::clone(&stop));
        Ok(Self {
            shared,
            post: id,
            run,
            replica,
            at,
            blocks,
            stop,
            provenance: None,
            shown: 0,
            has_moved: true,
        })
    }

    /// Writes, until there is no more or it cannot go on, makes a version of that, and gives the turn back.
    pub(super) async fn work(mut self, turn: &mut Turn) {
        let ended = self.write(turn).await;
        // The model's call ends with it.
        self.blocks = futures::stream::empty().boxed();
        let state = match ended {
            Ok(state) => state,
            Err(error) => {
                tracing::info!(post = %self.post, %error, "an assistant ends");
                self.run.problem = Some(RunProblem::from(&error));
                RunState::Failed
            }
        };
        if let Err(error) = self.keep(turn).await {
            tracing::warn!(post = %self.post, %error, "what an assistant wrote is folded later");
        }
        // Who hears of the end may begin another.
        turn.give_back(&self.shared).await;
        self.run.state = state;
        self.tell().await;
    }

    async fn write(&mut self, turn: &mut Turn) -> Result<RunState> {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = Arc::clone(&self.stop);
        loop {
            tokio::select! {
                biased;
                () = stop.notified() => return Ok(RunState::Cancelled),
                taken = self.replica.next() => {
                    // Its own edit is with everybody by now, or will soon be.
                    if taken?.is_update && self.has_moved {
                        self.show().await;
                    }
                }
                _ = beat.tick() => {
                    turn.renew(&self.shared).await?;
                    self.show().await;
                    self.tell().await;
                }
                event = self.blocks.next() => match event.unwrap_or_else(broken_off)? {
                    WritingEvent::Begun => {}
                    WritingEvent::Block { text, provenance } => {
                        self.insert(&text).await?;
                        self.note(*provenance);
                    }
                    WritingEvent::Done(written) => {
                        self.end_with(*written);
                        return Ok(RunState::Done);
                    }
                },
            }
        }
    }

    async fn insert(&mut self, block: &str) -> Result<()> {
        let document = &mut self.replica.document;
        let inserted = document.insert_block(self.at.as_ref(), block);
        let (update, at) = inserted.map_err(unusable)?.ok_or_else(no_end)?;
        self.at = Some(at);
        self.has_moved = true;
        self.run.words = self.run.words.saturating_add(word_count(block));
        self.replica.write(&update).await;
        Ok(())
    }

    /// Shows others where it writes.
    async fn show(&mut self) {
        self.has_moved = false;
        self.shown += 1;
        let cursor = self.replica.document.cursor(self.at.as_ref());
        let state = json!({
            "user": { "color": COLOUR },
            "cursor": cursor.map(|at| json!({ "anchor": at, "head": at })),
            "assistant": { "run": self.run.id, "by": self.run.by.name },
        });
        let state = state.to_string();
        let entry = Entry {
            client: self.run.client,
            clock: self.shown,
            state: Some(&state),
        };
        let payload = encode(&[entry]);
        self.replica.send(Message::Awareness(&payload)).await;
    }

    /// Tells everybody how the run stands.
    fn tell(&self) -> impl Future<Output = ()> + Send + use<> {
        let (shared, post, run) = (Arc::clone(&self.shared), self.post, self.run.clone());
        async move { shared.note_run(post, run).await }
    }

    /// Takes note of where what it has written comes from.
    fn note(&mut self, provenance: Provenance) {
        self.run.model = Some(provenance.model.clone());
        self.run.usage = Some(TokenUsage {
            input: provenance.input_tokens,
            output: provenance.output_tokens,
            ..TokenUsage::NONE
        });
        self.run.cost_micros = provenance.cost_micros;
        self.provenance = Some(provenance);
        self.shared.runs.note(self.post, self.run.clone());
    }

    fn end_with(&mut self, written: Written) {
        self.note(written.provenance);
        self.run.usage = Some(written.usage);
        self.run.reports = written.reports;
    }

    /// Makes a version of what it has written, once all of that is durable.
    async fn keep(&mut self, turn: &mut Turn) -> Result<()> {
        // A room that is gone has stored what it had taken, or nothing more will come of it.
        let settled = self.shared.patiently(self.replica.settle()).await;
        if let Err(error) = settled {
            tracing::debug!(post = %self.post, %error, "some of what an assistant wrote was not taken");
        }
        self.run.clocks = self.replica.stored;
        let Some(provenance) = self.provenance.take().filter(|_| self.run.clocks > 0) else {
            return Ok(());
        };
        let task = match self.run.task {
            WritingTask::Write => "write",
            WritingTask::Continue => "continue",
        };
        let of_model = FoldOfModel {
            by_model: ByModel {
                provenance,
                message: format!("Asked to {task} by {}", self.run.by.name),
                accepted: vec![],
            },
            accepted_by: None,
        };
        let mut folds = 1;
        loop {
            // What is there is kept even if the turn is over.
            if let Err(error) = turn.renew(&self.shared).await {
                tracing::debug!(post = %self.post, %error, "an assistant's turn is over before its end");
            }
            let kept = handover::fold_as(&self.shared, self.post, Some(of_model.clone()));
            match self.shared.patiently(kept).await {
                Err(error) if folds < FOLDS && error.is_retryable() => {
                    folds += 1;
                    tokio::time::sleep(REST).await;
                }
                kept => return kept.map(drop),
            }
        }
    }
}

impl Drop for Writer {
    /// Where its task was cut off, nobody else says so.
    fn drop(&mut self) {
        if self.run.state == RunState::Writing {
            self.run.state = RunState::Failed;
            let cut_off = Error::unavailable("the server stops", true);
            self.run.problem = Some(RunProblem::from(&cut_off));
            self.shared.runs.note(self.post, self.run.clone());
        }
    }
}

fn broken_off() -> Result<WritingEvent> {
    Err(Error::unavailable("the model's answer broke off", true))
}

fn no_end() -> Error {
    Error::invalid_field("at", "is in code or HTML that has no end")
}

fn no_place() -> Error {
    Error::invalid_field("at", "is no place in the body")
}
