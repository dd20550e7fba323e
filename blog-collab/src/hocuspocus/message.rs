//! The messages of [Hocuspocus](https://github.com/ueberdosis/hocuspocus): each names its document.

use crate::wire::lib0::{DecodeError, Reader, write_var_string, write_var_uint};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STATELESS: u64 = 5;
const CLOSE: u64 = 7;
const PING: u8 = 9;
const PONG: u8 = 10;

/// In bytes: every message carries it.
const LONGEST_ADDRESS: usize = 256;
/// In bytes. Longer ones come in no header either.
const LONGEST_TOKEN: usize = 16 << 10;

const TOKEN: u64 = 0;
const DENIED: u64 = 1;

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

/// A frame that is none of a client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotFromClient;

impl From<DecodeError> for NotFromClient {
    fn from(_: DecodeError) -> Self {
        Self
    }
}

impl<'a> FromClient<'a> {
    pub(super) fn read(frame: &'a [u8]) -> Result<Self, NotFromClient> {
        match frame {
            [PING] => return Ok(Self::Ping),
            [PONG] => return Ok(Self::Nothing),
            _ => {}
        }
        let mut reader = Reader::new(frame);
        let address = reader.var_string()?;
        if address.len() > LONGEST_ADDRESS {
            return Err(NotFromClient);
        }
        let message = &frame[frame.len() - reader.remaining()..];
        Ok(match reader.var_uint()? {
            SYNC | AWARENESS | QUERY_AWARENESS => Self::ForDocument { address, message },
            AUTH => match reader.var_uint()? {
                // Newer clients say their version behind it.
                TOKEN => match reader.var_string()? {
                    token if token.len() > LONGEST_TOKEN => return Err(NotFromClient),
                    token => Self::Auth { address, token },
                },
                _ => return Err(NotFromClient),
            },
            CLOSE => Self::Close { address },
            // For extensions, of which there are none here.
            STATELESS => Self::Nothing,
            _ => return Err(NotFromClient),
        })
    }
}

/// What the server says of a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum ToClient<'a> {
    /// The client is not let in, for this reason.
    Denied(&'a str),
    /// What its room says: one message.
    Said(&'a [u8]),
    /// Nothing more of this document, for this reason.
    Close(&'a str),
}

impl ToClient<'_> {
    pub(super) fn to_frame(self, address: &str) -> Vec<u8> {
        let rest = match self {
            Self::Denied(text) | Self::Close(text) => text.len(),
            Self::Said(message) => message.len(),
        };
        // Behind two lengths and two types.
        let mut frame = Vec::with_capacity(address.len() + rest + 8);
        write_var_string(&mut frame, address);
        match self {
            Self::Denied(reason) => {
                write_var_uint(&mut frame, AUTH);
                write_var_uint(&mut frame, DENIED);
                write_var_string(&mut frame, reason);
            }
            Self::Said(message) => frame.extend_from_slice(message),
            Self::Close(reason) => {
                write_var_uint(&mut frame, CLOSE);
                write_var_string(&mut frame, reason);
            }
        }
        frame
    }
}

/// The question whether somebody is there.
pub(super) const PING_FRAME: &[u8] = &[PING];
/// The answer to it.
pub(super) const PONG_FRAME: &[u8] = &[PONG];

#[cfg(test)]
mod tests {
    use super::{FromClient, NotFromClient};

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
            // A broadcast, and a refusal.
            b"\x01a\x06\x00",
            b"\x01a\x02\x01\x00",
        ] {
            assert_eq!(FromClient::read(frame), Err(NotFromClient), "{frame:?}");
        }
    }
}
