use anyhow::Result;

use super::{blog_in, callers, new_post, runtime, writer};
use crate::Plan;
use crate::limits::sqlite::{self, GroupWriter};
use crate::load::{Turn, alone, together};
use crate::report::Row;
use crate::sample::SamplePosts;

/// Durable creation: 4 KB of body, three tags, version, event and audit entry.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    [1, 8, 64]
        .into_iter()
        .map(|number| case(plan, number))
        .collect()
}

fn case(plan: &Plan, number: usize) -> Result<Row> {
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for round in 0..plan.rounds {
        our_rates.push(ours(plan, number, round)?.rate);
        limit_rates.push(limit(plan, number, round)?.rate);
    }
    Ok(Row::rate(
        "create",
        callers(number),
        "posts/s",
        our_rates,
        limit_rates,
    ))
}

fn ours(plan: &Plan, number: usize, round: usize) -> Result<Turn> {
    let path = plan
        .dir
        .path()
        .join(format!("create-ours-{number}-{round}.db"));
    runtime()?.block_on(async {
        let (blog, storage) = blog_in(&path).await?;
        let caller = |caller: usize| {
            let blog = blog.clone();
            let mut posts = SamplePosts::new(caller as u64);
            move |_| {
                let (blog, post) = (blog.clone(), posts.next());
                async move {
                    blog.posts().create(&writer(), new_post(post)).await?;
                    Ok(())
                }
            }
        };
        let turn = together(number, plan.turn, caller).await?;
        storage.close().await;
        Ok(turn)
    })
}

fn limit(plan: &Plan, number: usize, round: usize) -> Result<Turn> {
    let path = plan
        .dir
        .path()
        .join(format!("create-limit-{number}-{round}.db"));
    let connection = sqlite::create(&path)?;
    if number == 1 {
        let mut posts = SamplePosts::new(1);
        return alone(plan.turn, |_| {
            sqlite::insert_alone(&connection, &posts.next())
        });
    }
    let group = GroupWriter::on(connection);
    runtime()?.block_on(together(number, plan.turn, |caller| {
        let group = group.clone();
        let mut posts = SamplePosts::new(caller as u64);
        move |_| {
            let (group, post) = (group.clone(), posts.next());
            async move { group.write(post).await }
        }
    }))
}
