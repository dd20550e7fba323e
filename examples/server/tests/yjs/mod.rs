//! Yjs clients, each a process of its own (`client.mjs`), and a WebSocket that keeps to no rule.
#![allow(dead_code, unused_imports, reason = "each test uses what it needs")]

mod client;
mod raw;
mod scene;

pub(crate) use self::client::{Client, Look};
pub(crate) use self::raw::{BINARY, RawSocket, TEXT};
pub(crate) use self::scene::{Scene, has_lines, type_together, wait_for_same, wait_for_sync};
