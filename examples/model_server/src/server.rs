use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Json, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::anthropic;
use crate::call::{Asked, OpenCall};
use crate::line::{Lines, On};
use crate::openai;
use crate::output::Output;
use crate::reply::Reply;

/// Requests that are remembered.
const REMEMBERED: usize = 1_000;

/// Connections that may wait to be accepted: streams are begun by the thousand.
const BACKLOG: i32 = 4096;

/// The most bytes of a request.
const REQUEST_BYTES: usize = 64 << 20;

/// How it serves.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Where it listens.
    pub listen: String,
    /// The only key that it takes; `None` takes any.
    pub key: Option<String>,
    /// How long it thinks before each piece of what it invents.
    pub pause: Duration,
}

impl Default for Options {
    /// Any free port of this machine, any key, no pauses.
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            key: None,
            pause: Duration::ZERO,
        }
    }
}

/// A running stand-in; it ends when it is dropped.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    state: Arc<Shared>,
    _task: JoinSet<()>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    started: Instant,
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<VecDeque<Asked>>,
    open: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    is_away: AtomicBool,
}

impl StandIn {
    /// Starts it.
    ///
    /// # Errors
    /// If it cannot listen there.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(&options.listen).await?;
        // Where it listens already, this only makes the line longer in which connections wait.
        SockRef::from(&listener).listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = Arc::new(Shared {
            options,
            started: Instant::now(),
            replies: Mutex::default(),
            asked: Mutex::default(),
            open: Arc::default(),
            connections: Arc::default(),
            is_away: AtomicBool::new(false),
        });
        let service = Router::new()
            .merge(openai::routes())
            .merge(anthropic::routes())
            .layer(DefaultBodyLimit::max(REQUEST_BYTES))
            .layer(from_fn_with_state(Arc::clone(&state), be_away))
            .with_state(Arc::clone(&state))
            .into_make_service_with_connect_info::<On>();
        let lines = Lines {
            listener,
            accepted: Arc::clone(&state.connections),
        };
        let mut task = JoinSet::new();
        task.spawn(async move {
            // It never ends by itself.
            let _ = axum::serve(lines, service).await;
        });
        Ok(Self {
            address,
            state,
            _task: task,
        })
    }

    /// What clients of OpenAI have as their base URL.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What clients of Anthropic have as their base URL.
    #[must_use]
    pub fn anthropic_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has the next requests answered so, in this order, in place of what was said before. Afterwards it
    /// invents its answers again.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        *locked(&self.state.replies) = replies.into_iter().collect();
    }

    /// What it was asked, the last at the end.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.state.asked).iter().cloned().collect()
    }

    /// How many requests have come whose answer has neither ended nor been given up.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How long it has been running: what `{sent}` in a streamed piece becomes when that is sent, in
    /// microseconds.
    #[must_use]
    pub fn running(&self) -> Duration {
        self.state.started.elapsed()
    }

    /// Breaks every connection that asks something, or no longer.
    pub fn be_away(&self, is_away: bool) {
        self.state.is_away.store(is_away, Ordering::SeqCst);
    }
}

impl Shared {
    pub(crate) fn next_reply(&self) -> Option<Reply> {
        locked(&self.replies).pop_front()
    }
}

/// Answers one request, however `answer` does.
pub(crate) async fn serve(
    State(state): State<Arc<Shared>>,
    ConnectInfo(on): ConnectInfo<On>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
    answer: fn(&Shared, &Asked) -> Option<Output>,
) -> Response {
    let call = OpenCall::new(&state.open);
    let asked = Asked::new(uri, headers, body);
    {
        let mut all = locked(&state.asked);
        all.push_back(asked.clone());
        if all.len() > REMEMBERED {
            all.pop_front();
        }
    }
    match answer(&state, &asked) {
        Some(output) => output.into_response(on, call, state.started),
        None => std::future::pending().await,
    }
}

async fn be_away(
    State(state): State<Arc<Shared>>,
    ConnectInfo(on): ConnectInfo<On>,
    request: Request,
    next: Next,
) -> Response {
    if !state.is_away.load(Ordering::SeqCst) {
        return next.run(request).await.into_response();
    }
    if let Some(line) = &on.0 {
        line.cut();
    }
    std::future::pending().await
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
