//! What rooms say to clients of [Hocuspocus](https://github.com/ueberdosis/hocuspocus) beside the messages
//! of y-websocket, and [`hocuspocus`](crate::hocuspocus) passes on.

use bytes::Bytes;

/// The client is in, and may edit or only look on: an auth message (2) of kind 2, and its scope.
pub(crate) const fn let_in(may_edit: bool) -> Bytes {
    Bytes::from_static(if may_edit {
        b"\x02\x02\x0aread-write"
    } else {
        b"\x02\x02\x08readonly"
    })
}

/// An update of the client is stored, or was refused: a message of type 8.
pub(crate) const fn sync_status(is_stored: bool) -> Bytes {
    Bytes::from_static(if is_stored { &[8, 1] } else { &[8, 0] })
}
