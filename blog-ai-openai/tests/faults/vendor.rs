//! What the faults of any vendor's servers are tried with.

use std::sync::Arc;

use blog_ai_openai::{OpenAi, OpenAiConfig};
use blog_core::Result;
use blog_core::ports::{LanguageModel, TokenUsage};
use blog_model_server::StandIn;
use serde_json::json;

use crate::faults::Settings;

pub(crate) const PATH: &str = "/v1/chat/completions";

pub(crate) fn url(server: &StandIn) -> String {
    server.openai_url()
}

/// An event that says nothing, with so much beside.
pub(crate) fn silence(beside: &str) -> String {
    let delta = r#"{"choices": [{"delta": {"content": ""}}], "beside": ""#;
    format!("data: {delta}{beside}\"}}\n\n")
}

/// A whole answer and a stream that end for a reason of tomorrow, and have used so much.
pub(crate) fn strange_end(usage: TokenUsage) -> [String; 2] {
    let text = json!({"content": "Fox"});
    let usage = json!({"prompt_tokens": usage.input, "completion_tokens": usage.output});
    let choice = json!({"message": text, "delta": text, "finish_reason": "tomorrow"});
    let whole = json!({"choices": [choice], "usage": usage}).to_string();
    let chunk = json!({"choices": [choice]});
    let counted = json!({"choices": [], "usage": usage});
    let events = format!("data: {chunk}\n\ndata: {counted}\n\ndata: [DONE]\n\n");
    [whole, events]
}

/// The configuration as it is shown, and the model.
pub(crate) fn open(settings: &Settings<'_>) -> (String, Result<Arc<dyn LanguageModel>>) {
    let mut config = OpenAiConfig::default();
    config.base_url = settings.url.to_owned();
    config.key = settings.key.map(Into::into);
    config.headers = vec![(settings.header.to_owned(), "value".into())];
    let model = OpenAi::new(settings.model, &config);
    let model = model.map(|model| Arc::new(model) as Arc<dyn LanguageModel>);
    (format!("{config:?}"), model)
}
