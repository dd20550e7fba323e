//! Live documents in an SQLite file, and how long it takes to open them.

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
use yrs::{Doc, GetString, Transact, Update};

use super::{new_post, samples, writer};
use crate::Plan;
use crate::load::in_milliseconds;
use crate::report::Row;

/// Updates of one append.
const APPEND: usize = 500;
/// Updates that bare yrs applies together: all at once would cost far more.
const TRANSACTION: usize = 100;

/// The live document of a new post whose body is empty.
pub(super) async fn new_document(blog: &Blog, store: &SqliteCollabStore) -> Result<PostId> {
    let mut post = samples(1).pop().context("no sample")?;
    post.body = String::new();
    post.slug = format!("document-{}", blog.clock().now().timestamp_micros());
    let view = blog.posts().create(&writer(), new_post(post)).await?;
    let post = view.post.id;
    // Brings the post into the log.
    let hub = Hub::builder(blog.clone(), store.clone()).build();
    hub.content(&writer(), post).await?;
    // Its room would read all that comes, too.
    hub.run(ready(())).await?;
    Ok(post)
}

/// Adds to a document's log what was typed into its body.
pub(super) async fn append(
    store: &SqliteCollabStore,
    post: PostId,
    updates: &[Bytes],
) -> Result<()> {
    for group in updates.chunks(APPEND) {
        let updates = group.iter().map(|it| (writer().id, it.clone())).collect();
        let append = Append::updates(SystemClock.now(), updates);
        store.append(post, append).await?;
    }
    Ok(())
}

/// A document that is opened again and again.
pub(super) struct Opening<'a> {
    pub(super) blog: &'a Blog,
    pub(super) store: &'a SqliteCollabStore,
    pub(super) post: PostId,
    /// What was written in it.
    pub(super) updates: &'a [Bytes],
}

impl Opening<'_> {
    /// How long it takes until what it says is there, beside bare yrs, which has the updates in memory and
    /// looks at none of them.
    pub(super) async fn time(
        &self,
        plan: &Plan,
        scenario: &'static str,
        case: &str,
    ) -> Result<Row> {
        let [mut ours, mut limit] = [const { vec![] }; 2];
        for _ in 0..plan.rounds {
            let hub = self.hub();
            let opened = Instant::now();
            let said = hub.content(&writer(), self.post).await?.body;
            ours.push(in_milliseconds(opened.elapsed()));
            hub.run(ready(())).await?;
            let opened = Instant::now();
            let bare = bare(self.updates)?;
            limit.push(in_milliseconds(opened.elapsed()));
            ensure!(said == bare, "the document does not say what was typed");
        }
        Ok(Row::time(scenario, case, ours, limit))
    }

    /// A server's rooms, which leave no snapshot in the place of the log: each opens the same.
    fn hub(&self) -> Hub {
        let mut options = HubOptions::default();
        (options.compact_from, options.compact_bytes) = (usize::MAX, usize::MAX);
        let hub = Hub::builder(self.blog.clone(), self.store.clone());
        hub.options(options).build()
    }
}

/// What a bare document says after these updates.
fn bare(updates: &[Bytes]) -> Result<String> {
    let document = Doc::new();
    let body = document.get_or_insert_text("body");
    for group in updates.chunks(TRANSACTION) {
        let mut transaction = document.transact_mut();
        for update in group {
            transaction.apply_update(Update::decode_v1(update)?)?;
        }
    }
    Ok(body.get_string(&document.transact()))
}
