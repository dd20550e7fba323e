use async_trait::async_trait;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};

use crate::Blog;
use crate::domain::Provenance;
use crate::error::Result;
use crate::ports::{CompletionRequest, TokenUsage};

use super::super::budget::amount;
use super::super::cost::Cost;
use super::super::guard::{Blocks, Leaks, Rules};
use super::super::listener::Listener;
use super::super::{Report, ReportKind};
use super::{WritingEvent, WritingStream, Written};

/// Events that wait for whoever reads the stream.
const WAITING: usize = 8;

/// Passes on the blocks of what a model says.
pub(super) struct Listening {
    blog: Blog,
    events: mpsc::Sender<Result<WritingEvent>>,
    blocks: Blocks,
    has_said_nothing: bool,
    /// What is known of where the answer comes from.
    provenance: Option<Provenance>,
    asked: TokenUsage,
    answered: blake3::Hasher,
    bytes: usize,
}

impl Listening {
    /// The answer is whole: passes on the rest.
    pub(super) async fn end(&mut self) {
        let rest = self.blocks.rest();
        self.pass_on(rest).await;
    }

    pub(super) const fn has_said_nothing(&self) -> bool {
        self.has_said_nothing
    }

    pub(super) fn report(&mut self, field: &str, what: ReportKind) {
        self.blocks.reports.add(field, what, "");
    }

    pub(super) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.blocks.reports.0)
    }

    async fn pass_on(&mut self, blocks: impl IntoIterator<Item = String>) {
        for text in blocks {
            self.has_said_nothing = false;
            if let Some(provenance) = self.so_far() {
                let provenance = Box::new(provenance);
                self.send(WritingEvent::Block { text, provenance }).await;
                tokio::task::yield_now().await;
            }
        }
    }

    /// Where what has come by now comes from, its tokens at a guess.
    fn so_far(&self) -> Option<Provenance> {
        let mut so_far = self.provenance.clone()?;
        let usage = self.asked + TokenUsage::guessed_answer(self.bytes);
        let price = self.blog.options().ai.prices.get(&so_far.model);
        so_far.answer_hash = self.answered.finalize().to_hex().to_string();
        so_far.input_tokens += usage.input;
        so_far.output_tokens += usage.output;
        let cost = price.map(|price| amount(Some(*price), usage).micros);
        so_far.cost_micros = so_far.cost_micros.zip(cost).map(|(one, other)| one + other);
        Some(so_far)
    }

    async fn send(&mut self, event: WritingEvent) {
        // Nobody to hear it drops all of this, too.
        let _ = self.events.send(Ok(event)).await;
    }
}

#[async_trait]
impl Listener for Listening {
    fn keep_back(&mut self, leaks: &Leaks) {
        self.blocks.keep_back(leaks);
    }

    async fn asked(&mut self, request: &CompletionRequest, provenance: Provenance) {
        self.asked = TokenUsage::guessed(request);
        self.provenance = Some(provenance);
        self.bytes = 0;
        self.send(WritingEvent::Begun).await;
    }

    fn answered_by(&mut self, model: &str, paid: Cost) {
        if let Some(provenance) = &mut self.provenance {
            model.clone_into(&mut provenance.model);
            provenance.input_tokens = paid.usage.input;
            provenance.output_tokens = paid.usage.output;
            provenance.cost_micros = paid.micros;
        }
    }

    async fn push(&mut self, piece: &str) {
        self.bytes += piece.len();
        self.answered.update(piece.as_bytes());
        // A block ends at a line's beginning at the earliest. Each takes its time to guard.
        for line in piece.split_inclusive('\n') {
            let blocks = self.blocks.push(line);
            self.pass_on(blocks).await;
        }
    }
}

/// The events of what is written by `write`. Nothing is spawned: it is written while the stream is read,
/// and dropped with it.
pub(super) fn events<F>(
    blog: &Blog,
    rules: Rules,
    write: impl FnOnce(Listening) -> F + Send + 'static,
) -> WritingStream
where
    F: Future<Output = (Listening, Result<Written>)> + Send + 'static,
{
    let (events, received) = mpsc::channel(WAITING);
    let listening = Listening {
        blog: blog.clone(),
        events,
        blocks: Blocks::new(rules),
        has_said_nothing: true,
        provenance: None,
        asked: TokenUsage::NONE,
        answered: blake3::Hasher::new(),
        bytes: 0,
    };
    let written = async move {
        let (mut listening, written) = write(listening).await;
        let end = written.map(|written| WritingEvent::Done(Box::new(written)));
        let _ = listening.events.send(end).await;
    };
    let writing = stream::once(written).filter_map(|()| async { None });
    stream::select(received, writing).boxed()
}
