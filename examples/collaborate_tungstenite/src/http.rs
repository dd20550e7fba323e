//! The little HTTP/1.1 (RFC 9112) that comes before a WebSocket. Tungstenite's own handshake asks a
//! function that cannot wait, such as for a store that says who may come in.

use std::io;
use std::time::Duration;

use blog_core::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response, write_response};
use tokio_tungstenite::tungstenite::http::response::Builder;

const HEAD_BYTES: u64 = 16 << 10;
/// How long a client may take to send the head of its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The head of a request, and what has come after it.
pub(crate) async fn read_request(stream: &mut TcpStream) -> io::Result<(Request, Vec<u8>)> {
    let reading = async {
        let (mut bytes, mut head) = (vec![], stream.take(HEAD_BYTES));
        while head.read_buf(&mut bytes).await? > 0 {
            if let Some((length, request)) = Request::try_parse(&bytes).map_err(io::Error::other)? {
                let rest = bytes.split_off(length);
                return Ok((request, rest));
            }
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    };
    timeout(PATIENCE, reading).await?
}

/// Sends the head of an answer.
pub(crate) async fn answer(stream: &mut TcpStream, answer: &Response) -> io::Result<()> {
    let mut head = vec![];
    write_response(&mut head, answer).map_err(io::Error::other)?;
    stream.write_all(&head).await
}

/// Answers why a client may not come in.
pub(crate) async fn refuse(stream: &mut TcpStream, error: &Error) -> io::Result<()> {
    let mut head = Response::builder().status(error.kind().http_status());
    if let Some(seconds) = error.http_retry_after() {
        head = head.header("retry-after", seconds);
    }
    if *error.kind() == ErrorKind::Unauthenticated {
        head = head.header("www-authenticate", "Bearer");
    }
    end(stream, head, error.client_message()).await
}

/// Answers that a request asks for no WebSocket.
pub(crate) async fn refuse_request(stream: &mut TcpStream, message: &str) -> io::Result<()> {
    end(stream, Response::builder().status(400), message).await
}

async fn end(stream: &mut TcpStream, head: Builder, message: &str) -> io::Result<()> {
    let head = head
        .header("connection", "close")
        .header("content-type", "text/plain; charset=utf-8")
        .header("content-length", message.len());
    answer(stream, &head.body(()).map_err(io::Error::other)?).await?;
    stream.write_all(message.as_bytes()).await?;
    stream.shutdown().await
}
