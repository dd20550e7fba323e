use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The beginning of a text that says when it is sent.
pub(super) const MARK: &str = "sent={sent}; ";

/// Who is asked, and what.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    pub(super) path: &'static str,
    /// Beside those that every request has.
    pub(super) headers: String,
    pub(super) body: String,
    /// What the last event begins with.
    pub(super) end: &'static [u8],
}

/// A stream of events that is read. It finds in them what it looks for, and reads nothing else of them.
#[derive(Debug)]
pub(super) struct Reader {
    stream: TcpStream,
    received: Vec<u8>,
    end: &'static [u8],
}

impl Reader {
    pub(super) async fn ask(target: &Target) -> Result<Self> {
        let mut stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            target.path,
            target.headers,
            target.body.len(),
            target.body,
        );
        stream.write_all(request.as_bytes()).await?;
        Ok(Self {
            stream,
            received: vec![],
            end: target.end,
        })
    }

    /// Reads to the first piece, and gives the time at which it was sent, by the stand-in's clock.
    pub(super) async fn first(&mut self) -> Result<Duration> {
        loop {
            if let Some(sent) = sent(&self.received)? {
                return Ok(sent);
            }
            ensure!(self.more().await? > 0, "{}", self.said());
        }
    }

    pub(super) async fn finish(mut self) -> Result<()> {
        while self.more().await? > 0 {}
        let is_whole = memmem::find(&self.received, self.end).is_some();
        ensure!(is_whole, "a stream broke off: {}", self.said());
        Ok(())
    }

    async fn more(&mut self) -> Result<usize> {
        Ok(self.stream.read_buf(&mut self.received).await?)
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }
}

fn sent(received: &[u8]) -> Result<Option<Duration>> {
    let (before, after) = MARK.split_once("{sent}").context("a mark")?;
    let Some(start) = memmem::find(received, before.as_bytes()) else {
        return Ok(None);
    };
    let number = &received[start + before.len()..];
    let Some(length) = memmem::find(number, after.as_bytes()) else {
        return Ok(None);
    };
    let micros = std::str::from_utf8(&number[..length])?.parse()?;
    Ok(Some(Duration::from_micros(micros)))
}
