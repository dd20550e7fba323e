//! Calls that are given up.

use blog_ai_openai::{Dialect, OpenAi};
use blog_core::Result;
use blog_core::memory::ScriptedReply;
use blog_core::ports::{AnswerFormat, Completion, CompletionRequest, LanguageModel};
use blog_model_server::Reply;
use serde_json::json;

use crate::faults::connections::{dropped_at, pieces};
use crate::faults::request;
use crate::kit;

#[tokio::test]
async fn a_repair_that_is_dropped_ends_upstream() {
    let server = kit::stand_in().await.unwrap();
    let model = OpenAi::new("stand-in", &kit::config(&server, Dialect::Compatible)).unwrap();
    let mut request = request();
    request.format = AnswerFormat::Json {
        name: "fox".to_owned(),
        schema: json!({"type": "object"}).into(),
    };
    let wrong = || Reply::Scripted(ScriptedReply::answer("no JSON"));
    for second in [
        Reply::Scripted(ScriptedReply::Stall),
        Reply::Stall { pieces: pieces() },
    ] {
        server.reply([wrong(), second.clone()]);
        dropped_at(&server, 2, model.complete(&request)).await;
        server.reply([wrong(), second]);
        dropped_at(&server, 2, streamed(&model, &request)).await;
    }
}

async fn streamed(model: &OpenAi, request: &CompletionRequest) -> Result<Completion> {
    Completion::of_stream(model.stream(request).await?).await
}
