//! A live document: a Yjs document with a body, a text `title` and a map `meta`.

mod body;
mod contribution;
mod edits;
mod joined;
mod meta;
mod replay;
mod text;
mod unkeyed;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use blog_core::domain::Content;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Any, ClientID, Doc, GetString, IdSet, MapRef, OffsetKind, Options, Out, ReadTxn, Snapshot,
    StateVector, Text, TextRef, Transact, WriteTxn,
};

use self::body::Body;
pub(crate) use self::edits::{Edits, Growth, News};
use self::meta::{edit_meta, read_meta};
pub(crate) use self::replay::{Replayed, Soundness};
use self::text::edit_text;
use crate::BodyFormat;
use crate::nesting::Nesting;
use crate::scanner::{ClockRange, read_state_vector, scan_update};

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

/// A part of a text, and the number of whoever has written it, if it matters.
type Piece = (Option<usize>, String);

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
    /// Those of the longer text, if they were counted since it was last changed.
    longest_text: Option<usize>,
    /// Something was stored in it that the scanner would have refused.
    is_doubtful: bool,
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
            longest_text: None,
            is_doubtful: false,
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

    /// Those of the edits that are not there yet.
    pub(crate) fn only_new<'a>(&self, edits: Edits<'a>) -> Result<Edits<'a>, Refused> {
        let present = self.doc.transact().state_vector();
        edits.beyond(&present)
    }

    /// Applies edits. Of those that build on what is not there, the rest is forgotten.
    pub(crate) fn apply<'a>(&mut self, edits: Edits<'a>) -> Result<Applied<'a>, Refused> {
        let before = self.doc.transact().state_vector();
        let Edits {
            bytes,
            update,
            summary,
            ..
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
        self.longest_text = None;
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
    pub(crate) fn is_same_as(&self, other: &Self) -> Result<bool, Refused> {
        let known = Content::default();
        let has_seen_the_same =
            self.doc.transact().state_vector() == other.doc.transact().state_vector();
        Ok(has_seen_the_same && self.content(&known)? == other.content(&known)?)
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
        let longest = self.longest_text.unwrap_or_else(|| {
            let transaction = self.doc.transact();
            let title = self.title.get_string(&transaction).len();
            let body = self.body.markdown(&transaction).len();
            self.text_bytes = title + body;
            title.max(body)
        });
        self.longest_text = Some(longest);
        longest.saturating_sub(limit)
    }

    /// The pieces of its title and of its body, in order: what one has written since a state vector and
    /// stands side by side is one. `writer` says by client id and clock who that is, if it matters, and up to
    /// which clock.
    pub(crate) fn texts_since(
        &mut self,
        state_vector: &[u8],
        writer: impl Fn(u64, u32) -> (Option<usize>, u32),
    ) -> Result<[Vec<Piece>; 2], Refused> {
        contained(|| {
            let mut transaction = self.doc.transact_mut();
            let at = |state| Snapshot::new(state, IdSet::default());
            let before = at(StateVector::decode_v1(state_vector).unwrap_or_default());
            let now = at(transaction.state_vector());
            let body = self.body.texts(&transaction);
            Ok([vec![self.title.clone()], body].map(|texts| {
                let mut pieces: Vec<Piece> = vec![];
                for text in texts {
                    pieces.push((None, String::new()));
                    let id = |change: YChange| change.id;
                    for piece in text.diff_range(&mut transaction, Some(&now), Some(&before), id) {
                        let Out::Any(Any::String(said)) = piece.insert else {
                            continue;
                        };
                        let Some(first) = piece.ychange else {
                            push(&mut pieces, None, &said);
                            continue;
                        };
                        // What was written under one client id may be one item, whoever worded it.
                        let (mut clock, mut wrote, mut end) = (first.clock, None, first.clock);
                        for letter in said.chars() {
                            if clock >= end {
                                (wrote, end) = writer(first.client.get(), clock);
                            }
                            push(&mut pieces, wrote, letter.encode_utf8(&mut [0; 4]));
                            clock += if letter.len_utf16() == 1 { 1 } else { 2 };
                        }
                    }
                }
                pieces
            }))
        })
    }

    /// Whether its body is one text, and the pieces that [`texts_since`](Self::texts_since) answers make it
    /// up.
    pub(crate) const fn has_one_text(&self) -> bool {
        self.body.is_one_text()
    }

    /// What the document says. A field of `meta` that says the same as in `known`, or nothing that
    /// could be understood, is taken from there.
    pub(crate) fn content(&self, known: &Content) -> Result<Content, Refused> {
        contained(|| {
            let transaction = self.doc.transact();
            let mut content = read_meta(&self.meta, &transaction, known);
            content.title = self.title.get_string(&transaction);
            content.body = self.body.content(&transaction, &known.body);
            Ok(content)
        })
    }

    /// Makes those changes that lead from one content to another, and answers them as an update;
    /// `None` if there is nothing to change. What the document says beside them stays.
    pub(crate) fn edit(
        &mut self,
        from: &Content,
        to: &Content,
    ) -> Result<Option<Vec<u8>>, Refused> {
        let text_bytes = to.title.len() + to.body.len();
        self.longest_text = None;
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

/// Adds to the last piece, if that is by the same.
fn push(pieces: &mut Vec<Piece>, wrote: Option<usize>, said: &str) {
    match pieces.last_mut() {
        Some((last, text)) if *last == wrote => text.push_str(said),
        _ => pieces.push((wrote, said.to_owned())),
    }
}

/// yrs panics on some input: that ends the document, and nothing else.
fn contained<T>(work: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refused::Damaging))
}

#[cfg(test)]
mod tests;
