use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use blog_core::Blog;
use blog_core::domain::Actor;
use blog_core::memory::MemoryStorage;
use blog_core::ports::View;
use blog_core::services::Lookup;
use blog_redis::{Redis, RedisCache, RedisConfig};
use bytes::Bytes;
use redis::AsyncCommands;

use super::{fill, runtime, samples};
use crate::Plan;
use crate::load::together;
use crate::report::Row;

const POSTS: usize = 1_000;

/// A read that the node remembers, beside a bare moka get of as many entries.
pub(super) fn node(plan: &Plan) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let posts = samples(POSTS);
    let slugs: Arc<[String]> = posts.iter().map(|post| post.slug.clone()).collect();
    let blog = Blog::builder(MemoryStorage::default()).build();
    runtime.block_on(fill(&blog, &posts, true))?;
    runtime.block_on(follow(&blog, &slugs))?;
    let bare = moka::future::Cache::<String, Arc<String>>::new(10_000);
    for post in posts {
        runtime.block_on(bare.insert(post.slug, Arc::new(post.body)));
    }
    let (mut ours, mut limit) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        let turn = runtime.block_on(together(1, plan.turn, |_| {
            let (blog, slugs) = (blog.clone(), slugs.clone());
            move |call| {
                let (blog, slugs) = (blog.clone(), slugs.clone());
                async move {
                    let reader = Actor::anonymous();
                    for step in 0..100 {
                        let slug = &slugs[(call * 7 + step * 31) % slugs.len()];
                        let posts = blog.posts();
                        let found = posts.by_slug(&reader, slug, None, View::Reader).await?;
                        ensure!(matches!(found, Lookup::Found(_)), "a post is gone");
                    }
                    Ok(())
                }
            }
        }))?;
        ours.push(turn.rate * 100.0);
        let turn = runtime.block_on(together(1, plan.turn, |_| {
            let (bare, slugs) = (bare.clone(), slugs.clone());
            move |call| {
                let (bare, slugs) = (bare.clone(), slugs.clone());
                async move {
                    for step in 0..100 {
                        let slug = &slugs[(call * 7 + step * 31) % slugs.len()];
                        ensure!(bare.get(slug).await.is_some(), "an entry is gone");
                    }
                    Ok(())
                }
            }
        }))?;
        limit.push(turn.rate * 100.0);
    }
    Ok(vec![Row::rate("cache", "node", "reads/s", ours, limit)])
}

/// Runs the blog, and waits until it remembers.
pub(super) async fn follow(blog: &Blog, slugs: &[String]) -> Result<()> {
    tokio::spawn({
        let blog = blog.clone();
        async move { blog.run(std::future::pending()).await }
    });
    // The follower of the log begins at once; what was committed before is indexed meanwhile.
    blog.wait_for(blog.storage().last_event().await?, Duration::from_secs(120))
        .await?;
    for slug in slugs {
        blog.posts()
            .by_slug(&Actor::anonymous(), slug, None, View::Reader)
            .await?;
    }
    Ok(())
}

/// A read that the node does not remember and Redis does, beside a bare GET of as many bytes.
pub(super) fn shared(plan: &Plan) -> Result<Vec<Row>> {
    let message = "--redis-url, or BLOG_BENCH_REDIS_URL, names no server";
    let url = plan.redis_url.as_deref().context(message)?;
    let runtime = runtime()?;
    let posts = samples(POSTS);
    let slugs: Arc<[String]> = posts.iter().map(|post| post.slug.clone()).collect();
    let redis = runtime.block_on(Redis::connect(url, RedisConfig::default()))?;
    let mut options = blog_core::BlogOptions::default();
    // Too little to remember anything on the node.
    options.read_bytes = 0;
    let blog = Blog::builder(MemoryStorage::default())
        .cache(RedisCache::new(&redis))
        .options(options)
        .build();
    runtime.block_on(fill(&blog, &posts, true))?;
    runtime.block_on(follow(&blog, &slugs))?;
    let client = redis::Client::open(url)?;
    let mut connection = runtime.block_on(client.get_multiplexed_async_connection())?;
    let value = vec![b'x'; 5_000];
    for slug in slugs.iter() {
        let key = format!("bare:{slug}");
        let set: redis::RedisFuture<'_, ()> = connection.set_ex(key, &value[..], 600);
        runtime.block_on(set)?;
    }
    let (mut ours, mut limit) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        let turn = runtime.block_on(together(1, plan.turn, |_| {
            let (blog, slugs) = (blog.clone(), slugs.clone());
            move |call| {
                let (blog, slugs) = (blog.clone(), slugs.clone());
                async move {
                    let slug = &slugs[call % slugs.len()];
                    let (posts, reader) = (blog.posts(), Actor::anonymous());
                    posts.by_slug(&reader, slug, None, View::Reader).await?;
                    Ok(())
                }
            }
        }))?;
        ours.push(turn.rate);
        let turn = runtime.block_on(together(1, plan.turn, |_| {
            let (connection, slugs) = (connection.clone(), slugs.clone());
            move |call| {
                let (mut connection, slugs) = (connection.clone(), slugs.clone());
                async move {
                    let key = format!("bare:{}", slugs[call % slugs.len()]);
                    let bytes: Option<Bytes> = connection.get(key).await?;
                    ensure!(bytes.is_some(), "a value is gone");
                    Ok(())
                }
            }
        }))?;
        limit.push(turn.rate);
    }
    Ok(vec![Row::rate("cache", "redis", "reads/s", ours, limit)])
}
