use blog_core::ports::{AnswerFormat, CompletionRequest, Speaker};
use serde_json::{Value, json};

use crate::JsonAnswers;
use crate::answer::Place;

/// The body of a request for an answer, which is to stand in `place`.
pub(crate) fn body(model: &str, request: &CompletionRequest, place: Place, streams: bool) -> Value {
    let said = request.messages.iter().map(|message| {
        let role = match message.speaker {
            Speaker::User => "user",
            Speaker::Model => "assistant",
        };
        json!({"role": role, "content": message.text})
    });
    let mut body = json!({
        "model": model,
        "system": request.instructions,
        "messages": Vec::from_iter(said),
        "max_tokens": request.max_output_tokens,
    });
    if let AnswerFormat::Json { name, schema } = &request.format {
        match place {
            Place::Text => {
                let format = json!({"type": "json_schema", "schema": schema});
                body["output_config"] = json!({"format": format});
            }
            Place::ToolInput => {
                let description = "Takes the answer; call it once, with the whole answer.";
                let tool =
                    json!({"name": name, "description": description, "input_schema": schema});
                body["tools"] = json!([tool]);
                body["tool_choice"] =
                    json!({"type": "tool", "name": name, "disable_parallel_tool_use": true});
            }
        }
    }
    if streams {
        body["stream"] = true.into();
    }
    body
}

impl Place {
    /// Where an answer of this format stands.
    pub(crate) const fn of(format: &AnswerFormat, json: JsonAnswers) -> Self {
        match (format, json) {
            (AnswerFormat::Json { .. }, JsonAnswers::ToolCall) => Self::ToolInput,
            _ => Self::Text,
        }
    }
}
