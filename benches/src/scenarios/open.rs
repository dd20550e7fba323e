use std::future::ready;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use blog_collab::{Hub, HubOptions};
use blog_core::Blog;
use blog_core::domain::PostId;
use blog_core::ports::{Append, Clock, CollabStore, SystemClock};
use blog_storage_sqlite::SqliteCollabStore;
use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Text, Transact, Update};

use super::{blog_in, new_post, runtime, samples, writer};
use crate::Plan;
use crate::load::in_milliseconds;
use crate::report::Row;
use crate::sample::Random;

/// Keystrokes in the log, none of them in a snapshot yet.
const KEYSTROKES: usize = 100_000;
/// Of so many, one is somewhere else than the one before.
const RUN: usize = 30;
/// Updates of one append.
const APPEND: usize = 500;
/// Updates that the limit applies together: all at once would cost far more.
const TRANSACTION: usize = 100;

/// A live document is opened whose log has a hundred thousand keystrokes. The limit is bare yrs, which
/// has them in memory and looks at none of them.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let keystrokes = keystrokes();
    let (blog, storage) = runtime.block_on(blog_in(&plan.dir.path().join("open.db")))?;
    let post = runtime.block_on(async {
        let post = samples(1).pop().context("no sample")?;
        let post = blog.posts().create(&writer(), new_post(post)).await?;
        let post: PostId = post.post.id;
        // Brings the post into the log.
        let hub = hub_of(&blog, storage.collab_store());
        hub.content(&writer(), post).await?;
        // Its room would read all that comes, too.
        hub.run(ready(())).await?;
        anyhow::Ok(post)
    })?;
    let store = storage.collab_store();
    runtime.block_on(async {
        for group in keystrokes.chunks(APPEND) {
            let updates = group.iter().map(|it| (writer().id, it.clone())).collect();
            let append = Append::updates(SystemClock.now(), updates);
            store.append(post, append).await?;
        }
        anyhow::Ok(())
    })?;
    let [mut ours, mut limit] = [const { vec![] }; 2];
    for _ in 0..plan.rounds {
        let hub = runtime.block_on(async { hub_of(&blog, storage.collab_store()) });
        let opened = Instant::now();
        let content = runtime.block_on(hub.content(&writer(), post))?;
        ours.push(in_milliseconds(opened.elapsed()));
        runtime.block_on(hub.run(ready(())))?;
        ensure!(content.body.len() > KEYSTROKES, "keystrokes are missing");
        let opened = Instant::now();
        let text = bare(&keystrokes)?;
        limit.push(in_milliseconds(opened.elapsed()));
        ensure!(text.len() == KEYSTROKES, "keystrokes are missing");
    }
    runtime.block_on(storage.close());
    Ok(vec![Row::time("open", "100,000 updates", ours, limit)])
}

/// A server's rooms, which leave no snapshot in the place of the log.
pub(super) fn hub_of(blog: &Blog, store: SqliteCollabStore) -> Hub {
    let mut options = HubOptions::default();
    (options.compact_from, options.compact_bytes) = (usize::MAX, usize::MAX);
    Hub::builder(blog.clone(), store).options(options).build()
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

/// What a bare document says after these updates.
pub(super) fn bare(keystrokes: &[Bytes]) -> Result<String> {
    let document = Doc::new();
    let body = document.get_or_insert_text("body");
    for group in keystrokes.chunks(TRANSACTION) {
        let mut transaction = document.transact_mut();
        for keystroke in group {
            transaction.apply_update(Update::decode_v1(keystroke)?)?;
        }
    }
    Ok(body.get_string(&document.transact()))
}
