use std::time::Duration;

use blog_core::memory::ScriptedReply;
use blog_core::ports::{StopReason, TokenUsage};
use serde_json::{Map, Value};

use crate::reply::{Problem, Reply};

/// What every text of the stand-in's own begins with.
const TEXT: &str = "A stand-in's text, which no model has written";

/// How people ask for a fault.
const WORD: &str = "stand-in:";

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
        Some(schema) => fitting(schema, "").to_string(),
        None => format!("{TEXT}. It only shows where a model's would stand."),
    };
    answer(&text, StopReason::Finished, pause)
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

/// The simplest value that fits; texts say what they stand for.
fn fitting(schema: &Value, name: &str) -> Value {
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
            let filled = filled.map(|(name, schema)| (name.clone(), fitting(schema, name)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        "array" => match schema.get("items") {
            Some(item) => Value::Array(vec![fitting(item, name)]),
            None => Value::Array(Vec::new()),
        },
        "string" => format!("{TEXT} ({name})").into(),
        "number" | "integer" => 0.into(),
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
            },
            "required": ["title", "tags", "seo", "is_sure"],
            "additionalProperties": false,
        });
        let answer = fitting(&schema, "").to_string();
        let format = AnswerFormat::Json {
            name: "post".to_owned(),
            schema,
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
