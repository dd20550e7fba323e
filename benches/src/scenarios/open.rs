use anyhow::Result;
use bytes::Bytes;
use yrs::{Doc, Text, Transact};

use super::documents::{Opening, append, new_document};
use super::{blog_in, runtime};
use crate::Plan;
use crate::report::Row;
use crate::sample::Random;

/// Keystrokes in the log, none of them in a snapshot yet.
const KEYSTROKES: usize = 100_000;
/// Of so many, one is somewhere else than the one before.
const RUN: usize = 30;

/// A live document is opened whose log has a hundred thousand keystrokes.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let updates = keystrokes();
    runtime.block_on(async {
        let (blog, storage) = blog_in(&plan.dir.path().join("open.db")).await?;
        let store = storage.collab_store();
        let post = new_document(&blog, &store).await?;
        append(&store, post, &updates).await?;
        let opening = Opening {
            blog: &blog,
            store: &store,
            post,
            updates: &updates,
        };
        let row = opening.time(plan, "open", "100,000 updates").await?;
        storage.close().await;
        Ok(vec![row])
    })
}

fn keystrokes() -> Vec<Bytes> {
    let document = Doc::new();
    let body = document.get_or_insert_text("body");
    let mut random = Random::new(5);
    let mut place = 0;
    let press = |number: usize| {
        if number.is_multiple_of(RUN) {
            place = random.below(number + 1);
        }
        let mut transaction = document.transact_mut();
        body.insert(&mut transaction, place as u32, "a");
        place += 1;
        transaction.encode_update_v1().into()
    };
    (0..KEYSTROKES).map(press).collect()
}
