//! A blog with a model that has a script.

use axum::http::Method;
use blog_core::memory::{MemoryStorage, ScriptedModel, ScriptedReply};
use blog_core::services::ai::Price;
use blog_core::{Blog, BlogOptions};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

pub(crate) const TEXT: &str =
    "# Rain\n\nIt was a lovely day, and we all enjoyed the warm rain very much.";

pub(crate) fn post() -> Value {
    json!({
        "title": "Ferris", "body": "## One\n\nText. <script>alert(1)</script>", "excerpt": "On a crab.",
        "tags": ["rust"], "category": "Animals",
        "seo": {"title": "Ferris", "description": "All of it.", "keywords": ["crab"]},
    })
}

pub(crate) fn blog(model: ScriptedModel, set: impl FnOnce(&mut BlogOptions)) -> Blog {
    let mut options = BlogOptions::default();
    let price = Price {
        input: 1_000_000,
        cached_input: 0,
        output: 2_000_000,
    };
    options.ai.prices.insert("scripted".to_owned(), price);
    set(&mut options);
    let blog = Blog::builder(MemoryStorage::default());
    blog.language_model(model).options(options).build()
}

pub(crate) fn client(replies: impl IntoIterator<Item = ScriptedReply>) -> Client {
    Client::of(blog(ScriptedModel::new(replies).unchecked(), |_| ()))
}

pub(crate) async fn ask(client: &Client, path: &str, role: &str, body: &Value) -> Answer {
    let headers = [("x-role", role), ("content-type", "application/json")];
    client
        .raw(Method::POST, path, &headers, &body.to_string())
        .await
}

pub(crate) async fn read(client: &Client, path: &str, role: &str) -> Answer {
    client.raw(Method::GET, path, &[("x-role", role)], "").await
}
