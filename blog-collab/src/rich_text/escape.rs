//! Text that Markdown would read as something else.

/// Text between two characters, so that it is read as it is.
pub(super) fn escaped(
    text: &str,
    before: Option<char>,
    after: Option<char>,
    is_in_cell: bool,
) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = before;
    let mut rest = text.chars();
    while let Some(it) = rest.next() {
        let next = rest.clone().next().or(after);
        let is_word = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        let is_markup = match it {
            '\\' | '`' | '*' | '[' | ']' | '~' => true,
            '_' => !is_word(before) || !is_word(next),
            '<' => next.is_some_and(|it| it.is_ascii_alphabetic() || "/!?".contains(it)),
            '!' => next == Some('['),
            '&' => begins_entity(rest.as_str()),
            '|' => is_in_cell,
            _ => false,
        };
        if is_markup {
            escaped.push('\\');
        }
        escaped.push(it);
        before = Some(it);
    }
    escaped
}

/// Whether `&` before it begins an entity.
fn begins_entity(text: &str) -> bool {
    let name = text.find(|it: char| !it.is_ascii_alphanumeric() && it != '#');
    name.is_some_and(|end| end > 0 && text[end..].starts_with(';'))
}

/// The first character, or the number before it, would make another block of a line.
pub(super) fn escaped_start(line: &str, is_first: bool) -> String {
    let ends_word = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    let is_only = |of: &str| line.chars().all(|it| of.contains(it));
    let at = match line.chars().next() {
        Some('#') => {
            let rest = line.trim_start_matches('#');
            (line.len() - rest.len() <= 6 && ends_word(rest)).then_some(0)
        }
        Some('>') => Some(0),
        Some('-' | '+') if ends_word(&line[1..]) => Some(0),
        Some('-' | '=') if is_only("- ") || is_only("=") => Some(0),
        Some('-' | ':' | '|') if !is_first && is_only("-:| ") => Some(0),
        Some('0'..='9') => {
            let rest = line.trim_start_matches(|it: char| it.is_ascii_digit());
            let digits = line.len() - rest.len();
            let is_number = rest.starts_with(['.', ')']) && ends_word(&rest[1..]);
            (is_number && digits <= 9).then_some(digits)
        }
        _ => None,
    };
    let mut line = line.to_owned();
    if let Some(at) = at {
        line.insert(at, '\\');
    }
    line
}

/// The address of a link or a picture, and what it is called.
pub(super) fn destination(address: &str, title: &str) -> String {
    let address: String = address
        .chars()
        .map(|it| match it {
            '\n' => "%0A".to_owned(),
            '\r' => "%0D".to_owned(),
            '\0' => "%00".to_owned(),
            it => it.to_string(),
        })
        .collect();
    let is_plain = !address.is_empty()
        && !address.starts_with('<')
        && address
            .chars()
            .all(|it| !it.is_ascii_control() && !" ()<>\\".contains(it));
    let mut written = if is_plain {
        with_backslashes(&address, "")
    } else {
        format!("<{}>", with_backslashes(&address, "<>\\"))
    };
    if !title.is_empty() {
        let title = with_backslashes(&one_line(title), "\"\\");
        written.push_str(&format!(" \"{title}\""));
    }
    written
}

/// Text without what would end a line.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\0'], " ")
}

fn with_backslashes(text: &str, markup: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, it) in text.char_indices() {
        if markup.contains(it) || (it == '&' && begins_entity(&text[at + 1..])) {
            escaped.push('\\');
        }
        escaped.push(it);
    }
    escaped
}

/// A character in another spelling, which is punctuation to Markdown.
pub(super) fn entity(it: char) -> String {
    format!("&#{};", u32::from(it))
}

/// Code between as many backticks as it takes.
pub(super) fn code(text: &str, is_in_cell: bool) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0) + 1);
    let is_spaced = text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty();
    let space = if is_spaced || text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    let text = if is_in_cell {
        text.replace('|', "\\|")
    } else {
        text.to_owned()
    };
    format!("{fence}{space}{text}{space}{fence}")
}
