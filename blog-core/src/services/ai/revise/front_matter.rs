use std::ops::Range;

use serde_json::Value as Json;

/// Fields whose texts people read.
const READ: [&str; 2] = ["title", "description"];

/// What stands above a text, between lines of `+++` (TOML) or `---` (YAML), as Zola, Hugo and Jekyll write
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrontMatter<'a> {
    /// The lines between the fences, and these.
    written: &'a str,
    syntax: Syntax,
}

/// The text of a field that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadField {
    pub(super) text: String,
    /// Where it is written, its quotation marks included.
    range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Toml,
    Yaml,
}

impl<'a> FrontMatter<'a> {
    /// Parts a text into what stands above it, if anything does, and the rest.
    pub(super) fn split(text: &'a str) -> (Option<Self>, &'a str) {
        // Some editors begin a file with a byte order mark.
        let fenced = text.trim_start_matches('\u{feff}');
        let syntax = match fenced.get(..3) {
            Some("+++") => Syntax::Toml,
            Some("---") => Syntax::Yaml,
            _ => return (None, text),
        };
        let Some(length) = length(fenced, syntax) else {
            return (None, text);
        };
        let (written, rest) = text.split_at(text.len() - fenced.len() + length);
        (Some(Self { written, syntax }), rest)
    }

    /// The title and the description, where each is one text in one line.
    pub(super) fn read_fields(&self) -> Vec<ReadField> {
        let mut fields = vec![];
        let mut start = 0;
        let mut lines = self.written.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            if self.syntax == Syntax::Toml && line.starts_with('[') {
                break;
            }
            // Lines that are indented below a text of YAML go on with it.
            let goes_on = lines
                .peek()
                .is_some_and(|next| next.starts_with([' ', '\t']));
            let is_alone = self.syntax == Syntax::Toml || !goes_on;
            if let Some((text, range)) = field(line, self.syntax).filter(|_| is_alone) {
                let range = start + range.start..start + range.end;
                fields.push(ReadField { text, range });
            }
            start += line.len();
        }
        fields
    }

    /// The same with these texts in place of those of the fields, where there are any.
    pub(super) fn with(&self, fields: &[ReadField], texts: &[Option<String>]) -> String {
        let mut written = String::with_capacity(self.written.len());
        let mut at = 0;
        for (field, text) in fields.iter().zip(texts) {
            if let Some(text) = text {
                written.push_str(&self.written[at..field.range.start]);
                // Both syntaxes read it as JSON does.
                written.push_str(&Json::from(text.as_str()).to_string());
                at = field.range.end;
            }
        }
        written.push_str(&self.written[at..]);
        written
    }
}

/// Up to the end of the line that closes it.
fn length(text: &str, syntax: Syntax) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let fence = lines.next()?;
    let mut length = fence.len();
    let mut has_fields = false;
    for line in lines {
        length += line.len();
        if line.trim_end() == fence.trim_end() {
            return has_fields.then_some(length);
        }
        let is_field = key(line, syntax).is_some();
        has_fields |= is_field;
        // Between two thematic breaks of a text stands something else. A line of `+++` is none.
        if syntax == Syntax::Yaml && !is_field && !is_beside_fields(line) {
            return None;
        }
    }
    None
}

/// Whether a line of YAML goes on with a field, or says nothing.
fn is_beside_fields(line: &str) -> bool {
    line.trim().is_empty()
        || line.starts_with([' ', '\t', '#'])
        || line.trim_end() == "-"
        || line.starts_with("- ")
}

/// The name of a field, and what follows its sign.
fn key(line: &str, syntax: Syntax) -> Option<(&str, &str)> {
    let sign = match syntax {
        Syntax::Toml => '=',
        Syntax::Yaml => ':',
    };
    let (name, value) = line.split_once(sign)?;
    let name = name.trim_end().trim_matches('"');
    let is_name = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, value))
}

/// The text of a field that people read, and where it stands in its line.
fn field(line: &str, syntax: Syntax) -> Option<(String, Range<usize>)> {
    let (name, rest) = key(line, syntax)?;
    if !READ.contains(&name) {
        return None;
    }
    let written = rest.trim_start();
    let start = line.len() - written.len();
    let (text, length) = if written.starts_with('"') {
        quoted(written)?
    } else if written.starts_with('\'') {
        literal(written, syntax)?
    } else if syntax == Syntax::Yaml {
        plain(written)?
    } else {
        return None;
    };
    let after = written[length..].trim();
    let is_all = after.is_empty() || after.starts_with('#');
    (is_all && !text.trim().is_empty()).then(|| (text, start..start + length))
}

