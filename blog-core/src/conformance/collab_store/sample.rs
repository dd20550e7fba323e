//! Documents and appends for the cases.

use std::ops::RangeInclusive;

use bytes::Bytes;
use uuid::Uuid;

use super::{Verdict, Violation, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::domain::PostId;
use crate::error::{ErrorKind, Result};
use crate::ports::{Append, CollabStore, Entry, Snapshot, Start, StoredDocument, VersionStep};

pub(super) const ADA: &str = "ada";
pub(super) const BOB: &str = "bob";

/// The document number `number`: ids are in the order of the numbers.
pub(super) const fn document(number: u8) -> PostId {
    PostId::from_uuid(Uuid::from_bytes([number; 16]))
}

/// An append of one update that says this.
pub(super) fn one(text: &str) -> Append {
    Append::updates(
        time(0),
        vec![(ADA.to_owned(), Bytes::from(text.to_owned()))],
    )
}

/// An append of one update that says this, and brings the version `to` in.
pub(super) fn with_version(text: &str, from: u32, to: u32) -> Append {
    Append {
        version: Some(VersionStep { from, to }),
        ..one(text)
    }
}

/// An append of one update that says this, and claims an id for an actor.
pub(super) fn with_claim(text: &str, id: u64, actor: &str) -> Append {
    Append {
        claims: vec![(id, actor.to_owned())],
        ..one(text)
    }
}

/// The state up to an entry.
pub(super) fn snapshot(position: u64) -> Snapshot {
    Snapshot {
        position,
        state: format!("the state at {position}").into(),
    }
}

/// Where the log ends, or the kind of error that the append was refused with.
pub(super) fn outcome(answer: Result<u64>) -> Result<u64, ErrorKind> {
    answer.map_err(|error| error.kind().clone())
}

/// Appends so many entries, one by one, each of which says its number.
pub(super) async fn fill(
    promise: u8,
    store: &dyn CollabStore,
    document: PostId,
    numbers: RangeInclusive<u64>,
) -> Verdict {
    for number in numbers {
        let end = store.append(document, one(&number.to_string())).await;
        expect(promise, succeed(promise, end)?, number)?;
    }
    Ok(())
}

/// A document that is there.
pub(super) async fn load(
    promise: u8,
    store: &dyn CollabStore,
    document: PostId,
    from: Start,
) -> Result<StoredDocument, Violation> {
    let stored = succeed(promise, store.load(document, from).await)?;
    stored.ok_or_else(|| super::broke(promise, "a document", "none"))
}

/// All entries that are there: their numbers, and what they say.
pub(super) async fn all(
    promise: u8,
    store: &dyn CollabStore,
    document: PostId,
) -> Result<Vec<(u64, String)>, Violation> {
    let entries = succeed(promise, store.entries(document, 0, 10_000).await)?;
    Ok(texts(&entries))
}

pub(super) fn texts(entries: &[Entry]) -> Vec<(u64, String)> {
    let text = |entry: &Entry| String::from_utf8_lossy(&entry.update).into_owned();
    let both = |entry: &Entry| (entry.number, text(entry));
    entries.iter().map(both).collect()
}

/// What [`fill`] leaves.
pub(super) fn filled(numbers: RangeInclusive<u64>) -> Vec<(u64, String)> {
    numbers.map(|number| (number, number.to_string())).collect()
}

/// Fails unless the entries go from above the snapshot to the end, without a gap.
pub(super) fn expect_whole(promise: u8, stored: &StoredDocument) -> Verdict {
    let position = stored.snapshot.as_ref().map_or(0, |it| it.position);
    let numbers: Vec<_> = stored.entries.iter().map(|entry| entry.number).collect();
    expect(
        promise,
        numbers,
        (position + 1..=stored.log.end).collect::<Vec<_>>(),
    )
}
