use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The connection that a request came on, which can be broken.
#[derive(Debug, Clone)]
pub(crate) struct Line(Arc<Socket>);

impl Line {
    /// What is sent from here on does not arrive.
    pub(crate) fn cut(&self) {
        // An error means that it is broken already, here and below.
        let _ = self.0.shutdown(Shutdown::Both);
    }

    /// Its end, when everybody has let go of it, is a reset.
    pub(crate) fn reset_at_end(&self) {
        let _ = self.0.set_linger(Some(Duration::ZERO));
    }
}

/// A listener that hands each connection's line on with it.
pub(crate) struct Lines {
    pub(crate) listener: TcpListener,
    /// How many it has accepted.
    pub(crate) accepted: Arc<AtomicUsize>,
}

impl Listener for Lines {
    type Io = TcpStream;
    type Addr = Option<Line>;

    async fn accept(&mut self) -> (TcpStream, Option<Line>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    self.accepted.fetch_add(1, Ordering::SeqCst);
                    let line = line_of(&stream).ok();
                    return (stream, line);
                }
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Option<Line>> {
        Ok(None)
    }
}

fn line_of(stream: &TcpStream) -> io::Result<Line> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream).try_clone()?;
    Ok(Line(Arc::new(socket)))
}

/// The line of a request's connection, where there is one.
#[derive(Debug, Clone)]
pub(crate) struct On(pub(crate) Option<Line>);

impl Connected<IncomingStream<'_, Lines>> for On {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        Self(stream.remote_addr().clone())
    }
}
