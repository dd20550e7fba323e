//! Yjs clients in rooms that actix-web serves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by it"
)]

#[path = "../../../tests/collaborate/mod.rs"]
mod suite;

use std::net::TcpListener;

use collaborate_actix::Rooms;
use tokio::sync::oneshot::Receiver;

fn serve(listener: TcpListener, rooms: Rooms, stopped: Receiver<()>) {
    let shutdown = async { stopped.await.unwrap_or(()) };
    let serving = collaborate_actix::serve(listener, rooms, shutdown);
    actix_web::rt::System::new().block_on(serving).unwrap();
}
