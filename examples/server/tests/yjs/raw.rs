use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A WebSocket (RFC 6455) that sends what it is told to.
pub(crate) struct RawSocket(TcpStream);

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

impl RawSocket {
    /// The connection, or the status with which it was refused.
    pub(crate) fn open(address: &str, path: &str, headers: &str) -> Result<Self, u16> {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             {headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = vec![];
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let answer = String::from_utf8(answer).unwrap();
        match answer.split(' ').nth(1).unwrap().parse().unwrap() {
            101 => Ok(Self(stream)),
            status => Err(status),
        }
    }

    /// Sends a whole frame, masked with zeros; a server that has gone meanwhile does not mind.
    pub(crate) fn send(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | kind, 0x80 | 127];
        frame.extend((payload.len() as u64).to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(payload);
        let _ = self.0.write_all(&frame);
    }

    /// Sends bytes that need not be a frame.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Reads until the server closes the connection, and answers the close code; `None` if it came
    /// without one.
    pub(crate) fn close_code(mut self) -> Option<u16> {
        let payload = self.next_of(CLOSE)?;
        Some(u16::from_be_bytes(*payload.first_chunk()?))
    }

    /// The next frame of this kind; `None` if the server went away.
    pub(crate) fn next_of(&mut self, wanted: u8) -> Option<Vec<u8>> {
        loop {
            let (kind, payload) = self.next_frame()?;
            if kind == wanted {
                return Some(payload);
            }
        }
    }

    fn next_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let [head, length] = self.read()?;
        let length = match length {
            126 => u64::from(u16::from_be_bytes(self.read()?)),
            127 => u64::from_be_bytes(self.read()?),
            length => u64::from(length),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).ok()?;
        Some((head & 0x0f, payload))
    }

    fn read<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let mut bytes = [0; LENGTH];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => Some(bytes),
            Err(error) => {
                let is_slow = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                assert!(!is_slow, "waited in vain for the server");
                None
            }
        }
    }
}
