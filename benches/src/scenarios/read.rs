use std::sync::Arc;

use anyhow::{Result, bail};
use blog_core::domain::Actor;
use blog_core::ports::View;
use blog_core::services::Lookup;

use super::{blog_in, callers, fill, runtime, samples};
use crate::Plan;
use crate::limits::sqlite;
use crate::load::{alone, together};
use crate::report::Row;
use crate::sample::Random;

/// Reading a published post by its slug, from storage each time.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let posts = samples(plan.posts);
    let bare = sqlite::filled(&plan.dir.path().join("read-limit.db"), &posts)?;
    let runtime = runtime()?;
    let (blog, storage) = runtime.block_on(async {
        let opened = blog_in(&plan.dir.path().join("read-ours.db")).await?;
        fill(&opened.0, &posts, true).await?;
        anyhow::Ok(opened)
    })?;
    let slugs: Arc<[String]> = posts.into_iter().map(|post| post.slug).collect();
    let mut rows = vec![];
    for number in [1, 8, 64] {
        let (mut ours, mut limit) = (vec![], vec![]);
        for _ in 0..plan.rounds {
            let turn = runtime.block_on(together(number, plan.turn, |caller| {
                let (blog, slugs) = (blog.clone(), slugs.clone());
                let mut random = Random::new(caller as u64);
                move |_| {
                    let slug = slugs[random.below(slugs.len())].clone();
                    let blog = blog.clone();
                    async move {
                        let reader = Actor::anonymous();
                        match blog
                            .posts()
                            .by_slug(&reader, &slug, None, View::Reader)
                            .await?
                        {
                            Lookup::Found(view) if !view.version.content.body.is_empty() => Ok(()),
                            _ => bail!("{slug} is not there"),
                        }
                    }
                }
            }))?;
            ours.push(turn.rate);
            let mut random = Random::new(9);
            let turn = alone(plan.turn, |_| {
                sqlite::read(&bare, &slugs[random.below(slugs.len())]).map(|_| ())
            })?;
            limit.push(turn.rate);
        }
        rows.push(Row::rate("read", callers(number), "posts/s", ours, limit));
    }
    runtime.block_on(storage.close());
    Ok(rows)
}
