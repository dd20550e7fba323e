//! The adapter passes the kit, against a server that speaks as OpenAI's does.

mod kit;

blog_core::language_model_conformance!(kit::Speaking(blog_ai_openai::Dialect::OpenAi));
