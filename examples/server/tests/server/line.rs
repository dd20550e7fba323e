//! A line between a node and a server, which can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use url::Url;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Whole,
    /// Connections end, and new ones at once.
    Cut,
    /// Nothing comes through, and nobody is told; it arrives once the line is whole again.
    Silent,
}

pub(crate) struct Line {
    url: Url,
    inside: Arc<Inside>,
}

struct Inside {
    server: String,
    state: Mutex<State>,
    changed: Condvar,
    connections: Mutex<Vec<TcpStream>>,
}

impl Line {
    /// A line to the server at `url`.
    pub(crate) fn to(url: &str) -> Self {
        let mut url: Url = url.parse().unwrap();
        let default_port = if url.scheme() == "redis" { 6379 } else { 5432 };
        let (host, port) = (url.host_str().unwrap(), url.port().unwrap_or(default_port));
        let inside = Arc::new(Inside {
            server: format!("{host}:{port}"),
            state: Mutex::new(State::Whole),
            changed: Condvar::new(),
            connections: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        std::thread::spawn({
            let inside = Arc::clone(&inside);
            move || {
                listener
                    .incoming()
                    .for_each(|node| inside.connect(node.unwrap()))
            }
        });
        Self { url, inside }
    }

    /// The server's address by this line.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn set(&self, state: State) {
        *self.inside.state.lock().unwrap() = state;
        self.inside.changed.notify_all();
        let mut connections = self.inside.connections.lock().unwrap();
        if state == State::Cut {
            for connection in connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }

    /// How many connections there have been since the line was last cut.
    pub(crate) fn connections(&self) -> usize {
        self.inside.connections.lock().unwrap().len()
    }
}

impl Inside {
    fn connect(self: &Arc<Self>, node: TcpStream) {
        let mut connections = self.connections.lock().unwrap();
        if *self.state.lock().unwrap() == State::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.server) else {
            return;
        };
        for (from, to) in [(&node, &server), (&server, &node)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let inside = Arc::clone(self);
            std::thread::spawn(move || inside.pass(from, to));
        }
        connections.push(node);
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            self.wait();
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        self.wait();
        let _ = to.shutdown(Shutdown::Both);
    }

    fn wait(&self) {
        let state = self.state.lock().unwrap();
        let is_silent = |state: &mut State| *state == State::Silent;
        drop(self.changed.wait_while(state, is_silent).unwrap());
    }
}
