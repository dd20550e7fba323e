use std::time::Duration;

use blog_core::memory::ScriptedReply;
use blog_core::ports::{StopReason, TokenUsage};
use serde_json::{Map, Value};

use crate::reply::{Problem, Reply};

/// What every text of the stand-in's own begins with.
const TEXT: &str = "A stand-in's text, which no model has written";

/// How people ask for a fault.
const WORD: &str = "stand-in:";

/// Paragraphs of a text.
const PARAGRAPHS: usize = 8;

/// Objects in a list: numbers in them count from 0.
const OBJECTS: usize = 3;

/// The fault that a text asks for, if it does: a status as `stand-in:429`, or one of the words that the
/// program's help names.
#[must_use]
pub fn asked_for(text: &str) -> Option<Reply> {
    let (_, after) = text.rsplit_once(WORD)?;
    let is_outside = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
    let word = after.split(is_outside).next()?;
    let said = |text: &str, stop| answer(text, stop, Duration::ZERO);
    let pieces = || vec![format!("{TEXT}, and ")];
    Some(match word {
        "cut" => Reply::Scripted(ScriptedReply::Cut { pieces: pieces() }),
        "reset" => Reply::Reset { pieces: pieces() },
        "stall" => Reply::Stall { pieces: pieces() },
        "endless" => Reply::Scripted(ScriptedReply::Endless {
            piece: "and so on ".to_owned(),
        }),
        "refuse" => said(
            "",
            StopReason::Refused(Some("I would rather not.".to_owned())),
        ),
        "length" => said(TEXT, StopReason::Length),
        "filter" => said("", StopReason::Filtered),
        "empty" => said("", StopReason::Finished),
        "half-json" => said(r#"{"title": "Half"#, StopReason::Finished),
        "wrong-json" => said(r#"{"another": "shape"}"#, StopReason::Finished),
        "too-long" => Reply::problem(Problem::TooLong),
        "overloaded" => Reply::problem(Problem::Overloaded),
        "broken" => Reply::problem(Problem::Broken),
        status => Reply::problem(Problem::Status(status.parse().ok()?)),
    })
}

/// An answer to whatever was asked, with a schema or without.
pub(crate) fn invented(schema: Option<&Value>, pause: Duration) -> Reply {
    let text = match schema {
        Some(schema) => fitting(schema, "", 0).to_string(),
        None => paragraphs(),
    };
    answer(&text, StopReason::Finished, pause)
}

/// So many that there is time to look on, and to stop it.
fn paragraphs() -> String {
    let paragraph = |number| {
        format!(
            "{TEXT}. It only shows where a model's would stand: paragraph {number} of {PARAGRAPHS}.\n\n"
        )
    };
    (1..=PARAGRAPHS).map(paragraph).collect()
}

fn answer(text: &str, stop: StopReason, pause: Duration) -> Reply {
    let pieces: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
    let output = pieces.len().try_into().unwrap_or_default();
    Reply::Scripted(ScriptedReply::Answer {
        pieces,
        pause,
        stop,
        usage: Some(TokenUsage {
            input: 100,
            cached_input: 0,
            output,
        }),
    })
}

/// The simplest value that fits; texts say what they stand for, and whole numbers are the place in a list.
fn fitting(schema: &Value, name: &str, place: usize) -> Value {
    let allowed = schema.get("enum").and_then(Value::as_array);
    if let Some(first) = allowed.and_then(|allowed| allowed.first()) {
        return first.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind.unwrap_or("object") {
        "object" => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let filled = properties.into_iter().flatten();
            let filled = filled.map(|(name, schema)| (name.clone(), fitting(schema, name, place)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        "array" => match schema.get("items") {
            Some(item) if item.get("properties").is_some() => (0..OBJECTS)
                .map(|place| fitting(item, name, place))
                .collect(),
            Some(item) => Value::Array(vec![fitting(item, name, place)]),
            None => Value::Array(Vec::new()),
        },
        "string" => format!("{TEXT} ({name})").into(),
        "integer" => place.into(),
        "number" => 0.into(),
        "boolean" => false.into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use blog_core::ports::AnswerFormat;
    use serde_json::json;

    use super::{asked_for, fitting};

    #[test]
    fn what_is_invented_fits() {
        let schema = json!({
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                "seo": {"type": "object", "properties": {"score": {"type": ["number", "null"]}},
                        "required": ["score"], "additionalProperties": false},
                "is_sure": {"type": "boolean"},
                "parts": {"type": "array", "items": {
                    "type": "object", "properties": {"number": {"type": "integer"}},
                    "required": ["number"], "additionalProperties": false,
                }},
            },
            "required": ["title", "tags", "seo", "is_sure", "parts"],
            "additionalProperties": false,
        });
        let answer = fitting(&schema, "", 0);
        let numbers = json!([{"number": 0}, {"number": 1}, {"number": 2}]);
        assert_eq!(answer["parts"], numbers);
        let answer = answer.to_string();
        let format = AnswerFormat::Json {
            name: "post".to_owned(),
            schema: schema.into(),
        };
        assert_eq!(format.check(&answer), Ok(()), "{answer}");
    }

    #[test]
    fn only_known_words_ask_for_a_fault() {
        for word in ["429", "cut", "half-json"] {
            assert!(
                asked_for(&format!("Foxes, stand-in:{word}.")).is_some(),
                "{word}"
            );
        }
        for text in ["Foxes", "A stand-in: what is it?", "stand-in:nonsense"] {
            assert!(asked_for(text).is_none(), "{text}");
        }
    }
}
