//! What both vendors' adapters are asked, where it is looked at what they ask their servers.

use blog_core::ports::{AnswerFormat, CompletionRequest, Message, Speaker};
use serde_json::json;

/// A conversation, to be answered so.
pub(crate) fn request(format: AnswerFormat) -> CompletionRequest {
    let message = |speaker, text: &str| Message {
        speaker,
        text: text.to_owned(),
    };
    CompletionRequest {
        instructions: "Answer in one sentence.".to_owned(),
        messages: vec![
            message(Speaker::User, "Who is there?"),
            message(Speaker::Model, "A fox."),
            message(Speaker::User, "What does it say?"),
        ],
        format,
        max_output_tokens: 500,
    }
}

/// An object with words in it.
pub(crate) fn greeting() -> AnswerFormat {
    AnswerFormat::Json {
        name: "greeting".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"words": {"type": "string"}},
            "required": ["words"],
            "additionalProperties": false,
        })
        .into(),
    }
}
