//! Several documents over one connection, as clients of
//! [Hocuspocus](https://github.com/ueberdosis/hocuspocus) want them: each asks to be let in by itself.

mod documents;
mod message;
mod translation;

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;

use blog_core::Result;
use bytes::Bytes;
use futures::stream::SelectAll;
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::documents::{Document, Documents};
use self::message::{FromClient, PONG_FRAME, ToClient};
use self::translation::{for_client, for_room, is_empty_answer};
use crate::connection::{GOODBYE, PING, SILENCE, patience};
use crate::first::first;
use crate::{Close, Outgoing, Participant};

/// Answers that may wait for a client that does not read: then nothing more is read from it.
const ANSWERS: usize = 16;

/// What the half that reads has to say through the half that writes.
#[derive(Debug)]
enum Answer {
    Frame(Bytes),
    Opened(Arc<Document>),
    Close(Close),
}

/// Carries bytes between a connection and the rooms of all documents that its client asks for.
///
/// `admit` lets a client with a token into the room of the document of this name, or says why not; it
/// is the host's place to find out whose token it is. `incoming` and `outgoing` are as
/// [`Participant::serve`] has them. The client's own edits are confirmed (`SyncStatus`) once they are
/// stored. A document is closed by itself where its room does not want the client any more; what makes
/// the client come again, such as a server that stops, closes the connection.
pub async fn serve_documents<Admit, Admitted>(
    admit: Admit,
    incoming: impl Stream<Item = Result<Bytes, Close>>,
    outgoing: impl Sink<Outgoing>,
) where
    Admit: Fn(String, String) -> Admitted,
    Admitted: Future<Output = Result<Participant>>,
{
    let (mut incoming, outgoing) = (pin!(incoming), pin!(outgoing));
    let (answers, answered) = mpsc::channel(ANSWERS);
    let receiving = receive(admit, incoming.as_mut(), answers);
    let is_closed = first(send(answered, outgoing), receiving.map(|()| false)).await;
    if is_closed {
        let rest = async { while incoming.next().await.is_some() {} };
        // Whoever has not gone by now is left.
        let _ = timeout(GOODBYE, rest).await;
    }
}

/// Until the client says goodbye, or falls silent. After what cannot be read, [`send`] ends the
/// connection, with the reason.
async fn receive<In, Admit, Admitted>(
    admit: Admit,
    mut incoming: Pin<&mut In>,
    answers: mpsc::Sender<Answer>,
) where
    In: Stream<Item = Result<Bytes, Close>>,
    Admit: Fn(String, String) -> Admitted,
    Admitted: Future<Output = Result<Participant>>,
{
    let mut documents = Documents::default();
    while let Ok(Some(frame)) = timeout(SILENCE, incoming.next()).await {
        let received = match &frame {
            // A ping or pong.
            Ok(frame) if frame.is_empty() => Ok(None),
            Ok(frame) => on_frame(&mut documents, &admit, frame).await,
            Err(close) => Err(*close),
        };
        let answer = match received {
            Ok(None) => continue,
            Ok(Some(answer)) => answer,
            Err(close) => Answer::Close(close),
        };
        let is_close = matches!(answer, Answer::Close(_));
        if answers.send(answer).await.is_err() {
            return;
        }
        if is_close {
            return pending().await;
        }
    }
}

async fn on_frame<Admitted>(
    documents: &mut Documents,
    admit: &impl Fn(String, String) -> Admitted,
    frame: &[u8],
) -> Result<Option<Answer>, Close>
where
    Admitted: Future<Output = Result<Participant>>,
{
    let say = |address, said: ToClient<'_>| Some(Answer::Frame(said.to_frame(address).into()));
    match FromClient::read(frame).map_err(|_| Close::Malformed)? {
        FromClient::Auth { address, token } => {
            if !documents.have_room_for(address) {
                let denied = ToClient::Denied("too many documents on one connection");
                return Ok(say(address, denied));
            }
            // Behind it stands which of the client's sessions this is.
            let name = address.split('\0').next().unwrap_or_default();
            match admit(name.to_owned(), token.to_owned()).await {
                Ok(place) => Ok(Some(Answer::Opened(documents.open(address, place)))),
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, name, "a document cannot be opened for now");
                    Err(Close::TryAgainLater)
                }
                Err(error) => Ok(say(address, ToClient::Denied(error.client_message()))),
            }
        }
        FromClient::ForDocument { address, message } => {
            let Some(document) = documents.get(address) else {
                return Ok(None);
            };
            let frame = for_room(message, document.may_edit());
            document.place.receive(frame).await;
            if document.may_edit() || !is_empty_answer(message) {
                return Ok(None);
            }
            Ok(say(address, ToClient::SyncStatus { is_stored: true }))
        }
        FromClient::Close { address } => {
            documents.leave(address);
            Ok(None)
        }
        FromClient::Ping => Ok(Some(Answer::Frame(Bytes::from_static(PONG_FRAME)))),
        FromClient::Nothing => Ok(None),
    }
}

/// Until the connection is closed, and the client told so, or it does not read any more.
async fn send<Out: Sink<Outgoing>>(
    mut answers: mpsc::Receiver<Answer>,
    mut outgoing: Pin<&mut Out>,
) -> bool {
    let mut spoken = SelectAll::new();
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let sent: Vec<Outgoing> = tokio::select! {
            Some(answer) = answers.recv() => vec![match answer {
                Answer::Frame(frame) => Outgoing::Frame(frame),
                Answer::Opened(document) => {
                    let let_in = ToClient::LetIn { may_edit: document.may_edit() };
                    let frame = let_in.to_frame(&document.address);
                    spoken.push(document.spoken());
                    Outgoing::Frame(frame.into())
                }
                Answer::Close(close) => Outgoing::Close(close),
            }],
            Some((document, said)) = spoken.next() => for_client(&document, said),
            _ = pings.tick() => vec![Outgoing::Ping],
        };
        for next in sent {
            let is_close = matches!(next, Outgoing::Close(_));
            let patience = patience(&next);
            let sent = timeout(patience, outgoing.send(next)).await;
            if is_close || !matches!(sent, Ok(Ok(()))) {
                return is_close;
            }
        }
    }
}
