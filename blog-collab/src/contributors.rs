//! Who wrote what is new in a document.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use blog_core::domain::{ASSISTANT, AcceptedEdit, AuthorId, Contributor, LogPosition, Passage};
use blog_core::ports::Entry;
use blog_core::render::word_count;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{ClientID, StateVector};

use crate::document::{Document, Refused};
use crate::handover::CARRIER;
use crate::scanner::{ClockRange, read_state_vector, scan_update};

/// The model's place among those who wrote, where somebody has accepted words of it.
const MODEL: usize = 0;

/// A model's words that somebody has put into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Who.
    pub(crate) by: AuthorId,
    /// By which edits, those of each client in the order of their clocks.
    pub(crate) edits: Vec<AcceptedEdit>,
}

impl Accepted {
    /// The clocks of a client that are such words, in order.
    fn clocks_of(&self, client: u64) -> impl Iterator<Item = &Range<u32>> {
        let edits = self.edits.iter();
        let edits = edits.filter(move |edit| edit.client == client);
        edits.map(|edit| &edit.clocks)
    }

    /// What was known before such words: they may have been taken for somebody's own.
    fn known_before(&self, known: &[u8]) -> Vec<u8> {
        let mut before = StateVector::decode_v1(known).unwrap_or_default();
        for AcceptedEdit { client, clocks, .. } in &self.edits {
            let client = ClientID::new(*client);
            if before.contains_client(&client) && !clocks.is_empty() {
                before.set_min(client, clocks.start);
            }
        }
        before.encode_v1()
    }
}

/// Who has written which clocks of which client, told by their place among the writers; nobody, where that does not
/// matter.
struct Written<'a> {
    /// By client and first clock, with the clock after the last.
    clocks: BTreeMap<(u64, u32), (u32, Option<usize>)>,
    accepted: Option<&'a Accepted>,
}

impl Written<'_> {
    /// Somebody has sent these clocks. Those that were there already they have not written.
    fn add(&mut self, client: u64, clocks: Range<u32>, writer: Option<usize>) {
        let (Range { start, end }, accepted) = (clocks, self.accepted);
        for words in accepted.iter().flat_map(|it| it.clocks_of(client)) {
            self.go_on(client, start..words.start.min(end), writer);
            self.go_on(
                client,
                start.max(words.start)..words.end.min(end),
                Some(MODEL),
            );
        }
        self.go_on(client, start..end, writer);
    }

    fn go_on(&mut self, client: u64, clocks: Range<u32>, writer: Option<usize>) {
        let last = self.clocks.range(..=(client, u32::MAX)).next_back();
        let last = last.filter(|((owner, _), _)| *owner == client);
        let start = last.map_or(0, |(_, (end, _))| *end).max(clocks.start);
        if start < clocks.end {
            self.clocks.insert((client, start), (clocks.end, writer));
        }
    }

    /// Who has written a clock, and up to which.
    fn writer_of(&self, client: u64, clock: u32) -> (Option<usize>, u32) {
        let last = self.clocks.range(..=(client, clock)).next_back();
        let last = last.filter(|((owner, _), (end, _))| *owner == client && clock < *end);
        last.map_or((None, clock + 1), |(_, (end, writer))| (*writer, *end))
    }
}

