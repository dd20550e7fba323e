use std::sync::Arc;

use blog_core::{Conflict, Error, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// What can go wrong in this adapter.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PostgresError {
    #[error("the database does not answer")]
    Database(#[source] Arc<sqlx::Error>),
    #[error("the database does not answer in time")]
    Late,
    #[error("the database does not answer: check its address, and that it runs there")]
    Unreachable(#[source] Arc<sqlx::Error>),
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    #[error("the storage is closed")]
    Stopped,
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    #[error("the database's address is not one: it looks like postgres://user:password@host/name")]
    Address,
    #[error("{0:?} is no name for a schema: small letters, digits and _ are")]
    SchemaName(String),
    #[error(
        "the database has schema version {found}, and this program knows {known}: update the program"
    )]
    NewerSchema { found: i32, known: i32 },
}

pub(crate) type Result<T, E = PostgresError> = std::result::Result<T, E>;

/// What `blog.refuse` raises when a post has another revision, or a log the version.
pub(crate) const STALE_REVISION: &str = "BL001";
/// What `blog.refuse` raises when a lease has another holder.
pub(crate) const STALE_LEASE: &str = "BL002";
/// What `blog.refuse` raises when a client id is another actor's.
pub(crate) const OTHERS_CLAIM: &str = "BL003";
/// What `blog.exceeded` raises, with the account in detail.
pub(crate) const EXCEEDED: &str = "BL004";

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl PostgresError {
    /// The five characters of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn code(&self) -> Option<&str> {
        self.answer().map(PgDatabaseError::code)
    }

    fn answer(&self) -> Option<&PgDatabaseError> {
        let Self::Database(error) = self else {
            return None;
        };
        error.as_database_error()?.try_downcast_ref()
    }

    /// Whether one of the rows was refused, and not the whole statement for a cause of its own.
    pub(crate) fn is_refusal(&self) -> bool {
        self.conflict().is_some() || self.code() == Some("23503")
    }

    /// Whether two transactions stood in each other's way, and one of them may try again.
    pub(crate) fn is_crossing(&self) -> bool {
        matches!(self.code(), Some("40001" | "40P01"))
    }

    /// The account that would hold more than its limit.
    pub(crate) fn exceeded(&self) -> Option<String> {
        let answer = self.answer()?;
        let account = answer.detail().unwrap_or_default();
        (answer.code() == EXCEEDED).then(|| account.to_owned())
    }

    /// Whether the other end takes no settings for a connection, as poolers do not.
    pub(crate) fn refuses_settings(&self) -> bool {
        matches!(self.code(), Some("08P01" | "0A000"))
    }

    /// The same where there has been no answer yet.
    pub(crate) fn at_start(self) -> Self {
        match self {
            Self::Database(error)
                if matches!(*error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) =>
            {
                Self::Unreachable(error)
            }
            other => other,
        }
    }

    fn conflict(&self) -> Option<Conflict> {
        let answer = self.answer()?;
        match (answer.code(), answer.constraint(), answer.column()) {
            (STALE_REVISION, ..) | ("23505", Some("versions_pkey"), _) => Some(Conflict::Revision),
            (OTHERS_CLAIM, ..) => Some(Conflict::Taken("client_id")),
            (STALE_LEASE, ..) => Some(Conflict::Lease),
            ("23505", Some("posts_pkey"), _) => Some(Conflict::Taken("id")),
            ("23505", Some("posts_slug"), _) => Some(Conflict::Taken("slug")),
            ("23505", Some("idempotency_pkey"), _) => Some(Conflict::Taken("idempotency_key")),
            ("23502", _, Some("post")) if answer.table() == Some("redirects") => {
                Some(Conflict::Taken("alias"))
            }
            _ => None,
        }
    }

    /// What to tell people, and whether trying again may help.
    fn trouble(&self) -> Option<(&'static str, bool)> {
        let Self::Database(error) = self else {
            return None;
        };
        let Some(code) = self.code() else {
            return match **error {
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                    Some(("the database's connection is lost", true))
                }
                sqlx::Error::PoolTimedOut => Some(("the database does not answer in time", true)),
                sqlx::Error::PoolClosed => Some(("the storage is closed", false)),
                sqlx::Error::Tls(_) => Some(("the database's TLS cannot be trusted", false)),
                sqlx::Error::Configuration(_) => {
                    Some(("the database's address cannot be used", false))
                }
                _ => None,
            };
        };
        Some(match code {
            "08P01" => (
                "the pooler before the database refuses: its log says why",
                true,
            ),
            "25006" => (
                "the database is read-only: use the address of one that can be written",
                false,
            ),
            "28000" | "28P01" => (
                "the database refuses the user or the password: check both in its address",
                false,
            ),
            "3D000" => ("there is no database of that name: create it first", false),
            "42501" => (
                "the database's user lacks a right: it needs CREATE on the database, or a schema \
                 of its own",
                false,
            ),
            "53100" => ("the database's disk is full", false),
            "53300" => ("the database has no connection left", true),
            "55P03" | "57014" => ("the database is busy", true),
            _ if ["08", "40", "53", "57"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                ("the database is not available", true)
            }
            _ => return None,
        })
    }
}

impl From<PostgresError> for Error {
    fn from(error: PostgresError) -> Self {
        match &error {
            PostgresError::NotFound(what) => return Self::not_found(what),
            PostgresError::Invalid(field, message) => {
                return Self::invalid_field(*field, *message);
            }
            PostgresError::Corrupt(_) => return Self::internal(error.to_string()),
            PostgresError::Stopped
            | PostgresError::Address
            | PostgresError::SchemaName(_)
            | PostgresError::NewerSchema { .. } => {
                return Self::unavailable(error.to_string(), false);
            }
            PostgresError::Unreachable(cause) => {
                return Self::unavailable(error.to_string(), true).with_source(Arc::clone(cause));
            }
            PostgresError::Late => return Self::unavailable(error.to_string(), true),
            PostgresError::Database(_) => {}
        }
        if let Some(conflict) = error.conflict() {
            return Self::conflict(conflict);
        }
        if error.code() == Some("23503") {
            return Self::not_found("post");
        }
        match error.trouble() {
            Some((message, retry)) => Self::unavailable(message, retry).with_source(error),
            None => Self::new(ErrorKind::Internal, error.to_string()).with_source(error),
        }
    }
}
