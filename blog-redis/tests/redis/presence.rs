use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::ports::{Presence, Present};
use blog_redis::{Redis, RedisPresence};

use crate::server::{RedisServer, eventually, patient};

pub(crate) const DOCUMENT: PostId = PostId::from_uuid(uuid::Uuid::from_u128(1));

const HOUR: Duration = Duration::from_hours(1);
const MOMENT: Duration = Duration::from_millis(50);

pub(crate) fn ada() -> Present {
    Present {
        id: "ada".to_owned(),
        name: "Ada".to_owned(),
    }
}

#[tokio::test]
async fn what_nodes_said_that_are_gone_leaves_nothing_behind() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let presence = RedisPresence::new(&redis);
    presence.show(DOCUMENT, 2, &[ada()], MOMENT).await.unwrap();
    eventually("nobody is there", async || {
        presence.who(DOCUMENT).await.unwrap().is_empty()
    })
    .await;
    presence.show(DOCUMENT, 1, &[ada()], HOUR).await.unwrap();
    let key = format!("blog:presence:{DOCUMENT}");
    let nodes: Vec<String> = server.ask(&["HKEYS", &key]).await;
    assert_eq!(nodes, ["1"]);
    presence.show(DOCUMENT, 1, &[ada()], MOMENT).await.unwrap();
    presence.show(DOCUMENT, 1, &[], MOMENT).await.unwrap();
    eventually("nobody is there", async || {
        presence.who(DOCUMENT).await.unwrap().is_empty()
    })
    .await;
    eventually("it is gone", async || {
        server.ask::<Vec<String>>(&["KEYS", "*"]).await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn it_is_said_again_after_redis_has_forgotten_the_scripts() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let presence = RedisPresence::new(&redis);
    for _ in 0..2 {
        presence.show(DOCUMENT, 1, &[ada()], HOUR).await.unwrap();
        assert_eq!(presence.who(DOCUMENT).await.unwrap(), [ada()]);
        server.ask::<()>(&["SCRIPT", "FLUSH"]).await;
    }
}
