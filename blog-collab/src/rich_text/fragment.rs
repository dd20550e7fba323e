//! Nodes in a Yjs document, as y-prosemirror keeps them there.

use yrs::types::Delta;
use yrs::types::text::YChange;
use yrs::{
    Any, Array, ArrayRef, In, Out, ReadTxn, Text, TransactionMut, Xml, XmlElementPrelim,
    XmlElementRef, XmlFragment, XmlFragmentRef, XmlOut, XmlTextPrelim, XmlTextRef,
};

use super::marks::{attributes_to, marks_of};
use super::pairs::{Step, steps};
use super::tree::*;
use crate::difference::{changes, units};

/// The attributes that Markdown has; what else a node has stays as it is.
const ATTRIBUTES: [&str; 8] = [
    "level", "start", "tight", "language", "src", "alt", "title", "align",
];

/// The nodes of a fragment.
pub(crate) fn nodes_in(parent: &XmlFragmentRef, transaction: &impl ReadTxn) -> Vec<Node> {
    let children = children(parent, transaction).into_iter();
    children
        .map(|child| node(&child.xml, transaction))
        .collect()
}

/// The texts of a fragment, in order.
pub(crate) fn texts_in(parent: &XmlFragmentRef, transaction: &impl ReadTxn) -> Vec<XmlTextRef> {
    let mut texts = vec![];
    for child in children(parent, transaction) {
        match child.xml {
            XmlOut::Text(text) => texts.push(text),
            XmlOut::Element(element) => texts.extend(texts_in(element.as_ref(), transaction)),
            XmlOut::Fragment(fragment) => texts.extend(texts_in(&fragment, transaction)),
        }
    }
    texts
}

/// Removes all that a fragment holds.
pub(crate) fn clear(parent: &XmlFragmentRef, transaction: &mut TransactionMut<'_>) {
    if let Some(last) = children(parent, transaction).last() {
        parent.remove_range(transaction, 0, last.at + 1);
    }
}

/// A node in its parent.
struct Child {
    at: u32,
    xml: XmlOut,
}

/// What stands in a node beside other nodes, which no editor puts there, is passed over.
fn children(parent: &XmlFragmentRef, transaction: &impl ReadTxn) -> Vec<Child> {
    let array: &ArrayRef = parent.as_ref();
    let nodes = (0..).zip(array.iter(transaction)).filter_map(|(at, out)| {
        let xml = XmlOut::try_from(out).ok()?;
        Some(Child { at, xml })
    });
    nodes.collect()
}

fn node(xml: &XmlOut, transaction: &impl ReadTxn) -> Node {
    match xml {
        XmlOut::Text(text) => Node::Text(runs(text, transaction)),
        XmlOut::Element(element) => {
            let attributes = element.attributes(transaction);
            let attributes = attributes.filter_map(|(name, value)| match value {
                Out::Any(value) => Some((name.to_owned(), value)),
                _ => None,
            });
            Node::Element(Element {
                name: element
                    .try_tag()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                attributes: attributes.collect(),
                children: nodes_in(element.as_ref(), transaction),
            })
        }
        XmlOut::Fragment(fragment) => {
            Node::Element(Element::new("", nodes_in(fragment, transaction)))
        }
    }
}

fn runs(text: &XmlTextRef, transaction: &impl ReadTxn) -> Vec<Run> {
    let pieces = text.diff(transaction, |_: YChange| ()).into_iter();
    let runs = pieces.filter_map(|piece| match piece.insert {
        Out::Any(Any::String(text)) => Some(Run {
            text: text.to_string(),
            marks: piece.attributes.map(|it| marks_of(&it)).unwrap_or_default(),
        }),
        _ => None,
    });
    runs.collect()
}

/// Makes what a node holds what is wanted, by few changes: what says the same stays, and so does what
/// Markdown cannot say. Answers whether there were any.
pub(crate) fn edit(
    parent: &XmlFragmentRef,
    transaction: &mut TransactionMut<'_>,
    wanted: &[Node],
) -> bool {
    let children = children(parent, transaction);
    let said: Vec<_> = children
        .iter()
        .map(|child| node(&child.xml, transaction))
        .collect();
    let mut at = children.last().map_or(0, |last| last.at + 1);
    let mut is_changed = false;
    for step in steps(&said, wanted).into_iter().rev() {
        match step {
            Step::Keep(old) => at = children[old].at,
            Step::Remove(old) => {
                at = children[old].at;
                parent.remove(transaction, at);
                is_changed = true;
            }
            Step::Insert(new) => {
                insert(parent, transaction, at, &wanted[new]);
                is_changed = true;
            }
            Step::Edit(old, new) => {
                at = children[old].at;
                is_changed |= edit_node(&children[old].xml, transaction, &said[old], &wanted[new]);
            }
        }
    }
    is_changed
}