fn quoted(written: &str) -> Option<(String, usize)> {
    let mut values = serde_json::Deserializer::from_str(written).into_iter::<String>();
    let text = values.next()?.ok()?;
    Some((text, values.byte_offset()))
}

/// Text in which only YAML escapes something: a quotation mark, by another.
fn literal(written: &str, syntax: Syntax) -> Option<(String, usize)> {
    let inner = &written[1..];
    let mut end = inner.find('\'')?;
    while syntax == Syntax::Yaml && inner[end + 1..].starts_with('\'') {
        end += 2 + inner[end + 2..].find('\'')?;
    }
    Some((inner[..end].replace("''", "'"), end + 2))
}

/// Text of YAML without quotation marks, up to a comment.
fn plain(written: &str) -> Option<(String, usize)> {
    let is_text = written.starts_with(char::is_alphanumeric);
    let end = written.find(" #").unwrap_or(written.len());
    let text = written[..end].trim_end();
    (is_text && !text.contains(": ")).then(|| (text.to_owned(), text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::FrontMatter;

    /// The text with each text of the front matter in upper case.
    fn loud(text: &str) -> String {
        let (Some(front), rest) = FrontMatter::split(text) else {
            return text.to_owned();
        };
        let fields = front.read_fields();
        let texts: Vec<_> = fields
            .iter()
            .map(|it| Some(it.text.to_uppercase()))
            .collect();
        front.with(&fields, &texts) + rest
    }

    #[test]
    fn titles_and_descriptions_are_read_and_all_else_is_kept() {
        for (text, expected) in [
            (
                "+++\ntitle = \"A \\\"b\\\"\" # c\ndate = 2026-01-01\n[extra]\ntitle = \"d\"\n+++\n\ne\n",
                "+++\ntitle = \"A \\\"B\\\"\" # c\ndate = 2026-01-01\n[extra]\ntitle = \"d\"\n+++\n\ne\n",
            ),
            (
                "---\ntitle: it's a # b\ndescription: 'it''s c'\ntags: [d]\nextra:\n  title: e\n---\nf\n",
                "---\ntitle: \"IT'S A\" # b\ndescription: \"IT'S C\"\ntags: [d]\nextra:\n  title: e\n---\nf\n",
            ),
            (
                "---\r\ntitle: a\r\n---\r\nb",
                "---\r\ntitle: \"A\"\r\n---\r\nb",
            ),
            ("+++\ntitle = '''a'''\n+++\n", "+++\ntitle = '''a'''\n+++\n"),
            ("---\ntitle: a\n  b\n---\n", "---\ntitle: a\n  b\n---\n"),
            ("---\ntitle: |\n  b\n---\n", "---\ntitle: |\n  b\n---\n"),
            (
                "\u{feff}---\n# a\n\ntags:\n- b\ntitle: c\n---\nd",
                "\u{feff}---\n# a\n\ntags:\n- b\ntitle: \"C\"\n---\nd",
            ),
            (
                "+++\ntags = [\n\"a\",\n]\ntitle = \"b\"\n+++\n",
                "+++\ntags = [\n\"a\",\n]\ntitle = \"B\"\n+++\n",
            ),
        ] {
            assert_eq!(loud(text), expected);
        }
    }

    #[test]
    fn what_is_no_front_matter_is_text() {
        for text in [
            "",
            "a",
            "---\n\nA break.\n\n---\n\nb",
            "---\ntitle: a\n",
            "----\na: b\n---\n",
            "---\n# Chapter\n\nLong text.\n\n---\nMore",
            "---\ntitle: a\n\nLong text.\n\n---\nMore",
            "---\n# Chapter\n---\nMore",
            "+++\n\n+++\n",
            "\u{feff}a",
        ] {
            assert_eq!(FrontMatter::split(text), (None, text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(
            fence in "(---|\\+\\+\\+)",
            lines in "((title|description) ?[:=] ?[a-z\"'#\\\\:é ]{0,9}\n|\\PC{0,9}\n){0,5}",
        ) {
            let text = format!("{fence}\n{lines}{fence}\nb");
            prop_assert!(loud(&text).ends_with('b'));
        }
    }
}
