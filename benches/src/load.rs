//! Callers that do one thing again and again, and what they saw.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;

/// What one turn showed.
#[derive(Debug)]
pub(crate) struct Turn {
    /// How often a second it was done.
    pub(crate) rate: f64,
    /// How long each took, in milliseconds.
    milliseconds: Vec<f64>,
}

impl Turn {
    fn of(begun: Instant, milliseconds: Vec<f64>) -> Self {
        let rate = milliseconds.len() as f64 / begun.elapsed().as_secs_f64();
        Self { rate, milliseconds }
    }

    /// The time within which this share of the calls was done.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        percentile(self.milliseconds.clone(), share)
    }
}

/// Calls `act` from one thread until the time is up. `act` learns which call it is.
pub(crate) fn alone(length: Duration, mut act: impl FnMut(usize) -> Result<()>) -> Result<Turn> {
    let begun = Instant::now();
    let mut milliseconds = vec![];
    while begun.elapsed() < length {
        let called = Instant::now();
        act(milliseconds.len())?;
        milliseconds.push(in_milliseconds(called.elapsed()));
    }
    Ok(Turn::of(begun, milliseconds))
}

/// Lets `callers` tasks call what `caller` makes for each of them, until the time is up.
pub(crate) async fn together<C, F>(
    callers: usize,
    length: Duration,
    caller: impl Fn(usize) -> C,
) -> Result<Turn>
where
    C: FnMut(usize) -> F + Send + 'static,
    F: Future<Output = Result<()>> + Send,
{
    let begun = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|number| {
            let mut act = caller(number);
            tokio::spawn(async move {
                let mut milliseconds = vec![];
                while begun.elapsed() < length {
                    let called = Instant::now();
                    act(milliseconds.len()).await?;
                    milliseconds.push(in_milliseconds(called.elapsed()));
                }
                anyhow::Ok(milliseconds)
            })
        })
        .collect();
    let mut milliseconds = vec![];
    for task in tasks {
        milliseconds.extend(task.await??);
    }
    Ok(Turn::of(begun, milliseconds))
}

pub(crate) fn in_milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) fn median(values: Vec<f64>) -> f64 {
    percentile(values, 0.5)
}

pub(crate) fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}
