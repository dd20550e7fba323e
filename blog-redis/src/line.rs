use std::time::Duration;

use redis::{Cmd, FromRedisValue};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::RedisConfig;
use crate::error::{Failure, Result};
use crate::server::{Connection, Server};

/// Looking after a connection without a pause would keep a processor busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// The way to Redis: a connection, or why there is none.
///
/// A call that finds no connection fails at once, and one whose connection fails takes it down for
/// all. The keeper brings it up again, so that no call ever waits for that.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) server: Server,
    pub(crate) config: RedisConfig,
    state: watch::Sender<State>,
}

#[derive(Clone)]
enum State {
    Opening,
    /// The number tells this connection from earlier ones, whose calls may fail late.
    Up(Connection, u64),
    Down(Failure),
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Opening => formatter.write_str("Opening"),
            Self::Up(_, number) => formatter.debug_tuple("Up").field(number).finish(),
            Self::Down(failure) => formatter.debug_tuple("Down").field(failure).finish(),
        }
    }
}

impl Line {
    pub(crate) fn new(server: Server, mut config: RedisConfig) -> Self {
        config.pause = config.pause.max(SHORTEST_PAUSE);
        Self {
            server,
            config,
            state: watch::Sender::new(State::Opening),
        }
    }

    /// Asks Redis, and waits no longer than a call may take.
    pub(crate) async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let (mut connection, number) = match &*self.state.borrow() {
            State::Up(connection, number) => (connection.clone(), *number),
            State::Opening => return Err(Failure::NotConnected),
            State::Down(failure) => return Err(failure.clone()),
        };
        let answer = timeout(self.config.timeout, command.query_async(&mut connection)).await;
        let failure = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => Failure::Redis(error),
            Err(_) => Failure::TimedOut,
        };
        if failure.ends_connection() {
            self.end(number, &failure);
        }
        Err(failure)
    }

    /// The first connection is there, or has failed.
    pub(crate) async fn opened(&self) -> Result<()> {
        let mut state = self.state.subscribe();
        let opened = state.wait_for(|state| !matches!(state, State::Opening));
        match opened.await.as_deref() {
            Ok(State::Down(failure)) => Err(failure.clone()),
            Ok(State::Opening | State::Up(..)) | Err(_) => Ok(()),
        }
    }

    pub(crate) fn up(&self, connection: Connection, number: u64) {
        tracing::info!("connected to Redis");
        self.state.send_replace(State::Up(connection, number));
    }

    pub(crate) fn down(&self, failure: Failure) {
        let before = self.state.send_replace(State::Down(failure.clone()));
        if !matches!(before, State::Down(_)) {
            warn(&failure);
        }
    }

    /// Ends one connection, unless it has ended before.
    fn end(&self, number: u64, failure: &Failure) {
        let ended = self.state.send_if_modified(|state| {
            let is_up = matches!(state, State::Up(_, up) if *up == number);
            if is_up {
                *state = State::Down(failure.clone());
            }
            is_up
        });
        if ended {
            warn(failure);
        }
    }

    /// The connection has ended.
    pub(crate) async fn ended(&self) {
        let mut state = self.state.subscribe();
        // The sender is `self`, so that this cannot fail.
        let _ = state
            .wait_for(|state| matches!(state, State::Down(_)))
            .await;
    }
}

fn warn(failure: &Failure) {
    let error = blog_core::Error::from(failure.clone());
    tracing::warn!(cause = ?failure, "{error}; calls fail until it is back");
}
