use std::sync::Arc;

use anyhow::Result;
use blog_axum::RouterOptions;

use super::{CASE, Request, answers, blocking, serve, turn};
use crate::Plan;
use crate::limits::http::prepared;
use crate::report::Row;
use crate::scenarios::{blog_in, cache, fill, runtime, samples};

/// GET of a post as JSON, beside a bare handler that answers the same bytes, prepared.
pub(crate) fn read(plan: &Plan) -> Result<Vec<Row>> {
    reading(plan, "http-read", false)
}

/// The same of posts that the node remembers, and of posts that the client has already.
pub(crate) fn cached(plan: &Plan) -> Result<Vec<Row>> {
    reading(plan, "http-cached", true)
}

fn reading(plan: &Plan, scenario: &'static str, remembers: bool) -> Result<Vec<Row>> {
    let server = runtime()?;
    let posts = samples(plan.posts.min(1_000));
    let (blog, storage) = server.block_on(async {
        let opened = blog_in(&plan.dir.path().join(format!("{scenario}.db"))).await?;
        fill(&opened.0, &posts, true).await?;
        anyhow::Ok(opened)
    })?;
    if remembers {
        let slugs: Vec<_> = posts.iter().map(|post| post.slug.clone()).collect();
        server.block_on(cache::follow(&blog, &slugs))?;
    }
    let requests: Arc<[_]> = posts.iter().map(|post| Request::get(&post.slug)).collect();
    let known: Arc<[_]> = posts
        .iter()
        .map(|post| Request::known(&post.slug))
        .collect();
    let ours = server.block_on(serve(blog_axum::router(blog, RouterOptions::default())))?;
    let bare = server.block_on(serve(prepared(answers(ours, &requests)?)))?;
    let [mut ours_rates, mut limit_rates, mut known_rates] = [const { Vec::new() }; 3];
    for _ in 0..plan.rounds {
        for (address, requests, rates) in [
            (ours, &requests, &mut ours_rates),
            (bare, &requests, &mut limit_rates),
            (ours, &known, &mut known_rates),
        ] {
            let requests = requests.clone();
            let request = move |caller: usize, call: usize| {
                requests[(caller * 61 + call) % requests.len()].clone()
            };
            rates.push(blocking(turn(plan, &[address], request))?.rate);
        }
    }
    let mut rows = vec![Row::rate(
        scenario,
        CASE,
        "requests/s",
        ours_rates,
        limit_rates.clone(),
    )];
    if remembers {
        let (case, unit) = ("304", "requests/s");
        rows.push(Row::rate(scenario, case, unit, known_rates, limit_rates));
    }
    server.block_on(storage.close());
    Ok(rows)
}
