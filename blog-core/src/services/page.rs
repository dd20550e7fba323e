/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<Item, Key> {
    /// The items, in the list's order.
    pub items: Vec<Item>,
    /// Where the next page begins, if there is one.
    pub next: Option<Key>,
}

impl<Item, Key> Page<Item, Key> {
    /// Makes a page of `limit` from items of which one more than `limit` was asked for.
    pub(crate) fn of(mut items: Vec<Item>, limit: usize, key: impl Fn(&Item) -> Key) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}
