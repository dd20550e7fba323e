//! What adapters tell a model whose server takes no schema. It is a prompt as any other: it has a version, and
//! no answer repeats it, whichever model is asked.

use serde_json::Value;

use crate::domain::Mismatch;

use super::guard::Leaks;
use super::prompt::{JSON, JSON_AGAIN};

/// That an answer has to be JSON that fits this schema, whose text is the last line.
#[must_use]
pub fn json_in_words(schema: &Value) -> String {
    JSON.instructions(&[("schema", &schema.to_string())])
}

/// That an answer was not, and what is wrong with it.
#[must_use]
pub fn json_again(wrong: &Mismatch) -> String {
    JSON_AGAIN.instructions(&[("wrong", &wrong.to_string())])
}

/// What of both must not be repeated.
pub(super) fn leaks(schema: &Value) -> Leaks {
    let mut leaks = Leaks::of(&json_in_words(schema), None);
    leaks.extend(Leaks::of(&JSON_AGAIN.instructions(&[]), None));
    leaks
}
