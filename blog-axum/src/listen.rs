use std::io;
use std::net::SocketAddr;

use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpSocket, TcpStream};

/// How many connections may wait to be accepted; Linux lowers it to `net.core.somaxconn`.
const BACKLOG: u32 = 4096;

/// A listener for [`axum::serve()`], made for live editing.
///
/// After a restart all who write come back at once: so many may wait in line. Whoever finds no
/// room tries again only after a second, then after two, four and so on (RFC 6298). What is small
/// does not wait for more to go with it (`TCP_NODELAY`). [`tokio::net::TcpListener::bind`] takes
/// 128 and leaves the delay. Serve [`Router::into_make_service`](axum::Router::into_make_service) on it: of a router
/// itself [`axum::serve()`] copies every route for each connection.
///
/// # Errors
/// Those of [`TcpSocket::bind`] and [`TcpSocket::listen`].
pub fn listen(address: SocketAddr) -> io::Result<impl Listener<Io = TcpStream, Addr = SocketAddr>> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server does not wait for the connections of the one before to be forgotten; on Windows
    // this would let another one listen there, too.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket.listen(BACKLOG)?.tap_io(send_at_once))
}

fn send_at_once(stream: &mut TcpStream) {
    // A stream that is already closed has no delay to switch off.
    let _ = stream.set_nodelay(true);
}
