//! One document of a connection: its client is let in, and what it and the room say is passed on.

use std::future::{Future, pending};
use std::sync::Arc;

use blog_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};
use tokio::time::{Duration, Instant, sleep};

use super::Admitted;
use super::message::ToClient;
use crate::first::first;
use crate::room::{Dialect, due};
use crate::{Close, Hub, Outgoing, Participant};

/// How long it is at first, and at most, until a document is tried again that cannot be opened for now.
const REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What a client says about a document that it has asked for.
#[derive(Debug)]
pub(super) enum Said {
    /// Who it is, once more.
    Token(String),
    /// Something for the room, which takes up some of what one connection may bring at once.
    Message(Bytes, OwnedSemaphorePermit),
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
    /// Where `heard` comes from, as long as the client needs the document.
    pub(super) client: mpsc::WeakSender<Said>,
    pub(super) to_send: mpsc::Sender<Outgoing>,
    /// What was open under the address before ends first.
    pub(super) turn: Arc<Mutex<()>>,
    /// One of the documents that a connection may have.
    pub(super) _place: OwnedSemaphorePermit,
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

/// What came of one thing that a client said.
enum Step {
    GoOn,
    Renewed(Option<Instant>),
    End(End),
}

impl<Admit, Admitting> OpenDocument<'_, Admit>
where
    Admit: Fn(String, String) -> Admitting,
    Admitting: Future<Output = Result<Admitted>>,
{
    /// Until the client leaves it, or is closed.
    pub(super) async fn serve(mut self) {
        let turn = Arc::clone(&self.turn);
        let _turn = turn.lock().await;
        let end = match self.let_in_at_last().await {
            Ok((admitted, expires, place)) => self.pass_on(&admitted, expires, &place).await,
            Err(end) => end,
        };
        let last = match end {
            End::Left => return,
            End::Denied(error) => self.named(ToClient::Denied(error.client_message())),
            // Clients do not come again for a single document.
            End::Closed(close @ (Close::GoingAway | Close::TryAgainLater)) => {
                Outgoing::Close(close)
            }
            End::Closed(close) => self.named(ToClient::Close(close.reason())),
        };
        if !self.is_left() {
            // Nobody may be there to send it.
            let _ = self.to_send.send(last).await;
        }
    }

    /// Whether the client does not need the document any more. It may have opened another under the
    /// address, and is told nothing of this one.
    fn is_left(&self) -> bool {
        self.client.strong_count() == 0
    }

    /// Lets the client in, as soon as the document can be opened.
    async fn let_in_at_last(&self) -> Result<(Admitted, Option<Instant>, Participant), End> {
        let name = &self.address;
        let mut rest = REST;
        loop {
            let error = match self.let_in().await {
                Ok(let_in) => return Ok(let_in),
                Err(error) => error,
            };
            match error.kind() {
                // Who comes again at once is refused again.
                ErrorKind::RateLimited { .. } => return Err(End::Denied(error)),
                _ if error.is_retryable() => {
                    tracing::warn!(%error, name, "a document cannot be opened for now");
                }
                ErrorKind::Internal => {
                    tracing::error!(%error, name, "a document cannot be opened");
                    return Err(End::Denied(error));
                }
                _ => return Err(End::Denied(error)),
            }
            sleep(rest).await;
            rest = LONGEST_REST.min(rest * 2);
            if self.is_left() {
                return Err(End::Left);
            }
        }
    }

    async fn let_in(&self) -> Result<(Admitted, Option<Instant>, Participant)> {
        let (admitted, expires) = self.admitted(self.token.clone()).await?;
        let Admitted { actor, post, .. } = &admitted;
        let place = self.hub.join_speaking(Dialect::Hocuspocus, actor, *post);
        let place = place.await?;
        Ok((admitted, expires, place))
    }

    /// Whom a token lets in, and until when.
    async fn admitted(&self, token: String) -> Result<(Admitted, Option<Instant>)> {
        // Behind it stands which of the client's sessions this is.
        let name = self.address.split('\0').next().unwrap_or_default();
        let admitted = (self.admit)(name.to_owned(), token).await?;
        let after = admitted.expires_after;
        let expires = after.and_then(|after| Instant::now().checked_add(after));
        Ok((admitted, expires))
    }

    fn named(&self, said: ToClient<'_>) -> Outgoing {
        Outgoing::Frame(said.to_frame(&self.address).into())
    }

    async fn pass_on(
        &mut self,
        admitted: &Admitted,
        mut expires: Option<Instant>,
        place: &Participant,
    ) -> End {
        let (address, to_send) = (self.address.clone(), self.to_send.clone());
        let client = self.client.clone();
        let speaking = async {
            loop {
                let said = match place.next().await {
                    Outgoing::Close(close) => return End::Closed(close),
                    Outgoing::Frame(frame) => ToClient::Said(&frame).to_frame(&address),
                    Outgoing::Ping => continue,
                };
                if client.strong_count() == 0
                    || to_send.send(Outgoing::Frame(said.into())).await.is_err()
                {
                    // Nobody listens. What they have said is to be heard all the same.
                    return pending().await;
                }
            }
        };
        let hearing = async {
            loop {
                let step = tokio::select! {
                    biased;
                    () = due(expires) => return End::Closed(Close::Expired),
                    step = self.hear(admitted, place) => step,
                };
                match step {
                    Step::GoOn => {}
                    Step::Renewed(until) => expires = until,
                    Step::End(end) => return end,
                }
            }
        };
        first(speaking, hearing).await
    }

    async fn hear(&mut self, admitted: &Admitted, place: &Participant) -> Step {
        match self.heard.recv().await {
            Some(Said::Message(message, _space)) => {
                place.receive(message).await;
                Step::GoOn
            }
            Some(Said::Token(token)) => match self.admitted(token).await {
                Ok((again, expires))
                    if again.actor == admitted.actor && again.post == admitted.post =>
                {
                    Step::Renewed(expires)
                }
                // They come again, as who they are by now.
                Ok(_) => Step::End(End::Closed(Close::TryAgainLater)),
                Err(refused) => Step::End(End::Denied(refused)),
            },
            None => Step::End(End::Left),
        }
    }
}
