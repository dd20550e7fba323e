//! What stands above a file's text: TOML between `+++`, YAML between `---`, or one JSON object.

use blog_core::domain::Locale;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};

/// The fields of a file, each of which is taken once; what is left is the host's own.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    fields: Map<String, Value>,
    /// As it is written, to find a field's line.
    text: String,
}

/// Where the fields of a file stand, counted from 1.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    /// The line in which the text begins.
    pub(super) body: usize,
}

/// How a front matter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Toml,
    Yaml,
    Json,
}

impl FrontMatter {
    /// Splits a file into front matter and text; `None` for a file without one.
    ///
    /// # Errors
    /// What is wrong, with its line in the file.
    pub(super) fn split(file: &str) -> Result<Option<(Self, Syntax, &str)>, String> {
        let file = file.strip_prefix('\u{feff}').unwrap_or(file);
        let (syntax, front, body) = if file.starts_with('{') {
            let mut objects = serde_json::Deserializer::from_str(file).into_iter::<Value>();
            let error = |error: serde_json::Error| format!("line {}: {error}", error.line());
            objects.next().transpose().map_err(error)?;
            let (front, body) = file.split_at(objects.byte_offset());
            (Syntax::Json, front, body)
        } else {
            let (syntax, fence) = match file.get(..3) {
                Some("+++") => (Syntax::Toml, "+++"),
                Some("---") => (Syntax::Yaml, "---"),
                _ => return Ok(None),
            };
            let (front, body) = fenced(file, fence).ok_or("line 1: the front matter has no end")?;
            (syntax, front, body)
        };
        let front = Self {
            fields: fields(syntax, front)?,
            text: front.to_owned(),
        };
        Ok(Some((front, syntax, body.trim_start_matches(['\r', '\n']))))
    }

    /// Where its fields stand in a file with this text.
    pub(super) fn lines(&self, file: &str, body: &str) -> Lines {
        let before = file.len() - body.len();
        Lines {
            text: self.text.clone(),
            body: newlines(&file[..before]) + 1,
        }
    }

    /// Takes the first of these fields that is there.
    fn take(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        names
            .iter()
            .find_map(|name| Some((*name, self.fields.remove(*name)?)))
            .filter(|(_, value)| !value.is_null())
    }

    pub(super) fn text(&mut self, names: &[&'static str]) -> Result<Option<String>, String> {
        self.read(names, "a text", |value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    pub(super) fn yes_or_no(&mut self, names: &[&'static str]) -> Result<Option<bool>, String> {
        self.read(names, "true or false", |value| value.as_bool())
    }

    /// A list of texts, or one text.
    pub(super) fn list(&mut self, names: &[&'static str]) -> Result<Vec<String>, String> {
        let list = self.read(names, "a text or a list of texts", |value| match value {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
                .collect(),
            _ => None,
        })?;
        Ok(list.unwrap_or_default())
    }

    /// The fields of a table, to be taken in their turn. A field that is no table stays.
    pub(super) fn table(&mut self, name: &str) -> Self {
        let fields = match self.fields.get_mut(name) {
            Some(Value::Object(_)) => self.fields.remove(name),
            _ => None,
        };
        Self {
            fields: match fields {
                Some(Value::Object(fields)) => fields,
                _ => Map::new(),
            },
            text: self.text.clone(),
        }
    }

    /// A point in time; a day is its midnight, and a time without a zone is in UTC.
    pub(super) fn time(&mut self, names: &[&'static str]) -> Result<Option<DateTime<Utc>>, String> {
        self.read(names, "a day or a time", |value| {
            time(value.as_str()?.trim())
        })
    }

    pub(super) fn locale(&mut self, names: &[&'static str]) -> Result<Option<Locale>, String> {
        self.read(names, "a language tag", |value| {
            Locale::parse(value.as_str()?).ok()
        })
    }

    fn read<T>(
        &mut self,
        names: &[&'static str],
        what: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some((name, value)) = self.take(names) else {
            return Ok(None);
        };
        read(value).map(Some).ok_or_else(|| {
            let line = line_of(&self.text, name).unwrap_or(1);
            format!("line {line}: {name} must be {what}")
        })
    }

    /// The fields that nobody took.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.fields
    }
}

impl Lines {
    /// The line of the first of these fields that is there.
    pub(super) fn of(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| line_of(&self.text, name))
    }
}

/// Where a field stands in a file. The front matter begins in the first line.
fn line_of(front: &str, name: &str) -> Option<usize> {
    let is_field = |line: &str| {
        let line = line.trim_start().trim_start_matches('"');
        let after = line
            .strip_prefix(name)
            .map(|rest| rest.trim_start_matches('"'));
        after.is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
    };
    front.lines().position(is_field).map(|line| line + 1)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The text between two lines of the fence, the first line's end included, and what follows.
fn fenced<'a>(file: &'a str, fence: &str) -> Option<(&'a str, &'a str)> {
    let rest = file.strip_prefix(fence)?;
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        if start > 0 && line.trim_end() == fence {
            return Some((&rest[..start], &rest[start + line.len()..]));
        }
        start += line.len();
    }
    None
}

fn fields(syntax: Syntax, text: &str) -> Result<Map<String, Value>, String> {
    let value = match syntax {
        Syntax::Toml => {
            let table: toml::Table = toml::from_str(text).map_err(|error| {
                let before = error.span().map_or(0, |span| span.start);
                let line = text.get(..before).map_or(0, newlines) + 1;
                format!("line {line}: {}", error.message())
            })?;
            json(toml::Value::Table(table))
        }
        Syntax::Yaml => serde_yaml_ng::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            format!("line {line}: {error}")
        })?,
        Syntax::Json => {
            serde_json::from_str(text).map_err(|error| format!("line {}: {error}", error.line()))?
        }
    };
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err("line 1: the front matter must have fields".to_owned()),
    }
}

/// TOML as JSON; its times become texts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| (key, json(value)))
                .collect(),
        ),
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = [
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M %z",
        "%Y-%m-%dT%H:%M:%S%z",
    ];
    let without = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let day = || text.parse::<NaiveDate>().ok().map(midnight);
    DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| {
            with_zone
                .iter()
                .find_map(|format| DateTime::parse_from_str(text, format).ok())
        })
        .map(|time| time.with_timezone(&Utc))
        .or_else(|| {
            without
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|time| time.and_utc())
        })
        .or_else(day)
}

