//! Nodes as Markdown.

use super::line::{Breaks, line};
use super::tree::*;

/// The highest number of an item.
const LAST_NUMBER: i64 = 999_999_999;

/// What nodes say as Markdown. Nodes that it does not know say what stands in them.
pub(crate) fn to_markdown(nodes: &[Node]) -> String {
    let mut markdown = blocks(nodes, &Around::default());
    if !markdown.is_empty() {
        markdown.push('\n');
    }
    markdown
}

/// What a block depends on that stands around it.
#[derive(Clone, Default)]
struct Around {
    /// It is in an item of a tight list.
    is_tight: bool,
    /// The marker of the item that it begins.
    marker: Option<char>,
    is_in_item: bool,
    /// How many nodes it stands in.
    depth: usize,
}

fn blocks(nodes: &[Node], around: &Around) -> String {
    let mut texts = texts(&blocks_in(nodes, around.depth), around);
    texts.retain(|text| !text.is_empty());
    texts.join(if around.is_tight { "\n" } else { "\n\n" })
}

/// Blocks; in the place of a node that Markdown does not have, or not so deep, those that stand in it.
pub(super) fn blocks_in(nodes: &[Node], depth: usize) -> Vec<&Node> {
    let mut blocks = vec![];
    for node in nodes {
        match node {
            Node::Element(element) if !is_block(element, depth) => {
                blocks.extend(blocks_in(&element.children, depth));
            }
            _ => blocks.push(node),
        }
    }
    blocks
}

/// Whether it is what its name says, in Markdown.
pub(super) fn is_block(element: &Element, depth: usize) -> bool {
    match &*element.name {
        PARAGRAPH | HEADING | CODE_BLOCK | HORIZONTAL_RULE | IMAGE => true,
        BLOCKQUOTE => depth <= DEEPEST,
        BULLET_LIST | ORDERED_LIST | TASK_LIST => {
            depth <= DEEPEST && holds(element, &[LIST_ITEM, TASK_ITEM])
        }
        TABLE => is_table(element),
        _ => false,
    }
}

/// What each block that stands in another, or in none, says there.
pub(super) fn texts_of(blocks: &[&Node]) -> Vec<String> {
    texts(blocks, &Around::default())
}

fn texts(blocks: &[&Node], around: &Around) -> Vec<String> {
    let mut around = around.clone();
    let mut texts = Vec::with_capacity(blocks.len());
    let mut markers = Markers::default();
    for (at, node) in blocks.iter().enumerate() {
        let (text, marker) = match node {
            Node::Text(_) => (line(std::slice::from_ref(*node), Breaks::Lines), None),
            Node::Element(element) => {
                let mut behind = blocks[at + 1..].iter().filter_map(|node| node.element());
                markers.avoid(around.marker);
                markers.avoid(behind.next().and_then(marker_of_raw));
                let marker = markers.choose(element);
                (block(element, marker, &around), marker)
            }
        };
        if !text.is_empty() {
            around.marker = None;
            markers = Markers::after(marker);
            markers.avoid(node.element().and_then(marker_of_raw));
        }
        texts.push(text);
    }
    texts
}

/// Markers that a list cannot have, or it would go on another.
#[derive(Default)]
struct Markers(Vec<char>);

impl Markers {
    fn after(marker: Option<char>) -> Self {
        Self(marker.into_iter().collect())
    }

    fn avoid(&mut self, marker: Option<char>) {
        self.0.extend(marker);
    }

    fn choose(&self, element: &Element) -> Option<char> {
        let possible = match &*element.name {
            BULLET_LIST | TASK_LIST => &['-', '*', '+'][..],
            ORDERED_LIST => &['.', ')'],
            _ => return None,
        };
        let mut free = possible.iter().filter(|it| !self.0.contains(it));
        free.next().or(possible.first()).copied()
    }
}

/// The marker of a list that is kept as it is.
fn marker_of_raw(element: &Element) -> Option<char> {
    if !is_raw(element) {
        return None;
    }
    let text = element.plain_text();
    let text = text.trim_start_matches(|it: char| it.is_ascii_digit());
    let marker = text.chars().next()?;
    "-*+.)".contains(marker).then_some(marker)
}

