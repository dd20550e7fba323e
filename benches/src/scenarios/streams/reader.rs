use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The beginning of a text that says when it is sent.
pub(super) const SENT: &str = "sent={sent}; ";
const SENT_AT: &str = "sent=";
/// The beginning of one that says how long the model has thought.
const THOUGHT: &str = "thought=";

/// A text that says how long the model thinks about it.
pub(super) fn thought(time: Duration) -> String {
    format!("{THOUGHT}{}; ", time.as_micros())
}

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
            if let Some(sent) = time(&self.received, SENT_AT)? {
                return Ok(sent);
            }
            ensure!(self.more().await? > 0, "{}", self.said());
        }
    }

    pub(super) async fn finish(mut self) -> Result<()> {
        self.read_to_end().await
    }

    /// Reads to the end, and gives the time that the model has thought.
    pub(super) async fn thought(mut self) -> Result<Duration> {
        self.read_to_end().await?;
        thought_of(&self.received)
    }

    async fn read_to_end(&mut self) -> Result<()> {
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

/// The time that an answer says the model has thought.
pub(super) fn thought_of(answer: &[u8]) -> Result<Duration> {
    let thought = time(answer, THOUGHT)?;
    thought.with_context(|| format!("nothing was thought: {}", String::from_utf8_lossy(answer)))
}

/// The time that a text says behind this word, in microseconds up to a semicolon.
fn time(received: &[u8], word: &str) -> Result<Option<Duration>> {
    let Some(start) = memmem::find(received, word.as_bytes()) else {
        return Ok(None);
    };
    let number = &received[start + word.len()..];
    let Some(length) = memmem::find(number, b";") else {
        return Ok(None);
    };
    let micros = std::str::from_utf8(&number[..length])?.parse()?;
    Ok(Some(Duration::from_micros(micros)))
}
