use anyhow::{Result, ensure};
use blog_core::domain::Actor;
use blog_core::ports::PostQuery;

use super::{blog_in, callers, fill, runtime, samples};
use crate::Plan;
use crate::limits::sqlite;
use crate::load::{alone, together};
use crate::report::Row;

const PAGE: usize = 20;

/// The twenty newest posts of a tag, as the public sees them.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let posts = samples(plan.posts);
    let bare = sqlite::filled(&plan.dir.path().join("list-limit.db"), &posts)?;
    let runtime = runtime()?;
    let (blog, storage) = runtime.block_on(async {
        let opened = blog_in(&plan.dir.path().join("list-ours.db")).await?;
        fill(&opened.0, &posts, true).await?;
        anyhow::Ok(opened)
    })?;
    let mut rows = vec![];
    for number in [1, 8] {
        let (mut ours, mut limit) = (vec![], vec![]);
        for _ in 0..plan.rounds {
            let turn = runtime.block_on(together(number, plan.turn, |caller| {
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
            }))?;
            ours.push(turn.rate);
            let turn = alone(plan.turn, |call| {
                let found = sqlite::list(&bare, (call % 30) as i64, PAGE)?;
                ensure!(found == PAGE, "a page is short");
                Ok(())
            })?;
            limit.push(turn.rate);
        }
        rows.push(Row::rate("list", callers(number), "pages/s", ours, limit));
    }
    runtime.block_on(storage.close());
    Ok(rows)
}
