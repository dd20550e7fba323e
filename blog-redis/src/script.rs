use std::sync::OnceLock;

use redis::{Cmd, FromRedisValue, cmd};

use crate::Redis;
use crate::error::Result;

/// A program that Redis runs on one key, which nothing comes in between.
#[derive(Debug)]
pub(crate) struct Script {
    source: &'static str,
    hash: OnceLock<String>,
}

impl Script {
    pub(crate) const fn new(source: &'static str) -> Self {
        let hash = OnceLock::new();
        Self { source, hash }
    }

    /// What it answers. Redis forgets scripts when it restarts, and when it is told to.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        redis: &Redis,
        key: String,
        arguments: &[String],
    ) -> Result<T> {
        let hash = self
            .hash
            .get_or_init(|| redis::Script::new(self.source).get_hash().to_owned());
        match redis.call(&call("EVALSHA", hash, &key, arguments)).await {
            Err(failure) if failure.is_unknown_script() => {
                redis
                    .call(&call("EVAL", self.source, &key, arguments))
                    .await
            }
            answer => answer,
        }
    }
}

/// `how` to name the script, and what to run it on.
fn call(how: &str, script: &str, key: &str, arguments: &[String]) -> Cmd {
    let mut call = cmd(how);
    call.arg(script).arg(1).arg(key).arg(arguments);
    call
}
