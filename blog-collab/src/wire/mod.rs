//! What goes over the socket: [lib0](https://github.com/dmonad/lib0) values, and the messages of
//! y-websocket made of them.

pub(crate) mod awareness;
pub(crate) mod hocuspocus;
pub(crate) mod lib0;
pub(crate) mod message;
