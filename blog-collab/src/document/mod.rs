//! A live document: a Yjs document with a body, a text `title` and a map `meta`.

mod body;
mod joined;
mod meta;
mod replay;
mod text;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use blog_core::domain::Content;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Any, ClientID, Doc, GetString, IdSet, MapRef, OffsetKind, Options, Out, ReadTxn, Snapshot,
    StateVector, Text, TextRef, Transact, Update, WriteTxn, diff_updates_v1,
};

use self::body::Body;
use self::meta::{edit_meta, read_meta};
use self::text::edit_text;
use crate::BodyFormat;
use crate::nesting::Nesting;
use crate::scanner::{ClockRange, UpdateSummary, read_state_vector, scan_update};

/// Why an update was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It cannot be read. The document is as it was.
    #[error("not a Yjs update")]
    Malformed,
    /// Shared types would stand too deep in each other. The document is as it was.
    #[error("shared types nested too deep")]
    TooDeep,
    /// It was read and could not be applied. The document may be damaged: it has to be made anew.
    #[error("the update damages the document")]
    Damaging,
}

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Applied<'a> {
    /// All of it is in the document. This much of it was new.
    Whole(Cow<'a, [u8]>),
    /// All of it was there already.
    Nothing,
    /// Something that it builds on is missing. This much of it is in the document, if anything.
    InPart(Option<Vec<u8>>),
}

/// An update that has been found safe to decode, and was decoded.
pub(crate) struct Edits<'a> {
    bytes: Cow<'a, [u8]>,
    update: Update,
    summary: UpdateSummary,
}

impl<'a> Edits<'a> {
    pub(crate) fn read(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Refused> {
        let bytes = bytes.into();
        let summary = scan_update(&bytes).map_err(|_| Refused::Malformed)?;
        // Posts have no documents in them, and each takes a kilobyte.
        if summary.subdocuments > 0 {
            return Err(Refused::Malformed);
        }
        Self::decode(bytes, summary)
    }

    /// What was stored: a snapshot may have more in it than one update may.
    fn stored(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Refused> {
        let bytes = bytes.into();
        let summary = scan_update(&bytes).unwrap_or_default();
        Self::decode(bytes, summary)
    }

    fn decode(bytes: Cow<'a, [u8]>, summary: UpdateSummary) -> Result<Self, Refused> {
        match catch_unwind(|| Update::decode_v1(&bytes)) {
            Ok(Ok(update)) => Ok(Self {
                bytes,
                update,
                summary,
            }),
            _ => Err(Refused::Malformed),
        }
    }

    /// Whether something in them begins before what is there ends.
    fn begin_within(&self, present: &StateVector) -> bool {
        let mut structs = self.summary.structs.iter();
        structs.any(|range| range.clocks.start < present.get(&ClientID::new(range.client)))
    }

    /// Without what is there. What goes on in the middle of an item stands behind the clock before it:
    /// yrs and Yjs do not notice where the whole item names another place.
    fn beyond(self, present: &StateVector) -> Result<Self, Refused> {
        if !self.begin_within(present) {
            return Ok(self);
        }
        let new = contained(|| {
            let new = diff_updates_v1(&self.bytes, &present.encode_v1());
            new.map_err(|_| Refused::Malformed)
        });
        Self::read(new?)
    }
}

/// What edits bring that a document does not have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The client ids under which they bring it.
    pub(crate) clients: Vec<u64>,
    /// Whether something of the same clients is missing before it.
    pub(crate) has_gap: bool,
}

/// A Yjs document. It is not to be used again after [`Refused::Damaging`].
pub(crate) struct Document {
    doc: Doc,
    format: BodyFormat,
    body: Body,
    title: TextRef,
    meta: MapRef,
    /// Arrays, maps, texts and XML nodes that were ever put into it.
    shared_types: usize,
    nesting: Nesting,
    /// The UTF-8 bytes of its texts are no more than this.
    text_bytes: usize,
}

impl Document {
    /// An empty document, whose own edits are made under this client id.
    pub(crate) fn new(client: u64, format: BodyFormat) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let (body, title, meta) = {
            let mut transaction = doc.transact_mut();
            (
                Body::new(format, &mut transaction),
                transaction.get_or_insert_text("title"),
                transaction.get_or_insert_map("meta"),
            )
        };
        Self {
            doc,
            format,
            body,
            title,
            meta,
            shared_types: 0,
            nesting: Nesting::default(),
            text_bytes: 0,
        }
    }

