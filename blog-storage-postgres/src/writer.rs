//! New posts that come at the same time are written together: one statement, one flush.

use blog_core::domain::Seq;
use blog_core::ports::Changes;
use blog_core::tables::Creation;
use tokio::sync::{mpsc, oneshot};

use crate::commit::{self, Transaction};
use crate::database::{Database, tried_again};
use crate::error::{PostgresError, Result};

const QUEUE: usize = 1_024;
const MOST_TOGETHER: usize = 64;

/// Writes commits.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    database: Database,
    creations: mpsc::Sender<(Changes, oneshot::Sender<Result<Seq>>)>,
}

impl Writer {
    /// Begins to serve, on the runtime of the caller; ends with its last clone.
    pub(crate) fn start(database: Database) -> Self {
        let (creations, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(database.clone(), waiting));
        Self {
            database,
            creations,
        }
    }

    /// The connections that write.
    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Writes, or does not. What is queued is done even if the caller goes away.
    pub(crate) async fn commit(&self, changes: Changes) -> Result<Seq> {
        if Creation::of(&changes).is_none() {
            let database = self.database.clone();
            // A task of its own: a caller that goes away must not leave half a conversation.
            let task = tokio::spawn(async move { alone(&database, &changes).await });
            return task.await.map_err(|_| PostgresError::Stopped)?;
        }
        let (answer, answered) = oneshot::channel();
        let queued = self.creations.send((changes, answer)).await;
        queued.map_err(|_| PostgresError::Stopped)?;
        answered.await.map_err(|_| PostgresError::Stopped)?
    }
}

async fn serve(
    database: Database,
    mut waiting: mpsc::Receiver<(Changes, oneshot::Sender<Result<Seq>>)>,
) {
    let mut group = Vec::with_capacity(MOST_TOGETHER);
    while waiting.recv_many(&mut group, MOST_TOGETHER).await > 0 {
        let (commits, answers): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let results = match together(&database, &commits).await {
            Ok(seqs) => seqs.into_iter().map(Ok).collect(),
            Err(error) if error.is_refusal() => {
                let mut results = Vec::with_capacity(commits.len());
                for changes in &commits {
                    results.push(alone(&database, changes).await);
                }
                results
            }
            Err(error) => commits.iter().map(|_| Err(error.clone())).collect(),
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller that has gone away does not need the answer.
            let _ = answer.send(result);
        }
    }
}

async fn together(database: &Database, commits: &[Changes]) -> Result<Vec<Seq>> {
    let creations: Vec<_> = commits.iter().filter_map(Creation::of).collect();
    tried_again(|| commit::create(database, &creations)).await
}

async fn alone(database: &Database, changes: &Changes) -> Result<Seq> {
    tried_again(|| commit::change(Transaction::Own(database), &database.schema, changes)).await
}
