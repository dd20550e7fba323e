//! Yjs clients in rooms that tokio-tungstenite serves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by it"
)]

#[path = "../../../tests/collaborate/mod.rs"]
mod suite;

use std::net::TcpListener;

use collaborate_tungstenite::Rooms;
use tokio::runtime::Runtime;
use tokio::sync::oneshot::Receiver;

fn serve(listener: TcpListener, rooms: Rooms, stopped: Receiver<()>) {
    let serving = async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let shutdown = async { stopped.await.unwrap_or(()) };
        collaborate_tungstenite::serve(listener, rooms, shutdown).await
    };
    Runtime::new().unwrap().block_on(serving).unwrap();
}
