use serde_json::{Map, Value};

use super::Content;
use crate::error::{Error, FieldError};

/// How large a post may be. Texts in characters unless named otherwise.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Characters of a title.
    pub title: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Characters of an excerpt, of a version's message and of each text of `seo`.
    pub text: usize,
    /// Number of tags, and of SEO keywords.
    pub tags: usize,
    /// Characters of one tag, and of one SEO keyword.
    pub tag: usize,
    /// Characters of a category path.
    pub category: usize,
    /// Bytes of an address.
    pub url_bytes: usize,
    /// Bytes of `custom`, as JSON.
    pub custom_bytes: usize,
    /// How deep lists and objects in `custom` may stand in each other.
    pub custom_depth: usize,
    /// Number of coauthors.
    pub coauthors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            title: 300,
            body_bytes: 1 << 20,
            text: 2_000,
            tags: 50,
            tag: 100,
            category: 200,
            url_bytes: 2_048,
            custom_bytes: 64 << 10,
            custom_depth: 32,
            coauthors: 50,
        }
    }
}

impl Limits {
    /// Brings `content` into the form that is stored (line ends of the body become LF) and checks
    /// it against these limits.
    ///
    /// # Errors
    /// Invalid, naming every field that breaks a rule.
    pub fn check(&self, content: &mut Content) -> Result<(), Error> {
        if content.body.contains('\r') {
            content.body = content.body.replace("\r\n", "\n").replace('\r', "\n");
        }
        let mut found = Findings::default();
        found.text("title", &content.title, self.title);
        if content.title.trim().is_empty() {
            found.add("title", "must not be empty");
        }
        if content.title.contains(['\n', '\r']) {
            found.add("title", "must be one line");
        }
        found.bytes("body", &content.body, self.body_bytes);
        found.optional("excerpt", content.excerpt.as_deref(), self.text);
        found.words("tags", &content.tags, self.tags, self.tag);
        if let Some(category) = &content.category {
            found.text("category", category, self.category);
            if category.split('/').any(|part| part.trim().is_empty()) {
                found.add("category", "must be a path without empty parts");
            }
        }
        if let Some(cover) = &content.cover {
            found.bytes("cover", cover, self.url_bytes);
        }
        found.optional("seo.title", content.seo.title.as_deref(), self.text);
        found.optional(
            "seo.description",
            content.seo.description.as_deref(),
            self.text,
        );
        found.words("seo.keywords", &content.seo.keywords, self.tags, self.tag);
        if let Some(url) = &content.seo.canonical_url {
            found.bytes("seo.canonical_url", url, self.url_bytes);
            if !(url.starts_with("https://") || url.starts_with("http://")) {
                found.add("seo.canonical_url", "must be an http or https address");
            }
        }
        found.custom(&content.custom, self);
        found.into_result()
    }
}

#[derive(Default)]
struct Findings(Vec<FieldError>);

impl Findings {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    fn nul(&mut self, field: &str, text: &str) {
        if text.contains('\0') {
            self.add(field, "must not contain U+0000");
        }
    }

    fn text(&mut self, field: &str, text: &str, limit: usize) {
        self.nul(field, text);
        if text.chars().count() > limit {
            self.add(field, format!("must have at most {limit} characters"));
        }
    }

    fn bytes(&mut self, field: &str, text: &str, limit: usize) {
        self.nul(field, text);
        if text.len() > limit {
            self.add(field, format!("must have at most {limit} bytes"));
        }
    }

    fn optional(&mut self, field: &str, text: Option<&str>, limit: usize) {
        if let Some(text) = text {
            self.text(field, text, limit);
        }
    }

    fn words(&mut self, field: &str, words: &[String], most: usize, limit: usize) {
        if words.len() > most {
            self.add(field, format!("must have at most {most} entries"));
        }
        for (index, word) in words.iter().enumerate() {
            self.text(field, word, limit);
            if word.trim().is_empty() {
                self.add(field, "must not contain an empty entry");
            }
            if words.iter().take(index).any(|earlier| earlier == word) {
                self.add(field, "must not repeat an entry");
            }
        }
    }

    fn custom(&mut self, custom: &Map<String, Value>, limits: &Limits) {
        let (limit, depth) = (limits.custom_bytes, limits.custom_depth);
        if !custom.values().all(|value| is_within(value, depth)) {
            self.add("custom", format!("must be at most {depth} levels deep"));
            return;
        }
        // A NUL inside a JSON string is written as this escape.
        let text = serde_json::to_string(custom).unwrap_or_default();
        if text.replace("\\\\", "").contains("\\u0000") {
            self.add("custom", "must not contain U+0000");
        }
        if text.len() > limit {
            self.add("custom", format!("must have at most {limit} bytes"));
        }
    }

    fn into_result(mut self) -> Result<(), Error> {
        self.0.dedup();
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(self.0))
        }
    }
}

/// Whether lists and objects stand in each other at most `depth` deep.
fn is_within(value: &Value, depth: usize) -> bool {
    let inner = |value| depth > 0 && is_within(value, depth - 1);
    match value {
        Value::Array(values) => depth > 0 && values.iter().all(inner),
        Value::Object(values) => depth > 0 && values.values().all(inner),
        _ => true,
    }
}
