//! Single posts, read for many callers at once: with sqlx the number of calls is the cost, so that
//! whoever waits while a query runs shares the next one.

use std::sync::Arc;

use blog_core::domain::Scope;
use blog_core::ports::{PostKey, PostView, View};
use blog_core::tables;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::{Result, SqliteError};
use crate::rows::{self, POST_COLUMNS, VERSION_COLUMNS, id_hex};

/// How many callers one query serves at most.
const BATCH: usize = 64;
/// How many callers may wait before others wait to wait.
const QUEUE: usize = 1024;
/// How many queries run side by side: one more than it takes to keep two cores busy only makes the
/// batches smaller.
const SIDE_BY_SIDE: usize = 2;

/// A post and the version shown, for each `[key, whether as readers see it]` in a JSON array.
macro_rules! by {
    ($key:literal) => {
        concat!(
            "SELECT ",
            rows::post_columns!(),
            ", ",
            rows::version_columns!(),
            ", w.key FROM json_each($1) w CROSS JOIN blog_posts p ON ",
            $key,
            " CROSS JOIN blog_versions v ON v.post = p.id \
             AND v.number = CASE WHEN w.value ->> 1 AND p.status = 'published' \
             THEN coalesce(p.published, p.head) ELSE p.head END"
        )
    };
}

pub(crate) const BY_ID: &str = by!("p.id = unhex(w.value ->> 0)");
pub(crate) const BY_SLUG: &str = by!("p.slug = w.value ->> 0");

/// Reads posts by id and by slug.
#[derive(Debug, Clone)]
pub(crate) struct PointReads(mpsc::Sender<PointRead>);

struct PointRead {
    key: PostKey,
    view: View,
    answer: oneshot::Sender<Result<Vec<SqliteRow>>>,
}

impl PointReads {
    /// Begins to serve; ends with its last clone.
    pub(crate) fn start(readers: SqlitePool) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(readers, waiting));
        Self(queue)
    }

    /// The post of that key as `view` shows it to `scope`.
    pub(crate) async fn one(
        &self,
        scope: &Scope,
        key: &PostKey,
        view: View,
    ) -> Result<Option<PostView>> {
        let (answer, rows) = oneshot::channel();
        let read = PointRead {
            key: key.clone(),
            view,
            answer,
        };
        self.0.send(read).await.map_err(|_| SqliteError::Stopped)?;
        let rows = rows.await.map_err(|_| SqliteError::Stopped)??;
        chosen(&rows, scope, key, view)
    }
}

async fn serve(readers: SqlitePool, mut waiting: mpsc::Receiver<PointRead>) {
    let free = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        let Some(first) = waiting.recv().await else {
            return;
        };
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let readers = readers.clone();
        tokio::spawn(async move {
            answer(&readers, batch).await;
            drop(permit);
        });
    }
}

async fn answer(readers: &SqlitePool, batch: Vec<PointRead>) {
    let (by_id, by_slug): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .partition(|read| matches!(read.key, PostKey::Id(_)));
    for (reads, query) in [(by_id, BY_ID), (by_slug, BY_SLUG)] {
        if !reads.is_empty() {
            share(readers, query, reads).await;
        }
    }
}

/// Runs one query for all of `reads`, and gives each the rows that are its own.
async fn share(readers: &SqlitePool, query: &'static str, reads: Vec<PointRead>) {
    let wanted: Vec<_> = reads
        .iter()
        .map(|read| (address(&read.key), read.view == View::Reader))
        .collect();
    let mut rows_of: Vec<Vec<SqliteRow>> = reads.iter().map(|_| Vec::new()).collect();
    let read = async {
        let wanted = rows::json(&wanted)?;
        for row in sqlx::query(query).bind(wanted).fetch_all(readers).await? {
            let place: i64 = row.try_get(POST_COLUMNS + VERSION_COLUMNS)?;
            if let Some(rows) = rows_of.get_mut(rows::number::<usize>(place)?) {
                rows.push(row);
            }
        }
        Ok(())
    };
    let outcome: Result<()> = read.await;
    for (read, rows) in reads.into_iter().zip(rows_of) {
        // Whoever no longer waits needs no answer.
        let _ = read.answer.send(outcome.clone().map(|()| rows));
    }
}

fn address(key: &PostKey) -> String {
    match key {
        PostKey::Id(id) => id_hex(id),
        PostKey::Slug { slug, .. } => slug.clone(),
        // No post has an empty slug.
        PostKey::Path(_) => String::new(),
    }
}

fn chosen(
    rows: &[SqliteRow],
    scope: &Scope,
    key: &PostKey,
    view: View,
) -> Result<Option<PostView>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push((rows::post(row)?, row));
    }
    let Some((post, row)) = tables::chosen(found, scope, key, view) else {
        return Ok(None);
    };
    let version = rows::version(row, POST_COLUMNS, post.id)?;
    Ok(Some(PostView { post, version }))
}
