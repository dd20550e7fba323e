//! What OpenAI itself says that its API takes: `excerpt.jq` says where that is from.

use serde_json::{Value, json};

/// What is wrong with a request: also fields that the description does not have, which it does not forbid.
pub(crate) fn faults(path: &str, body: &Value) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(include_str!("openai.json")).unwrap();
    let name = match path.rsplit('/').next() {
        Some("completions") => "CreateChatCompletionRequest",
        Some("embeddings") => "CreateEmbeddingRequest",
        Some("moderations") => "CreateModerationRequest",
        _ => return vec![format!("{path} is not in the excerpt")],
    };
    // What OpenAPI 3.1 has for its schemas.
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$ref"] = json!(format!("#/components/schemas/{name}"));
    schema["unevaluatedProperties"] = json!(false);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults = validator.iter_errors(body);
    faults.map(|fault| fault.to_string()).collect()
}