fn is_raw(element: &Element) -> bool {
    element.is(CODE_BLOCK) && element.text("language") == RAW
}

fn block(element: &Element, marker: Option<char>, around: &Around) -> String {
    match &*element.name {
        PARAGRAPH => line(&element.children, Breaks::Lines),
        HEADING => heading(element),
        BLOCKQUOTE => {
            let around = Around {
                depth: around.depth + 1,
                ..Around::default()
            };
            let inner = blocks(&element.children, &around);
            let lines = inner.split('\n').map(|line| match line {
                "" => ">".to_owned(),
                line => format!("> {line}"),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        BULLET_LIST | ORDERED_LIST | TASK_LIST => {
            list(element, marker.unwrap_or('-'), around.depth)
        }
        CODE_BLOCK if is_raw(element) => code_in(element).trim_end().to_owned(),
        CODE_BLOCK => fenced(element),
        HORIZONTAL_RULE if around.is_in_item => "___".to_owned(),
        HORIZONTAL_RULE => "---".to_owned(),
        IMAGE => line(&[Node::Element(element.clone())], Breaks::Lines),
        TABLE => table(element),
        _ => blocks(&element.children, around),
    }
}

/// Whether only nodes of these names stand in one.
fn holds(element: &Element, names: &[&str]) -> bool {
    element.children.iter().all(|child| match child {
        Node::Element(child) => names.contains(&&*child.name),
        Node::Text(_) => false,
    })
}

fn is_table(table: &Element) -> bool {
    let mut rows = table.elements();
    holds(table, &[TABLE_ROW]) && rows.all(|row| holds(row, &[TABLE_HEADER, TABLE_CELL]))
}

fn heading(element: &Element) -> String {
    let level = element.number("level").unwrap_or(1).clamp(1, 6);
    let mut text = line(&element.children, Breaks::Html);
    if text.ends_with('#') {
        text.insert(text.len() - 1, '\\');
    }
    let marks: String = (0..level).map(|_| '#').collect();
    format!("{marks} {text}").trim_end().to_owned()
}

/// The text of a code block, of which Markdown ends a line at a carriage return too.
fn code_in(element: &Element) -> String {
    element
        .plain_text()
        .replace("\r\n", "\n")
        .replace('\r', "\n")
}

fn fenced(element: &Element) -> String {
    let code = code_in(element);
    let mut lines = element.text("language").split(['\n', '\r']);
    let language = lines.next().unwrap_or_default();
    let language = language.trim().replace('\\', "\\\\").replace('&', "\\&");
    let fence = if language.contains('`') { '~' } else { '`' };
    let space = if language.starts_with(fence) { " " } else { "" };
    let longest = code.split(|it| it != fence).map(str::len).max();
    let fence = fence.to_string().repeat(longest.unwrap_or(0).max(2) + 1);
    if code.is_empty() {
        return format!("{fence}{space}{language}\n{fence}");
    }
    format!("{fence}{space}{language}\n{code}\n{fence}")
}

/// Whether a list can stand without empty lines between its items and what is in them.
pub(crate) fn is_tight(list: &Element) -> bool {
    list.attributes.get("tight") != Some(&false.into())
        && list.elements().all(|item| {
            // An empty paragraph is there for the schema alone.
            let says_nothing = |block: &&Element| block.is(PARAGRAPH) && block.children.is_empty();
            let blocks = blocks_in(&item.children, 0);
            let blocks = blocks.into_iter().filter_map(Node::element);
            let blocks: Vec<_> = blocks.skip_while(says_nothing).collect();
            blocks.windows(2).all(|pair| follows(pair[0], pair[1]))
        })
}

/// Whether a block can stand right below another and not go on it.
fn follows(above: &Element, below: &Element) -> bool {
    let begins = |list: &Element| {
        let first = list.elements().next();
        first.is_some_and(|item| !item.plain_text().is_empty())
    };
    let is_apart = match &*below.name {
        HEADING | HORIZONTAL_RULE => true,
        BLOCKQUOTE => !above.is(BLOCKQUOTE),
        CODE_BLOCK => !is_raw(below),
        BULLET_LIST => begins(below) && !above.is(BULLET_LIST),
        ORDERED_LIST => {
            begins(below) && !above.is(ORDERED_LIST) && below.number("start").unwrap_or(1) == 1
        }
        PARAGRAPH => matches!(&*above.name, HEADING | CODE_BLOCK | HORIZONTAL_RULE),
        _ => false,
    };
    // HTML goes on up to an empty line.
    is_apart && !is_raw(above)
}

fn list(list: &Element, marker: char, depth: usize) -> String {
    let depth = depth + 2;
    let around = Around {
        // What stands too deep in an item is said without what parts it.
        is_tight: depth <= DEEPEST && is_tight(list),
        marker: Some(marker),
        is_in_item: true,
        depth,
    };
    let start = list.number("start").unwrap_or(1).clamp(0, LAST_NUMBER);
    let items = list.elements().zip(start..).map(|(item, number)| {
        let marker = match &*list.name {
            ORDERED_LIST => format!("{}{marker} ", number.min(LAST_NUMBER)),
            TASK_LIST if item.attributes.get("checked") == Some(&true.into()) => {
                format!("{marker} [x] ")
            }
            TASK_LIST => format!("{marker} [ ] "),
            _ => format!("{marker} "),
        };
        let indent = match &*list.name {
            TASK_LIST => 2,
            _ => marker.len(),
        };
        let inner = blocks(&item.children, &around);
        let mut lines = inner.split('\n');
        let mut item = format!("{marker}{}", lines.next().unwrap_or_default());
        item.truncate(item.trim_end().len());
        for line in lines {
            item.push('\n');
            if !line.is_empty() {
                item.push_str(&" ".repeat(indent));
                item.push_str(line);
            }
        }
        item
    });
    let items: Vec<_> = items.collect();
    items.join(if around.is_tight { "\n" } else { "\n\n" })
}

fn table(table: &Element) -> String {
    let rows: Vec<Vec<&Element>> = table
        .elements()
        .map(|row| row.elements().collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns == 0 {
        return String::new();
    }
    // Rows that are shorter than the first two go on with empty cells for Markdown too.
    let line = |cells: Vec<String>, length: usize| {
        let missing = length.saturating_sub(cells.len());
        let cells = cells.into_iter().chain((0..missing).map(|_| String::new()));
        let cells = cells.map(|cell| format!(" {cell} |"));
        format!("|{}", cells.collect::<String>())
    };
    let texts = |cells: &[&Element]| cells.iter().map(|cell| cell_text(cell)).collect();
    let alignments = rows[0].iter().map(|cell| match cell.text("align") {
        "left" => ":---",
        "center" => ":---:",
        "right" => "---:",
        _ => "---",
    });
    let mut alignments: Vec<_> = alignments.map(str::to_owned).collect();
    alignments.resize(columns, "---".to_owned());
    let mut table = vec![line(texts(&rows[0]), columns), line(alignments, columns)];
    table.extend(rows[1..].iter().map(|cells| line(texts(cells), 1)));
    table.join("\n")
}

/// What a cell says in one line.
fn cell_text(cell: &Element) -> String {
    let mut lines = vec![];
    add_lines(&cell.children, &mut lines);
    lines.retain(|line| !line.is_empty());
    lines.join("<br>")
}

fn add_lines(nodes: &[Node], lines: &mut Vec<String>) {
    if nodes.iter().any(|node| matches!(node, Node::Text(_))) {
        lines.push(line(nodes, Breaks::Cell));
        return;
    }
    for node in nodes {
        match node {
            Node::Element(element) if !element.is(IMAGE) => add_lines(&element.children, lines),
            _ => lines.push(line(std::slice::from_ref(node), Breaks::Cell)),
        }
    }
}
