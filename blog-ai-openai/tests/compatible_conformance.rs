//! The adapter passes the kit, against a server that knows no schemas.

mod kit;
#[path = "../../tests/models/speaking.rs"]
mod speaking;

use std::sync::Arc;

use blog_ai_openai::{Dialect, OpenAi};

blog_core::language_model_conformance!(speaking::Speaking(|server| {
    let config = kit::config(server, Dialect::Compatible);
    Ok(Arc::new(OpenAi::new("stand-in", &config)?))
}));
