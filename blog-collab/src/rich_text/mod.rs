//! Bodies as rich text: ProseMirror's nodes and marks, as TipTap names them and y-prosemirror keeps them
//! in a Yjs document, and the same as Markdown.

mod contribution;
mod escape;
mod fragment;
mod kept;
mod line;
mod marks;
mod pairs;
mod pieces;
mod read;
mod tree;
mod write;

pub(crate) use self::contribution::{index_of, remove_empty};
pub(crate) use self::fragment::{clear, edit, insert, nodes_in, texts_in};
pub(crate) use self::kept::{are_same, kept};
pub(crate) use self::read::nodes_of;
pub(crate) use self::write::to_markdown;

#[cfg(test)]
mod tests;
