//! Who wrote what is new in a document.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use blog_core::domain::{AuthorId, Contributor, LogPosition};
use blog_core::ports::Entry;
use blog_core::render::word_count;

use crate::document::Document;
use crate::handover::CARRIER;
use crate::scanner::scan_update;

/// Who made these entries, all that a document has got since `before`, whoever wrote most first; and
/// how many words of theirs are in it.
pub(crate) fn contributors<'a>(
    document: &mut Document,
    before: Option<&LogPosition>,
    entries: impl Iterator<Item = &'a Entry>,
) -> Vec<Contributor> {
    let mut writers: Vec<(AuthorId, usize)> = vec![];
    let mut written = BTreeMap::new();
    for entry in entries.filter(|entry| entry.actor != CARRIER) {
        let known = writers
            .iter()
            .position(|(writer, _)| *writer == entry.actor);
        let writer = known.unwrap_or_else(|| {
            writers.push((entry.actor.clone(), 0));
            writers.len() - 1
        });
        writers[writer].1 += entry.update.len();
        for range in scan_update(&entry.update).unwrap_or_default().structs {
            written.insert(
                (range.client, range.clocks.start),
                (range.clocks.end, writer),
            );
        }
    }
    let writer_of = |client, clock| {
        let ((owner, _), (end, writer)) = written.range(..=(client, clock)).next_back()?;
        (*owner == client && clock < *end).then_some(*writer)
    };
    let mut words = vec![0; writers.len()];
    let known = before.map_or(&[][..], |before| &*before.state_vector);
    for (writer, text) in document.texts_since(known, writer_of) {
        if let Some(writer) = writer {
            words[writer] += word_count(&text);
        }
    }
    let mut wrote: Vec<_> = writers.into_iter().zip(words).collect();
    wrote.sort_by_key(|((_, bytes), words)| Reverse((*words, *bytes)));
    let contributor = |((author, _), words)| Contributor { author, words };
    wrote.into_iter().map(contributor).collect()
}