    /// The client id under which its own edits are made.
    pub(crate) fn client(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// The format of its body.
    pub(crate) const fn format(&self) -> BodyFormat {
        self.format
    }

    /// What these edits bring that is not there yet.
    pub(crate) fn news(&self, edits: &Edits<'_>) -> News {
        let present = self.doc.transact().state_vector();
        let mut news = News::default();
        let mut end = 0;
        for ClockRange { client, clocks } in &edits.summary.structs {
            if news.clients.last() != Some(client) {
                end = present.get(&ClientID::new(*client));
            }
            if clocks.end > end {
                news.has_gap |= clocks.start > end;
                end = clocks.end;
                if news.clients.last() != Some(client) {
                    news.clients.push(*client);
                }
            }
        }
        news
    }

    /// Whether these edits delete what is not deleted here.
    pub(crate) fn lacks_deletions(&self, edits: &Edits<'_>) -> bool {
        let deleted = edits.update.delete_set();
        !deleted.is_empty() && {
            let present = self.doc.transact().snapshot();
            !deleted.diff(&present.delete_set).is_empty()
        }
    }

    /// Applies edits. Of those that build on what is not there, the rest is forgotten.
    pub(crate) fn apply<'a>(&mut self, edits: Edits<'a>) -> Result<Applied<'a>, Refused> {
        let before = self.doc.transact().state_vector();
        let Edits {
            bytes,
            update,
            summary,
        } = edits.beyond(&before)?;
        let shared_types = self.shared_types + summary.shared_types;
        // Where there are none, nothing stands in any.
        let items = if shared_types == 0 {
            vec![]
        } else {
            summary.items
        };
        let items = self.nesting.of_new(items, &before);
        let items = items.ok_or(Refused::TooDeep)?;
        self.text_bytes += self.body.most_bytes(summary.text_bytes, bytes.len());
        contained(|| {
            let mut transaction = self.doc.transact_mut();
            let applied = transaction.apply_update(update);
            applied.map_err(|_| Refused::Damaging)?;
            let after = transaction.state_vector();
            self.nesting.add(items, &after);
            let is_changed = after != before || !transaction.delete_set().is_empty();
            if is_changed {
                self.shared_types = shared_types;
            }
            if !transaction.has_missing_updates() {
                return Ok(if is_changed {
                    Applied::Whole(bytes)
                } else {
                    Applied::Nothing
                });
            }
            transaction.prune_pending();
            let part = is_changed.then(|| transaction.encode_diff_v1(&before));
            Ok(Applied::InPart(part))
        })
    }

    /// The Yjs state vector: how much of each client's edits is there.
    pub(crate) fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// What somebody with this state vector lacks.
    pub(crate) fn difference(&self, state_vector: &[u8]) -> Result<Vec<u8>, Refused> {
        let known = read_state_vector(state_vector).map_err(|_| Refused::Malformed)?;
        contained(|| {
            let transaction = self.doc.transact();
            let present = transaction.state_vector();
            let mut has = StateVector::default();
            for (client, clock) in known {
                let client = ClientID::new(client);
                if present.contains_client(&client) {
                    has.set_max(client, clock);
                }
            }
            Ok(transaction.encode_diff_v1(&has))
        })
    }

    /// The whole document as one update.
    pub(crate) fn state(&self) -> Result<Vec<u8>, Refused> {
        contained(|| Ok(self.doc.transact().encode_diff_v1(&StateVector::default())))
    }

    /// Whether both say the same, and have seen the same edits.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let known = Content::default();
        self.doc.transact().state_vector() == other.doc.transact().state_vector()
            && self.content(&known) == other.content(&known)
    }

    /// How many arrays, maps, texts and XML nodes are in it at most.
    pub(crate) const fn shared_types(&self) -> usize {
        self.shared_types
    }

    /// By how many bytes of UTF-8 the title or the body exceeds `limit`, whichever is longer; 0 if neither
    /// does. Counts them only where so much has been written that they may.
    pub(crate) fn excess(&mut self, limit: usize) -> usize {
        if self.text_bytes <= limit {
            return 0;
        }
        let transaction = self.doc.transact();
        let title = self.title.get_string(&transaction).len();
        let body = self.body.markdown(&transaction).len();
        self.text_bytes = title + body;
        title.max(body).saturating_sub(limit)
    }

    /// The pieces of its title and of its body, in order: what one has written since a state vector and
    /// stands side by side is one. `writer` says by client id and clock who that is, if it matters.
    pub(crate) fn texts_since(
        &mut self,
        state_vector: &[u8],
        writer: impl Fn(u64, u32) -> Option<usize>,
    ) -> [Vec<(Option<usize>, String)>; 2] {
        let mut transaction = self.doc.transact_mut();
        let at = |state| Snapshot::new(state, IdSet::default());
        let before = at(StateVector::decode_v1(state_vector).unwrap_or_default());
        let now = at(transaction.state_vector());
        let body = self.body.texts(&transaction);
        [vec![self.title.clone()], body].map(|texts| {
            let mut pieces: Vec<(Option<usize>, String)> = vec![];
            for text in texts {
                pieces.push((None, String::new()));
                let id = |change: YChange| change.id;
                for piece in text.diff_range(&mut transaction, Some(&now), Some(&before), id) {
                    let Out::Any(Any::String(said)) = piece.insert else {
                        continue;
                    };
                    let wrote = piece
                        .ychange
                        .and_then(|id| writer(id.client.get(), id.clock));
                    match pieces.last_mut() {
                        Some((last, text)) if *last == wrote => text.push_str(&said),
                        _ => pieces.push((wrote, said.to_string())),
                    }
                }
            }
            pieces
        })
    }

    /// Whether its body is one text, and the pieces that [`texts_since`](Self::texts_since) answers make it
    /// up.
    pub(crate) const fn has_one_text(&self) -> bool {
        self.body.is_one_text()
    }

    /// What the document says. A field of `meta` that says the same as in `known`, or nothing that
    /// could be understood, is taken from there.
    pub(crate) fn content(&self, known: &Content) -> Content {
        let transaction = self.doc.transact();
        let mut content = read_meta(&self.meta, &transaction, known);
        content.title = self.title.get_string(&transaction);
        content.body = self.body.content(&transaction, &known.body);
        content
    }

    /// Makes those changes that lead from one content to another, and answers them as an update;
    /// `None` if there is nothing to change. What the document says beside them stays.
    pub(crate) fn edit(
        &mut self,
        from: &Content,
        to: &Content,
    ) -> Result<Option<Vec<u8>>, Refused> {
        let text_bytes = to.title.len() + to.body.len();
        contained(|| {
            let mut transaction = self.doc.transact_mut();
            let mut is_changed = from.title != to.title
                && edit_text(&self.title, &mut transaction, |_| to.title.clone());
            is_changed |=
                from.body != to.body && self.body.edit(&mut transaction, &from.body, &to.body);
            is_changed |= edit_meta(&self.meta, &mut transaction, from, to);
            let update = is_changed.then(|| transaction.encode_update_v1());
            let update_bytes = update.as_ref().map_or(0, Vec::len);
            self.text_bytes += self.body.most_bytes(text_bytes, update_bytes);
            if let Some(Ok(summary)) = update.as_deref().map(scan_update) {
                self.shared_types += summary.shared_types;
            }
            Ok(update)
        })
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Document").finish_non_exhaustive()
    }
}

