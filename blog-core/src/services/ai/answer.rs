use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::ports::{Completion, StopReason};

use super::fields::Fields;
use super::schema;

/// A post as a model answers it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PostAnswer {
    #[serde(default)]
    pub(super) title: String,
    pub(super) body: String,
    #[serde(default)]
    pub(super) excerpt: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) category: String,
    #[serde(default)]
    pub(super) seo: SeoAnswer,
    #[serde(skip)]
    /// Whether the model stopped before the end.
    pub(super) is_unfinished: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SeoAnswer {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) keywords: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct OutlineAnswer {
    pub(super) sections: Vec<OutlineSection>,
}

#[derive(Deserialize)]
pub(super) struct OutlineSection {
    pub(super) heading: String,
    pub(super) points: Vec<String>,
}

/// The post that an answer has; of one that was cut off, what there is of it.
pub(super) fn read(completion: &Completion) -> Option<PostAnswer> {
    let whole = serde_json::from_str::<PostAnswer>(&completion.text).ok();
    let answer = match completion.stop {
        StopReason::Length => whole.or_else(|| Some(beginning(&completion.text))),
        _ => whole,
    };
    answer.filter(|answer| !answer.body.trim().is_empty())
}

/// What there is of an answer that was cut off.
fn beginning(text: &str) -> PostAnswer {
    let mut answer = PostAnswer {
        is_unfinished: true,
        ..PostAnswer::default()
    };
    for (name, text) in Fields::default().push(text) {
        match name.as_str() {
            "title" => answer.title = text,
            "body" => answer.body = text,
            "excerpt" => answer.excerpt = text,
            "category" => answer.category = text,
            _ => {}
        }
    }
    answer
}

/// What a [`PostAnswer`] looks like.
pub(super) static POST_SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
    let text = schema::text;
    let seo = schema::object([
        ("title", text()),
        ("description", text()),
        ("keywords", schema::list(&text())),
    ]);
    let post = schema::object([
        ("title", text()),
        ("body", json!({"type": "string", "description": "Markdown"})),
        ("excerpt", text()),
        ("tags", schema::list(&text())),
        ("category", text()),
        ("seo", seo),
    ]);
    post.into()
});

/// What an [`OutlineAnswer`] looks like.
pub(super) static OUTLINE_SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
    let section = schema::object([
        ("heading", schema::text()),
        ("points", schema::list(&schema::text())),
    ]);
    let outline = schema::object([("sections", schema::list(&section))]);
    outline.into()
});
