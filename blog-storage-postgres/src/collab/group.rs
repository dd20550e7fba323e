//! Appends that come at the same time are written together: one statement, one flush.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tokio::sync::{mpsc, oneshot};

use super::append::{PackedAppend, append};
use crate::database::{Database, tried_again};
use crate::error::{PostgresError, Result};

const QUEUE: usize = 1_024;
const MOST_TOGETHER: usize = 64;

type Answer = oneshot::Sender<Result<u64>>;

/// Writes appends.
#[derive(Debug, Clone)]
pub(crate) struct Appender {
    queue: mpsc::Sender<(PackedAppend, Answer)>,
}

impl Appender {
    /// Begins to serve, on the runtime of the caller; ends with its last clone.
    pub(crate) fn start(database: Database) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(database, waiting));
        Self { queue }
    }

    /// Writes, or does not. What is queued is done even if the caller goes away.
    pub(crate) async fn append(&self, append: PackedAppend) -> Result<u64> {
        let (answer, answered) = oneshot::channel();
        let queued = self.queue.send((append, answer)).await;
        queued.map_err(|_| PostgresError::Stopped)?;
        answered.await.map_err(|_| PostgresError::Stopped)?
    }
}

async fn serve(database: Database, mut waiting: mpsc::Receiver<(PackedAppend, Answer)>) {
    let mut waited = Vec::with_capacity(MOST_TOGETHER);
    while waiting.recv_many(&mut waited, MOST_TOGETHER).await > 0 {
        while !waited.is_empty() {
            let (appends, answers): (Vec<_>, Vec<_>) = one_of_each(&mut waited).into_iter().unzip();
            let results = write(&database, &appends).await;
            for (answer, result) in answers.into_iter().zip(results) {
                // A caller that has gone away does not need the answer.
                let _ = answer.send(result);
            }
        }
    }
}

/// Takes the first append to each document, in the order of ids: groups that lock the same
/// documents do not cross.
fn one_of_each(waited: &mut Vec<(PackedAppend, Answer)>) -> Vec<(PackedAppend, Answer)> {
    let mut group = BTreeMap::new();
    for (append, answer) in std::mem::take(waited) {
        match group.entry(append.document) {
            Entry::Vacant(first) => {
                first.insert((append, answer));
            }
            Entry::Occupied(_) => waited.push((append, answer)),
        }
    }
    group.into_values().collect()
}

async fn write(database: &Database, appends: &[PackedAppend]) -> Vec<Result<u64>> {
    match together(database, appends).await {
        Ok(ends) => ends.into_iter().map(Ok).collect(),
        Err(error) if error.is_refusal() && appends.len() > 1 => {
            let mut results = Vec::with_capacity(appends.len());
            for append in appends.chunks(1) {
                let ends = together(database, append).await;
                let end = |ends: Vec<u64>| ends.first().copied();
                results.push(ends.and_then(|ends| end(ends).ok_or(PostgresError::Stopped)));
            }
            results
        }
        Err(error) => appends.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn together(database: &Database, appends: &[PackedAppend]) -> Result<Vec<u64>> {
    tried_again(|| append(database, appends)).await
}
