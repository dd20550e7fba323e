use std::time::Duration;

use blog_core::ports::Cache;
use blog_redis::{Redis, RedisCache, RedisConfig};

use crate::access::works;
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
            state.contains("cluster_state:ok") && state.contains("cluster_known_nodes:3")
        })
        .await;
    }
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
    eventually("it works again", async || works(&redis).await.is_ok()).await;
}

#[tokio::test]
async fn a_cluster_of_no_nodes_is_an_error_at_once() {
    let error = Redis::connect_cluster(&[], RedisConfig::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("at least one node"), "{error}");
}
