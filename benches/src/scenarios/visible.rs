use std::time::{Duration, Instant};

use anyhow::Result;
use blog_core::domain::Transition;
use blog_core::{Blog, consumers};
use blog_search_tantivy::TantivyIndex;
use blog_storage_sqlite::SqliteStorage;
use tokio::sync::oneshot;

use super::search::texts;
use super::{fill, new_post, runtime, writer};
use crate::Plan;
use crate::limits::search::BareIndex;
use crate::load::{alone, in_milliseconds, percentile};
use crate::report::Row;
use crate::sample::{SamplePosts, Vocabulary};

/// A post is written every so often while the others are waited for.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(10);

/// From the commit's return to its being found, while fifty posts a second are created and
/// published. The limit is a bare commit and reload of one document.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let posts = texts(&Vocabulary::of(30_000), plan.posts);
    let mut bare = BareIndex::of(&plan.dir.path().join("visible-limit"), &posts)?;
    let runtime = runtime()?;
    let blog = runtime.block_on(async {
        let storage = SqliteStorage::open(plan.dir.path().join("visible-ours.db")).await?;
        let index = TantivyIndex::open(plan.dir.path().join("visible-ours"))?;
        let blog = Blog::builder(storage).search_index(index).build();
        fill(&blog, &posts, true).await?;
        consumers::catch_up(&blog).await?;
        anyhow::Ok(blog)
    })?;
    let (stop, stopped) = oneshot::channel::<()>();
    let consumers = runtime.spawn({
        let blog = blog.clone();
        async move { blog.run(async { stopped.await.unwrap_or(()) }).await }
    });

    let [mut ours, mut limit] = [(vec![], vec![]), (vec![], vec![])];
    let mut samples = SamplePosts::new(11);
    let mut written = 0;
    for _ in 0..plan.rounds {
        let waits = runtime.block_on(turn(&blog, plan.turn, &mut samples))?;
        ours.0.push(percentile(waits.clone(), 0.5));
        ours.1.push(percentile(waits, 0.99));
        let turn = alone(plan.turn, |_| {
            written += 1;
            bare.add(written, &samples.next())
        })?;
        limit.0.push(turn.percentile(0.5));
        limit.1.push(turn.percentile(0.99));
    }
    // The consumers are gone only if they failed, and then the next line says so.
    let _ = stop.send(());
    runtime.block_on(consumers)??;
    Ok(vec![
        Row::time("visible", "p50", ours.0, limit.0),
        Row::time("visible", "p99", ours.1, limit.1),
    ])
}

async fn turn(blog: &Blog, length: Duration, samples: &mut SamplePosts) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut tasks = vec![];
    while begun.elapsed() < length {
        let (blog, post) = (blog.clone(), samples.next());
        tasks.push(tokio::spawn(async move {
            let (actor, posts) = (writer(), blog.posts());
            let id = posts.create(&actor, new_post(post)).await?.post.id;
            posts
                .change_status(&actor, id, Transition::Publish, None)
                .await?;
            let committed = Instant::now();
            let seq = blog.storage().last_event().await?;
            blog.wait_for(seq, PATIENCE).await?;
            anyhow::Ok(in_milliseconds(committed.elapsed()))
        }));
        tokio::time::sleep(PAUSE).await;
    }
    let mut waits = vec![];
    for task in tasks {
        waits.push(task.await??);
    }
    Ok(waits)
}
