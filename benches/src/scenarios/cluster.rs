//! Nodes that share one PostgreSQL, and one Redis if it is named, all in this process.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use blog_axum::{JwtAuthenticator, RouterOptions};
use blog_core::Blog;
use blog_core::domain::{Actor, Transition};
use blog_core::ports::View;
use blog_core::services::Lookup;
use blog_redis::{Redis, RedisCache, RedisConfig, RedisTransport};
use blog_storage_postgres::PostgresStorage;
use tokio::runtime::Runtime;

use super::http::mixed::{mix, requests};
use super::http::{KEY, answers, blocking, serve, token, turn};
use super::{cache, fill, new_post, postgres, runtime, samples, writer};
use crate::Plan;
use crate::limits;
use crate::limits::http::reading_and_inserting;
use crate::limits::notices::{BareNotices, BareRedis};
use crate::load::{in_milliseconds, percentile};
use crate::report::Row;
use crate::sample::{SamplePost, SamplePosts};

const POSTS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a reader asks for what is not there yet.
const PAUSE: Duration = Duration::from_millis(1);

/// Mixed requests to one, two and three nodes beside as many bare servers on the same PostgreSQL;
/// and how long it takes until what one node has published is read on another.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut rows = vec![];
    for number in 1..=3 {
        rows.push(mixed(plan, number)?);
    }
    rows.extend(seen(plan, None)?);
    if plan.redis_url.is_some() {
        rows.extend(seen(plan, plan.redis_url.as_deref())?);
    }
    Ok(rows)
}

/// A node with its storage, which has to be closed.
type Node = (Blog, PostgresStorage);

fn nodes(
    runtime: &Runtime,
    plan: &Plan,
    redis: Option<&str>,
    number: usize,
    posts: &[SamplePost],
) -> Result<Vec<Node>> {
    runtime.block_on(async {
        let slugs: Vec<_> = posts.iter().map(|post| post.slug.clone()).collect();
        postgres::empty(plan).await?;
        let mut nodes = vec![];
        for _ in 0..number {
            let storage = postgres::storage(plan).await?;
            let mut builder = Blog::builder(storage.clone());
            if let Some(url) = redis {
                let mut config = RedisConfig::default();
                config.key_prefix = format!("blog-bench-{}:", std::process::id());
                let redis = Redis::connect(url, config).await?;
                builder = builder
                    .cache(RedisCache::new(&redis))
                    .transport(RedisTransport::new(&redis));
            }
            let blog = builder.build();
            if nodes.is_empty() {
                fill(&blog, posts, true).await?;
            }
            cache::follow(&blog, &slugs).await?;
            nodes.push((blog, storage));
        }
        Ok(nodes)
    })
}

fn mixed(plan: &Plan, number: usize) -> Result<Row> {
    let server = runtime()?;
    let posts = samples(POSTS);
    let nodes = nodes(&server, plan, plan.redis_url.as_deref(), number, &posts)?;
    let token = token(&nodes[0].0)?;
    let requests = requests(&posts);
    let ours = server.block_on(async {
        let mut ours = vec![];
        for (blog, _) in &nodes {
            let options = RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(KEY));
            ours.push(serve(blog_axum::router(blog.clone(), options)).await?);
        }
        anyhow::Ok(ours)
    })?;
    let answers = answers(ours[0], &requests)?;
    let bare = server.block_on(async {
        let mut bare = vec![];
        let pool = limits::postgres::create(postgres::url(plan)?, postgres::CONNECTIONS).await?;
        for (number, _) in (1..).zip(&nodes) {
            let node = reading_and_inserting(answers.clone(), pool.clone(), number);
            bare.push(serve(node).await?);
        }
        anyhow::Ok(bare)
    })?;
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        let rate = |servers: &[SocketAddr]| {
            let request = mix(requests.clone(), &token);
            anyhow::Ok(blocking(turn(plan, servers, request))?.rate)
        };
        our_rates.push(rate(&ours)?);
        limit_rates.push(rate(&bare)?);
    }
    close(&server, nodes);
    let case = match number {
        1 => "1 node".to_owned(),
        _ => format!("{number} nodes"),
    };
    let unit = "requests/s";
    Ok(Row::rate("cluster", case, unit, our_rates, limit_rates))
}

/// From the return of the commit until another node, which has remembered that the post is not
/// there, shows it; beside a bare message to another connection that then reads a row.
fn seen(plan: &Plan, redis: Option<&str>) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let nodes = nodes(&runtime, plan, redis, 2, &samples(POSTS))?;
    let [ours, limit] = runtime.block_on(async {
        let pool = limits::postgres::create(postgres::url(plan)?, postgres::CONNECTIONS).await?;
        let mut notices = match redis {
            Some(url) => BareNotices::Redis(BareRedis::connect(url).await?),
            None => BareNotices::postgres(&pool).await?,
        };
        let mut samples = SamplePosts::new(77);
        let (mut ours, mut limit) = ([vec![], vec![]], [vec![], vec![]]);
        for _ in 0..plan.rounds {
            let (mut our_waits, mut limit_waits) = (vec![], vec![]);
            let begun = Instant::now();
            while begun.elapsed() < plan.turn {
                our_waits.push(until_seen(&nodes[0].0, &nodes[1].0, samples.next()).await?);
                let post = samples.next();
                limits::postgres::insert(&pool, &post).await?;
                let committed = Instant::now();
                notices.send_and_receive().await?;
                limits::postgres::read(&pool, &post.slug).await?;
                limit_waits.push(in_milliseconds(committed.elapsed()));
            }
            for (place, share) in [0.5, 0.99].into_iter().enumerate() {
                ours[place].push(percentile(our_waits.clone(), share));
                limit[place].push(percentile(limit_waits.clone(), share));
            }
        }
        anyhow::Ok([ours, limit])
    })?;
    close(&runtime, nodes);
    let by = if redis.is_some() {
        "Redis"
    } else {
        "PostgreSQL"
    };
    let row =
        |share, (ours, limit)| Row::time("cluster", format!("seen by {by}, {share}"), ours, limit);
    let pairs = ours.into_iter().zip(limit);
    Ok(["p50", "p99"]
        .into_iter()
        .zip(pairs)
        .map(|(share, pair)| row(share, pair))
        .collect())
}

async fn until_seen(here: &Blog, there: &Blog, post: SamplePost) -> Result<f64> {
    let (slug, reader, actor) = (post.slug.clone(), Actor::anonymous(), writer());
    let id = here.posts().create(&actor, new_post(post)).await?.post.id;
    let is_there = async || {
        let found = there
            .posts()
            .by_slug(&reader, &slug, None, View::Reader)
            .await;
        matches!(found, Ok(Lookup::Found(_)))
    };
    ensure!(!is_there().await, "a draft is shown");
    here.posts()
        .change_status(&actor, id, Transition::Publish, None)
        .await?;
    let committed = Instant::now();
    while !is_there().await {
        ensure!(committed.elapsed() < PATIENCE, "a post is not seen");
        tokio::time::sleep(PAUSE).await;
    }
    Ok(in_milliseconds(committed.elapsed()))
}

fn close(runtime: &Runtime, nodes: Vec<Node>) {
    for (_, storage) in nodes {
        runtime.block_on(storage.close());
    }
}
