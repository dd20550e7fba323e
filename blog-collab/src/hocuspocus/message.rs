//! The messages of [Hocuspocus](https://github.com/ueberdosis/hocuspocus): each names its document.

use crate::wire::lib0::{DecodeError, Reader, write_var_string, write_var_uint};
use crate::wire::message::Message;

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STATELESS: u64 = 5;
const CLOSE: u64 = 7;
const SYNC_STATUS: u64 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// In bytes: every message carries it.
const LONGEST_ADDRESS: usize = 256;

const TOKEN: u64 = 0;
const DENIED: u64 = 1;
const LET_IN: u64 = 2;

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FromClient<'a> {
    /// It wants into a document.
    Auth { address: &'a str, token: &'a str },
    /// A message of the y-websocket protocol, for a document.
    ForDocument { address: &'a str, message: &'a [u8] },
    /// It needs a document no more.
    Close { address: &'a str },
    /// It asks whether somebody is there.
    Ping,
    /// What needs no answer.
    Nothing,
}

/// Why a frame is none of a client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("no document has so long an address")]
    AddressTooLong,
    #[error("no client says {0}")]
    UnknownType(u64),
    #[error("no client sends {0} to be let in")]
    UnknownAuth(u64),
}

impl<'a> FromClient<'a> {
    pub(super) fn read(frame: &'a [u8]) -> Result<Self, FrameError> {
        match frame {
            [PING] => return Ok(Self::Ping),
            [PONG] => return Ok(Self::Nothing),
            _ => {}
        }
        let mut reader = Reader::new(frame);
        let address = reader.var_string()?;
        if address.len() > LONGEST_ADDRESS {
            return Err(FrameError::AddressTooLong);
        }
        let message = &frame[frame.len() - reader.remaining()..];
        Ok(match reader.var_uint()? {
            SYNC | AWARENESS | QUERY_AWARENESS => Self::ForDocument { address, message },
            AUTH => match reader.var_uint()? {
                // Newer clients say their version behind it.
                TOKEN => Self::Auth {
                    address,
                    token: reader.var_string()?,
                },
                kind => return Err(FrameError::UnknownAuth(kind)),
            },
            CLOSE => Self::Close { address },
            // For extensions, of which there are none here.
            STATELESS => Self::Nothing,
            unknown => return Err(FrameError::UnknownType(unknown)),
        })
    }
}

/// What the server says of a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum ToClient<'a> {
    /// The client is in.
    LetIn { may_edit: bool },
    /// The client is not let in, for this reason.
    Denied(&'a str),
    /// What its room says.
    Said(Message<'a>),
    /// What the client sent is stored, or was refused.
    SyncStatus { is_stored: bool },
    /// Nothing more of this document, for this reason.
    Close(&'a str),
}

impl ToClient<'_> {
    pub(super) fn to_frame(self, address: &str) -> Vec<u8> {
        let mut frame = Vec::with_capacity(address.len() + 8);
        write_var_string(&mut frame, address);
        match self {
            Self::LetIn { may_edit } => {
                write_var_uint(&mut frame, AUTH);
                write_var_uint(&mut frame, LET_IN);
                let scope = if may_edit { "read-write" } else { "readonly" };
                write_var_string(&mut frame, scope);
            }
            Self::Denied(reason) => {
                write_var_uint(&mut frame, AUTH);
                write_var_uint(&mut frame, DENIED);
                write_var_string(&mut frame, reason);
            }
            Self::Said(message) => message.write(&mut frame),
            Self::SyncStatus { is_stored } => {
                write_var_uint(&mut frame, SYNC_STATUS);
                write_var_uint(&mut frame, u64::from(is_stored));
            }
            Self::Close(reason) => {
                write_var_uint(&mut frame, CLOSE);
                write_var_string(&mut frame, reason);
            }
        }
        frame
    }
}

/// The answer to a ping.
pub(super) const PONG_FRAME: &[u8] = &[PONG];

#[cfg(test)]
mod tests {
    use super::{FrameError, FromClient};

    #[test]
    fn what_a_client_says_is_read() {
        let auth = b"\x01a\x02\x00\x03key\x064.7.00";
        assert_eq!(
            FromClient::read(auth),
            Ok(FromClient::Auth {
                address: "a",
                token: "key"
            })
        );
        let update = b"\x01a\x00\x02\x02\x00\x00";
        assert_eq!(
            FromClient::read(update),
            Ok(FromClient::ForDocument {
                address: "a",
                message: b"\x00\x02\x02\x00\x00"
            })
        );
        assert_eq!(
            FromClient::read(b"\x01a\x07"),
            Ok(FromClient::Close { address: "a" })
        );
        assert_eq!(FromClient::read(&[9]), Ok(FromClient::Ping));
        assert_eq!(FromClient::read(&[10]), Ok(FromClient::Nothing));
    }

    #[test]
    fn what_no_client_says_is_an_error() {
        for frame in [
            &b""[..],
            b"\x05ab",
            b"\x01a",
            b"\x01a\x02\x00\x09key",
            b"\x01\xff\x00",
        ] {
            let read = FromClient::read(frame);
            assert!(matches!(read, Err(FrameError::Decode(_))), "{frame:?}");
        }
        let to_all = FromClient::read(b"\x01a\x06\x00");
        assert_eq!(to_all, Err(FrameError::UnknownType(6)));
        let denied = FromClient::read(b"\x01a\x02\x01\x00");
        assert_eq!(denied, Err(FrameError::UnknownAuth(1)));
    }
}
