//! Random edits of all that yrs can write.

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use yrs::types::Attrs;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, Doc, GetString, Map, MapPrelim, ReadTxn, StateVector, Text,
    TextPrelim, Transact, TransactionMut, Update, Xml, XmlElementPrelim, XmlFragment, XmlOut,
    XmlTextPrelim,
};

/// One transaction of a client. Positions and lengths are taken modulo what there is.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Type(usize, String),
    EraseText(usize, usize),
    Format(usize, usize, Any),
    Embed(Any),
    Insert(usize, Vec<Any>),
    Nest(usize),
    Subdocument(usize),
    Remove(usize),
    Set(String, Any),
    Unset(String),
    XmlElement(usize),
    XmlText(usize, String),
    /// Takes over all that the other clients have done.
    Pull,
}

pub(super) fn edits() -> impl Strategy<Value = Vec<(usize, Edit)>> {
    vec((0..CLIENTS.len(), edit()), 1..40)
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), "[a-zé€😀 ]{1,8}").prop_map(|(at, text)| Edit::Type(at, text)),
        2 => (at(), at()).prop_map(|(at, length)| Edit::EraseText(at, length)),
        1 => (at(), at(), value()).prop_map(|(at, length, value)| Edit::Format(at, length, value)),
        1 => value().prop_map(Edit::Embed),
        1 => (at(), vec(value(), 1..4)).prop_map(|(at, values)| Edit::Insert(at, values)),
        1 => at().prop_map(Edit::Nest),
        1 => at().prop_map(Edit::Subdocument),
        1 => at().prop_map(Edit::Remove),
        1 => ("[a-c]", value()).prop_map(|(key, value)| Edit::Set(key, value)),
        1 => "[a-c]".prop_map(Edit::Unset),
        1 => at().prop_map(Edit::XmlElement),
        1 => (at(), "[a-z😀]{0,4}").prop_map(|(at, text)| Edit::XmlText(at, text)),
        3 => Just(Edit::Pull),
    ]
}

fn value() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        Just(Any::Null),
        Just(Any::Undefined),
        any::<bool>().prop_map(Any::from),
        any::<i32>().prop_map(Any::from),
        any::<i64>().prop_map(Any::from),
        any::<f64>().prop_map(Any::from),
        any::<String>().prop_map(Any::from),
        vec(any::<u8>(), 0..4).prop_map(Any::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Any::from),
            hash_map(any::<String>(), inner, 0..4).prop_map(Any::from),
        ]
    })
}

/// The smallest, a usual and the largest client id.
const CLIENTS: [u64; 3] = [0, 2_482_730_157, (1 << 53) - 1];

/// What came of edits: the documents of all clients, and the update of each edit.
pub(super) struct Outcome {
    pub(super) docs: Vec<Doc>,
    pub(super) updates: Vec<Vec<u8>>,
}

pub(super) fn perform(edits: &[(usize, Edit)]) -> Outcome {
    let docs: Vec<Doc> = CLIENTS.into_iter().map(Doc::with_client_id).collect();
    let mut updates = Vec::new();
    for (client, edit) in edits {
        let doc = &docs[*client];
        if let Edit::Pull = edit {
            for other in &docs {
                pull(doc, other);
            }
            continue;
        }
        let roots = Roots::of(doc);
        let mut transaction = doc.transact_mut();
        roots.edit(&mut transaction, edit);
        updates.push(transaction.encode_update_v1());
    }
    Outcome { docs, updates }
}

fn pull(doc: &Doc, other: &Doc) {
    let known = doc.transact().state_vector();
    let missing = other.transact().encode_diff_v1(&known);
    doc.transact_mut()
        .apply_update(Update::decode_v1(&missing).unwrap())
        .unwrap();
}

struct Roots {
    text: yrs::TextRef,
    embeds: yrs::TextRef,
    array: yrs::ArrayRef,
    map: yrs::MapRef,
    xml: yrs::XmlFragmentRef,
}

impl Roots {
    fn of(doc: &Doc) -> Self {
        Self {
            text: doc.get_or_insert_text("text"),
            embeds: doc.get_or_insert_text("embeds"),
            array: doc.get_or_insert_array("array"),
            map: doc.get_or_insert_map("map"),
            xml: doc.get_or_insert_xml_fragment("xml"),
        }
    }

    fn edit(&self, transaction: &mut TransactionMut<'_>, edit: &Edit) {
        let array_length = self.array.len(transaction);
        let xml_length = self.xml.len(transaction);
        match edit {
            Edit::Type(at, text) => {
                let at = self.boundary(transaction, *at);
                self.text.insert(transaction, at, text);
            }
            Edit::EraseText(at, length) => {
                let (from, to) = self.span(transaction, *at, *length);
                self.text.remove_range(transaction, from, to - from);
            }
            Edit::Format(at, length, value) => {
                let (from, to) = self.span(transaction, *at, *length);
                let attributes = Attrs::from([("bold".into(), value.clone())]);
                self.text.format(transaction, from, to - from, attributes);
            }
            Edit::Embed(value) => _ = self.embeds.insert_embed(transaction, 0, value.clone()),
            Edit::Insert(at, values) => {
                self.array
                    .insert_range(transaction, position(*at, array_length), values.clone());
            }
            Edit::Nest(at) => {
                let at = position(*at, array_length);
                let nested = self
                    .array
                    .insert(transaction, at, ArrayPrelim::from([1, 2]));
                let map = nested.insert(transaction, 1, MapPrelim::from([("key", 3)]));
                map.insert(transaction, "text", TextPrelim::new("nested"));
            }
            Edit::Subdocument(at) => {
                _ = self
                    .array
                    .insert(transaction, position(*at, array_length), Doc::new());
            }
            Edit::Remove(at) if array_length > 0 => {
                self.array
                    .remove(transaction, position(*at, array_length - 1));
            }
            Edit::Set(key, value) => _ = self.map.insert(transaction, key.as_str(), value.clone()),
            Edit::Unset(key) => _ = self.map.remove(transaction, key),
            Edit::XmlElement(at) => {
                let at = position(*at, xml_length);
                let element = self
                    .xml
                    .insert(transaction, at, XmlElementPrelim::empty("p"));
                element.insert_attribute(transaction, "class", "lead");
            }
            Edit::XmlText(at, text) => {
                let parent = xml_length.checked_sub(1).and_then(|last| {
                    self.xml
                        .get(transaction, position(*at, last))
                        .and_then(XmlOut::into_xml_element)
                });
                match parent {
                    Some(parent) => {
                        _ = parent.push_back(transaction, XmlTextPrelim::new(text.as_str()))
                    }
                    None => {
                        _ = self
                            .xml
                            .push_back(transaction, XmlTextPrelim::new(text.as_str()))
                    }
                }
            }
            Edit::Remove(_) | Edit::Pull => {}
        }
    }

    /// A place between two characters of the text.
    fn boundary(&self, transaction: &TransactionMut<'_>, at: usize) -> u32 {
        let text = self.text.get_string(transaction);
        let boundaries: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        boundaries[at % boundaries.len()] as u32
    }

    fn span(&self, transaction: &TransactionMut<'_>, a: usize, b: usize) -> (u32, u32) {
        let (a, b) = (self.boundary(transaction, a), self.boundary(transaction, b));
        (a.min(b), a.max(b))
    }
}

fn position(at: usize, last: u32) -> u32 {
    (at % (last as usize + 1)) as u32
}

/// All that a document holds.
pub(super) fn state(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_diff_v1(&StateVector::default())
}