fn edit_node(
    xml: &XmlOut,
    transaction: &mut TransactionMut<'_>,
    said: &Node,
    wanted: &Node,
) -> bool {
    match (xml, said, wanted) {
        (XmlOut::Element(xml), Node::Element(said), Node::Element(wanted)) => {
            let mut is_changed = edit(xml.as_ref(), transaction, &wanted.children);
            for name in ATTRIBUTES {
                match (said.attributes.get(name), wanted.attributes.get(name)) {
                    (said, Some(wanted)) if said != Some(wanted) => {
                        xml.insert_attribute(transaction, name, wanted.clone());
                    }
                    (Some(_), None) => xml.remove_attribute(transaction, &name),
                    _ => continue,
                }
                is_changed = true;
            }
            is_changed
        }
        (XmlOut::Text(xml), _, Node::Text(wanted)) => edit_text(xml, transaction, wanted),
        _ => false,
    }
}

pub(crate) fn insert(
    parent: &XmlFragmentRef,
    transaction: &mut TransactionMut<'_>,
    at: u32,
    node: &Node,
) {
    match node {
        Node::Text(runs) => {
            let text = parent.insert(transaction, at, XmlTextPrelim::new(""));
            edit_text(&text, transaction, runs);
        }
        Node::Element(element) => {
            let prelim = XmlElementPrelim::empty(&*element.name);
            let xml: XmlElementRef = parent.insert(transaction, at, prelim);
            for (name, value) in &element.attributes {
                xml.insert_attribute(transaction, &**name, value.clone());
            }
            // In this order yrs never walks to the place.
            for child in element.children.iter().rev() {
                insert(xml.as_ref(), transaction, 0, child);
            }
        }
    }
}

fn edit_text(text: &XmlTextRef, transaction: &mut TransactionMut<'_>, wanted: &[Run]) -> bool {
    let is_changed = edit_letters(text, transaction, wanted);
    let said = runs(text, transaction);
    let (said, wanted) = (by_unit(&said), by_unit(wanted));
    let pairs: Vec<_> = said.into_iter().zip(wanted).collect();
    let is_formatted = pairs.iter().any(|(said, wanted)| said != wanted);
    if is_formatted {
        // In one pass: yrs walks to the first place from the start.
        let formats = pairs.chunk_by(|one, other| one == other).map(|pairs| {
            let ((said, wanted), length) = (pairs[0], units_of(pairs.len()));
            let attributes = (said != wanted).then(|| Box::new(attributes_to(wanted, said)));
            Delta::<In>::Retain(length, attributes)
        });
        text.apply_delta(transaction, formats);
    }
    is_changed || is_formatted
}

/// Makes a text say what is wanted, with whatever marks.
fn edit_letters(text: &XmlTextRef, transaction: &mut TransactionMut<'_>, wanted: &[Run]) -> bool {
    let plain = |runs: &[Run]| runs.iter().map(|run| &*run.text).collect::<String>();
    let (old, new) = (plain(&runs(text, transaction)), plain(wanted));
    let mut delta = vec![];
    // Elsewhere something stands in the text that is none, or a client has falsified its length.
    if units(&old) == text.len(transaction) {
        let mut at = 0;
        for change in changes(&old, &new) {
            delta.push(Delta::Retain(change.at - at, None));
            delta.push(Delta::Deleted(change.removed));
            delta.push(inserted(&change.inserted));
            at = change.at + change.removed;
        }
    } else {
        let pieces = text.diff(transaction, |_: YChange| ()).into_iter();
        let length = pieces.map(|piece| match piece.insert {
            Out::Any(Any::String(text)) => units(&text),
            _ => 1,
        });
        delta.extend([Delta::Deleted(length.sum()), inserted(&new)]);
    }
    delta.retain(|it| match it {
        Delta::Inserted(In::Any(Any::String(text)), _) => !text.is_empty(),
        Delta::Inserted(..) => true,
        Delta::Deleted(length) | Delta::Retain(length, _) => *length > 0,
    });
    let is_changed = !delta.is_empty();
    text.apply_delta(transaction, delta);
    is_changed
}

fn inserted(text: &str) -> Delta<In> {
    Delta::Inserted(In::Any(Any::from(text)), None)
}

/// The marks of each unit of a text.
fn by_unit(runs: &[Run]) -> Vec<&Marks> {
    let mut marks = vec![];
    for run in runs {
        marks.resize(marks.len() + units(&run.text) as usize, &run.marks);
    }
    marks
}

fn units_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
