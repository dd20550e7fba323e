//! A client of the API, without a network in between.
#![allow(dead_code, reason = "each test uses what it needs")]

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Request, Response, StatusCode};
use blog_axum::{Authenticator, RouterOptions, router};
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::domain::{Actor, Role};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Trusts a header, as a host behind its own gate might.
#[derive(Debug)]
struct ByHeader;

#[async_trait]
impl Authenticator for ByHeader {
    async fn authenticate(&self, request: &Parts) -> blog_core::Result<Actor> {
        let role = request
            .headers
            .get("x-role")
            .and_then(|role| role.to_str().ok());
        Ok(match role.and_then(Role::from_name) {
            Some(role) => {
                let user = request.headers.get("x-user");
                let user = user.map_or("ada", |user| user.to_str().unwrap_or_default());
                Actor::user(user, if user == "ada" { "Ada" } else { user }, role)
            }
            None => Actor::anonymous(),
        })
    }
}

pub(crate) struct Client(Router);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl From<Router> for Client {
    fn from(router: Router) -> Self {
        Self(router)
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::of(Blog::in_memory())
    }

    pub(crate) fn of(blog: Blog) -> Self {
        let options = RouterOptions::default()
            .with_authenticator(ByHeader)
            .with_public_url("https://example.org/blog".parse().unwrap());
        Self(router(blog, options))
    }

    /// With rooms to write in.
    pub(crate) fn with_hub(blog: Blog, hub: Hub) -> Self {
        let options = RouterOptions::default()
            .with_authenticator(ByHeader)
            .with_public_url("https://example.org/blog".parse().unwrap())
            .with_hub(hub);
        Self(router(blog, options))
    }

    pub(crate) async fn response(&self, request: Request<Body>) -> Response<Body> {
        self.0.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.response(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(Method::GET, path, &[], "").await
    }

    pub(crate) async fn editor(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Value,
    ) -> Answer {
        let mut headers = vec![("x-role", "admin"), ("content-type", "application/json")];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        self.raw(method, path, &headers, &body.to_string()).await
    }

    pub(crate) async fn create(&self, body: Value) -> Answer {
        self.editor(Method::POST, "/api/posts", None, body).await
    }
}
