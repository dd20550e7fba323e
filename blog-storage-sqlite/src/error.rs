use blog_core::{Conflict, Error, ErrorKind};

/// What can go wrong in this adapter.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum SqliteError {
    #[error("the database does not answer")]
    Database(#[source] std::sync::Arc<sqlx::Error>),
    #[error("conflict")]
    Conflict(Conflict),
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    #[error("the storage is closed")]
    Stopped,
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    #[error(
        "the database has schema version {found}, and this program knows {known}: update the program"
    )]
    NewerSchema { found: i64, known: i64 },
}

pub(crate) type Result<T, E = SqliteError> = std::result::Result<T, E>;

impl From<sqlx::Error> for SqliteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(std::sync::Arc::new(error))
    }
}

impl SqliteError {
    /// Whether a uniqueness check of the database refused it (SQLITE_CONSTRAINT and its kinds).
    pub(crate) fn is_constraint(&self) -> bool {
        match self {
            Self::Database(error) => primary_code(error) == Some(19),
            _ => false,
        }
    }
}

/// The low byte of SQLite's extended result code: <https://www.sqlite.org/rescode.html>.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

impl From<SqliteError> for Error {
    fn from(error: SqliteError) -> Self {
        match &error {
            SqliteError::Conflict(conflict) => Self::conflict(conflict.clone()),
            SqliteError::NotFound(what) => Self::not_found(what),
            SqliteError::Invalid(field, message) => Self::invalid_field(*field, *message),
            SqliteError::Stopped => Self::unavailable(error.to_string(), false),
            SqliteError::NewerSchema { .. } => Self::unavailable(error.to_string(), false),
            SqliteError::Corrupt(_) => Self::new(ErrorKind::Internal, error.to_string()),
            SqliteError::Database(cause) => {
                let (message, retry) = match primary_code(cause) {
                    Some(5 | 6) => ("another program holds the database's lock", true),
                    Some(8) => ("the database is read-only", false),
                    Some(10) => ("the disk does not answer", false),
                    Some(11 | 26) => ("the database file is damaged", false),
                    Some(13) => ("the disk is full", false),
                    Some(14) => ("the database file cannot be opened", false),
                    Some(_) => return Self::internal(error.to_string()).with_source(error),
                    None => ("the database does not answer", true),
                };
                Self::unavailable(message, retry).with_source(error)
            }
        }
    }
}
