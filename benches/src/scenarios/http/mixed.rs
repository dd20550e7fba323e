use std::sync::Arc;

use anyhow::Result;
use blog_axum::{JwtAuthenticator, RouterOptions};

use super::{CASE, Drafts, KEY, Request, answers, blocking, serve, token, turn};
use crate::Plan;
use crate::limits::http::reading_and_writing;
use crate::limits::sqlite::{self, GroupWriter};
use crate::report::Row;
use crate::sample::SamplePost;
use crate::scenarios::{blog_in, cache, fill, runtime, samples};

/// Of a hundred requests, so many read.
const READS: usize = 95;

/// GETs of posts that the node remembers, and now and then a durable POST, beside a bare handler
/// that answers the same bytes, prepared, and has rusqlite's group commit behind it.
pub(crate) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let server = runtime()?;
    let posts = samples(plan.posts.min(1_000));
    let (blog, storage) = server.block_on(async {
        let opened = blog_in(&plan.dir.path().join("http-mixed-ours.db")).await?;
        fill(&opened.0, &posts, true).await?;
        let slugs: Vec<_> = posts.iter().map(|post| post.slug.clone()).collect();
        cache::follow(&opened.0, &slugs).await?;
        anyhow::Ok(opened)
    })?;
    let token = token(&blog)?;
    let options = RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(KEY));
    let ours = server.block_on(serve(blog_axum::router(blog, options)))?;
    let database = sqlite::create(&plan.dir.path().join("http-mixed-limit.db"))?;
    let writer = GroupWriter::on(database);
    let requests = requests(&posts);
    let answers = answers(ours, &requests)?;
    let bare = server.block_on(serve(reading_and_writing(answers, writer)))?;
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        for (address, rates) in [(ours, &mut our_rates), (bare, &mut limit_rates)] {
            let request = mix(requests.clone(), &token);
            rates.push(blocking(turn(plan, &[address], request))?.rate);
        }
    }
    server.block_on(storage.close());
    let scenario = "http-mixed";
    let row = Row::rate(scenario, CASE, "requests/s", our_rates, limit_rates);
    Ok(vec![row])
}

/// A GET of each of these posts.
pub(crate) fn requests(posts: &[SamplePost]) -> Arc<[Request]> {
    posts.iter().map(|post| Request::get(&post.slug)).collect()
}

/// What each caller asks for at each of its calls: mostly one of `reads`, else to write a draft.
pub(crate) fn mix(
    reads: Arc<[Request]>,
    token: &str,
) -> impl Fn(usize, usize) -> Request + Send + Sync + 'static {
    let drafts = Drafts::new(token);
    move |caller, call| {
        if (caller * 61 + call) % 100 < READS {
            reads[(caller * 61 + call) % reads.len()].clone()
        } else {
            drafts.next(caller)
        }
    }
}
