//! Nodes wake each other after commits: one notice for as many commits as there were meanwhile.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::{mpsc, watch};

use crate::database::Database;

const RETRY: Duration = Duration::from_secs(1);

/// Tells other nodes of commits, and hears of theirs.
#[derive(Debug, Clone)]
pub(crate) struct Notices {
    committed: mpsc::Sender<()>,
    heard: Option<watch::Receiver<u64>>,
}

impl Notices {
    /// Listens on a connection of its own, if there is an address for one that stays; ends with its
    /// last clone.
    pub(crate) fn start(database: Database, direct: Option<PgConnectOptions>) -> Self {
        let channel = format!("blog_{}", database.schema.name());
        let (committed, commits) = mpsc::channel(1);
        tokio::spawn(send(database, channel.clone(), commits));
        let heard = direct.map(|direct| {
            let (hear, heard) = watch::channel(0);
            tokio::spawn(listen(direct, channel, hear));
            heard
        });
        Self { committed, heard }
    }

    /// Notes a commit. Outside its transaction: inside, notices would make commits wait for each
    /// other.
    pub(crate) fn committed(&self) {
        // Full: the notice that waits tells of this commit too.
        let _ = self.committed.try_send(());
    }

    /// Rises with what is heard, if anything can be.
    pub(crate) fn heard(&self) -> Option<watch::Receiver<u64>> {
        self.heard.clone()
    }
}

async fn send(database: Database, channel: String, mut commits: mpsc::Receiver<()>) {
    while commits.recv().await.is_some() {
        let notify = sqlx::query("SELECT pg_notify($1, '')").bind(&channel);
        if let Err(error) = database.rows(notify).await {
            // Other nodes read the log from time to time anyway.
            tracing::debug!(%error, "other nodes were not told of a commit");
        }
    }
}

async fn listen(direct: PgConnectOptions, channel: String, hear: watch::Sender<u64>) {
    loop {
        tokio::select! {
            () = hear.closed() => return,
            error = listen_once(&direct, &channel, &hear) => {
                tracing::debug!(%error, "notices of other nodes are not heard");
            }
        }
        tokio::select! {
            () = hear.closed() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn listen_once(
    direct: &PgConnectOptions,
    channel: &str,
    hear: &watch::Sender<u64>,
) -> sqlx::Error {
    let heard: Result<std::convert::Infallible, sqlx::Error> = async {
        let pool = PgPoolOptions::new().max_connections(1);
        let pool = pool.connect_with(direct.clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(channel).await?;
        // There may have been some while nobody listened.
        hear.send_modify(|heard| *heard += 1);
        loop {
            // `None` after a lost connection: notices may have been lost with it.
            listener.try_recv().await?;
            hear.send_modify(|heard| *heard += 1);
        }
    }
    .await;
    match heard {
        Err(error) => error,
    }
}
