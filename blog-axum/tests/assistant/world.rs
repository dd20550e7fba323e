//! A blog with rooms, and a model that has a script.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use blog_collab::Hub;
use blog_core::domain::{Actor, Content, PostId, Role};
use blog_core::memory::{MemoryCollabStore, MemoryStorage, ScriptedModel, ScriptedReply};
use blog_core::ports::StopReason;
use blog_core::services::ai::Price;
use blog_core::{Blog, BlogOptions};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

pub(crate) const BODY: &str = "Crabs have ten legs.\n";

/// A blog with rooms and one post of Ada's, which Ben edits, too.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) hub: Hub,
    pub(crate) post: PostId,
}

/// Says these parts, a minute apart.
pub(crate) fn slowly(pieces: &[&str]) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: pieces.iter().map(|it| (*it).to_owned()).collect(),
        pause: Duration::from_secs(60),
        stop: StopReason::Finished,
        usage: None,
    }
}

impl World {
    pub(crate) async fn with(model: ScriptedModel) -> Self {
        let mut options = BlogOptions::default();
        let price = Price {
            input: 1_000_000,
            cached_input: 0,
            output: 2_000_000,
        };
        options.ai.prices.insert("scripted".to_owned(), price);
        let blog = Blog::builder(MemoryStorage::default()).options(options);
        Self::of(blog.language_model(model).build()).await
    }

    pub(crate) async fn of(blog: Blog) -> Self {
        let hub = Hub::builder(blog.clone(), MemoryCollabStore::default()).build();
        let running = hub.clone();
        tokio::spawn(async move { running.run(std::future::pending()).await });
        let client = Client::with_hub(blog, hub.clone());
        let created = client.create(json!({"title": "Crabs", "body": BODY})).await;
        let post = created.body["id"].as_str().unwrap().parse().unwrap();
        Self { client, hub, post }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        who: (&str, &str),
        body: &Value,
    ) -> Answer {
        let (user, role) = who;
        let headers = [
            ("x-user", user),
            ("x-role", role),
            ("content-type", "application/json"),
        ];
        let path = format!("/api/posts/{}{path}", self.post);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.client.raw(method, &path, &headers, &body).await
    }

    pub(crate) async fn ask(&self, who: (&str, &str), body: Value) -> Answer {
        self.send(Method::POST, "/assistant", who, &body).await
    }

    pub(crate) async fn begin(&self) -> Answer {
        let wanted = json!({"task": "write", "instruction": "On claws", "length": "brief"});
        let begun = self.ask(ADA, wanted).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.body);
        begun
    }

    pub(crate) async fn run(&self) -> Value {
        let run = self
            .send(Method::GET, "/assistant", ADA, &Value::Null)
            .await;
        assert_eq!(run.status, StatusCode::OK, "{}", run.body);
        run.body
    }

    /// What the run has come to.
    pub(crate) async fn ended(&self) -> Value {
        loop {
            let run = self.run().await;
            if run["state"] != "writing" {
                return run;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub(crate) async fn body(&self) -> String {
        self.hub.content(&ben(), self.post).await.unwrap().body
    }

    /// Waits until the document says this.
    pub(crate) async fn says(&self, text: &str) -> String {
        let waiting = async {
            loop {
                let body = self.body().await;
                if body.contains(text) {
                    return body;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(600), waiting).await;
        assert!(waited.is_ok(), "nobody says {text}");
        waited.unwrap()
    }

    /// Ben replaces something.
    pub(crate) async fn edit(&self, old: &'static str, new: &'static str) {
        let edit = move |content: Content| Content {
            body: content.body.replacen(old, new, 1),
            ..content
        };
        self.hub.edit(&ben(), self.post, edit).await.unwrap();
    }

    pub(crate) async fn versions(&self) -> Vec<Value> {
        let versions = self.send(Method::GET, "/versions", ADA, &Value::Null).await;
        versions.body["items"].as_array().unwrap().clone()
    }
}

pub(crate) const ADA: (&str, &str) = ("ada", "author");

pub(crate) const BEN: (&str, &str) = ("ben", "editor");

pub(crate) fn ben() -> Actor {
    Actor::user("ben", "Ben", Role::Editor)
}
