use std::time::Duration;

use blog_core::ports::{Cache, Transport};
use blog_redis::{Redis, RedisCache, RedisConfig, RedisTransport};

use tokio::time::{Instant, timeout};

use crate::access::works;
use crate::faults::BUSY;
use crate::server::{RedisServer, eventually, patient, unused_port};

const MINUTE: Duration = Duration::from_secs(60);

/// Three nodes, each with a third of the keys.
async fn cluster() -> [RedisServer; 3] {
    let slots = [["0", "5460"], ["5461", "10922"], ["10923", "16383"]];
    let bus = [unused_port(), unused_port(), unused_port()].map(|port| port.to_string());
    let mut nodes = Vec::new();
    for (bus, [first, last]) in bus.iter().zip(slots) {
        let options = ["--cluster-enabled", "yes", "--cluster-port", bus];
        let node = RedisServer::start_with(&options).await;
        node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", first, last])
            .await;
        nodes.push(node);
    }
    let nodes: [RedisServer; 3] = nodes.try_into().ok().unwrap();
    for (node, bus) in nodes.iter().zip(&bus).skip(1) {
        let port = node.port().to_string();
        nodes[0]
            .ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, bus])
            .await;
    }
    is_whole(&nodes).await;
    nodes
}

async fn is_whole(nodes: &[RedisServer]) {
    for node in nodes {
        eventually("the cluster is whole", async || {
            let state: String = node.ask(&["CLUSTER", "INFO"]).await;
            let links: String = node.ask(&["CLUSTER", "NODES"]).await;
            state.contains("cluster_state:ok")
                && links.matches(" connected ").count() == nodes.len()
                && !links.contains("handshake")
        })
        .await;
    }
}

/// Enough keys for each node to have some.
const KEYS: u32 = 20;

/// How many keys can be asked for.
async fn keys_found(cache: &RedisCache) -> u32 {
    let mut found = 0;
    for key in 0..KEYS {
        found += u32::from(cache.get(&key.to_string()).await.is_ok());
    }
    found
}

#[tokio::test]
async fn everything_works_in_a_cluster_that_is_known_by_one_node() {
    let nodes = cluster().await;
    let url = nodes[2].url();
    let redis = Redis::connect_cluster(&[&url], patient()).await.unwrap();
    works(&redis).await.unwrap();
    let cache = RedisCache::new(&redis);
    for key in 0..100 {
        let key = key.to_string();
        cache.put(&key, key.clone().into(), MINUTE).await.unwrap();
        assert_eq!(cache.get(&key).await.unwrap(), Some(key.into()));
    }
    for node in &nodes {
        assert!(node.ask::<u32>(&["DBSIZE"]).await > 10);
    }
}

#[tokio::test]
async fn a_node_that_restarts_is_survived_without_help() {
    let mut nodes = cluster().await;
    let urls = nodes.each_ref().map(RedisServer::url);
    let urls = urls.each_ref().map(String::as_str);
    let redis = Redis::connect_cluster(&urls, RedisConfig::default())
        .await
        .unwrap();
    works(&redis).await.unwrap();
    nodes[0].stop();
    nodes[0].restart().await;
    is_whole(&nodes).await;
    let cache = RedisCache::new(&redis);
    eventually("all keys are there again", async || {
        keys_found(&cache).await == KEYS
    })
    .await;
    let transport = RedisTransport::new(&redis);
    let mut subscription = transport.subscribe("topic").await.unwrap();
    // The nodes lose messages until they have found each other again, and tell nobody.
    eventually("a message arrives", async || {
        let _ = transport.publish("topic", "one".into()).await;
        timeout(Duration::from_millis(50), subscription.next())
            .await
            .is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_frozen_node_delays_no_call_beyond_the_bound_and_the_others_go_on() {
    let nodes = cluster().await;
    let url = nodes[1].url();
    let config = RedisConfig::default();
    let redis = Redis::connect_cluster(&[&url], config.clone())
        .await
        .unwrap();
    let cache = RedisCache::new(&redis);
    nodes[0].freeze();
    for key in 0..100 {
        let since = Instant::now();
        let _ = cache.get(&key.to_string()).await;
        assert!(since.elapsed() < config.timeout + BUSY);
    }
    eventually("keys of the others are there", async || {
        keys_found(&cache).await > 0
    })
    .await;
    nodes[0].thaw();
    eventually("all keys are there again", async || {
        keys_found(&cache).await == KEYS
    })
    .await;
}

#[tokio::test]
async fn a_cluster_of_no_nodes_is_an_error_at_once() {
    let error = Redis::connect_cluster(&[], RedisConfig::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("at least one node"), "{error}");
}
