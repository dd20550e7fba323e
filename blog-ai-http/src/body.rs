use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::{Failure, Result};
use crate::events::Events;
use crate::limits::{ANSWER_BYTES, ERROR_BYTES};

/// How long an error's words are waited for: its status is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// An answer's body, that has not been read. Dropping it closes the connection.
#[derive(Debug)]
pub struct Body(Response);

impl Body {
    pub(crate) const fn new(response: Response) -> Self {
        Self(response)
    }

    /// Whether it says that it is JSON, and so no stream.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let kind = self.0.headers().get(CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
    }

    /// All of it, as JSON.
    ///
    /// # Errors
    /// If it breaks off, is too long, or has another shape.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let all = self.bytes().await?;
        // What serde says may quote the answer.
        let not_so = |_| Failure::Unreadable("it has another shape than it should have");
        serde_json::from_slice(&all).map_err(not_so)
    }

    /// All of it.
    ///
    /// # Errors
    /// If it breaks off, or is too long.
    pub async fn bytes(mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(bytes) = self.chunk().await? {
            if all.len() + bytes.len() > ANSWER_BYTES {
                return Err(Failure::Endless);
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// It, as server-sent events.
    #[must_use]
    pub fn events(self) -> Events {
        Events::new(self)
    }

    /// The beginning of it, or as much of that as can be read.
    pub(crate) async fn beginning(mut self) -> Vec<u8> {
        let mut beginning = Vec::new();
        let read = async {
            while let Ok(Some(bytes)) = self.chunk().await {
                beginning.extend_from_slice(&bytes);
                if beginning.len() > ERROR_BYTES {
                    break;
                }
            }
        };
        // What has come by then is as much as there is.
        let _ = timeout(PATIENCE, read).await;
        beginning
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.0.chunk().await.map_err(Failure::broke_off)
    }
}