/// The beginning of a day in UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::{FrontMatter, Syntax, time};

    #[test]
    fn toml_yaml_and_json_say_the_same() {
        for (file, syntax) in [
            (
                "+++\ntitle = \"A\"\ntags = [\"b\", \"c\"]\n+++\n\nText\n",
                Syntax::Toml,
            ),
            ("---\ntitle: A\ntags: [b, c]\n---\nText\n", Syntax::Yaml),
            (
                "{\"title\": \"A\", \"tags\": [\"b\", \"c\"]}\nText\n",
                Syntax::Json,
            ),
            (
                "\u{feff}---\r\ntitle: A\r\ntags:\r\n- b\r\n- c\r\n---\r\nText\n",
                Syntax::Yaml,
            ),
        ] {
            let (mut front, found, body) = FrontMatter::split(file).unwrap().unwrap();
            assert_eq!((found, body), (syntax, "Text\n"), "{file}");
            assert_eq!(front.text(&["title"]).unwrap().as_deref(), Some("A"));
            assert_eq!(front.list(&["tags"]).unwrap(), ["b", "c"]);
            assert!(front.rest().is_empty());
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (file, line) in [
            ("+++\ntitle = \"A\"\ndraft = maybe\n+++\n", "line 3: "),
            ("---\ntitle: A\nb: [\n---\n", "line 4: "),
            ("---\ntitle: A\n", "line 1: "),
            ("{\"title\":\n oops}", "line 2: "),
            ("---\n- a\n---\n", "line 1: "),
        ] {
            let error = FrontMatter::split(file).unwrap_err();
            assert!(error.starts_with(line), "{file}: {error}");
        }
        let file = "---\ntitle: A\ndraft: maybe\ndate: soon\n---\n";
        let (mut front, ..) = FrontMatter::split(file).unwrap().unwrap();
        assert_eq!(
            front.yes_or_no(&["draft"]).unwrap_err(),
            "line 3: draft must be true or false"
        );
        assert!(
            front
                .time(&["date"])
                .unwrap_err()
                .starts_with("line 4: date")
        );
    }

    #[test]
    fn times_are_read_as_generators_write_them() {
        for (text, expected) in [
            ("2015-05-15", "2015-05-15T00:00:00+00:00"),
            ("2015-05-15T12:30:00Z", "2015-05-15T12:30:00+00:00"),
            ("2015-05-15T12:30:00+02:00", "2015-05-15T10:30:00+00:00"),
            ("2015-05-15 12:30:00 +0200", "2015-05-15T10:30:00+00:00"),
            ("2015-05-15 12:30", "2015-05-15T12:30:00+00:00"),
        ] {
            assert_eq!(time(text).unwrap().to_rfc3339(), expected, "{text}");
        }
        assert!(time("2015-15-05").is_none());
    }
}
