//! Room for the write-ahead log. SQLite writes it from the beginning again once it has 1,000 pages
//! (<https://www.sqlite.org/wal.html#ckpt>), and until it has been so long, each commit makes the file
//! grow: the flush then writes the file's length as well, which nearly doubles what a commit costs.

use std::ffi::OsString;
use std::path::Path;

use sqlx::{AssertSqlSafe, Executor, SqliteConnection};

/// Pages that are kept while a transaction goes on; the rest goes to the log.
const KEPT: i64 = 16;
/// A host's connections may let the log become longer; it is not made longer than this.
const MOST: i64 = 1_000;

/// Makes the log as long as it will be, by a transaction that is undone. Only this takes time: the
/// file of the database stays as it is, and a log that could not be made longer grows as it is written.
pub(crate) async fn make(connection: &mut SqliteConnection, database: &Path) {
    if let Err(error) = try_to_make(connection, database).await {
        tracing::debug!(%error, "the write-ahead log grows as it is written");
    }
}

async fn try_to_make(connection: &mut SqliteConnection, database: &Path) -> sqlx::Result<()> {
    let pages: i64 = pragma(connection, "wal_autocheckpoint").await?;
    let pages = pages.min(MOST);
    let page: i64 = pragma(connection, "page_size").await?;
    let bytes = (pages + 2 * KEPT) * page;
    if length_of_log(database)
        .is_none_or(|length| i64::try_from(length).is_ok_and(|it| it >= bytes))
    {
        return Ok(());
    }
    let cache: i64 = pragma(connection, "cache_size").await?;
    set_cache(connection, KEPT).await?;
    let written = write(connection, bytes).await;
    // Fails where it was not begun.
    let _ = connection.execute("ROLLBACK").await;
    set_cache(connection, cache).await?;
    written
}

/// Whether the log is for this program to write back: a host may have left that to another one.
pub(crate) async fn is_written_back(connection: &mut SqliteConnection) -> bool {
    let pages = pragma(connection, "wal_autocheckpoint").await;
    pages.is_ok_and(|pages| pages > 0)
}

/// Moves what the log holds into the database, as far as no reader needs it where it is: the log then begins
/// anew.
pub(crate) async fn write_back(connection: &mut SqliteConnection) {
    let written = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
    if let Err(error) = written {
        // A later commit does it, and says what is wrong if it still is.
        tracing::debug!(%error, "the write-ahead log is not written back");
    }
}

async fn write(connection: &mut SqliteConnection, bytes: i64) -> sqlx::Result<()> {
    connection
        .execute("BEGIN IMMEDIATE; CREATE TABLE blog_log_room (filling)")
        .await?;
    sqlx::query("INSERT INTO blog_log_room VALUES (zeroblob($1))")
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(())
}

async fn pragma(connection: &mut SqliteConnection, name: &'static str) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!("PRAGMA {name}")))
        .fetch_one(connection)
        .await
}

async fn set_cache(connection: &mut SqliteConnection, pages: i64) -> sqlx::Result<()> {
    let set = AssertSqlSafe(format!("PRAGMA cache_size = {pages}"));
    sqlx::query(set).execute(connection).await.map(|_| ())
}

/// In bytes; nothing for a database without a file.
fn length_of_log(database: &Path) -> Option<u64> {
    let mut log = OsString::from(database);
    log.push("-wal");
    Some(std::fs::metadata(log).ok()?.len())
}
