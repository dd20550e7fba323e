//! What the faults of any vendor's servers are tried with.

use std::sync::Arc;

use blog_ai_anthropic::{Anthropic, AnthropicConfig};
use blog_core::Result;
use blog_core::ports::{LanguageModel, TokenUsage};
use blog_model_server::StandIn;
use serde_json::json;

use crate::faults::Settings;
use crate::streams::events;

pub(crate) const PATH: &str = "/v1/messages";

pub(crate) fn url(server: &StandIn) -> String {
    server.anthropic_url()
}

/// An event that says nothing, with so much beside.
pub(crate) fn silence(beside: &str) -> String {
    format!("event: ping\ndata: {{\"type\": \"ping\", \"beside\": \"{beside}\"}}\n\n")
}

/// A whole answer and a stream that end for a reason of tomorrow, and have used so much.
pub(crate) fn strange_end(usage: TokenUsage) -> [String; 2] {
    let usage = json!({"input_tokens": usage.input, "output_tokens": usage.output});
    let content = json!([{"type": "text", "text": "Fox"}]);
    let ending = json!({"stop_reason": "tomorrow"});
    let whole = json!({"content": content, "stop_reason": "tomorrow", "usage": usage});
    let events = events(&[
        json!({"type": "message_start", "message": {"content": content}}),
        json!({"type": "message_delta", "delta": ending, "usage": usage}),
        json!({"type": "message_stop"}),
    ]);
    [whole.to_string(), events]
}

/// The configuration as it is shown, and the model.
pub(crate) fn open(settings: &Settings<'_>) -> (String, Result<Arc<dyn LanguageModel>>) {
    let mut config = AnthropicConfig::default();
    config.base_url = settings.url.to_owned();
    config.key = settings.key.map(Into::into);
    config.headers = vec![(settings.header.to_owned(), "value".into())];
    let model = Anthropic::new(settings.model, &config);
    let model = model.map(|model| Arc::new(model) as Arc<dyn LanguageModel>);
    (format!("{config:?}"), model)
}
