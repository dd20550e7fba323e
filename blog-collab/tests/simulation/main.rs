//! Schedules of everything that can happen to a live document, drawn by a seed: people type and remove
//! on several nodes, programs save the post and restore what it said, lines are cut, messages are lost and
//! repeated, nodes crash. Afterwards all have the same text, the post says it too, and nothing is lost,
//! back again or there twice.
//!
//! `BLOG_SIMULATIONS` says how many schedules are run, and `BLOG_SIMULATION_SEED` runs one. Time is tokio's
//! own and stands still while anybody has something to do, and every step, pause and fault is drawn by the
//! seed: each takes the same course again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod client;
mod node;
mod promises;
mod random;
mod schedule;
mod words;
#[path = "../yjs/mod.rs"]
mod yjs;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schedule::Schedule;

const SCHEDULES: u64 = 3_000;

/// What came of a schedule.
fn run(seed: u64) -> Result<(String, Duration), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(Schedule::new(seed).run())
}

/// Runs schedules on all processors.
fn run_all(seeds: Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if let Err(what) = run(seed) {
                // The others need not go on.
                next.store(seeds.end, Ordering::Relaxed);
                panic!("schedule {seed}: {what} (BLOG_SIMULATION_SEED={seed} runs it alone)");
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

#[test]
fn whatever_happens_all_converge_and_nothing_is_lost_or_there_twice() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    run_all(match number("BLOG_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("BLOG_SIMULATIONS").unwrap_or(SCHEDULES),
    });
}

#[test]
fn a_seed_takes_the_same_course_again() {
    for seed in 0..100 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
