use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::PostId;
use blog_core::ports::{Presence, Present};
use blog_core::{Error, Result};

use crate::Redis;
use crate::script::Script;

/// The longest that something holds: Redis refuses what it cannot add to the date.
const LONGEST: Duration = Duration::from_hours(24 * 365);

static SHOW: Script = Script::new(include_str!("show_presence.lua"));
static WHO: Script = Script::new(include_str!("who_is_present.lua"));

/// [`Presence`] in Redis: a hash for each document with a field for each node, by the clock of Redis.
#[derive(Debug, Clone)]
pub struct RedisPresence(Redis);

impl RedisPresence {
    /// Who is in the rooms of all who use this Redis with the same key prefix.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self(redis.clone())
    }

    fn key(&self, document: PostId) -> String {
        self.0.name("presence", &document.to_string())
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn show(
        &self,
        document: PostId,
        node: u64,
        here: &[Present],
        holds: Duration,
    ) -> Result<()> {
        let here = serde_json::to_string(here).map_err(|error| {
            Error::internal("who is present cannot be written").with_source(error)
        })?;
        let holds = holds.min(LONGEST).as_millis().to_string();
        let said = [node.to_string(), holds, here];
        Ok(SHOW.run(&self.0, self.key(document), &said).await?)
    }

    async fn who(&self, document: PostId) -> Result<Vec<Present>> {
        let said: Vec<String> = WHO.run(&self.0, self.key(document), &[]).await?;
        let mut who = BTreeSet::new();
        for said in said {
            let here: Vec<Present> = serde_json::from_str(&said).map_err(|error| {
                Error::internal("who is present cannot be read").with_source(error)
            })?;
            who.extend(here);
        }
        Ok(who.into_iter().collect())
    }
}
