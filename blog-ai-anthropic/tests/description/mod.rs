//! What Anthropic's own types say that its API takes: `excerpt.py` says where that is from.

use serde_json::Value;

/// What is wrong with a request, also fields that the types do not have.
pub(crate) fn faults(body: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("anthropic.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults = validator.iter_errors(body);
    faults.map(|fault| fault.to_string()).collect()
}
