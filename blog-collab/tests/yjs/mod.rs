//! The document of a Yjs client, with a text `body`, and what comes over its connection.
#![allow(dead_code, reason = "each test uses what it needs")]

use yrs::sync::{Message, MessageReader};
use yrs::updates::decoder::{Decode, DecoderV1};
use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, TextRef, Transact,
    Update,
};

#[derive(Debug)]
pub(crate) struct Yjs {
    pub(crate) doc: Doc,
    body: TextRef,
}

impl Yjs {
    pub(crate) fn new(client: u64) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let body = doc.get_or_insert_text("body");
        Self { doc, body }
    }

    pub(crate) fn text(&self) -> String {
        self.body.get_string(&self.doc.transact())
    }

    pub(crate) fn known(&self) -> StateVector {
        self.doc.transact().state_vector()
    }

    /// What somebody lacks who knows only so much.
    pub(crate) fn lacking(&self, known: &StateVector) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(known)
    }

    pub(crate) fn apply(&self, update: &[u8]) {
        let update = Update::decode_v1(update).unwrap();
        self.doc.transact_mut().apply_update(update).unwrap();
    }

    /// Inserts into the body, and answers the update.
    pub(crate) fn insert(&self, at: u32, text: &str) -> Vec<u8> {
        self.replace(at, 0, text)
    }

    /// Puts a text in the place of so many units of the body, and answers the update.
    pub(crate) fn replace(&self, at: u32, removed: u32, text: &str) -> Vec<u8> {
        let mut transaction = self.doc.transact_mut();
        if removed > 0 {
            self.body.remove_range(&mut transaction, at, removed);
        }
        if !text.is_empty() {
            self.body.insert(&mut transaction, at, text);
        }
        transaction.encode_update_v1()
    }
}

/// The messages of a frame.
pub(crate) fn messages(frame: &[u8]) -> Vec<Message> {
    let mut decoder = DecoderV1::from(frame);
    MessageReader::new(&mut decoder)
        .map(Result::unwrap)
        .collect()
}
