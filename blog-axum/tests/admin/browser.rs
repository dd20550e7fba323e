//! A browser without a network in between.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use blog_axum::{JwtAuthenticator, RouterOptions, SessionCookie, router};
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::domain::{Actor, Content, PostId, Role};
use blog_core::memory::MemoryCollabStore;
use blog_core::services::NewPost;
use http_body_util::BodyExt;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tower::ServiceExt;

const SECRET: &[u8] = b"a secret of thirty-two bytes ...";

/// A token that holds for so many seconds.
pub(crate) fn token_for(id: &str, role: &str, left: i64) -> String {
    let exp = Blog::in_memory().clock().now().timestamp() + left;
    let claims = json!({ "sub": id, "name": format!("{id}'s name"), "roles": [role], "exp": exp });
    encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(SECRET),
    )
    .unwrap()
}

/// The cookie of somebody who has signed in.
pub(crate) fn cookie(id: &str, role: &str) -> String {
    format!("session={}", token_for(id, role, 60))
}

/// A blog that is edited live at <https://example.org/blog>, with users who bring tokens.
pub(crate) fn options(blog: &Blog) -> RouterOptions {
    options_at("https://example.org/blog", blog)
}

/// The same at another address.
pub(crate) fn options_at(address: &str, blog: &Blog) -> RouterOptions {
    let hub = Hub::builder(blog.clone(), MemoryCollabStore::default()).build();
    let options = RouterOptions::default()
        .with_title("The <Blog>")
        .with_public_url(address.parse().unwrap())
        .with_hub(hub);
    let session = SessionCookie::new("session", &options).unwrap();
    options.with_authenticator(JwtAuthenticator::hs256(SECRET).with_session_cookie(session))
}

pub(crate) async fn draft(blog: &Blog, author: &str) -> PostId {
    let new = NewPost {
        content: Content {
            title: "A draft".to_owned(),
            ..Content::default()
        },
        ..NewPost::default()
    };
    let author = Actor::user(author, author, Role::Author);
    blog.posts().create(&author, new).await.unwrap().post.id
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}"))
            .to_str()
            .unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// What a `<meta>` tag says.
    pub(crate) fn said(&self, name: &str) -> &str {
        let tag = format!("<meta name=\"{name}\" content=\"");
        let rest = self.text.split_once(&tag);
        let (_, rest) = rest.unwrap_or_else(|| panic!("no {name} in {}", self.text));
        rest.split_once('"').unwrap().0
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, address: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        assert_eq!(self.header("location"), address);
    }
}

pub(crate) struct Browser(Router);

impl From<Router> for Browser {
    fn from(router: Router) -> Self {
        Self(router)
    }
}

impl Browser {
    /// One before the router, which the host nests below `/blog`.
    pub(crate) fn new(blog: &Blog, options: RouterOptions) -> Self {
        Self(Router::new().nest("/blog", router(blog.clone(), options)))
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).replace("&#x2f;", "/"),
            bytes,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        self.send("GET", path, &[("cookie", cookie)], "").await
    }

    /// Sends a form of this site's own page.
    pub(crate) async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", path, &headers, &body.finish()).await
    }
}
