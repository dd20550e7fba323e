//! Posts that are answered once they are written: what all around the model adds to the time of a call, and how
//! much memory a call takes up that waits.

use std::iter::repeat_n;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use blog_core::memory::ScriptedReply;
use blog_core::ports::StopReason;
use blog_model_server::{Reply, StandIn};
use futures::future::{join_all, try_join_all};
use serde_json::json;

use super::super::http::blocking;
use super::super::trace::resident_bytes;
use super::Served;
use super::reader::{self, Reader, Target};
use crate::Plan;
use crate::load::{in_milliseconds, percentile};
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
    let ours = blog.target("application/json", b"\"engine\"");
    let (ours_bytes, bare_bytes) = blocking(async {
        // What the first call alone costs is not the next ones'.
        for target in [bare, &ours] {
            stand_in.reply([answer(Duration::ZERO)]);
            Reader::ask(target).await?.finish().await?;
        }
        let (bare_bytes, kept) = waiting(bare, stand_in).await?;
        let (ours_bytes, waiting) = waiting(&ours, stand_in).await?;
        drop((kept, waiting));
        while stand_in.open_calls() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok((ours_bytes, bare_bytes))
    })?;
    let [mut ours_times, mut bare_times] = [const { (vec![], vec![]) }; 2];
    for _ in 0..plan.rounds {
        for (target, times) in [(&ours, &mut ours_times), (bare, &mut bare_times)] {
            let turn = blocking(calls(target, stand_in, plan.turn))?;
            times.0.push(percentile(turn.clone(), 0.5));
            times.1.push(percentile(turn, 0.99));
        }
    }
    let added = |ours: &[f64], bare: &[f64]| {
        let rounds = ours.iter().zip(bare);
        rounds.map(|(ours, bare)| ours - bare).collect()
    };
    let added = [
        added(&ours_times.0, &bare_times.0),
        added(&ours_times.1, &bare_times.1),
    ];
    let [added_half, added_most] = added;
    let most = || vec![MOST_ADDED];
    let added_bytes = ours_bytes.saturating_sub(bare_bytes);
    Ok(vec![
        Row::time("streams", "whole, p50", ours_times.0, bare_times.0),
        Row::time("streams", "whole, p99", ours_times.1, bare_times.1),
        Row::time("streams", "added to p50, at most", added_half, most()),
        Row::time("streams", "added to p99, at most", added_most, most()),
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

/// How long each call took until its answer was there beside the model's thinking, in milliseconds: each caller
/// asks again then.
async fn calls(target: &Target, stand_in: &StandIn, turn: Duration) -> Result<Vec<f64>> {
    let each = (turn.as_secs_f64() / THINKS.as_secs_f64()).ceil() as usize + 1;
    stand_in.reply((0..CALLERS * each * 2).map(|number| answer(thinks(number))));
    let begun = Instant::now();
    let callers = (0..CALLERS).map(|number| async move {
        // Not all at the same moment.
        let share = number as f64 / CALLERS as f64;
        tokio::time::sleep(THINKS.mul_f64(share)).await;
        let mut times = vec![];
        while begun.elapsed() < turn {
            let asked = Instant::now();
            let thought = Reader::ask(target).await?.thought().await?;
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
