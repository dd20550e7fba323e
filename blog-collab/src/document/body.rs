use yrs::{GetString, ReadTxn, TextRef, TransactionMut, WriteTxn, XmlFragment, XmlFragmentRef};

use super::text::edit_text;
use crate::BodyFormat;
use crate::difference::merged;
use crate::rich_text::{self, are_same, clear, kept, nodes_in, nodes_of, texts_in, to_markdown};

/// The text that is a body in Markdown.
const TEXT: &str = "body";

/// The fragment that is one as rich text: the field of TipTap's Collaboration extension.
const FRAGMENT: &str = "default";

/// How many bytes of Markdown one of an update is counted as. What marks, addresses, markers and
/// backslashes take is no more; only short lines that stand deep may take more.
const MARKDOWN_BYTES: usize = 16;

/// Where in a document its body is.
#[derive(Debug)]
pub(super) enum Body {
    Markdown(TextRef),
    RichText(XmlFragmentRef),
}

impl Body {
    pub(super) fn new(format: BodyFormat, transaction: &mut TransactionMut<'_>) -> Self {
        match format {
            BodyFormat::Markdown => Self::Markdown(transaction.get_or_insert_text(TEXT)),
            BodyFormat::RichText => {
                Self::RichText(transaction.get_or_insert_xml_fragment(FRAGMENT))
            }
        }
    }

    /// What it says as Markdown.
    pub(super) fn markdown(&self, transaction: &impl ReadTxn) -> String {
        match self {
            Self::Markdown(text) => text.get_string(transaction),
            Self::RichText(fragment) => to_markdown(&nodes_in(fragment, transaction)),
        }
    }

    /// What it says, as it is written in the known body wherever that says the same.
    pub(super) fn content(&self, transaction: &impl ReadTxn, known: &str) -> String {
        if self.is_elsewhere(transaction) {
            return known.to_owned();
        }
        match self {
            Self::Markdown(text) => text.get_string(transaction),
            Self::RichText(_) => kept(&self.markdown(transaction), known),
        }
    }

    /// Whether the document was written in another format: what it says in this one is no body.
    fn is_elsewhere(&self, transaction: &impl ReadTxn) -> bool {
        match self {
            Self::Markdown(text) => {
                let fragment = transaction.get_xml_fragment(FRAGMENT);
                let is_there = fragment.is_some_and(|it| it.first_child().is_some());
                is_there && text.get_string(transaction).is_empty()
            }
            Self::RichText(fragment) => {
                let text = transaction.get_text(TEXT);
                let is_there = text.is_some_and(|it| !it.get_string(transaction).is_empty());
                is_there && fragment.first_child().is_none()
            }
        }
    }

    /// Makes those changes that lead from one body to another; whether there were any.
    pub(super) fn edit(&self, transaction: &mut TransactionMut<'_>, from: &str, to: &str) -> bool {
        let is_elsewhere = self.is_elsewhere(transaction);
        if is_elsewhere {
            self.clear_other(transaction);
        }
        match self {
            Self::Markdown(text) => edit_text(text, transaction, |said| {
                if is_elsewhere || said == from {
                    to.to_owned()
                } else {
                    merged(from, said, to)
                }
            }),
            Self::RichText(fragment) => {
                let said = self.markdown(transaction);
                let wanted = if is_elsewhere || are_same(&said, from) {
                    nodes_of(to)
                } else {
                    let [from, to] = [from, to].map(|body| to_markdown(&nodes_of(body)));
                    nodes_of(&merged(&from, &said, &to))
                };
                rich_text::edit(fragment, transaction, &wanted)
            }
        }
    }

    /// Removes what the document says in the other format, so that it never takes the place of what is
    /// written in this one.
    fn clear_other(&self, transaction: &mut TransactionMut<'_>) {
        match self {
            Self::Markdown(_) => {
                let fragment = transaction.get_or_insert_xml_fragment(FRAGMENT);
                clear(&fragment, transaction);
            }
            Self::RichText(_) => {
                let text = transaction.get_or_insert_text(TEXT);
                edit_text(&text, transaction, |_| String::new());
            }
        }
    }

    /// How much longer the texts may have become by an update of so many bytes, with so many of text.
    pub(super) const fn most_bytes(&self, text_bytes: usize, update_bytes: usize) -> usize {
        match self {
            Self::Markdown(_) => text_bytes,
            Self::RichText(_) => MARKDOWN_BYTES.saturating_mul(update_bytes),
        }
    }

    pub(super) const fn is_one_text(&self) -> bool {
        matches!(self, Self::Markdown(_))
    }

    /// The texts that it consists of.
    pub(super) fn texts(&self, transaction: &impl ReadTxn) -> Vec<TextRef> {
        match self {
            Self::Markdown(text) => vec![text.clone()],
            Self::RichText(fragment) => {
                let texts = texts_in(fragment, transaction).into_iter();
                texts
                    .map(|text| AsRef::<TextRef>::as_ref(&text).clone())
                    .collect()
            }
        }
    }
}
