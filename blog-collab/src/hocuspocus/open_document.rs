//! One document of a connection: its client is let in, and what it and the room say is passed on.

use std::future::{Future, pending};

use blog_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Duration, Instant, sleep};

use super::Admission;
use super::message::ToClient;
use crate::first::first;
use crate::room::{Dialect, due};
use crate::{Close, Hub, Outgoing, Participant};

/// How long a client waits that could not be let in for now: it would come again at once.
const REST: Duration = Duration::from_secs(2);

/// What a client says about a document that it has asked for.
#[derive(Debug)]
pub(super) enum Said {
    /// Who it is, once more.
    Token(String),
    /// Something for the room, which takes up some of what one connection may bring at once.
    Message(Bytes, OwnedSemaphorePermit),
}

/// How a document ends.
enum End {
    /// The client does not need it any more, or is gone.
    Left,
    /// The client is not let in, or not any more, for this reason.
    Denied(Error),
    /// The room closed it.
    Closed(Close),
}

/// A document that a client has asked for.
#[derive(Debug)]
pub(super) struct OpenDocument<'a, Admit> {
    pub(super) hub: &'a Hub,
    pub(super) admit: &'a Admit,
    /// What the client calls it.
    pub(super) address: String,
    pub(super) token: String,
    pub(super) heard: mpsc::Receiver<Said>,
    pub(super) to_send: mpsc::Sender<Outgoing>,
}

impl<Admit, Admitting> OpenDocument<'_, Admit>
where
    Admit: Fn(String, String) -> Admitting,
    Admitting: Future<Output = Result<Admission>>,
{
    /// Until the client leaves it, or is closed.
    pub(super) async fn serve(mut self) {
        let token = std::mem::take(&mut self.token);
        let end = match self.let_in(token).await {
            Ok((admission, place)) => self.pass_on(admission, &place).await,
            Err(refused) => End::Denied(refused),
        };
        let last = match end {
            End::Left => return,
            End::Denied(error) => self.denied(&error).await,
            // Clients do not come again for a single document.
            End::Closed(close @ (Close::GoingAway | Close::TryAgainLater)) => {
                Outgoing::Close(close)
            }
            End::Closed(close) => self.said(ToClient::Close(close.reason())),
        };
        // Nobody may be left to send it.
        let _ = self.to_send.send(last).await;
    }

    async fn let_in(&self, token: String) -> Result<(Admission, Participant)> {
        let admission = self.admitted(token).await?;
        let Admission { actor, post, .. } = &admission;
        let place = self.hub.join_speaking(Dialect::Hocuspocus, actor, *post);
        let place = place.await?;
        Ok((admission, place))
    }

    async fn admitted(&self, token: String) -> Result<Admission> {
        // Behind it stands which of the client's sessions this is.
        let name = self.address.split('\0').next().unwrap_or_default();
        (self.admit)(name.to_owned(), token).await
    }

    /// What the client hears who is not let in.
    async fn denied(&self, error: &Error) -> Outgoing {
        let name = &self.address;
        match error.kind() {
            // Who comes again at once is refused again.
            ErrorKind::RateLimited { .. } => {}
            _ if error.is_retryable() => {
                tracing::warn!(%error, name, "a document cannot be opened for now");
                sleep(REST).await;
                return Outgoing::Close(Close::TryAgainLater);
            }
            ErrorKind::Internal => tracing::error!(%error, name, "a document cannot be opened"),
            _ => {}
        }
        self.said(ToClient::Denied(error.client_message()))
    }

    fn said(&self, said: ToClient<'_>) -> Outgoing {
        Outgoing::Frame(said.to_frame(&self.address).into())
    }

    async fn pass_on(&mut self, admission: Admission, place: &Participant) -> End {
        let (address, to_send) = (self.address.clone(), self.to_send.clone());
        let speaking = async {
            loop {
                let said = match place.next().await {
                    Outgoing::Close(close) => return End::Closed(close),
                    Outgoing::Frame(frame) => ToClient::Said(&frame).to_frame(&address),
                    Outgoing::Ping => continue,
                };
                if to_send.send(Outgoing::Frame(said.into())).await.is_err() {
                    // Nobody listens. What has been said is to be heard all the same.
                    return pending().await;
                }
            }
        };
        first(speaking, self.hear(admission, place)).await
    }

    async fn hear(&mut self, admission: Admission, place: &Participant) -> End {
        let mut expires = end_of(&admission);
        loop {
            let said = tokio::select! {
                () = due(expires) => return End::Closed(Close::Expired),
                said = self.heard.recv() => said,
            };
            match said {
                Some(Said::Message(message, _space)) => place.receive(message).await,
                Some(Said::Token(token)) => match self.admitted(token).await {
                    Ok(again) if again.actor == admission.actor && again.post == admission.post => {
                        expires = end_of(&again);
                    }
                    // What they had not been sent yet, others are.
                    Ok(_) => return End::Closed(Close::TryAgainLater),
                    Err(refused) => return End::Denied(refused),
                },
                None => return End::Left,
            }
        }
    }
}

/// When what let a client in does not hold any more.
fn end_of(admission: &Admission) -> Option<Instant> {
    let after = admission.expires_after?;
    Instant::now().checked_add(after)
}
