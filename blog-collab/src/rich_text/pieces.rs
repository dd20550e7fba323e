//! What of a line of text Markdown can say.

use super::tree::*;

/// What a line consists of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) what: What,
    pub(super) marks: Marks,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Text(String),
    Break,
    Image(Element),
}

/// The marks whose delimiters Markdown knows by what stands beside them.
pub(super) const DELIMITED: [Mark; 3] = [Mark::Strike, Mark::Italic, Mark::Bold];

impl Piece {
    pub(super) fn is_code(&self) -> bool {
        self.marks.contains(&Mark::Code)
    }

    fn is_space(&self) -> bool {
        matches!(&self.what, What::Text(text) if !self.is_code() && text == " ")
    }

    fn is_break(&self) -> bool {
        self.what == What::Break
    }
}

/// The pieces of inline nodes: without white space at the ends of a line, and without marks on that
/// at the ends of what is marked.
pub(super) fn pieces_of(nodes: &[Node]) -> Vec<Piece> {
    let mut pieces = vec![];
    add_pieces(nodes, &mut pieces);
    trim(&mut pieces);
    mark_breaks(&mut pieces);
    for mark in &DELIMITED {
        unmark_edges(&mut pieces, mark);
    }
    united(pieces)
}

/// Spaces stand alone, so that each can be looked at.
fn add_pieces(nodes: &[Node], pieces: &mut Vec<Piece>) {
    for node in nodes {
        match node {
            Node::Text(runs) => runs.iter().for_each(|run| add_text(run, pieces)),
            Node::Element(element) => {
                let what = match &*element.name {
                    HARD_BREAK => What::Break,
                    IMAGE => What::Image(element.clone()),
                    _ => {
                        add_pieces(&element.children, pieces);
                        continue;
                    }
                };
                let marks = Marks::new();
                pieces.push(Piece { what, marks });
            }
        }
    }
}

fn add_text(run: &Run, pieces: &mut Vec<Piece>) {
    let text = run.text.replace(['\n', '\r', '\t'], " ").replace('\0', "");
    let mut add = |text: &str| {
        if !text.is_empty() {
            let what = What::Text(text.to_owned());
            let marks = run.marks.clone();
            pieces.push(Piece { what, marks });
        }
    };
    if run.marks.contains(&Mark::Code) {
        return add(&text);
    }
    for word in text.split_inclusive(' ') {
        match word.strip_suffix(' ') {
            Some(word) => {
                add(word);
                add(" ");
            }
            None => add(word),
        }
    }
}

/// Removes the spaces beside breaks and at both ends, and breaks at the end.
fn trim(pieces: &mut Vec<Piece>) {
    let mut trimmed: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces.drain(..) {
        if piece.is_break() {
            while trimmed.pop_if(|last| last.is_space()).is_some() {}
        }
        if !piece.is_space() || trimmed.last().is_some_and(|last| !last.is_break()) {
            trimmed.push(piece);
        }
    }
    while trimmed
        .pop_if(|last| last.is_space() || last.is_break())
        .is_some()
    {}
    *pieces = trimmed;
}

/// A break has the marks that stand on both sides of it.
fn mark_breaks(pieces: &mut [Piece]) {
    let mut after = Marks::new();
    for at in (0..pieces.len()).rev() {
        if pieces[at].is_break() {
            pieces[at].marks.clone_from(&after);
        } else {
            after.clone_from(&pieces[at].marks);
        }
    }
    let mut before = Marks::new();
    for piece in pieces {
        if piece.is_break() {
            piece
                .marks
                .retain(|mark| *mark != Mark::Code && before.contains(mark));
        } else {
            before.clone_from(&piece.marks);
        }
    }
}

fn unmark_edges(pieces: &mut [Piece], mark: &Mark) {
    fn unmark<'a>(pieces: impl Iterator<Item = &'a mut Piece>, mark: &Mark) {
        let mut is_inside = false;
        for piece in pieces {
            if !is_inside && (piece.is_space() || piece.is_break()) {
                piece.marks.remove(mark);
            }
            is_inside = piece.marks.contains(mark);
        }
    }
    unmark(pieces.iter_mut(), mark);
    unmark(pieces.iter_mut().rev(), mark);
}

/// The same with text of the same marks in one piece.
fn united(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut united: Vec<Piece> = vec![];
    for piece in pieces {
        match (united.last_mut(), &piece.what) {
            (
                Some(Piece {
                    what: What::Text(before),
                    marks,
                }),
                What::Text(text),
            ) if *marks == piece.marks => before.push_str(text),
            _ => united.push(piece),
        }
    }
    united
}

/// The nodes of such pieces.
pub(super) fn nodes_of(pieces: Vec<Piece>) -> Vec<Node> {
    let mut nodes = vec![];
    for Piece { what, marks } in pieces {
        match (what, nodes.last_mut()) {
            (What::Break, _) => nodes.push(Node::Element(Element::new(HARD_BREAK, vec![]))),
            (What::Image(image), _) => nodes.push(Node::Element(image)),
            (What::Text(text), Some(Node::Text(runs))) => runs.push(Run { text, marks }),
            (What::Text(text), _) => nodes.push(Node::Text(vec![Run { text, marks }])),
        }
    }
    nodes
}
