use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::serve::ListenerExt;
use blog_axum::{JwtAuthenticator, RouterOptions};
use blog_core::Blog;
use jsonwebtoken::{EncodingKey, Header, encode};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::http_client::Connection;
use super::{blog_in, fill, runtime, samples};
use crate::Plan;
use crate::limits::http::{prepared, writing};
use crate::limits::sqlite::{self, GroupWriter};
use crate::load::{Turn, together};
use crate::report::Row;
use crate::sample::SamplePosts;

const CONNECTIONS: usize = 16;
const CASE: &str = "16 connections";

/// GET of a post as JSON, beside a bare handler that answers as many prepared bytes.
pub(super) fn read(plan: &Plan) -> Result<Vec<Row>> {
    reading(plan, "http-read", false)
}

/// The same of posts that the node remembers, and of posts that the client has already.
pub(super) fn cached(plan: &Plan) -> Result<Vec<Row>> {
    reading(plan, "http-cached", true)
}

fn reading(plan: &Plan, scenario: &'static str, remembers: bool) -> Result<Vec<Row>> {
    let server = runtime()?;
    let posts = samples(plan.posts.min(1_000));
    let (blog, storage) = server.block_on(async {
        let opened = blog_in(&plan.dir.path().join(format!("{scenario}.db"))).await?;
        fill(&opened.0, &posts, true).await?;
        anyhow::Ok(opened)
    })?;
    if remembers {
        let slugs: Vec<_> = posts.iter().map(|post| post.slug.clone()).collect();
        server.block_on(super::cache::follow(&blog, &slugs))?;
    }
    let known: Arc<[Vec<u8>]> = posts.iter().map(|post| get_known(&post.slug)).collect();
    let requests: Arc<[Vec<u8>]> = posts.iter().map(|post| get(&post.slug)).collect();
    let ours = server.block_on(serve(blog_axum::router(blog, RouterOptions::default())))?;
    let body = client(async {
        let mut connection = Connection::to(ours).await?;
        Ok(Bytes::copy_from_slice(
            connection.send(&requests[0], "200").await?,
        ))
    })?;
    let bare = server.block_on(serve(prepared(body)))?;
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for _ in 0..plan.rounds {
        for (address, rates) in [(ours, &mut our_rates), (bare, &mut limit_rates)] {
            let requests = requests.clone();
            let request = move |caller: usize, call: usize| {
                requests[(caller * 61 + call) % requests.len()].clone()
            };
            rates.push(client(turn(plan, address, "200", request))?.rate);
        }
    }
    let mut rows = vec![Row::rate(
        scenario,
        CASE,
        "requests/s",
        our_rates,
        limit_rates.clone(),
    )];
    if remembers {
        let mut rates = vec![];
        for _ in 0..plan.rounds {
            let known = known.clone();
            let request =
                move |caller: usize, call: usize| known[(caller * 61 + call) % known.len()].clone();
            rates.push(client(turn(plan, ours, "304", request))?.rate);
        }
        let case = "304";
        rows.push(Row::rate(scenario, case, "requests/s", rates, limit_rates));
    }
    server.block_on(storage.close());
    Ok(rows)
}

/// POST of a post, durable, beside a bare handler in front of rusqlite's group commit.
pub(super) fn create(plan: &Plan) -> Result<Vec<Row>> {
    let server = runtime()?;
    let key = b"a key that is only for measuring";
    let (blog, storage) = server.block_on(blog_in(&plan.dir.path().join("http-create-ours.db")))?;
    let token = token(&blog, key)?;
    let options = RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(key));
    let ours = server.block_on(serve(blog_axum::router(blog, options)))?;
    let database = sqlite::create(&plan.dir.path().join("http-create-limit.db"))?;
    let bare = server.block_on(serve(writing(GroupWriter::on(database))))?;
    let (mut our_rates, mut limit_rates) = (vec![], vec![]);
    for round in 0..plan.rounds {
        for (address, rates) in [(ours, &mut our_rates), (bare, &mut limit_rates)] {
            let token = token.clone();
            let posts: Vec<_> = (0..CONNECTIONS)
                .map(|caller| SamplePosts::new((round * CONNECTIONS + caller) as u64))
                .map(std::sync::Mutex::new)
                .collect();
            let request = move |caller: usize, _: usize| {
                let mut posts = posts[caller]
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                post(&token, &posts.next())
            };
            rates.push(client(turn(plan, address, "201", request))?.rate);
        }
    }
    server.block_on(storage.close());
    Ok(vec![Row::rate(
        "http-create",
        CASE,
        "posts/s",
        our_rates,
        limit_rates,
    )])
}

/// The client has a thread of its own and shares none with the server.
fn client<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    one_thread.block_on(work)
}

async fn serve(router: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // A stream that is already closed has no delay to switch off.
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(address)
}

async fn turn(
    plan: &Plan,
    address: SocketAddr,
    status: &'static str,
    request: impl Fn(usize, usize) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Turn> {
    let mut connections = vec![];
    for _ in 0..CONNECTIONS {
        connections.push(Arc::new(Mutex::new(Connection::to(address).await?)));
    }
    let request = Arc::new(request);
    together(CONNECTIONS, plan.turn, |caller| {
        let (connection, request) = (connections[caller].clone(), request.clone());
        move |call| {
            let (connection, request) = (connection.clone(), request(caller, call));
            async move {
                connection
                    .lock()
                    .await
                    .send(&request, status)
                    .await
                    .map(|_| ())
            }
        }
    })
    .await
}

fn get(slug: &str) -> Vec<u8> {
    format!("GET /api/posts/by-slug/{slug} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// As a client asks that has the post's second revision, which readers see, already.
fn get_known(slug: &str) -> Vec<u8> {
    format!(
        "GET /api/posts/by-slug/{slug} HTTP/1.1\r\nhost: localhost\r\nif-none-match: \"2\"\r\n\r\n"
    )
    .into_bytes()
}

fn post(token: &str, post: &crate::sample::SamplePost) -> Vec<u8> {
    let body = serde_json::json!({
        "title": post.title, "slug": post.slug, "body": post.body, "tags": post.tags,
    })
    .to_string();
    format!(
        "POST /api/posts HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn token(blog: &Blog, key: &[u8]) -> Result<String> {
    let claims = serde_json::json!({
        "sub": "author", "name": "Author", "roles": ["editor"],
        "exp": blog.clock().now().timestamp() + 3600,
    });
    Ok(encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(key),
    )?)
}
