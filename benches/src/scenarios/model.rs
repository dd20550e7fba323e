use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{
    AnswerFormat, CompletionRequest, LanguageModel, Message, Speaker, StopReason,
};
use futures::StreamExt;
use tokio::task::JoinHandle;

use super::runtime;
use crate::Plan;
use crate::load::{in_milliseconds, percentile, together};
use crate::memory::resident_bytes;
use crate::report::Row;

const CALLERS: usize = 64;
/// How long the model thinks before it answers.
const THINKS: Duration = Duration::from_millis(5);
/// Calls that wait for the model when their memory is measured: one that waits for a place takes less.
const WAITING: usize = 10_000;

/// All that stands around a model, beside the same model alone, whose answers take 5 ms.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    // First of all, and kept while the other is measured: what is given back would be used again.
    let (limit_waiting, kept) = runtime.block_on(memory(stalled()))?;
    let (ours_waiting, waiting) = runtime.block_on(memory(reliable(stalled())))?;
    kept.iter().chain(&waiting).for_each(JoinHandle::abort);
    let [mut ours, mut limit] = [const { (vec![], vec![], vec![]) }; 2];
    for _ in 0..plan.rounds {
        for (figures, model) in [(&mut ours, reliable(thinking())), (&mut limit, thinking())] {
            let asking = Arc::clone(&model);
            let turn = runtime.block_on(together(CALLERS, plan.turn, |_| {
                let model = Arc::clone(&asking);
                move |_| {
                    let model = Arc::clone(&model);
                    async move {
                        let answer = model.complete(&request()).await?;
                        ensure!(answer.text.len() == 4_000, "an answer is not whole");
                        Ok(())
                    }
                }
            }))?;
            figures.0.push(turn.percentile(0.5));
            figures.1.push(turn.percentile(0.99));
            let first = runtime.block_on(first_pieces(model, plan.turn))?;
            figures.2.push(percentile(first, 0.99));
        }
    }
    Ok(vec![
        Row::time("model", "64 callers, p50", ours.0, limit.0),
        Row::time("model", "64 callers, p99", ours.1, limit.1),
        Row::time("model", "first piece, p99", ours.2, limit.2),
        Row::size("model", "a call that waits", ours_waiting, limit_waiting),
    ])
}

fn reliable(model: Arc<dyn LanguageModel>) -> Arc<dyn LanguageModel> {
    let mut options = ReliableOptions::default();
    options.concurrent = WAITING;
    Arc::new(Reliable::new(model, None, options))
}

fn thinking() -> Arc<dyn LanguageModel> {
    let answer = ScriptedReply::Answer {
        pieces: vec!["a".repeat(4_000)],
        pause: THINKS,
        stop: StopReason::Finished,
        usage: None,
    };
    Arc::new(ScriptedModel::replying(move |_| answer.clone()))
}

fn stalled() -> Arc<dyn LanguageModel> {
    Arc::new(ScriptedModel::replying(|_| ScriptedReply::Stall))
}

fn request() -> CompletionRequest {
    CompletionRequest {
        instructions: "Be brief.".to_owned(),
        messages: vec![Message {
            speaker: Speaker::User,
            text: "Hello".to_owned(),
        }],
        format: AnswerFormat::Text,
        max_output_tokens: 1_000,
    }
}

/// How long streams took to begin, one after the other.
async fn first_pieces(model: Arc<dyn LanguageModel>, turn: Duration) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut times = vec![];
    while begun.elapsed() < turn {
        let asked = Instant::now();
        let mut stream = model.stream(&request()).await?;
        stream.next().await.context("a stream is empty")??;
        times.push(in_milliseconds(asked.elapsed()));
    }
    Ok(times)
}

/// What a call takes up that waits, on the average, and the calls, which still do.
async fn memory(model: Arc<dyn LanguageModel>) -> Result<(usize, Vec<JoinHandle<()>>)> {
    let before = resident_bytes()?;
    let calls: Vec<_> = (0..WAITING)
        .map(|_| {
            let model = Arc::clone(&model);
            tokio::spawn(async move { drop(model.complete(&request()).await) })
        })
        .collect();
    // Until each of them has been begun.
    tokio::time::sleep(Duration::from_secs(1)).await;
    ensure!(
        calls.iter().all(|call| !call.is_finished()),
        "a call did not wait"
    );
    let bytes = resident_bytes()?.saturating_sub(before) / WAITING;
    Ok((bytes, calls))
}
