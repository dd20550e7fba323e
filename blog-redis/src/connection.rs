use std::sync::Arc;

use blog_core::Result;
use redis::{Cmd, FromRedisValue, cmd};
use tokio::task::JoinSet;

use crate::RedisConfig;
use crate::error;
use crate::keeper::keep;
use crate::line::Line;
use crate::server::Server;

/// A connection to Redis that comes back by itself. Clones share it.
///
/// No call waits longer than [`RedisConfig::timeout`]. After a call that got no answer in time, or
/// a lost connection, all calls fail at once, with `Unavailable`, until a task in the background has
/// connected again and Redis has answered there.
#[derive(Debug, Clone)]
pub struct Redis {
    line: Arc<Line>,
    /// Ends with the last clone.
    _keeper: Arc<JoinSet<()>>,
}

impl Redis {
    /// Connects to the Redis at `url`: `redis://user:password@host:port/database`, with encryption
    /// `rediss://…`, or `unix:///path`. The special characters of a password are percent-encoded.
    ///
    /// A Redis that does not answer is no error: after at most [`RedisConfig::connect_timeout`] this
    /// returns, and the connection is made once Redis is there. [`ping`](Self::ping) tells.
    ///
    /// # Errors
    ///
    /// `Unavailable` without `retry`, if the URL cannot be used, at once, or if Redis refuses the
    /// user or the password. No error contains the password.
    pub async fn connect(url: &str, config: RedisConfig) -> Result<Self> {
        Self::to(Server::new(url, &config)?, config).await
    }

    /// Connects to a cluster, some of whose nodes are at `urls`; the others are found by these.
    /// Everything else is as in [`connect`](Self::connect).
    ///
    /// # Errors
    ///
    /// As in [`connect`](Self::connect); also, if the nodes have different users or passwords.
    #[cfg(feature = "cluster")]
    pub async fn connect_cluster(urls: &[&str], config: RedisConfig) -> Result<Self> {
        Self::to(Server::cluster(urls, &config)?, config).await
    }

    async fn to(server: Server, config: RedisConfig) -> Result<Self> {
        let line = Arc::new(Line::new(server, config));
        let mut keeper = JoinSet::new();
        keeper.spawn(keep(Arc::clone(&line)));
        match line.opened().await {
            Err(failure) if failure.is_refusal() => Err(failure.into()),
            _ => Ok(Self {
                line,
                _keeper: Arc::new(keeper),
            }),
        }
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    ///
    /// `Unavailable`, if it does not; the message says what to do about it.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.call(&cmd("PING")).await?)
    }

    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    pub(crate) async fn call<T: FromRedisValue>(&self, command: &Cmd) -> error::Result<T> {
        self.line.call(command).await
    }

    /// A key or a channel of this blog.
    pub(crate) fn name(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{name}", self.line.config.key_prefix)
    }
}
