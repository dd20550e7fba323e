use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};

const CHANNEL: &str = "blog_bench_limit";

/// One message to another connection.
#[derive(Debug)]
pub(crate) enum BareNotices {
    Postgres {
        pool: PgPool,
        listener: Box<PgListener>,
    },
    Redis(BareRedis),
}

/// A connection that sends, and one that has subscribed.
#[derive(Debug)]
pub(crate) struct BareRedis {
    sender: MultiplexedConnection,
    _subscriber: MultiplexedConnection,
    received: UnboundedReceiver<redis::PushInfo>,
}

impl BareRedis {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let url = match url.split_once('?') {
            Some(_) => format!("{url}&protocol=resp3"),
            None => format!("{url}?protocol=resp3"),
        };
        let client = redis::Client::open(url)?;
        let (send, received) = mpsc::unbounded_channel();
        let config = redis::AsyncConnectionConfig::new().set_push_sender(send);
        let mut subscriber = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        subscriber.subscribe(CHANNEL).await?;
        let sender = client.get_multiplexed_async_connection().await?;
        Ok(Self {
            sender,
            _subscriber: subscriber,
            received,
        })
    }

    async fn send_and_receive(&mut self) -> Result<()> {
        let receivers: i64 = redis::cmd("PUBLISH")
            .arg(CHANNEL)
            .arg("")
            .query_async(&mut self.sender)
            .await?;
        anyhow::ensure!(receivers == 1, "nobody has subscribed");
        loop {
            let push = self
                .received
                .recv()
                .await
                .context("the subscription is gone")?;
            if push.kind == redis::PushKind::Message {
                return Ok(());
            }
        }
    }
}

impl BareNotices {
    pub(crate) async fn postgres(pool: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self::Postgres {
            pool: pool.clone(),
            listener: Box::new(listener),
        })
    }

    /// Until the message has arrived.
    pub(crate) async fn send_and_receive(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.send_and_receive().await,
            Self::Postgres { pool, listener } => {
                sqlx::query("SELECT pg_notify($1, '')")
                    .bind(CHANNEL)
                    .execute(&*pool)
                    .await?;
                listener.recv().await?;
                Ok(())
            }
        }
    }
}