/// yrs panics on some input: that ends the document, and nothing else.
fn contained<T>(work: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refused::Damaging))
}

#[cfg(test)]
mod tests {
    use yrs::{Array, ArrayPrelim, Map, TransactionMut};

    use super::*;
    use crate::wire::lib0::write_var_uint;

    /// Ordinary edits of one client, each an update.
    fn edits() -> Vec<Vec<u8>> {
        let mut options = Options::with_client_id(ClientID::new(3));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let (text, map) = (
            doc.get_or_insert_text("body"),
            doc.get_or_insert_map("meta"),
        );
        let list = doc.get_or_insert_array("list");
        let update = |edit: &dyn Fn(&mut TransactionMut<'_>)| {
            let mut transaction = doc.transact_mut();
            edit(&mut transaction);
            transaction.encode_update_v1()
        };
        vec![
            update(&|transaction| text.insert(transaction, 0, "hello \u{1F600} world")),
            update(&|transaction| {
                map.insert(transaction, "k", 1_i64);
            }),
            update(&|transaction| {
                list.insert(transaction, 0, Any::from("v"));
                list.insert(transaction, 1, ArrayPrelim::from([1, 2]));
            }),
            update(&|transaction| text.remove_range(transaction, 2, 3)),
        ]
    }

    /// yrs takes it after the others, and not in one transaction with them.
    const DAMAGING_TOGETHER: &[u8] = &[
        0x01, 0x01, 0xc7, 0x13, 0x46, 0x03, 0x00, 0x03, 0x02, 0x04, 0x74, 0x72, 0x75, 0x65, 0x00,
    ];

    /// An update of client 5 with one item, which says itself where it stands.
    fn item(clock: u64, place: &[u8], content: &[u8]) -> Vec<u8> {
        let (kind, content) = content.split_first().unwrap();
        let head = [&[1, 1, 5][..], &number(clock), &[*kind]].concat();
        [&head, place, content, &[0]].concat()
    }

    fn number(number: u64) -> Vec<u8> {
        let mut bytes = vec![];
        write_var_uint(&mut bytes, number);
        bytes
    }

    fn saying(body: &str) -> Content {
        let body = body.to_owned();
        Content {
            body,
            ..Content::default()
        }
    }

