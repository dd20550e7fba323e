//! Yjs clients, each a process of its own (`client.mjs`) or many in one (`crowd.mjs`), one of Hocuspocus,
//! TipTap, and a WebSocket that keeps to no rule.
#![allow(dead_code, unused_imports, reason = "each test uses what it needs")]

mod client;
mod crowd;
mod hocuspocus;
mod nodes;
mod post;
mod program;
mod raw;
mod scene;
mod tiptap;
mod typing;

pub(crate) use self::client::{Client, Look};
pub(crate) use self::crowd::Crowd;
pub(crate) use self::hocuspocus::{Hocuspocus, Opened};
pub(crate) use self::nodes::Nodes;
pub(crate) use self::post::Post;
pub(crate) use self::raw::{BINARY, RawSocket, TEXT};
pub(crate) use self::scene::{Scene, has_lines, type_together, wait_for_same, wait_for_sync};
pub(crate) use self::tiptap::Tiptap;
pub(crate) use self::typing::{
    keep_typing, lost_or_doubled, promised, says_once, seen, stop_typing,
};
