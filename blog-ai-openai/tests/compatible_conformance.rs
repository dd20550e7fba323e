//! The adapter passes the kit, against a server that knows no schemas.

mod kit;

blog_core::language_model_conformance!(kit::Speaking(blog_ai_openai::Dialect::Compatible));
