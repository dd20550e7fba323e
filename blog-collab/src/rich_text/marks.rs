//! Marks as the attributes of a Yjs text.

use std::collections::HashMap;
use std::sync::Arc;

use yrs::Any;
use yrs::types::Attrs;

use super::tree::{Mark, Marks};

const NAMES: [(&str, Mark); 4] = [
    ("strike", Mark::Strike),
    ("italic", Mark::Italic),
    ("bold", Mark::Bold),
    ("code", Mark::Code),
];
const LINK: &str = "link";

/// The marks that Markdown has among these attributes.
pub(super) fn marks_of(attributes: &Attrs) -> Marks {
    let is_set = |name: &str| !matches!(attributes.get(name), None | Some(Any::Null));
    let named = NAMES.into_iter().filter(|(name, _)| is_set(name));
    let mut marks: Marks = named.map(|(_, mark)| mark).collect();
    if let Some(Any::Map(link)) = attributes.get(LINK) {
        let text = |name: &str| match link.get(name) {
            Some(Any::String(text)) => text.to_string(),
            _ => String::new(),
        };
        marks.insert(Mark::Link {
            href: text("href"),
            title: text("title"),
        });
    }
    marks
}

/// The attributes that make these marks of those.
pub(super) fn attributes_to(wanted: &Marks, said: &Marks) -> Attrs {
    let removed = said.difference(wanted).map(|mark| (name(mark), Any::Null));
    let added = wanted
        .difference(said)
        .map(|mark| (name(mark), value(mark)));
    removed.chain(added).collect()
}

fn name(mark: &Mark) -> Arc<str> {
    let mut names = NAMES.iter().filter(|(_, named)| named == mark);
    names.next().map_or(LINK, |(name, _)| name).into()
}

fn value(mark: &Mark) -> Any {
    let mut value = HashMap::new();
    if let Mark::Link { href, title } = mark {
        value.insert("href".to_owned(), Any::from(&**href));
        if !title.is_empty() {
            value.insert("title".to_owned(), Any::from(&**title));
        }
    }
    Any::from(value)
}
