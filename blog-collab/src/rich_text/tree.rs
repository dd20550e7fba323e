//! A body as editors on ProseMirror have it: nodes and marks under the names of TipTap's extensions.

use std::collections::{BTreeMap, BTreeSet};

use yrs::Any;
use yrs::any::Number;

pub(crate) const PARAGRAPH: &str = "paragraph";
pub(crate) const HEADING: &str = "heading";
pub(crate) const BLOCKQUOTE: &str = "blockquote";
pub(crate) const BULLET_LIST: &str = "bulletList";
pub(crate) const ORDERED_LIST: &str = "orderedList";
pub(crate) const LIST_ITEM: &str = "listItem";
pub(crate) const TASK_LIST: &str = "taskList";
pub(crate) const TASK_ITEM: &str = "taskItem";
pub(crate) const CODE_BLOCK: &str = "codeBlock";
pub(crate) const HORIZONTAL_RULE: &str = "horizontalRule";
pub(crate) const IMAGE: &str = "image";
pub(crate) const TABLE: &str = "table";
pub(crate) const TABLE_ROW: &str = "tableRow";
pub(crate) const TABLE_HEADER: &str = "tableHeader";
pub(crate) const TABLE_CELL: &str = "tableCell";
pub(crate) const HARD_BREAK: &str = "hardBreak";

/// The language of a code block whose text is Markdown that stands in the body as it is: what the
/// schema has no node or mark for, which editors would delete.
pub(crate) const RAW: &str = "markdown-raw";

/// What stands deeper than this is kept as it is when it is read, for pages show it as plain text; what
/// nodes say that stand deeper is said without them.
pub(crate) const DEEPEST: usize = 64;

/// What stands in a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Element(Element),
    Text(Vec<Run>),
}

/// A node that is no text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, Any>,
    pub(crate) children: Vec<Node>,
}

/// Text with the same marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) marks: Marks,
}

pub(crate) type Marks = BTreeSet<Mark>;

/// The marks that Markdown has; in the order in which they stand around each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Link { href: String, title: String },
    Strike,
    Italic,
    Bold,
    Code,
}

impl Node {
    pub(crate) const fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Text(_) => None,
        }
    }
}

impl Element {
    pub(crate) fn new(name: &str, children: Vec<Node>) -> Self {
        Self {
            name: name.to_owned(),
            attributes: BTreeMap::new(),
            children,
        }
    }

    /// The same with this attribute.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Any>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// A code block; in no language, or in [`RAW`] or another.
    pub(crate) fn code(language: &str, code: &str) -> Self {
        let block = Self::new(CODE_BLOCK, text_of(code));
        if language.is_empty() {
            return block;
        }
        block.with("language", language)
    }

    pub(crate) fn text(&self, attribute: &str) -> &str {
        match self.attributes.get(attribute) {
            Some(Any::String(text)) => text,
            _ => "",
        }
    }

    pub(crate) fn number(&self, attribute: &str) -> Option<i64> {
        match self.attributes.get(attribute) {
            Some(Any::Number(Number::Int(number))) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "no attribute is so large")]
            Some(Any::Number(Number::Float(number))) => Some(*number as i64),
            _ => None,
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        elements(&self.children)
    }

    /// All text in it.
    pub(crate) fn plain_text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            match child {
                Node::Element(element) => text.push_str(&element.plain_text()),
                Node::Text(runs) => runs.iter().for_each(|run| text.push_str(&run.text)),
            }
        }
        text
    }
}

pub(crate) fn elements(nodes: &[Node]) -> impl Iterator<Item = &Element> {
    nodes.iter().filter_map(Node::element)
}

/// A node for this text, if it says anything.
fn text_of(text: &str) -> Vec<Node> {
    if text.is_empty() {
        return vec![];
    }
    let (text, marks) = (text.to_owned(), Marks::new());
    vec![Node::Text(vec![Run { text, marks }])]
}
