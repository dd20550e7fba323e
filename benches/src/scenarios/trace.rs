use std::future::ready;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use blog_collab::{Hub, HubOptions};
use blog_core::Blog;
use blog_core::domain::PostId;
use blog_storage_sqlite::SqliteCollabStore;
use bytes::Bytes;
use serde::Deserialize;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact, Update};

use super::documents::{Opening, append, new_document};
use super::{blog_in, runtime, writer};
use crate::Plan;
use crate::memory::allocated_bytes;
use crate::report::Row;

/// Updates between two folds, as an hour of typing brings them.
const FOLD: usize = 5_000;
/// Documents that are open at once when their memory is measured.
const OPEN: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    end_content: String,
    txns: Vec<Transaction>,
}

/// What one keystroke changed: where, how many characters go, and what comes.
#[derive(Deserialize)]
struct Transaction {
    patches: Vec<(u32, u32, String)>,
}

/// What was typed.
struct Typed {
    updates: Vec<Bytes>,
    /// All of it, as yrs encodes it.
    state: Bytes,
    text: String,
}

/// A document that somebody has really typed. The limits of time are bare yrs, which has the bytes in
/// memory and looks at none of them; that of what is stored is what yrs encodes. In memory a document
/// stands beside that of bare yrs, and a room in which nobody has written for a while beside the text.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let path = plan.trace.as_ref().context("--trace names no file")?;
    let trace =
        std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let typed = typed(&serde_json::from_slice(&trace)?)?;
    let runtime = runtime()?;
    let (blog, storage) = runtime.block_on(blog_in(&plan.dir.path().join("trace.db")))?;
    let store = storage.collab_store();
    let rows = runtime.block_on(async {
        let long = new_document(&blog, &store).await?;
        append(&store, long, &typed.updates).await?;
        let opening = |post, updates| Opening {
            blog: &blog,
            store: &store,
            post,
            updates,
        };
        let case = format!("as typed, {} updates", typed.updates.len());
        let as_typed = opening(long, &*typed.updates);
        let mut rows = vec![as_typed.time(plan, "trace", &case).await?];

        let compacted = new_document(&blog, &store).await?;
        let hub = Hub::builder(blog.clone(), store.clone()).build();
        for hour in typed.updates.chunks(FOLD) {
            append(&store, compacted, hour).await?;
            hub.fold(compacted).await?;
        }
        hub.run(ready(())).await?;
        let state = opening(compacted, std::slice::from_ref(&typed.state));
        rows.push(state.time(plan, "trace", "compacted").await?);
        let stored = stored_bytes(plan, compacted)?;
        let (open, idle) = memory(&blog, &store, &typed.state).await?;
        let bare = bare_memory(&typed.state)?;
        let size = |case, ours, limit| Row::size("trace", case, ours, limit);
        rows.push(size("stored, compacted", stored, typed.state.len()));
        rows.push(size("in memory, open", open, bare));
        rows.push(size("in memory, idle", idle, typed.text.len()));
        anyhow::Ok(rows)
    })?;
    runtime.block_on(storage.close());
    Ok(rows)
}

fn typed(trace: &Trace) -> Result<Typed> {
    let document = Doc::new();
    let body = document.get_or_insert_text("body");
    let mut updates = Vec::with_capacity(trace.txns.len());
    for Transaction { patches } in &trace.txns {
        let mut transaction = document.transact_mut();
        for (place, removed, new) in patches {
            body.remove_range(&mut transaction, *place, *removed);
            body.insert(&mut transaction, *place, new);
        }
        updates.push(transaction.encode_update_v1().into());
    }
    let transaction = document.transact();
    let text = body.get_string(&transaction);
    ensure!(text == trace.end_content, "the trace comes to another text");
    Ok(Typed {
        updates,
        state: transaction.encode_diff_v1(&StateVector::default()).into(),
        text,
    })
}

/// What a document takes up in the database.
fn stored_bytes(plan: &Plan, post: PostId) -> Result<usize> {
    let database = rusqlite::Connection::open(plan.dir.path().join("trace.db"))?;
    let bytes: i64 = database.query_row(
        "SELECT (SELECT coalesce(sum(length(state)), 0) FROM blog_collab_snapshots \
         WHERE document = ?1) + (SELECT coalesce(sum(length(entries)), 0) \
         FROM blog_collab_segments WHERE document = ?1)",
        [post.as_uuid().as_bytes()],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(bytes)?)
}

/// What a room takes up, on the average of some that are open at once: when it has just been opened,
/// and when nobody has written for a while.
async fn memory(blog: &Blog, store: &SqliteCollabStore, state: &Bytes) -> Result<(usize, usize)> {
    let mut options = HubOptions::default();
    options.idle = Duration::ZERO;
    options.unload_after = Duration::from_secs(5);
    let hub = Hub::builder(blog.clone(), store.clone()).options(options);
    let hub = hub.build();
    let mut posts = vec![];
    for _ in 0..OPEN {
        let post = new_document(blog, store).await?;
        append(store, post, std::slice::from_ref(state)).await?;
        posts.push(post);
    }
    let before = allocated_bytes();
    let of_one = || allocated_bytes().saturating_sub(before) / OPEN;
    let mut places = vec![];
    for post in posts {
        places.push(hub.join(&writer(), post).await?);
    }
    let open = of_one();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = of_one();
    drop(places);
    hub.run(ready(())).await?;
    Ok((open, idle))
}

fn bare_memory(state: &Bytes) -> Result<usize> {
    let before = allocated_bytes();
    let document = Doc::new();
    let update = Update::decode_v1(state)?;
    document.transact_mut().apply_update(update)?;
    Ok(allocated_bytes().saturating_sub(before))
}
