//! What can go wrong here, and its place in the error of the engine.

use std::io;

use tantivy::TantivyError;

pub(crate) type Result<T, E = IndexError> = std::result::Result<T, E>;

/// What went wrong in the index.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// Another process writes.
    #[error("another process holds the lock of the search index")]
    Locked(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The engine below failed.
    #[error("the search index failed")]
    Tantivy(#[source] TantivyError),
    /// The file system failed.
    #[error("the files of the search index cannot be used")]
    Io(#[from] io::Error),
    /// A call came at the wrong time.
    #[error("no replacement of the search index has begun")]
    NoReplacement,
    /// A task ended early.
    #[error("a search task ended early")]
    Task(#[source] tokio::task::JoinError),
    /// What is stored cannot be read.
    #[error("the search index is damaged: {0}")]
    Damaged(&'static str),
}

impl From<TantivyError> for IndexError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => Self::Locked(Some(Box::new(error))),
            other => Self::Tantivy(other),
        }
    }
}

impl From<IndexError> for blog_core::Error {
    fn from(error: IndexError) -> Self {
        let message = error.to_string();
        match &error {
            IndexError::Locked(_) | IndexError::Io(_) => Self::unavailable(message, true),
            // The disk is full or failing: no fault of the post that is being indexed.
            IndexError::Tantivy(
                TantivyError::IoError(_)
                | TantivyError::OpenReadError(_)
                | TantivyError::OpenWriteError(_)
                | TantivyError::OpenDirectoryError(_)
                | TantivyError::ErrorInThread(_),
            ) => Self::unavailable(message, true),
            _ => Self::internal(message),
        }
        .with_source(error)
    }
}
