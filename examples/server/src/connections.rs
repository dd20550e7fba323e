//! Connections that can be cut.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

type Cut = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Accepts connections that break off all at once, whatever their clients do: what is done for a connection
/// that is cut ends as if its client had gone away.
pub(crate) struct Cuttable<L> {
    listener: L,
    cut: watch::Receiver<bool>,
}

impl<L> Cuttable<L> {
    /// Those of this listener, until `cut` says so.
    pub(crate) const fn new(listener: L, cut: watch::Receiver<bool>) -> Self {
        Self { listener, cut }
    }
}

impl<L: Listener> Listener for Cuttable<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.listener.accept().await;
        let mut cut = self.cut.clone();
        let cut: Cut = Box::pin(async move {
            // Whoever could cut it is gone.
            if cut.wait_for(|cut| *cut).await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let cut = Some(cut);
        (Connection { io, cut }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection of [`Cuttable`].
pub(crate) struct Connection<Io> {
    io: Io,
    /// None once it is cut.
    cut: Option<Cut>,
}

impl<Io: Unpin> Connection<Io> {
    /// The connection, unless it is cut.
    fn whole(&mut self, context: &mut Context<'_>) -> io::Result<Pin<&mut Io>> {
        if let Some(cut) = &mut self.cut
            && cut.as_mut().poll(context).is_ready()
        {
            self.cut = None;
        }
        match self.cut {
            Some(_) => Ok(Pin::new(&mut self.io)),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Connection<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole(context)?.poll_read(context, buffer)
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Connection<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole(context)?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole(context)?.poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole(context)?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