    #[test]
    fn what_goes_on_in_the_middle_of_an_item_stands_where_its_beginning_does() {
        let in_list = |text: &[u8]| item(0, b"\x01\x04list", text);
        let in_body = |text: &[u8]| item(0, b"\x01\x04body", text);
        let (ab, abcd) = (b"\x04\x02ab", b"\x04\x04abcd");
        for (updates, said) in [
            ([in_list(ab), in_body(abcd)], ""),
            ([in_body(ab), in_list(abcd)], "abcd"),
        ] {
            let mut live = Document::new(9, BodyFormat::Markdown);
            let mut stored = vec![];
            for update in &updates {
                let Applied::Whole(new) = live.apply(Edits::read(update).unwrap()).unwrap() else {
                    panic!("it is new");
                };
                stored.push(new.into_owned());
            }
            // As one node has it, as another that has stored all that it was sent, and as Yjs clients.
            let replay = |updates: &[Vec<u8>]| {
                Document::replay(
                    8,
                    BodyFormat::Markdown,
                    None,
                    updates.iter().map(|update| &**update),
                )
                .unwrap()
            };
            for mut document in [replay(&stored), replay(&updates), live] {
                let content = document.content(&Content::default());
                assert_eq!(content.body, said);
                let wanted = saying("What was wanted.");
                document.edit(&content, &wanted).unwrap();
                assert_eq!(document.content(&Content::default()), wanted);
            }
        }
    }

    #[test]
    fn what_goes_on_in_the_middle_of_an_item_stands_as_deep_as_its_beginning() {
        let array = |clock, within| item(clock, &[&[0, 5][..], &number(within)].concat(), &[7, 0]);
        let mut updates = vec![item(0, b"\x01\x04deep", &[7, 0])];
        updates.extend((1..100).map(|clock| array(clock, clock - 1)));
        updates.push(item(100, b"\x00\x05\x63", b"\x04\x02ab"));
        updates.push(item(100, b"\x01\x04root", b"\x04\x04abcd"));
        // Behind it, where a hundred arrays are around it.
        updates.push(item(104, b"\x05\x67", &[0x87, 0]));
        updates.extend((105..133).map(|clock| array(clock, clock - 1)));
        let mut live = Document::new(9, BodyFormat::Markdown);
        for update in &updates {
            live.apply(Edits::read(update).unwrap()).unwrap();
        }
        let stored = updates.iter().map(|update| &**update);
        let replayed = Document::replay(8, BodyFormat::Markdown, None, stored).unwrap();
        let deeper = array(133, 132);
        for mut document in [live, replayed] {
            let refused = document.apply(Edits::read(&deeper).unwrap());
            assert_eq!(refused, Err(Refused::TooDeep));
        }
    }

    #[test]
    fn what_was_taken_one_by_one_can_be_replayed() {
        let mut updates = edits();
        updates.push(DAMAGING_TOGETHER.to_vec());
        let mut live = Document::new(9, BodyFormat::Markdown);
        for update in &updates {
            live.apply(Edits::read(update).unwrap()).unwrap();
        }
        let stored = updates.iter().map(|update| &**update);
        let replayed = Document::replay(1, BodyFormat::Markdown, None, stored).unwrap();
        assert!(replayed.is_same_as(&live));
    }

    #[test]
    fn tens_of_thousands_of_changes_are_made_at_once() {
        let lines = |change: &dyn Fn(usize) -> &'static str| {
            let line = |number| format!("{} line {number} of a long text.\n", change(number));
            Content {
                body: (0..30_000).map(line).collect(),
                ..Content::default()
            }
        };
        let old = lines(&|_| "The");
        let new = lines(&|number| if number % 2 == 0 { "One" } else { "The" });
        assert!(old.body.len() > 1 << 19);
        let mut document = Document::new(1, BodyFormat::Markdown);
        document.edit(&Content::default(), &old).unwrap();
        document.edit(&old, &new).unwrap();
        assert!(document.content(&new) == new);
    }

    #[test]
    fn a_broken_snapshot_is_an_error_and_a_broken_update_is_passed_over() {
        let updates = edits();
        let broken: &[u8] = &[9, 9];
        assert!(Document::replay(1, BodyFormat::Markdown, Some(broken), []).is_err());
        let sound = Document::replay(
            1,
            BodyFormat::Markdown,
            None,
            updates.iter().map(|update| &**update),
        )
        .unwrap();
        let stored = updates.iter().map(|update| &**update).chain([broken]);
        let replayed = Document::replay(1, BodyFormat::Markdown, None, stored).unwrap();
        assert!(replayed.is_same_as(&sound));
    }
}
