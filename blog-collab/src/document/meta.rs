use blog_core::domain::Content;
use serde_json::{Map as JsonMap, Value};
use yrs::{Any, Map, MapRef, Out, ReadTxn, TransactionMut};

/// The fields of a content that stand in the map `meta`, each under its name.
const META: [&str; 6] = ["excerpt", "tags", "category", "cover", "seo", "custom"];

/// The known content, with what stands in `meta` where that says something else and can be understood;
/// its body is empty.
pub(super) fn read_meta(meta: &MapRef, transaction: &impl ReadTxn, known: &Content) -> Content {
    let known_meta = meta_of(known);
    let mut content = Content {
        body: String::new(),
        ..known.clone()
    };
    for field in META {
        let said = match meta.get(transaction, field) {
            None => Value::Null,
            Some(Out::Any(value)) => json(&value),
            Some(_) => continue,
        };
        if said != as_stored(&known_meta, field) {
            content = with(&content, field, said).unwrap_or(content);
        }
    }
    content
}

/// Writes the fields that differ between two contents; whether there were any.
pub(super) fn edit_meta(
    meta: &MapRef,
    transaction: &mut TransactionMut<'_>,
    from: &Content,
    to: &Content,
) -> bool {
    let (from, to) = (meta_of(from), meta_of(to));
    let mut is_changed = false;
    for field in META {
        let is_said = match meta.get(transaction, field) {
            None => !to.contains_key(field),
            Some(Out::Any(value)) => json(&value) == as_stored(&to, field),
            Some(_) => false,
        };
        if is_said || from.get(field) == to.get(field) {
            continue;
        }
        is_changed = true;
        match to.get(field).and_then(|value| any(value).ok()) {
            Some(value) => {
                meta.insert(transaction, field, value);
            }
            None => {
                meta.remove(transaction, field);
            }
        }
    }
    is_changed
}

/// The fields of `meta` that are there.
fn meta_of(content: &Content) -> JsonMap<String, Value> {
    let content = Content {
        title: String::new(),
        body: String::new(),
        ..content.clone()
    };
    let Ok(Value::Object(mut fields)) = serde_json::to_value(content) else {
        return JsonMap::new();
    };
    fields.retain(|name, value| META.contains(&name.as_str()) && !is_nothing(value));
    fields
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.values().all(is_nothing),
        _ => false,
    }
}

/// What the document answers once this field was written.
fn as_stored(meta: &JsonMap<String, Value>, field: &str) -> Value {
    let stored = meta.get(field).and_then(|value| any(value).ok());
    stored.map(|value| json(&value)).unwrap_or_default()
}

fn any(value: &Value) -> Result<Any, yrs::encoding::read::Error> {
    Any::from_json(&value.to_string())
}

fn json(value: &Any) -> Value {
    let mut text = String::new();
    value.to_json(&mut text);
    serde_json::from_str(&text).unwrap_or_default()
}

/// The content with this field, if the value fits.
fn with(content: &Content, field: &str, value: Value) -> Option<Content> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(content) else {
        return None;
    };
    if value.is_null() {
        fields.remove(field);
    } else {
        fields.insert(field.to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields)).ok()
}
