use std::fmt;

use serde_json::Value;

/// Where a JSON value does not fit its schema, and what the schema wants there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The place, as a JSON pointer (RFC 6901); empty for the whole value.
    pub at: String,
    /// What is wanted, as a sentence without its subject.
    pub wanted: String,
}

impl Mismatch {
    /// The whole is not what is wanted.
    pub(crate) fn of_all(wanted: impl Into<String>) -> Self {
        Self {
            at: String::new(),
            wanted: wanted.into(),
        }
    }

    /// The same, of a value that `step` leads to.
    fn below(mut self, step: &str) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        self.at = format!("/{step}{}", self.at);
        self
    }
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_str() {
            "" => write!(formatter, "the answer {}", self.wanted),
            at => write!(formatter, "{at} {}", self.wanted),
        }
    }
}

/// Where a schema has a keyword that
/// [`AnswerFormat::Json`](crate::ports::AnswerFormat::Json) may not have in it, as a JSON pointer.
pub(crate) fn strange_keyword(schema: &Value) -> Option<String> {
    schema.as_object()?.iter().find_map(|(keyword, value)| {
        let below = match keyword.as_str() {
            "type" | "required" | "enum" | "description" => None,
            "additionalProperties" if *value == Value::Bool(false) => None,
            "items" => strange_keyword(value),
            "properties" => value.as_object()?.iter().find_map(|(name, part)| {
                let found = strange_keyword(part)?;
                Some(format!("/{name}{found}"))
            }),
            _ => Some(String::new()),
        };
        Some(format!("/{keyword}{}", below?))
    })
}

/// Whether a value fits a schema without [strange keywords](strange_keyword) (JSON Schema 2020-12).
///
/// # Errors
/// The first place that does not fit.
pub(crate) fn fits(schema: &Value, value: &Value) -> Result<(), Mismatch> {
    let has_type = |name: &str| is_of_type(value, name);
    match schema.get("type") {
        Some(Value::String(name)) if !has_type(name) => {
            return Err(Mismatch::of_all(format!("has to be of type {name}")));
        }
        Some(Value::Array(names)) if !names.iter().filter_map(Value::as_str).any(has_type) => {
            let names = Value::from(names.clone());
            return Err(Mismatch::of_all(format!(
                "has to be of one of the types {names}"
            )));
        }
        _ => {}
    }
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.contains(value)
    {
        let allowed = Value::from(allowed.clone());
        return Err(Mismatch::of_all(format!("has to be one of {allowed}")));
    }
    match value {
        Value::Object(_) => object_fits(schema, value),
        Value::Array(items) => match schema.get("items") {
            Some(schema) => (0..).zip(items).try_for_each(|(number, item)| {
                let number: usize = number;
                fits(schema, item).map_err(|found| found.below(&number.to_string()))
            }),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn object_fits(schema: &Value, value: &Value) -> Result<(), Mismatch> {
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(Mismatch::of_all("is missing").below(name));
        }
    }
    let properties = schema.get("properties");
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    for (name, part) in value.as_object().into_iter().flatten() {
        match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => fits(schema, part).map_err(|found| found.below(name))?,
            None if is_closed => {
                // Its name is the model's: what is wrong is told to a model again.
                return Err(Mismatch::of_all("has more properties than its schema"));
            }
            None => {}
        }
    }
    Ok(())
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{fits, strange_keyword};

    #[track_caller]
    fn check(schema: &Value, value: &Value, expected: Option<&str>) {
        let found = fits(schema, value).err().map(|found| found.to_string());
        assert_eq!(found.as_deref(), expected, "{value}");
    }

    fn post() -> Value {
        json!({
            "type": "object",
            "properties": {
                "title": {"type": "string", "description": "A few words."},
                "tags": {"type": "array", "items": {"type": "string", "enum": ["a/b", "c"]}},
                "words": {"type": "integer"},
                "note": {"type": ["string", "null"]},
            },
            "required": ["title", "tags", "words", "note"],
            "additionalProperties": false,
        })
    }

    #[test]
    fn what_fits_is_taken() {
        let note = [json!("short"), Value::Null];
        for note in note {
            let value = json!({"title": "", "tags": ["c", "a/b"], "words": 2.0, "note": note});
            check(&post(), &value, None);
        }
        check(&json!({}), &json!([1, {"a": null}]), None);
    }

    #[test]
    fn a_keyword_that_is_strange_is_found_wherever_it_stands() {
        let found = |schema: Value| strange_keyword(&schema);
        assert_eq!(found(post()), None);
        assert_eq!(
            found(json!({"properties": {"anyOf": {"type": "string"}}})),
            None
        );
        assert_eq!(found(json!({"enum": [{"anyOf": []}]})), None);
        for (schema, place) in [
            (json!({"anyOf": []}), "/anyOf"),
            (
                json!({"additionalProperties": true}),
                "/additionalProperties",
            ),
            (
                json!({"properties": {"tags": {"type": "array", "items": {"minLength": 1}}}}),
                "/properties/tags/items/minLength",
            ),
        ] {
            assert_eq!(found(schema).as_deref(), Some(place));
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let sound = json!({"title": "A", "tags": ["c"], "words": 1, "note": null});
        for (name, wrong, expected) in [
            ("title", json!(1), "/title has to be of type string"),
            ("tags", json!("c"), "/tags has to be of type array"),
            (
                "tags",
                json!(["c", "d"]),
                r#"/tags/1 has to be one of ["a/b","c"]"#,
            ),
            ("words", json!(1.5), "/words has to be of type integer"),
            (
                "note",
                json!([]),
                r#"/note has to be of one of the types ["string","null"]"#,
            ),
            (
                "a/b~c",
                json!(1),
                "the answer has more properties than its schema",
            ),
        ] {
            let mut value = sound.clone();
            value[name] = wrong;
            check(&post(), &value, Some(expected));
        }
        check(&post(), &json!({"title": "A"}), Some("/tags is missing"));
        check(
            &post(),
            &json!([]),
            Some("the answer has to be of type object"),
        );
    }
}
