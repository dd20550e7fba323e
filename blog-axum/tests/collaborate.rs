//! Who is let into a room of live editing, before any WebSocket is opened.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode};
use blog_axum::{Authenticator, JwtAuthenticator, RouterOptions, SessionCookie, router};
use blog_collab::{Hub, HubOptions};
use blog_core::domain::{Actor, Content, PostId, Role};
use blog_core::memory::MemoryCollabStore;
use blog_core::services::NewPost;
use blog_core::{Blog, Error, ErrorKind};

use jsonwebtoken::{EncodingKey, Header, encode};

use client::{Answer, Client};

const FOREIGN: &str = "https://elsewhere.example";
const COOKIE: (&str, &str) = ("cookie", "session=ada");

/// Trusts a cookie before a token, as a host's own sessions might.
#[derive(Debug)]
struct CookieFirst;

#[async_trait]
impl Authenticator for CookieFirst {
    async fn authenticate(&self, request: &Parts) -> blog_core::Result<Actor> {
        let says = |name, value| request.headers.get(name).is_some_and(|it| it == value);
        if says(COOKIE.0, COOKIE.1) {
            return Ok(Actor::user("ada", "Ada", Role::Editor));
        }
        match request.headers.contains_key("authorization") {
            true if says("authorization", "Bearer good") => {
                Ok(Actor::user("ben", "Ben", Role::Editor))
            }
            true => Err(Error::new(ErrorKind::Unauthenticated, "no such token")),
            false => Ok(Actor::anonymous()),
        }
    }
}

/// What the server says to a request for a room with this query and these headers. It is no WebSocket's,
/// so whoever is let in gets a 400.
async fn asked(query: &str, headers: &[(&str, &str)]) -> StatusCode {
    asked_from(query, headers, None).await
}

async fn asked_from(
    query: &str,
    headers: &[(&str, &str)],
    origin: Option<HeaderValue>,
) -> StatusCode {
    let room = Room::of(HubOptions::default()).await;
    room.asked_from(query, headers, origin).await.status
}

/// A post's room, on a server.
struct Room {
    post: PostId,
    hub: Hub,
    client: Client,
}

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

impl Room {
    async fn of(options: HubOptions) -> Self {
        let blog = Blog::in_memory();
        let new = NewPost {
            content: Content {
                title: "A post".to_owned(),
                ..Content::default()
            },
            ..NewPost::default()
        };
        let post = blog.posts().create(&ada(), new).await.unwrap().post.id;
        let hub = Hub::builder(blog.clone(), MemoryCollabStore::default());
        let hub = hub.options(options).build();
        let options = RouterOptions::default()
            .with_authenticator(CookieFirst)
            .with_public_url("https://example.org/blog".parse().unwrap())
            .with_hub(hub.clone());
        let client = Client::from(router(blog, options));
        Self { post, hub, client }
    }

    async fn asked_from(
        &self,
        query: &str,
        headers: &[(&str, &str)],
        origin: Option<HeaderValue>,
    ) -> Answer {
        let mut request = Request::get(format!("/ws/collaborate/{}{query}", self.post))
            .header("host", "internal.example:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        self.client.send(request.body(Body::empty()).unwrap()).await
    }
}

const LET_IN: StatusCode = StatusCode::BAD_REQUEST;

#[tokio::test]
async fn pages_of_this_site_and_programs_come_in_with_a_cookie() {
    assert_eq!(asked("", &[COOKIE]).await, LET_IN);
    for origin in ["https://example.org", "https://internal.example:3000"] {
        assert_eq!(asked("", &[COOKIE, ("origin", origin)]).await, LET_IN);
    }
}

#[tokio::test]
async fn who_has_too_many_connections_is_told_when_to_come_again_before_the_upgrade() {
    let mut options = HubOptions::default();
    options.connections_of_one = 1;
    let room = Room::of(options).await;
    let place = room.hub.join(&ada(), room.post).await.unwrap();
    let refused = room.asked_from("", &[COOKIE], None).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let others = room.asked_from("?token=good", &[], None).await;
    assert_eq!(others.status, LET_IN);

    drop(place);
    let again = room.asked_from("", &[COOKIE], None).await;
    assert_eq!(again.status, LET_IN);
}

#[tokio::test]
async fn a_page_does_not_come_in_as_whoever_has_signed_in_since() {
    for query in ["", "?actor=ada", "?token=bad&actor=a%64a"] {
        assert_eq!(asked(query, &[COOKIE]).await, StatusCode::BAD_REQUEST);
    }
    for query in ["?actor=ben", "?actor="] {
        assert_eq!(asked(query, &[COOKIE]).await, StatusCode::UNAUTHORIZED);
    }
    let nobody = asked("?actor=ada", &[]).await;
    assert_eq!(nobody, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_lets_no_page_of_another_site_in() {
    let plain = "http://internal.example:3000";
    for origin in [
        FOREIGN,
        plain,
        "null",
        "https://example.org.evil.example",
        "",
    ] {
        let status = asked("", &[COOKIE, ("origin", origin)]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin}");
    }
    let unreadable = HeaderValue::from_bytes(b"https://\xff").unwrap();
    let status = asked_from("", &[COOKIE], Some(unreadable)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_of_another_site_comes_in_with_a_token() {
    let origin = ("origin", FOREIGN);
    assert_eq!(asked("?token=good", &[origin]).await, LET_IN);
    let header = ("authorization", "Bearer good");
    assert_eq!(asked("", &[origin, header]).await, LET_IN);
}

#[tokio::test]
async fn a_page_of_another_site_does_not_come_in_with_a_cookie_beside_a_token() {
    let status = asked("?token=bad", &[COOKIE, ("origin", FOREIGN)]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

/// Browsers send it by themselves, as they do cookies.
#[tokio::test]
async fn a_password_that_the_browser_remembers_is_no_token() {
    let password = ("authorization", "Basic YWRhOmFkYQ==");
    let origin = ("origin", FOREIGN);
    let status = asked("", &[password, origin]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(asked("?token=good", &[password, origin]).await, LET_IN);
}

#[tokio::test]
async fn a_token_says_when_it_ends_and_is_refused_from_then_on() {
    let secret = b"a secret of thirty-two bytes ...";
    let session = SessionCookie::new("session", &RouterOptions::default()).unwrap();
    let authenticator = JwtAuthenticator::hs256(secret).with_session_cookie(session);
    let token = |left: i64| {
        let exp = Blog::in_memory().clock().now().timestamp() + left;
        let claims = serde_json::json!({ "sub": "ada", "roles": ["editor"], "exp": exp });
        let key = EncodingKey::from_secret(secret);
        (exp, encode(&Header::default(), &claims, &key).unwrap())
    };
    let request = |name: &str, value: String| {
        let request = Request::get("/").header(name, value).body(()).unwrap();
        request.into_parts().0
    };

    let (exp, sound) = token(60);
    let end = chrono::DateTime::from_timestamp(exp, 0);
    for request in [
        request("authorization", format!("Bearer {sound}")),
        request("cookie", format!("session={sound}")),
    ] {
        assert_eq!(authenticator.expires(&request).await.unwrap(), end);
        assert_eq!(
            authenticator.authenticate(&request).await.unwrap().id,
            "ada"
        );
    }
    for left in [-1, 0] {
        let expired = request("authorization", format!("Bearer {}", token(left).1));
        let refused = authenticator.authenticate(&expired).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::Unauthenticated);
    }
    let nothing = request("x-nothing", String::new());
    assert_eq!(authenticator.expires(&nothing).await.unwrap(), None);
}
