use std::time::Instant;

use anyhow::Result;
use blog_collab::{Hub, Outgoing};
use blog_core::domain::{Content, PostId};
use blog_core::services::NewPost;

use super::{blog_in, runtime, samples, writer};
use crate::Plan;
use crate::limits::sqlite;
use crate::load::{alone, in_milliseconds, percentile};
use crate::report::Row;

/// Bytes of the post.
const BODY: usize = 100_000;
/// Updates between two folds.
const EDITS: usize = 20;

/// A version folded from a live document of 100 KB while its room is open. The limit is a bare durable
/// insert of as many bytes.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut long = samples(1).remove(0);
    for post in samples(100) {
        long.body.push_str("\n\n");
        long.body.push_str(&post.body);
    }
    let end = (0..=BODY)
        .rev()
        .find(|end| long.body.is_char_boundary(*end));
    long.body.truncate(end.unwrap_or_default());
    let runtime = runtime()?;
    let (hub, post) = runtime.block_on(open(plan, &long.body))?;
    let bare = sqlite::create(&plan.dir.path().join("fold-limit.db"))?;
    let mut inserted = 0;
    let [mut ours, mut limit] = [(vec![], vec![]), (vec![], vec![])];
    for _ in 0..plan.rounds {
        let times = runtime.block_on(turn(&hub, post, plan))?;
        ours.0.push(percentile(times.clone(), 0.5));
        ours.1.push(percentile(times, 0.99));
        let turn = alone(plan.turn, |_| {
            let mut next = long.clone();
            inserted += 1;
            next.slug = format!("long-{inserted}");
            sqlite::insert_alone(&bare, &next)
        })?;
        limit.0.push(turn.percentile(0.5));
        limit.1.push(turn.percentile(0.99));
    }
    Ok(vec![
        Row::time("fold", "100 KB, p50", ours.0, limit.0),
        Row::time("fold", "100 KB, p99", ours.1, limit.1),
    ])
}

/// A post of this body, in whose room somebody is.
async fn open(plan: &Plan, body: &str) -> Result<(Hub, PostId)> {
    let (blog, storage) = blog_in(&plan.dir.path().join("fold-ours.db")).await?;
    let hub = Hub::builder(blog.clone(), storage.collab_store()).build();
    let new = NewPost {
        content: Content {
            title: "A long post".to_owned(),
            body: body.to_owned(),
            ..Content::default()
        },
        ..NewPost::default()
    };
    let post = blog.posts().create(&writer(), new).await?.post.id;
    let place = hub.join(&writer(), post).await?;
    tokio::spawn(async move { while let Outgoing::Frame(_) = place.next().await {} });
    Ok((hub, post))
}

/// How long each fold took.
async fn turn(hub: &Hub, post: PostId, plan: &Plan) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut times = vec![];
    while begun.elapsed() < plan.turn {
        for _ in 0..EDITS {
            let edit = |content: Content| Content {
                body: format!("word {}", content.body),
                ..content
            };
            hub.edit(&writer(), post, edit).await?;
        }
        let asked = Instant::now();
        hub.fold(post).await?;
        times.push(in_milliseconds(asked.elapsed()));
    }
    Ok(times)
}
