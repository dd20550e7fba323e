//! Schemas of answers, of what all vendors understand.

use serde_json::{Map, Value, json};

pub(super) fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let names = properties.each_ref().map(|(name, _)| *name).to_vec();
    let named = properties.map(|(name, schema)| (name.to_owned(), schema));
    json!({
        "type": "object",
        "properties": Map::from_iter(named),
        "required": names,
        "additionalProperties": false,
    })
}

pub(super) fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

#[cfg(feature = "analysis")]
pub(super) fn number() -> Value {
    json!({"type": "number"})
}
