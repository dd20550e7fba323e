//! Several documents over one connection, as clients of
//! [Hocuspocus](https://github.com/ueberdosis/hocuspocus) want them: each asks to be let in by itself.

mod connection;
mod message;
mod open_document;

use std::future::Future;
use std::time::Duration;

use blog_core::Result;
use blog_core::domain::{Actor, PostId};
use bytes::Bytes;
use futures::{Sink, Stream};

use crate::{Close, Hub, Outgoing};

/// Whom a token lets into a document, as the host finds.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Whose token it is.
    pub actor: Actor,
    /// The post of the document that the client has named.
    pub post: PostId,
    /// For how long the token holds; `None` where it does not end by itself.
    pub expires_after: Option<Duration>,
}

/// Carries bytes between a connection and the rooms of all documents that its client asks for.
///
/// `admit` gets the name of a document and a token, and finds out whose token and which post it is, or
/// says why the client is not let in. `incoming` and `outgoing` are as
/// [`Participant::serve`](crate::Participant::serve) has them.
///
/// The client's own edits are confirmed (`SyncStatus`) once they are stored. A document that cannot be
/// opened for now is tried again. One is closed by itself where its room does not want the client any
/// more; what makes the client come again, such as a server that stops, closes the connection. So does
/// having no document open for some minutes.
pub async fn serve_documents<Admitting>(
    hub: &Hub,
    admit: impl Fn(String, String) -> Admitting,
    incoming: impl Stream<Item = Result<Bytes, Close>>,
    outgoing: impl Sink<Outgoing>,
) where
    Admitting: Future<Output = blog_core::Result<Admitted>>,
{
    connection::serve(hub, &admit, incoming, outgoing).await;
}
