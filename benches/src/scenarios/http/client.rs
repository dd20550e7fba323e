use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One kept-alive connection. Reads answers that say their length, and nothing else of them: it
/// works beside the server that is measured, on the same cores.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(super) async fn to(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(64 << 10),
        })
    }

    /// Sends a request and gives the answer's body.
    pub(super) async fn send(&mut self, request: &[u8], status: &str) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if let Some((head, length)) = head_of(&self.received)? {
                let answered = &self.received["HTTP/1.1 ".len()..][..3];
                ensure!(
                    answered == status.as_bytes(),
                    "{}",
                    String::from_utf8_lossy(&self.received)
                );
                if self.received.len() >= head + length {
                    return Ok(&self.received[head..]);
                }
            }
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the server closed the connection");
        }
    }
}

/// Bytes of the head and of the body that it announces, once the head is there.
fn head_of(received: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = memmem::find(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &received[..end];
    if head.starts_with(b"HTTP/1.1 304") {
        return Ok(Some((end + 4, 0)));
    }
    // As hyper writes it.
    let name = b"\r\ncontent-length: ";
    let value = memmem::find(head, name).context("an answer without a length")? + name.len();
    let value = head[value..].split(|byte| *byte == b'\r').next();
    let length = std::str::from_utf8(value.unwrap_or_default())?.parse()?;
    Ok(Some((end + 4, length)))
}
