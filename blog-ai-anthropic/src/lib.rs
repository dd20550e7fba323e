#![doc = include_str!("../README.md")]

mod answer;
mod config;
mod errors;
mod model;
mod request;

pub use blog_ai_http::Secret;
pub use config::{AnthropicConfig, JsonAnswers};
pub use model::Anthropic;
