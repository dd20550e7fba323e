use anyhow::Result;
use blog_axum::{JwtAuthenticator, RouterOptions};

use super::{CASE, Drafts, KEY, blocking, serve, token, turn};
use crate::Plan;
use crate::limits::http::writing;
use crate::limits::sqlite::{self, GroupWriter};
use crate::report::Row;
use crate::scenarios::{blog_in, runtime};

/// POST of a post, durable, beside a bare handler in front of rusqlite's group commit.
pub(crate) fn create(plan: &Plan) -> Result<Vec<Row>> {
    let server = runtime()?;
    let (blog, storage) = server.block_on(blog_in(&plan.dir.path().join("http-create-ours.db")))?;
    let token = token(&blog)?;
    let options = RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(KEY));
    let ours = server.block_on(serve(blog_axum::router(blog, options)))?;
    let database = sqlite::create(&plan.dir.path().join("http-create-limit.db"))?;
    let bare = server.block_on(serve(writing(GroupWriter::on(database))))?;
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        for (address, rates) in [(ours, &mut our_rates), (bare, &mut limit_rates)] {
            let drafts = Drafts::new(&token);
            let request = move |caller: usize, _: usize| drafts.next(caller);
            rates.push(blocking(turn(plan, &[address], request))?.rate);
        }
    }
    server.block_on(storage.close());
    let scenario = "http-create";
    let row = Row::rate(scenario, CASE, "posts/s", our_rates, limit_rates);
    Ok(vec![row])
}
