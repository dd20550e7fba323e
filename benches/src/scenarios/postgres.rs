use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use blog_core::Blog;
use blog_core::domain::Actor;
use blog_core::ports::{PostQuery, View};
use blog_storage_postgres::{PostgresConfig, PostgresStorage};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{callers, fill, new_post, runtime, samples, writer};
use crate::Plan;
use crate::limits::postgres;
use crate::load::{Turn, together};
use crate::report::Row;
use crate::sample::{Random, SamplePosts};

/// Connections of ours and of the limit's.
pub(super) const CONNECTIONS: u32 = 8;
const GROUP: usize = 64;
const PAGE: usize = 20;

pub(super) fn url(plan: &Plan) -> Result<&str> {
    let message = "--postgres-url, or BLOG_BENCH_POSTGRES_URL, names no server";
    plan.postgres_url.as_deref().context(message)
}

/// Another node of the same blog.
pub(super) async fn storage(plan: &Plan) -> Result<PostgresStorage> {
    let mut config = PostgresConfig::new(url(plan)?);
    config.schema = "blog_bench".to_owned();
    config.connections = CONNECTIONS;
    Ok(PostgresStorage::connect_with(&config).await?)
}

/// Removes what an earlier run has left.
pub(super) async fn empty(plan: &Plan) -> Result<()> {
    let mut connection = PgConnection::connect(url(plan)?).await?;
    let drop = "DROP SCHEMA IF EXISTS blog_bench CASCADE";
    sqlx::raw_sql(AssertSqlSafe(drop))
        .execute(&mut connection)
        .await?;
    Ok(())
}

async fn blog_in(plan: &Plan) -> Result<(Blog, PostgresStorage)> {
    empty(plan).await?;
    let storage = storage(plan).await?;
    Ok((Blog::builder(storage.clone()).build(), storage))
}

/// Durable creation beside one statement each, and for many callers beside groups of 64.
pub(super) fn create(plan: &Plan) -> Result<Vec<Row>> {
    let case = |number: usize| {
        let (mut ours, mut limit) = (vec![], vec![]);
        for _ in 0..plan.rounds {
            ours.push(runtime()?.block_on(create_ours(plan, number))?.rate);
            limit.push(runtime()?.block_on(create_limit(plan, number))?);
        }
        let name = "pg-create";
        Ok(Row::rate(name, callers(number), "posts/s", ours, limit))
    };
    [1, 8, 64].into_iter().map(case).collect()
}

async fn create_ours(plan: &Plan, number: usize) -> Result<Turn> {
    let (blog, storage) = blog_in(plan).await?;
    let turn = together(number, plan.turn, |caller| {
        let blog = blog.clone();
        let mut posts = SamplePosts::new(caller as u64);
        move |_| {
            let (blog, post) = (blog.clone(), posts.next());
            async move {
                blog.posts().create(&writer(), new_post(post)).await?;
                Ok(())
            }
        }
    });
    let turn = turn.await?;
    storage.close().await;
    Ok(turn)
}

async fn create_limit(plan: &Plan, number: usize) -> Result<f64> {
    let pool = postgres::create(url(plan)?, CONNECTIONS.min(u32::try_from(number)?)).await?;
    if number < GROUP {
        let turn = together(number, plan.turn, |caller| {
            let pool = pool.clone();
            let mut posts = SamplePosts::new(caller as u64);
            move |_| {
                let (pool, post) = (pool.clone(), posts.next());
                async move { postgres::insert(&pool, &post).await }
            }
        });
        let rate = turn.await?.rate;
        pool.close().await;
        return Ok(rate);
    }
    let connections = pool.clone();
    let turn = together(1, plan.turn, |_| {
        let pool = connections.clone();
        let mut posts = SamplePosts::new(1);
        move |_| {
            let pool = pool.clone();
            let group: Vec<_> = (0..GROUP).map(|_| posts.next()).collect();
            async move {
                let mut connection = pool.acquire().await?;
                postgres::insert_group(&mut connection, &group).await
            }
        }
    });
    let rate = turn.await?.rate * GROUP as f64;
    pool.close().await;
    Ok(rate)
}

/// Reading by slug and listing a tag, from the database each time.
pub(super) fn read(plan: &Plan) -> Result<Vec<Row>> {
    let posts = samples(plan.posts.min(5_000));
    let runtime = runtime()?;
    let (blog, storage, pool) = runtime.block_on(async {
        let (blog, storage) = blog_in(plan).await?;
        fill(&blog, &posts, true).await?;
        let pool = postgres::create(url(plan)?, CONNECTIONS).await?;
        for group in posts.chunks(GROUP) {
            let mut connection = pool.acquire().await?;
            postgres::insert_group(&mut connection, group).await?;
        }
        anyhow::Ok((blog, storage, pool))
    })?;
    let slugs: Arc<[String]> = posts.into_iter().map(|post| post.slug).collect();
    let mut rows = vec![];
    for number in [1, 8] {
        let [mut ours, mut limit, mut our_lists, mut limit_lists] = [const { Vec::new() }; 4];
        for _ in 0..plan.rounds {
            ours.push(runtime.block_on(together(number, plan.turn, |caller| {
                let (blog, slugs) = (blog.clone(), slugs.clone());
                let mut random = Random::new(caller as u64);
                move |_| {
                    let (blog, slug) = (blog.clone(), slugs[random.below(slugs.len())].clone());
                    async move {
                        let reader = Actor::anonymous();
                        let posts = blog.posts();
                        posts.by_slug(&reader, &slug, None, View::Reader).await?;
                        Ok(())
                    }
                }
            }))?);
            limit.push(runtime.block_on(together(number, plan.turn, |caller| {
                let (pool, slugs) = (pool.clone(), slugs.clone());
                let mut random = Random::new(caller as u64);
                move |_| {
                    let (pool, slug) = (pool.clone(), slugs[random.below(slugs.len())].clone());
                    async move { postgres::read(&pool, &slug).await.map(|_| ()) }
                }
            }))?);
            our_lists.push(runtime.block_on(together(number, plan.turn, |caller| {
                let blog = blog.clone();
                move |call| {
                    let blog = blog.clone();
                    let mut query = PostQuery::default();
                    query.tag = Some(format!("tag-{}", (call + caller) % 30));
                    query.limit = PAGE;
                    async move {
                        let page = blog.posts().list(&Actor::anonymous(), &query).await?;
                        ensure!(page.items.len() == PAGE, "a page is short");
                        Ok(())
                    }
                }
            }))?);
            limit_lists.push(runtime.block_on(together(number, plan.turn, |caller| {
                let pool = pool.clone();
                move |call| {
                    let (pool, tag) = (pool.clone(), ((call + caller) % 30) as i64);
                    async move {
                        let found = postgres::list(&pool, tag, PAGE as i64).await?;
                        ensure!(found == PAGE, "a page is short");
                        Ok(())
                    }
                }
            }))?);
        }
        let rates = |turns: Vec<Turn>| turns.into_iter().map(|turn| turn.rate).collect();
        let case = callers(number);
        rows.push(Row::rate(
            "pg-read",
            case.clone(),
            "posts/s",
            rates(ours),
            rates(limit),
        ));
        let (ours, limit) = (rates(our_lists), rates(limit_lists));
        rows.push(Row::rate("pg-list", case, "pages/s", ours, limit));
    }
    runtime.block_on(storage.close());
    Ok(rows)
}
