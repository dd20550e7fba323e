//! What is measured, each beside its limit.

mod analysis;
mod cache;
mod cluster;
mod create;
mod documents;
mod fold;
mod http;
mod list;
mod live;
mod model;
mod open;
mod postgres;
mod read;
mod search;
mod streams;
mod trace;
mod visible;

use std::path::Path;

use anyhow::Result;
use blog_core::Blog;
use blog_core::domain::{Actor, Content, Role, Transition};
use blog_core::services::NewPost;
use blog_storage_sqlite::SqliteStorage;
use tokio::runtime::Runtime;

use crate::report::Row;
use crate::sample::{SamplePost, SamplePosts};
use crate::{Plan, Scenario};

pub(crate) fn run(scenario: Scenario, plan: &Plan) -> Result<Vec<Row>> {
    match scenario {
        Scenario::Create => create::run(plan),
        Scenario::Read => read::run(plan),
        Scenario::List => list::run(plan),
        Scenario::Search => search::run(plan),
        Scenario::Visible => visible::run(plan),
        Scenario::HttpRead => http::reading::read(plan),
        Scenario::HttpCreate => http::writing::create(plan),
        Scenario::HttpCached => http::reading::cached(plan),
        Scenario::HttpMixed => http::mixed::run(plan),
        Scenario::Live => live::run(plan),
        Scenario::Open => open::run(plan),
        Scenario::Trace => trace::run(plan),
        Scenario::PgCreate => postgres::create(plan),
        Scenario::PgRead => postgres::read(plan),
        Scenario::Cache => cache::node(plan),
        Scenario::RedisCache => cache::shared(plan),
        Scenario::Cluster => cluster::run(plan),
        Scenario::Fold => fold::run(plan),
        Scenario::Model => model::run(plan),
        Scenario::Streams => streams::run(plan),
        Scenario::Analysis => analysis::run(plan),
        Scenario::All => {
            let mut rows = create::run(plan)?;
            rows.extend(read::run(plan)?);
            rows.extend(list::run(plan)?);
            rows.extend(search::run(plan)?);
            rows.extend(visible::run(plan)?);
            rows.extend(http::reading::read(plan)?);
            rows.extend(http::writing::create(plan)?);
            rows.extend(http::reading::cached(plan)?);
            rows.extend(http::mixed::run(plan)?);
            rows.extend(cache::node(plan)?);
            rows.extend(fold::run(plan)?);
            rows.extend(analysis::run(plan)?);
            rows.extend(live::run(plan)?);
            rows.extend(open::run(plan)?);
            rows.extend(model::run(plan)?);
            rows.extend(streams::run(plan)?);
            Ok(rows)
        }
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

fn writer() -> Actor {
    Actor::user("author", "Author", Role::Editor)
}

fn callers(number: usize) -> String {
    if number == 1 {
        "1 caller".to_owned()
    } else {
        format!("{number} callers")
    }
}

async fn blog_in(path: &Path) -> Result<(Blog, SqliteStorage)> {
    let storage = SqliteStorage::open(path).await?;
    Ok((Blog::builder(storage.clone()).build(), storage))
}

fn new_post(post: SamplePost) -> NewPost {
    let content = Content {
        title: post.title,
        body: post.body,
        tags: post.tags.into(),
        ..Content::default()
    };
    NewPost {
        content,
        slug: Some(post.slug),
        ..NewPost::default()
    }
}

/// So many posts, created 64 at a time, and published if wanted.
async fn fill(blog: &Blog, posts: &[SamplePost], publish: bool) -> Result<()> {
    for group in posts.chunks(64) {
        let tasks: Vec<_> = group
            .iter()
            .cloned()
            .map(|post| {
                let blog = blog.clone();
                tokio::spawn(async move {
                    let (actor, posts) = (writer(), blog.posts());
                    let created = posts.create(&actor, new_post(post)).await?;
                    if publish {
                        let id = created.post.id;
                        posts
                            .change_status(&actor, id, Transition::Publish, None)
                            .await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
    }
    Ok(())
}

fn samples(count: usize) -> Vec<SamplePost> {
    let mut posts = SamplePosts::new(3);
    (0..count).map(|_| posts.next()).collect()
}
