//! The adapter passes the kit, against a server that speaks as OpenAI's does.

mod kit;
mod speaking;

blog_core::language_model_conformance!(speaking::Speaking(blog_ai_openai::Dialect::OpenAi));
