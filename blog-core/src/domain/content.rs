use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an author writes: everything of a post that versions keep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// One line.
    pub title: String,
    /// Markdown: CommonMark and GFM.
    pub body: String,
    /// A summary by hand; without one it is drawn from the body.
    pub excerpt: Option<String>,
    /// In the author's order, without repeats.
    pub tags: Vec<String>,
    /// A path whose parts are separated by `/`.
    pub category: Option<String>,
    /// Address of the cover picture.
    pub cover: Option<String>,
    /// For search engines and link previews.
    pub seo: Seo,
    /// The host's own fields.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub custom: Map<String, Value>,
}

/// What search engines and link previews show in place of title and excerpt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seo {
    /// In place of the title.
    pub title: Option<String>,
    /// In place of the excerpt.
    pub description: Option<String>,
    /// Words for the page's head.
    pub keywords: Vec<String>,
    /// The address that search engines are to keep.
    pub canonical_url: Option<String>,
}

/// BLAKE3 of a content's canonical encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

impl Content {
    /// The hash of this content. Equal contents have equal hashes, whatever the order in which
    /// the keys of `custom` were given.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let mut hasher = blake3::Hasher::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        text("blog content 1");
        text(&self.title);
        text(&self.body);
        let fields = Value::from(vec![
            optional(self.excerpt.as_ref()),
            Value::from(self.tags.clone()),
            optional(self.category.as_ref()),
            optional(self.cover.as_ref()),
            optional(self.seo.title.as_ref()),
            optional(self.seo.description.as_ref()),
            Value::from(self.seo.keywords.clone()),
            optional(self.seo.canonical_url.as_ref()),
        ]);
        text(&fields.to_string());
        text(&sorted(&Value::Object(self.custom.clone())).to_string());
        ContentHash(*hasher.finalize().as_bytes())
    }
}

fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| Value::from(text.as_str()))
}

/// The same value with the keys of its objects in order: `serde_json` keeps the order given when a
/// host switches its `preserve_order` on.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            keys.into_iter()
                .map(|key| (key.clone(), sorted(&map[key])))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

impl std::fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
