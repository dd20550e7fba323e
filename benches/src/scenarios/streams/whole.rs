//! Posts that are answered once they are written: what all around the model adds to the time of a call, and how
//! much memory a call takes up that waits.

use std::iter::repeat_n;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use blog_core::memory::ScriptedReply;
use blog_core::ports::StopReason;
use blog_core::services::ai::GeneratePost;
use blog_model_server::{Reply, StandIn};
use futures::future::{join_all, try_join_all};
use serde_json::json;

use super::super::http::blocking;
use super::super::writer;
use super::Served;
use super::reader::{self, Reader, Target};
use crate::Plan;
use crate::load::{in_milliseconds, percentile};
use crate::memory::resident_bytes;
use crate::report::Row;

const CALLERS: usize = 64;
/// How long the model thinks, on the average: callers then wait for it, and not for a place on the two cores. It is
/// a quarter more or less, or all callers would come to ask in the same moment, again and again.
const THINKS: Duration = Duration::from_millis(200);
/// Calls that wait at once when their memory is measured: as many as are let through to the model.
const WAITING: usize = 1_000;

/// The most that may be added to a call, in milliseconds.
const MOST_ADDED: f64 = 3.0;
/// The most that a call may take up that waits.
const MOST_BYTES: usize = 64 << 10;

pub(super) fn run(
    plan: &Plan,
    blog: &Served,
    bare: &Target,
    stand_in: &Arc<StandIn>,
) -> Result<Vec<Row>> {
    let over_http = blog.target("application/json", b"\"engine\"");
    let (ours_bytes, bare_bytes) = blocking(async {
        // What the first call alone costs is not the next ones'.
        for target in [bare, &over_http] {
            stand_in.reply([answer(Duration::ZERO)]);
            Reader::ask(target).await?.finish().await?;
        }
        let (bare_bytes, kept) = waiting(bare, stand_in).await?;
        let (ours_bytes, waiting) = waiting(&over_http, stand_in).await?;
        drop((kept, waiting));
        while stand_in.open_calls() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok((ours_bytes, bare_bytes))
    })?;
    let [mut ours, mut called, mut asked] = <[Times; 3]>::default();
    for _ in 0..plan.rounds {
        let over_http = || async { Reader::ask(&over_http).await?.thought().await };
        ours.note(blocking(calls(over_http, stand_in, plan.turn))?);
        let in_process = || in_process(blog);
        called.note(blocking(calls(in_process, stand_in, plan.turn))?);
        let directly = || async { Reader::ask(bare).await?.thought().await };
        asked.note(blocking(calls(directly, stand_in, plan.turn))?);
    }
    let [added_half, added_most] = ours.added_to(&asked);
    let [called_half, called_most] = called.added_to(&asked);
    let most = || vec![MOST_ADDED];
    let added_bytes = ours_bytes.saturating_sub(bare_bytes);
    Ok(vec![
        Row::time("streams", "whole, p50", ours.half, asked.half.clone()),
        Row::time("streams", "whole, p99", ours.most, asked.most.clone()),
        Row::time("streams", "added over HTTP to p50", added_half, most()),
        Row::time("streams", "added over HTTP to p99", added_most, most()),
        Row::time("streams", "in the process, p50", called.half, asked.half),
        Row::time("streams", "in the process, p99", called.most, asked.most),
        Row::time("streams", "added to p50, at most", called_half, most()),
        Row::time("streams", "added to p99, at most", called_most, most()),
        Row::size("streams", "a call that waits", ours_bytes, bare_bytes),
        Row::size("streams", "added to it, at most", added_bytes, MOST_BYTES),
    ])
}

/// A post, after so long: streamed it is one piece, too, for a server does not wait longer because of that.
fn answer(pause: Duration) -> Reply {
    let body = reader::thought(pause) + &"and so on ".repeat(300);
    let post = json!({
        "title": "Crabs", "body": body, "excerpt": "", "tags": [], "category": "",
        "seo": {"title": "", "description": "", "keywords": []},
    });
    let answer = ScriptedReply::Answer {
        pieces: vec![post.to_string()],
        pause,
        stop: StopReason::Finished,
        usage: None,
    };
    answer.into()
}

/// How long the model thinks about an answer, as if by chance.
fn thinks(number: usize) -> Duration {
    const GOLDEN_RATIO: f64 = 0.618;
    THINKS.mul_f64(0.75 + (number as f64 * GOLDEN_RATIO).fract() / 2.0)
}

/// Calls of each turn, in milliseconds.
#[derive(Default)]
struct Times {
    half: Vec<f64>,
    most: Vec<f64>,
}

impl Times {
    fn note(&mut self, turn: Vec<f64>) {
        self.half.push(percentile(turn.clone(), 0.5));
        self.most.push(percentile(turn, 0.99));
    }

    /// What these took longer, turn by turn: half of them, and all but one in a hundred.
    fn added_to(&self, others: &Self) -> [Vec<f64>; 2] {
        let added = |times: &[f64], others: &[f64]| {
            let turns = times.iter().zip(others);
            turns.map(|(time, other)| time - other).collect()
        };
        [
            added(&self.half, &others.half),
            added(&self.most, &others.most),
        ]
    }
}

/// Asks the blog as the program does that it is a part of.
async fn in_process(served: &Served) -> Result<Duration> {
    let blog = served.blog.clone();
    let generated = served.runtime.spawn(async move {
        let wanted = GeneratePost {
            topic: "Crabs".to_owned(),
            ..GeneratePost::default()
        };
        blog.ai().generate(&writer(), wanted).await
    });
    let body = generated.await??.content.body;
    reader::thought_of(body.as_bytes())
}

/// How long each call took until its answer was there beside the model's thinking, which is what `ask` gives, in
/// milliseconds: each caller asks again then.
async fn calls<Asked: Future<Output = Result<Duration>>>(
    ask: impl Fn() -> Asked,
    stand_in: &StandIn,
    turn: Duration,
) -> Result<Vec<f64>> {
    let each = (turn.as_secs_f64() / THINKS.as_secs_f64()).ceil() as usize + 1;
    stand_in.reply((0..CALLERS * each * 2).map(|number| answer(thinks(number))));
    let begun = Instant::now();
    let ask = &ask;
    let callers = (0..CALLERS).map(|number| async move {
        // Not all at the same moment.
        let share = number as f64 / CALLERS as f64;
        tokio::time::sleep(THINKS.mul_f64(share)).await;
        let mut times = vec![];
        while begun.elapsed() < turn {
            let asked = Instant::now();
            let thought = ask().await?;
            times.push(in_milliseconds(asked.elapsed().saturating_sub(thought)));
        }
        anyhow::Ok(times)
    });
    Ok(try_join_all(callers).await?.concat())
}

/// What a call takes up that waits for the model, on the average, and the calls, which still do.
async fn waiting(target: &Target, stand_in: &StandIn) -> Result<(usize, Vec<Reader>)> {
    stand_in.reply(repeat_n(Reply::Stall { pieces: vec![] }, WAITING));
    let already = stand_in.open_calls();
    let before = resident_bytes()?;
    let asking = join_all((0..WAITING).map(|_| Reader::ask(target))).await;
    let readers: Vec<_> = asking.into_iter().collect::<Result<_>>()?;
    let begun = Instant::now();
    while stand_in.open_calls() < already + WAITING {
        ensure!(
            begun.elapsed() < Duration::from_secs(30),
            "a call is not made"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let bytes = resident_bytes()?.saturating_sub(before) / WAITING;
    Ok((bytes, readers))
}
