#![doc = include_str!("../README.md")]

mod answer;
mod codes;
mod config;
mod embedder;
mod model;
mod moderation;
mod repaired;
mod request;

pub use blog_ai_http::Secret;
pub use config::{Dialect, OpenAiConfig};
pub use embedder::OpenAiEmbedder;
pub use model::OpenAi;
pub use moderation::Moderation;
