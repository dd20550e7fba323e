use std::sync::Arc;
use std::time::Duration;

use blog_core::decorate::{AnswerCache, Reliable, ReliableOptions};
use blog_core::domain::{Actor, AuditEntry, Content, Role};
use blog_core::memory::{
    ManualClock, MemoryStorage, MemoryUsageStore, ScriptedModel, ScriptedReply,
};
use blog_core::ports::{AuditQuery, LanguageModel, ModelUsage, PostView, StopReason};
use blog_core::services::NewPost;
use blog_core::services::ai::{AiOptions, GeneratePost, Price};
use blog_core::{Blog, BlogBuilder, BlogOptions, Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(crate) fn actor(role: Role) -> Actor {
    Actor::user(format!("{role:?}").to_lowercase(), "Somebody", role)
}

pub(crate) fn author() -> Actor {
    actor(Role::Author)
}

pub(crate) fn about(topic: &str) -> GeneratePost {
    GeneratePost {
        topic: topic.to_owned(),
        ..GeneratePost::default()
    }
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

/// The fields that an error names, with what it says of them.
pub(crate) fn fields(error: &Error) -> Vec<(String, String)> {
    let ErrorKind::Invalid(fields) = error.kind() else {
        return vec![];
    };
    let fields = fields.iter();
    fields
        .map(|error| (error.field.clone(), error.message.clone()))
        .collect()
}

/// A post as a model answers it.
pub(crate) fn post(body: &str) -> Value {
    json!({
        "title": "Ferris",
        "body": body,
        "excerpt": "On a crab.",
        "tags": ["rust", "crabs"],
        "category": "Animals",
        "seo": {"title": "Ferris the crab", "description": "All of it.", "keywords": ["ferris"]},
    })
}

pub(crate) fn says(value: &Value) -> ScriptedReply {
    ScriptedReply::answer(value.to_string())
}

/// An answer that ends so.
pub(crate) fn stops(text: &str, stop: StopReason) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: vec![text.to_owned()],
        pause: Duration::ZERO,
        stop,
        usage: None,
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A blog with a model that gives these replies.
pub(crate) struct World {
    pub(crate) blog: Blog,
    pub(crate) model: ScriptedModel,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new(replies: impl IntoIterator<Item = ScriptedReply>) -> Self {
        Self::with(ScriptedModel::new(replies), |_| ())
    }

    pub(crate) fn with(model: ScriptedModel, set: impl FnOnce(&mut AiOptions)) -> Self {
        // Nothing here relies on what a model promises of its JSON.
        let model = model.unchecked();
        Self::around(model.clone(), model, set)
    }

    /// A blog with whatever asks the model.
    pub(crate) fn around(
        model: ScriptedModel,
        asked: impl LanguageModel + 'static,
        set: impl FnOnce(&mut AiOptions),
    ) -> Self {
        Self::built(model, set, |blog| blog.language_model(asked))
    }

    /// A blog that remembers what the model answered.
    pub(crate) fn remembering(model: ScriptedModel, set: impl FnOnce(&mut AiOptions)) -> Self {
        let model = model.unchecked();
        let reliable = Arc::new(model.clone());
        let reliable = Reliable::new(reliable, None, ReliableOptions::default());
        let cache = AnswerCache::new(reliable.clone(), 1 << 20, None, Duration::from_secs(3_600));
        Self::built(model, set, |blog| {
            blog.language_model(reliable).answer_cache(cache)
        })
    }

    fn built(
        model: ScriptedModel,
        set: impl FnOnce(&mut AiOptions),
        with_model: impl FnOnce(BlogBuilder) -> BlogBuilder,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(noon()));
        let mut options = BlogOptions::default();
        let price = Price {
            input: 1_000_000,
            cached_input: 500_000,
            output: 2_000_000,
        };
        options.ai.prices.insert("scripted".to_owned(), price);
        set(&mut options.ai);
        let blog = with_model(Blog::builder(MemoryStorage::default()))
            .usage_store(MemoryUsageStore::default())
            .clock(clock.clone())
            .options(options)
            .build();
        Self { blog, model, clock }
    }

    /// What the blog's calls have come to, the last first.
    pub(crate) async fn usage(&self) -> Vec<ModelUsage> {
        let admin = actor(Role::Admin);
        let page = self.blog.ai().usage(&admin, None, 100).await;
        page.unwrap().items
    }

    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        let query = AuditQuery {
            limit: 100,
            ..AuditQuery::default()
        };
        let page = self.blog.audit().read(&actor(Role::Admin), &query).await;
        let entries = page.unwrap().items.into_iter();
        entries.map(|(_, entry)| entry).collect()
    }

    pub(crate) async fn draft(&self, actor: &Actor, body: &str) -> PostView {
        let content = Content {
            title: "A draft".to_owned(),
            body: body.to_owned(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        self.blog.posts().create(actor, new).await.unwrap()
    }
}
