use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

/// Where the database is, and how it is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteConfig {
    /// The file; made if it is not there.
    pub path: PathBuf,
    /// Connections that read beside the writer.
    pub readers: u32,
    /// How long a lock that another program holds is waited for.
    pub busy_timeout: Duration,
}

impl SqliteConfig {
    /// This file, everything else at its default: 4 readers, 5 s.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            readers: 4,
            busy_timeout: Duration::from_secs(5),
        }
    }

    pub(crate) fn connect_options(&self) -> SqliteConnectOptions {
        let options = SqliteConnectOptions::new().filename(&self.path);
        with_pragmas(options.create_if_missing(true), self.busy_timeout)
    }
}

/// The pragmas that the promises rest on; each connection needs them.
pub(crate) fn with_pragmas(
    options: SqliteConnectOptions,
    busy_timeout: Duration,
) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(busy_timeout)
        .pragma("cache_size", "-16384")
        .pragma("mmap_size", "268435456")
        .disable_statement_logging()
}
