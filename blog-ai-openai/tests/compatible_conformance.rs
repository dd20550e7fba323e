//! The adapter passes the kit, against a server that knows no schemas.

mod kit;
mod speaking;

blog_core::language_model_conformance!(speaking::Speaking(blog_ai_openai::Dialect::Compatible));
