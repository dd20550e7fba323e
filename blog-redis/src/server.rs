use redis::aio::{ConnectionLike, MultiplexedConnection, PubSub};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisFuture,
    RedisResult, TlsCertificates, Value, cmd,
};

use crate::RedisConfig;
use crate::error::{Failure, Result};

/// Where Redis is, and who we are there.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    One(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Box<Cluster>),
}

/// Nodes of a cluster, by which the others are found.
#[cfg(feature = "cluster")]
#[derive(Clone)]
pub(crate) struct Cluster {
    nodes: Vec<Client>,
    client: redis::cluster::ClusterClient,
}

#[cfg(feature = "cluster")]
impl std::fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Cluster").field(&self.nodes).finish()
    }
}

/// One connection for commands; clones share it.
#[derive(Clone)]
pub(crate) enum Connection {
    One(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Server {
    pub(crate) fn new(url: &str, config: &RedisConfig) -> Result<Self> {
        Ok(Self::One(Box::new(client(url, config)?)))
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn cluster(urls: &[&str], config: &RedisConfig) -> Result<Self> {
        let mut nodes = Vec::with_capacity(urls.len());
        for url in urls {
            nodes.push(client(url, config)?);
        }
        let addresses = nodes.iter().map(|node| node.get_connection_info().clone());
        let mut builder = redis::cluster::ClusterClient::builder(addresses)
            // A node that is away must not use up the time for all.
            .connection_timeout(config.connect_timeout / 2)
            .response_timeout(config.timeout);
        if config.root_certificate.is_some() {
            builder = builder.certs(certificates(config));
        }
        let client = builder.build().map_err(|_| {
            Failure::Url("name at least one node, each with the same user, password and encryption")
        })?;
        Ok(Self::Cluster(Box::new(Cluster { nodes, client })))
    }

    /// A connection for commands on which Redis has answered: one that cannot be used fails here,
    /// and not in a call. The caller bounds the wait.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let mut connection = self.dial().await.map_err(Failure::of_connecting)?;
        let answer = cmd("PING").exec_async(&mut connection).await;
        answer.map_err(Failure::of_connecting)?;
        Ok(connection)
    }

    async fn dial(&self) -> RedisResult<Connection> {
        match self {
            Self::One(client) => {
                let unbounded = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None);
                let connection = client.get_multiplexed_async_connection_with_config(&unbounded);
                Ok(Connection::One(connection.await?))
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => Ok(Connection::Cluster(
                cluster.client.get_async_connection().await?,
            )),
        }
    }

    /// A connection for subscriptions. The caller bounds the wait.
    ///
    /// In a cluster every node sees every message, so that any node will do.
    pub(crate) async fn listen(&self) -> Result<PubSub> {
        let connection = self.dial_to_listen().await;
        connection.map_err(Failure::of_connecting)
    }

    async fn dial_to_listen(&self) -> RedisResult<PubSub> {
        match self {
            Self::One(client) => client.get_async_pubsub().await,
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => {
                let attempts = cluster.nodes.iter().map(|node| node.get_async_pubsub());
                let first = futures::future::select_ok(attempts.map(Box::pin));
                Ok(first.await?.0)
            }
        }
    }
}

fn client(url: &str, config: &RedisConfig) -> Result<Client> {
    let unreadable = Failure::Url(
        "write redis://user:password@host:port, rediss:// for encryption, and the special \
         characters of a password percent-encoded",
    );
    let Some(parsed) = redis::parse_redis_url(url) else {
        return Err(unreadable);
    };
    // An unencoded `/`, `?` or `#` ends the host, and what stands before it would be dialled and
    // named in the log, though it is a part of the password.
    let behind_host = [Some(parsed.path()), parsed.query(), parsed.fragment()];
    if parsed.has_host() && behind_host.iter().flatten().any(|part| part.contains('@')) {
        return Err(unreadable);
    }
    let Ok(address) = parsed.into_connection_info() else {
        return Err(unreadable);
    };
    let address = address.set_tcp_settings(TcpSettings::default().set_nodelay(true));
    if !matches!(address.addr(), ConnectionAddr::TcpTls { .. }) {
        return Client::open(address).map_err(|_| unreadable);
    }
    choose_cryptography();
    match &config.root_certificate {
        Some(_) => Client::build_with_tls(address, certificates(config))
            .map_err(|_| Failure::Url("the root certificate is not one in PEM")),
        None => Client::open(address).map_err(|_| unreadable),
    }
}

fn certificates(config: &RedisConfig) -> TlsCertificates {
    TlsCertificates {
        client_tls: None,
        root_cert: config.root_certificate.clone(),
    }
}

/// rustls panics if the program has two kinds of cryptography compiled in and has chosen none.
fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
