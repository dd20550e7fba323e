use yrs::branch::{Branch, BranchID, BranchPtr};
use yrs::{GetString, ReadTxn, TransactionMut, XmlElementRef, XmlFragment, XmlFragmentRef, XmlOut};

use super::texts_in;

/// The index in a fragment behind the node in which a place is; none if it is in another fragment.
pub(crate) fn index_of(
    fragment: &XmlFragmentRef,
    transaction: &impl ReadTxn,
    (branch, index): (BranchPtr, u32),
) -> Option<u32> {
    let is_in = |it: &Branch| branch == BranchPtr::from(it);
    if is_in(fragment.as_ref()) {
        return Some(index);
    }
    let mut nodes = (0..).zip(fragment.children(transaction));
    let found = nodes.find(|(_, node)| match node {
        XmlOut::Text(text) => is_in(text.as_ref()),
        XmlOut::Element(element) => {
            let mut texts = texts_in(element.as_ref(), transaction).into_iter();
            is_in(element.as_ref()) || texts.any(|text| is_in(text.as_ref()))
        }
        XmlOut::Fragment(_) => false,
    });
    found.map(|(at, _)| at + 1)
}

/// Removes the elements that were made under a client id and in which nobody has a text or an element.
pub(crate) fn remove_empty(
    parent: &XmlFragmentRef,
    transaction: &mut TransactionMut<'_>,
    client: u64,
) {
    let children: Vec<_> = parent.children(transaction).collect();
    for (at, child) in (0..).zip(children).collect::<Vec<_>>().into_iter().rev() {
        let XmlOut::Element(element) = child else {
            continue;
        };
        if is_nothing_else(&element, transaction, client) {
            parent.remove_range(transaction, at, 1);
        } else {
            remove_empty(element.as_ref(), transaction, client);
        }
    }
}

/// Whether an element and all in it were made under a client id, and say nothing.
fn is_nothing_else(element: &XmlElementRef, transaction: &impl ReadTxn, client: u64) -> bool {
    let mut children = element.children(transaction);
    is_of(element, client)
        && children.all(|child| match child {
            XmlOut::Text(text) => text.get_string(transaction).is_empty(),
            XmlOut::Element(element) => is_nothing_else(&element, transaction, client),
            XmlOut::Fragment(_) => false,
        })
}

fn is_of(element: &XmlElementRef, client: u64) -> bool {
    let branch: &Branch = element.as_ref();
    matches!(branch.id(), BranchID::Nested(id) if id.client.get() == client)
}