/// Who made these entries, all that a document has got since `before`, whoever wrote most first; how many
/// words of theirs are in it, and which parts of its body, if that is one text. What somebody has accepted
/// is the [`ASSISTANT`]'s, also what it has got before.
pub(crate) fn contributors<'a>(
    document: &mut Document,
    before: Option<&LogPosition>,
    entries: impl Iterator<Item = &'a Entry>,
    accepted: Option<&Accepted>,
) -> Result<(Vec<Contributor>, Option<Vec<Passage>>), Refused> {
    let mut writers: Vec<(AuthorId, usize)> = vec![];
    if let Some(accepted) = accepted {
        writers.extend([(ASSISTANT.to_owned(), 0), (accepted.by.clone(), 0)]);
    }
    let mut written = Written {
        clocks: BTreeMap::new(),
        accepted,
    };
    let known = before.map_or(&[][..], |before| &*before.state_vector);
    for (client, clock) in read_state_vector(known).unwrap_or_default() {
        written.add(client, 0..clock, None);
    }
    for entry in entries {
        let writer = (entry.actor != CARRIER).then(|| {
            let mut known = writers.iter();
            let known = known.position(|(writer, _)| *writer == entry.actor);
            known.unwrap_or_else(|| {
                writers.push((entry.actor.clone(), 0));
                writers.len() - 1
            })
        });
        if let Some(writer) = writer {
            writers[writer].1 += entry.update.len();
        }
        let update = scan_update(&entry.update).unwrap_or_default();
        for ClockRange { client, clocks } in update.structs {
            written.add(client, clocks, writer);
        }
    }
    let since = accepted.map(|accepted| accepted.known_before(known));
    let since = since.as_deref().unwrap_or(known);
    let writer_of = |client, clock| written.writer_of(client, clock);
    let [title, body] = document.texts_since(since, writer_of)?;
    let mut words = vec![0; writers.len()];
    for (writer, text) in title.iter().chain(&body) {
        if let Some(writer) = writer {
            words[*writer] += word_count(text);
        }
    }
    let mut order: Vec<usize> = (0..writers.len()).collect();
    order.sort_by_key(|writer| Reverse((words[*writer], writers[*writer].1)));
    let contributor = |writer: &usize| Contributor {
        author: writers[*writer].0.clone(),
        words: words[*writer],
    };
    let contributors = order.iter().map(contributor).collect();
    // Where the texts of rich text are in its Markdown, nobody says.
    let passages = document.has_one_text();
    let passages = passages.then(|| self::passages(&body, &order));
    Ok((contributors, passages))
}

/// Where in a text the pieces are that somebody has written, told by their place among them.
fn passages(pieces: &[(Option<usize>, String)], order: &[usize]) -> Vec<Passage> {
    let mut end = 0;
    let passage = |(writer, text): &(Option<usize>, String)| {
        let start = end;
        end += u32::try_from(text.len()).ok()?;
        let place = order.iter().position(|it| Some(*it) == *writer)?;
        let contributor = u32::try_from(place).ok()?;
        Some((contributor, start, end).into())
    };
    pieces.iter().filter_map(passage).collect()
}

#[cfg(test)]
mod tests {
    use blog_core::domain::Content;
    use chrono::DateTime;
    use yrs::updates::decoder::Decode;
    use yrs::{Doc, ReadTxn, StateVector, Text, Transact, Update};

    use super::*;
    use crate::BodyFormat;
    use crate::document::Edits;

    #[test]
    fn whoever_sends_again_what_others_wrote_has_not_written_it() {
        let mut entries: Vec<Entry> = vec![];
        let mut document = Document::new(9, BodyFormat::Markdown);
        // Everybody sends all that there is.
        for (client, actor, text) in [
            (3, CARRIER, "one two three "),
            (2, "ben", "four five "),
            (1, "ada", "six "),
        ] {
            let doc = Doc::with_client_id(client);
            let body = doc.get_or_insert_text("body");
            let mut transaction = doc.transact_mut();
            for entry in &entries {
                let update = Update::decode_v1(&entry.update).unwrap();
                transaction.apply_update(update).unwrap();
            }
            body.push(&mut transaction, text);
            let update = transaction.encode_diff_v1(&StateVector::default());
            document.apply(Edits::read(&update).unwrap()).unwrap();
            entries.push(Entry {
                number: entries.len() as u64 + 1,
                actor: actor.into(),
                at: DateTime::UNIX_EPOCH,
                update: update.into(),
            });
        }
        let wrote = |author: &str, words| Contributor {
            author: author.into(),
            words,
        };
        let wrote_what = contributors(&mut document, None, entries.iter(), None);
        let (contributors, passages) = wrote_what.unwrap();
        assert_eq!(contributors, [wrote("ben", 2), wrote("ada", 1)]);
        let body = document.content(&Content::default()).unwrap().body;
        let text = |passage: &Passage| (passage.contributor, &body[passage.range()]);
        let texts: Vec<_> = passages.iter().flatten().map(text).collect();
        assert_eq!(texts, [(0, "four five "), (1, "six ")]);
    }
}
