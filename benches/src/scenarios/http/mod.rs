//! What a client sees over 16 kept-alive connections.

mod client;
pub(super) mod mixed;
pub(super) mod reading;
pub(super) mod writing;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::serve::Listener;
use blog_core::Blog;
use jsonwebtoken::{EncodingKey, Header, encode};

use self::client::Connection;
use crate::Plan;
use crate::load::{Turn, together};
use crate::sample::SamplePosts;

const CONNECTIONS: usize = 16;
const CASE: &str = "16 connections";

/// What tokens are signed with while it is measured.
pub(super) const KEY: &[u8] = b"a key that is only for measuring";

/// A request, and the status that it has to be answered with.
#[derive(Debug, Clone)]
pub(super) struct Request {
    bytes: Vec<u8>,
    status: &'static str,
}

impl Request {
    fn get(slug: &str) -> Self {
        let head = format!("GET /api/posts/by-slug/{slug} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Self {
            bytes: head.into_bytes(),
            status: "200",
        }
    }

    /// As a client asks that has the post's second revision, which readers see, already.
    fn known(slug: &str) -> Self {
        let head = format!(
            "GET /api/posts/by-slug/{slug} HTTP/1.1\r\nhost: localhost\r\nif-none-match: \"2\"\r\n\r\n"
        );
        Self {
            bytes: head.into_bytes(),
            status: "304",
        }
    }
}

/// POSTs of posts, all of them different.
pub(super) struct Drafts {
    token: String,
    posts: Vec<Mutex<SamplePosts>>,
}

impl Drafts {
    pub(super) fn new(token: &str) -> Self {
        static SEED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1_000);
        let posts = || {
            let seed = SEED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Mutex::new(SamplePosts::new(seed))
        };
        Self {
            token: token.to_owned(),
            posts: std::iter::repeat_with(posts).take(CONNECTIONS).collect(),
        }
    }

    pub(super) fn next(&self, caller: usize) -> Request {
        let posts = self.posts[caller].lock();
        let post = posts.unwrap_or_else(PoisonError::into_inner).next();
        let body = serde_json::json!({
            "title": post.title, "slug": post.slug, "body": post.body, "tags": post.tags,
        })
        .to_string();
        let head = format!(
            "POST /api/posts HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        Request {
            bytes: head.into_bytes(),
            status: "201",
        }
    }
}

/// Does a client's work in a thread of its own, and shares none with the server.
pub(super) fn blocking<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    one_thread.block_on(work)
}

pub(super) async fn serve(router: Router) -> Result<SocketAddr> {
    let listener = blog_axum::listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, router.into_make_service()).into_future());
    Ok(address)
}

/// What the server answers to these requests.
pub(super) fn answers(server: SocketAddr, requests: &[Request]) -> Result<Arc<[Bytes]>> {
    blocking(async {
        let mut connection = Connection::to(server).await?;
        let mut answers = vec![];
        for request in requests {
            let answer = connection.send(&request.bytes, request.status).await?;
            answers.push(Bytes::copy_from_slice(answer));
        }
        Ok(answers.into())
    })
}

/// Sixteen callers, each with a connection to one of the servers. `request` learns which caller
/// asks, and how often it has asked before.
pub(super) async fn turn(
    plan: &Plan,
    servers: &[SocketAddr],
    request: impl Fn(usize, usize) -> Request + Send + Sync + 'static,
) -> Result<Turn> {
    let mut connections = vec![];
    for address in servers.iter().cycle().take(CONNECTIONS) {
        let connection = Connection::to(*address).await?;
        connections.push(Arc::new(tokio::sync::Mutex::new(connection)));
    }
    let request = Arc::new(request);
    together(CONNECTIONS, plan.turn, |caller| {
        let (connection, request) = (connections[caller].clone(), request.clone());
        move |call| {
            let (connection, request) = (connection.clone(), request(caller, call));
            async move {
                let mut connection = connection.lock().await;
                connection.send(&request.bytes, request.status).await?;
                Ok(())
            }
        }
    })
    .await
}

/// A token for the API.
pub(super) fn token(blog: &Blog) -> Result<String> {
    let claims = serde_json::json!({
        "sub": "author", "name": "Author", "roles": ["editor"],
        "exp": blog.clock().now().timestamp() + 3600,
    });
    let key = EncodingKey::from_secret(KEY);
    Ok(encode(&Header::default(), &claims, &key)?)
}
