use blog_core::ports::{AnswerFormat, CompletionRequest, Speaker};
use blog_core::services::ai::json_in_words;
use serde_json::{Value, json};

use crate::Dialect;

/// The body of a request for an answer.
pub(crate) fn body(
    model: &str,
    dialect: Dialect,
    request: &CompletionRequest,
    streams: bool,
) -> Value {
    let is_compatible = dialect == Dialect::Compatible;
    let mut body = json!({"model": model, "messages": messages(is_compatible, request)});
    // OpenAI's reasoning models refuse the older name, and most other servers do not know the newer one.
    let limit = if is_compatible {
        "max_tokens"
    } else {
        "max_completion_tokens"
    };
    body[limit] = request.max_output_tokens.into();
    if let AnswerFormat::Json { name, schema } = &request.format {
        body["response_format"] = if is_compatible {
            json!({"type": "json_object"})
        } else {
            let format = json!({"name": name, "schema": schema, "strict": true});
            json!({"type": "json_schema", "json_schema": format})
        };
    }
    if streams {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

fn messages(is_compatible: bool, request: &CompletionRequest) -> Vec<Value> {
    let mut instructions = request.instructions.clone();
    if let AnswerFormat::Json { schema, .. } = &request.format
        && is_compatible
    {
        instructions.push_str("\n\n");
        instructions.push_str(&json_in_words(schema));
    }
    let said = request.messages.iter().map(|message| {
        let role = match message.speaker {
            Speaker::User => "user",
            Speaker::Model => "assistant",
        };
        json!({"role": role, "content": message.text})
    });
    let system = json!({"role": "system", "content": instructions});
    std::iter::once(system).chain(said).collect()
}
