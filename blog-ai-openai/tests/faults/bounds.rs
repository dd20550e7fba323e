//! What is no conversation, without end.

use blog_ai_openai::{Dialect, OpenAi, OpenAiEmbedder};
use blog_core::ports::Embedder;

use crate::faults::JSON;
use crate::faults::bounds::{endless, is_given_up, megabyte};
use crate::kit;

#[tokio::test]
async fn vectors_and_a_moderation_without_end_are_given_up() {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, Dialect::OpenAi);
    let embedder = OpenAiEmbedder::new("stand-in-embedder", &config).unwrap();
    server.reply([endless(JSON, megabyte())]);
    let told = embedder.embed(&["Fox"]).await.unwrap_err();
    is_given_up(&server, told, "vectors").await;
    let model = OpenAi::new("stand-in", &config).unwrap();
    server.reply([endless(JSON, megabyte())]);
    let told = model.moderate("Fox").await.unwrap_err();
    is_given_up(&server, told, "a moderation").await;
}
