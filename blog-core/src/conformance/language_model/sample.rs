use std::time::Duration;

use serde_json::json;

use crate::memory::ScriptedReply;
use crate::ports::{AnswerFormat, CompletionRequest, Message, Speaker, StopReason, TokenUsage};

pub(super) const USAGE: TokenUsage = TokenUsage {
    input: 120,
    cached_input: 64,
    output: 7,
};

/// Words that a protocol could spoil.
pub(super) const PIECES: [&str; 6] = [
    "Grüße \u{1f469}\u{200d}\u{1f680}",
    ", said the \"fox\"\\",
    "\n\ndata: [DONE]\n\n",
    "\u{2028}\r\n",
    "event: error\n{\"error\":null}",
    " \u{0} end ",
];

pub(super) fn request(format: AnswerFormat) -> CompletionRequest {
    let message = |speaker, text: &str| Message {
        speaker,
        text: text.to_owned(),
    };
    CompletionRequest {
        instructions: "Answer in one sentence.".to_owned(),
        messages: vec![
            message(Speaker::User, "Who is there?"),
            message(Speaker::Model, "A fox."),
            message(Speaker::User, "And what does it say?"),
        ],
        format,
        max_output_tokens: 500,
    }
}

pub(super) fn text() -> CompletionRequest {
    request(AnswerFormat::Text)
}

/// Asks for what [`FITTING`] is.
pub(super) fn json() -> CompletionRequest {
    request(AnswerFormat::Json {
        name: "greeting".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {
                "words": {"type": "array", "items": {"type": "string"}},
                "mood": {"type": "string", "enum": ["good", "bad"]},
            },
            "required": ["words", "mood"],
            "additionalProperties": false,
        })
        .into(),
    })
}

pub(super) const FITTING: &str = r#"{"words": ["Grüße", "\"fox\""], "mood": "good"}"#;

/// Half of it, other shapes, no JSON, and JSON among words.
pub(super) const NOT_FITTING: [&str; 7] = [
    r#"{"words": ["Gr"#,
    r#"{"words": "Grüße", "mood": "good"}"#,
    r#"{"words": [], "mood": "so so"}"#,
    r#"{"words": [], "mood": "good", "more": 1}"#,
    r#"["words"]"#,
    "Of course!",
    r#"Here it is: {"words": [], "mood": "good"}"#,
];

pub(super) fn answer(pieces: &[&str], stop: StopReason) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: pieces.iter().copied().map(str::to_owned).collect(),
        pause: Duration::ZERO,
        stop,
        usage: Some(USAGE),
    }
}

/// The answer in pieces of a few characters each.
pub(super) fn finished(text: &str) -> ScriptedReply {
    let characters: Vec<char> = text.chars().collect();
    ScriptedReply::Answer {
        pieces: characters.chunks(5).map(String::from_iter).collect(),
        pause: Duration::ZERO,
        stop: StopReason::Finished,
        usage: Some(USAGE),
    }
}
