//! A line of text as Markdown.

use super::escape::{code, destination, entity, escaped, escaped_start, one_line};
use super::pieces::{DELIMITED, Piece, What, pieces_of};
use super::read::read_line;
use super::tree::*;

/// How a line is broken where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    Lines,
    /// It must stay one.
    Html,
    /// The same, in a cell.
    Cell,
}

/// What inline nodes say in Markdown.
pub(super) fn line(nodes: &[Node], breaks: Breaks) -> String {
    let pieces = pieces_of(nodes);
    let tokens = tokens(&pieces);
    let is_plain = !tokens.iter().any(Token::is_delimiter) || {
        let plain = written(&tokens, Breaks::Lines, false);
        read_line(&plain).is_some_and(|nodes| pieces_of(&nodes) == pieces)
    };
    written(&tokens, breaks, !is_plain)
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Begin(&'a Mark),
    End(&'a Mark),
    Text(&'a str),
    Code(&'a str),
    Break,
    Image(&'a Element),
}

impl Token<'_> {
    fn is_delimiter(&self) -> bool {
        matches!(self, Self::Begin(mark) | Self::End(mark) if DELIMITED.contains(mark))
    }
}

/// The pieces with the beginnings and ends of their marks, of which the longest stand outside.
fn tokens(pieces: &[Piece]) -> Vec<Token<'_>> {
    let mut tokens = vec![];
    let mut open: Vec<&Mark> = vec![];
    for (piece, mut wanted) in pieces.iter().zip(ends(pieces)) {
        wanted.sort_by_key(|(end, mark)| (std::cmp::Reverse(*end), *mark));
        // What is open stays so as far as the rest can stand in it. A link is never parted.
        let link_end = wanted.iter().find_map(|(end, mark)| {
            let begins = matches!(mark, Mark::Link { .. }) && !open.contains(mark);
            begins.then_some(*end)
        });
        let kept = open.iter().take_while(|mark| {
            let end = wanted
                .iter()
                .find(|(_, it)| it == *mark)
                .map(|(end, _)| *end);
            end.is_some_and(|end| link_end.is_none_or(|link_end| end >= link_end))
        });
        let kept = kept.count();
        tokens.extend(open.drain(kept..).rev().map(Token::End));
        for (_, mark) in wanted {
            if piece.what != What::Break && !open.contains(&mark) {
                open.push(mark);
                tokens.push(Token::Begin(mark));
            }
        }
        tokens.push(match &piece.what {
            What::Text(text) if piece.is_code() => Token::Code(text),
            What::Text(text) => Token::Text(text),
            What::Break => Token::Break,
            What::Image(image) => Token::Image(image),
        });
    }
    tokens.extend(open.drain(..).rev().map(Token::End));
    outside_of_breaks(&mut tokens);
    tokens
}

/// The marks of each piece, and behind which piece each ends.
fn ends(pieces: &[Piece]) -> Vec<Vec<(usize, &Mark)>> {
    let mut ends: Vec<Vec<(usize, &Mark)>> = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.iter().enumerate().rev() {
        let behind = ends.last().map_or(&[][..], |behind| behind);
        let marks = piece.marks.iter().filter(|mark| **mark != Mark::Code);
        let marks = marks.map(|mark| {
            let goes_on = behind.iter().find(|(_, it)| *it == mark);
            (goes_on.map_or(at + 1, |(end, _)| *end), mark)
        });
        let marks = marks.collect();
        ends.push(marks);
    }
    ends.reverse();
    ends
}

/// Beside a break nothing begins or ends: it ends before one, and begins after it.
fn outside_of_breaks(tokens: &mut [Token<'_>]) {
    for at in 1..tokens.len() {
        let mut end = at;
        while end > 0 && matches!(tokens[end - 1..=end], [Token::Break, Token::End(_)]) {
            tokens.swap(end - 1, end);
            end -= 1;
        }
    }
    for at in (0..tokens.len()).rev() {
        let mut begin = at;
        while matches!(
            tokens.get(begin..begin + 2),
            Some([Token::Begin(_), Token::Break])
        ) {
            tokens.swap(begin, begin + 1);
            begin += 1;
        }
    }
}

/// The tokens as Markdown. If they are guarded, no letter and no space stands beside a delimiter, and
/// no delimiter beside one of its kind: what Markdown knows of words does not matter then.
fn written(tokens: &[Token<'_>], breaks: Breaks, is_guarded: bool) -> String {
    let mut lines = vec![String::new()];
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let after = tokens.get(at + 1);
        let text = match token {
            Token::Break if breaks == Breaks::Lines => {
                lines.push(String::new());
                continue;
            }
            Token::Break => "<br>".to_owned(),
            Token::Text(_) if is_address(before, token, after) => String::new(),
            Token::Text(text) if is_guarded => guarded(text, before, after, breaks),
            Token::Text(text) => {
                let last = lines.last().and_then(|line| line.chars().next_back());
                escaped(text, last, beside(after), breaks == Breaks::Cell)
            }
            Token::Code(text) => code(text, breaks == Breaks::Cell),
            Token::Image(image) => {
                let alt = one_line(image.text("alt"));
                let alt = escaped(&alt, None, None, breaks == Breaks::Cell);
                let address = destination(image.text("src"), image.text("title"));
                format!("![{alt}]({})", in_place(address, breaks))
            }
            Token::Begin(mark @ Mark::Link { href, .. }) => {
                if is_address(Some(token), after.unwrap_or(token), tokens.get(at + 2)) {
                    format!("<{href}>")
                } else {
                    beginning(mark, is_guarded)
                }
            }
            Token::End(Mark::Link { href, title }) => {
                let is_address =
                    at >= 2 && is_address(Some(&tokens[at - 2]), &tokens[at - 1], Some(token));
                if is_address {
                    String::new()
                } else {
                    format!("]({})", in_place(destination(href, title), breaks))
                }
            }
            Token::Begin(mark) | Token::End(mark) => beginning(mark, is_guarded),
        };
        if let Some(line) = lines.last_mut() {
            line.push_str(&text);
        }
    }
    if breaks != Breaks::Lines {
        return lines.concat();
    }
    let lines = lines.iter().enumerate();
    let lines = lines.map(|(number, line)| escaped_start(line, number == 0));
    lines.collect::<Vec<_>>().join("\\\n")
}

fn beginning(mark: &Mark, is_guarded: bool) -> String {
    let delimiter = match mark {
        Mark::Link { .. } => "[",
        Mark::Strike => "~~",
        Mark::Italic if is_guarded => "_",
        Mark::Italic => "*",
        Mark::Bold => "**",
        Mark::Code => "",
    };
    delimiter.to_owned()
}

fn in_place(address: String, breaks: Breaks) -> String {
    match breaks {
        Breaks::Cell => address.replace('|', "\\|"),
        _ => address,
    }
}

/// The character that stands behind a text.
fn beside(after: Option<&Token<'_>>) -> Option<char> {
    let beside = match after? {
        Token::Begin(Mark::Link { .. }) => '[',
        Token::Begin(_) | Token::End(_) => '*',
        Token::Code(_) => '`',
        Token::Text(text) => return text.chars().next(),
        Token::Break => '\\',
        Token::Image(_) => '!',
    };
    Some(beside)
}

/// Text, in which a character beside a delimiter is an entity.
fn guarded(
    text: &str,
    before: Option<&Token<'_>>,
    after: Option<&Token<'_>>,
    breaks: Breaks,
) -> String {
    let is_beside = |token: Option<&Token<'_>>| token.is_some_and(Token::is_delimiter);
    let mut rest = text.chars();
    let mut take = |is_first: bool| {
        let token = if is_first { before } else { after };
        if !is_beside(token) {
            return String::new();
        }
        let it = if is_first {
            rest.next()
        } else {
            rest.next_back()
        };
        it.map(entity).unwrap_or_default()
    };
    let (first, last) = (take(true), take(false));
    let before = (!first.is_empty()).then_some(';');
    let after = if last.is_empty() {
        beside(after)
    } else {
        Some('&')
    };
    let middle = escaped(rest.as_str(), before, after, breaks == Breaks::Cell);
    format!("{first}{middle}{last}")
}

/// Whether a link says no more than its address.
fn is_address(before: Option<&Token<'_>>, token: &Token<'_>, after: Option<&Token<'_>>) -> bool {
    let (Some(Token::Begin(Mark::Link { href, title })), Token::Text(text), Some(Token::End(end))) =
        (before, token, after)
    else {
        return false;
    };
    let Some((scheme, rest)) = href.split_once(':') else {
        return false;
    };
    matches!(end, Mark::Link { .. })
        && text == href
        && title.is_empty()
        && (2..=32).contains(&scheme.len())
        && scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "+.-".contains(it))
        && rest
            .chars()
            .all(|it| !it.is_ascii_control() && !" <>|".contains(it))
}
