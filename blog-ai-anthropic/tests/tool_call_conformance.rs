//! The adapter passes the kit, with answers in JSON by a tool call.

mod kit;
#[path = "../../tests/models/speaking.rs"]
mod speaking;

use std::sync::Arc;

use blog_ai_anthropic::{Anthropic, JsonAnswers};

blog_core::language_model_conformance!(speaking::Speaking(|server| {
    let config = kit::config(server, JsonAnswers::ToolCall);
    Ok(Arc::new(Anthropic::new("stand-in", &config)?))
}));
