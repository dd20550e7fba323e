use bytes::Bytes;
use futures::{StreamExt, sink, stream};
use tokio::time::sleep;

use super::connection::{MOMENT, Room, editor, frames, without_waiting};
use crate::hocuspocus::{Admitted, serve_documents};

/// What holds for [`connection`](super::connection), of two clients that speak Hocuspocus' protocol. Every
/// document is the one post, and every token one of theirs.
///
/// The bytes are as they are there. Nobody who was closed comes again.
pub fn hocuspocus(bytes: &[u8]) {
    without_waiting(run(frames(bytes)));
}

async fn run(frames: Vec<(usize, Bytes)>) {
    let room = Room::open().await;
    let post = room.post;
    let serve = |number: usize, id: &'static str| {
        let own = frames.iter().filter(move |(who, _)| *who == number);
        let own: Vec<_> = own.map(|(_, frame)| frame.clone()).collect();
        let incoming = stream::iter(own).then(async |frame| {
            sleep(MOMENT).await;
            Ok(frame)
        });
        // Whoever is served until the end of what they say has had an answer to it by then.
        let incoming = incoming.chain(stream::once(async {
            sleep(MOMENT).await;
            Ok(Bytes::new())
        }));
        let admit = move |_, _| async move {
            Ok(Admitted {
                actor: editor(id),
                post,
                expires_after: None,
            })
        };
        serve_documents(&room.hub, admit, incoming, sink::drain())
    };
    tokio::join!(serve(0, "ada"), serve(1, "ben"));
    room.expect_the_same_for_all().await;
}
