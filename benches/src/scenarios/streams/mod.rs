//! Posts that a model writes, as they are read over HTTP meanwhile or at their end, beside the answers of the
//! model's server itself, asked the same word for word: a stand-in, which says in its first piece when it sent
//! that.

mod reader;
mod whole;

use std::iter::repeat_n;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use blog_ai_openai::{OpenAi, OpenAiConfig};
use blog_axum::{JwtAuthenticator, RouterOptions};
use blog_core::Blog;
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::memory::ScriptedReply;
use blog_core::ports::StopReason;
use blog_model_server::{Options, Reply, StandIn};
use blog_storage_sqlite::SqliteStorage;
use futures::future::try_join_all;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use self::reader::{Reader, Target};
use super::http::{KEY, blocking, serve, token};
use super::runtime;
use crate::Plan;
use crate::load::percentile;
use crate::memory::resident_bytes;
use crate::report::Row;

const READERS: usize = 64;
/// Pieces of an answer to one of the readers, and the time before each.
const PIECES: usize = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// Questions that the stand-in keeps.
const REMEMBERED: usize = 1_000;

/// Streams that are open at once.
const STREAMS: usize = 1_000;
/// Theirs: they take 40 seconds, so that all of them have begun before the first one ends.
const MANY_PIECES: usize = 40;
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// What passing a model's words on costs: time for the first of them, and memory.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let (models, server) = (runtime()?, runtime()?);
    let stand_in = models.block_on(StandIn::start(Options::default()))?;
    let stand_in = Arc::new(stand_in);
    let storage = server.block_on(SqliteStorage::open(&plan.dir.path().join("streams.db")))?;
    let blog = server.block_on(Served::start(&storage, &stand_in))?;
    let ours = blog.target("text/event-stream", b"event: done");
    let bare = blocking(bare(&blog, &stand_in))?;

    // First of all: what is given back would be used again.
    let whole_ones = whole::run(plan, &blog, &bare, &stand_in)?;
    let (bytes, slowest) = blocking(async {
        // What the first stream alone costs is not the next ones'.
        for target in [&bare, &ours] {
            stand_in.reply([answer(PIECES, Duration::ZERO)]);
            Reader::ask(target).await?.finish().await?;
        }
        // The bare ones first, and kept while ours are measured: what is given back would be used again.
        let bare = at_once(&bare, &stand_in).await?;
        let ours = at_once(&ours, &stand_in).await?;
        let bytes = [ours.bytes, bare.bytes];
        let slowest = [ours.all_begun, bare.all_begun];
        for stream in ours.open.into_iter().chain(bare.open) {
            stream.await??;
        }
        anyhow::Ok((bytes, slowest))
    })?;
    let [mut ours_delays, mut bare_delays] = [const { (vec![], vec![]) }; 2];
    for _ in 0..plan.rounds {
        for (target, delays) in [(&ours, &mut ours_delays), (&bare, &mut bare_delays)] {
            let turn = blocking(first_pieces(target, &stand_in, plan.turn))?;
            delays.0.push(percentile(turn.clone(), 0.5));
            delays.1.push(percentile(turn, 0.99));
        }
    }
    server.block_on(storage.close());
    let mut rows = whole_ones;
    let [ours_begun, bare_begun] = slowest.map(|time| vec![time.as_secs_f64() * 1e3]);
    rows.extend([
        Row::time("streams", "first piece, p50", ours_delays.0, bare_delays.0),
        Row::time("streams", "first piece, p99", ours_delays.1, bare_delays.1),
        Row::time("streams", "1,000 have begun", ours_begun, bare_begun),
        Row::size("streams", "one of 1,000", bytes[0], bytes[1]),
    ]);
    Ok(rows)
}

/// The reference server's router, with a model.
struct Served {
    blog: Blog,
    runtime: Handle,
    address: SocketAddr,
    token: String,
}

impl Served {
    async fn start(storage: &SqliteStorage, stand_in: &StandIn) -> Result<Self> {
        let mut config = OpenAiConfig::default();
        config.base_url = stand_in.openai_url();
        let model = Arc::new(OpenAi::new("stand-in", &config)?);
        let model = Reliable::new(model, None, ReliableOptions::default());
        let blog = Blog::builder(storage.clone())
            .usage_store(storage.usage_store())
            .language_model(model)
            .build();
        let token = token(&blog)?;
        // Or it would remember nothing of what it reads.
        tokio::spawn({
            let blog = blog.clone();
            async move { blog.run(std::future::pending()).await }
        });
        let options = RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(KEY));
        let address = serve(blog_axum::router(blog.clone(), options)).await?;
        Ok(Self {
            blog,
            runtime: Handle::current(),
            address,
            token,
        })
    }

    /// A post asked for, to be answered in this type.
    fn target(&self, accepted: &str, end: &'static [u8]) -> Target {
        let token = &self.token;
        Target {
            address: self.address,
            path: "/ai/generate-content",
            headers: format!("accept: {accepted}\r\nauthorization: Bearer {token}\r\n"),
            body: json!({"topic": "Crabs"}).to_string(),
            end,
        }
    }
}

/// What the model's server is asked by the blog, asked directly. The stand-in keeps as many of such questions as
/// it ever does, so that another takes the place of one.
async fn bare(blog: &Served, stand_in: &StandIn) -> Result<Target> {
    stand_in.reply(repeat_n(answer(PIECES, Duration::ZERO), REMEMBERED + 1));
    let ours = blog.target("application/json", b"\"engine\"");
    Reader::ask(&ours).await?.finish().await?;
    let asked = stand_in.asked().pop().context("nothing was asked")?;
    let bare = Target {
        address: stand_in.address(),
        path: "/v1/chat/completions",
        headers: String::new(),
        body: asked.body.to_string(),
        end: b"data: [DONE]",
    };
    for _ in 0..REMEMBERED {
        Reader::ask(&bare).await?.finish().await?;
    }
    Ok(bare)
}

/// A post in so many pieces, of which the first says when it is sent.
fn answer(pieces: usize, pause: Duration) -> Reply {
    let first = format!("{{\"body\": \"{}", reader::SENT);
    let middle = repeat_n("and so on ".to_owned(), pieces.saturating_sub(2));
    let last = "\", \"title\": \"Crabs\", \"excerpt\": \"\", \"tags\": [], \"category\": \"\", \
        \"seo\": {\"title\": \"\", \"description\": \"\", \"keywords\": []}}";
    let answer = ScriptedReply::Answer {
        pieces: [first]
            .into_iter()
            .chain(middle)
            .chain([last.to_owned()])
            .collect(),
        pause,
        stop: StopReason::Finished,
        usage: None,
    };
    answer.into()
}

/// Streams that are under way.
struct AtOnce {
    open: Vec<JoinHandle<Result<()>>>,
    /// What each has taken up until all had begun.
    bytes: usize,
    /// How long it took until they had.
    all_begun: Duration,
}

async fn at_once(target: &Target, stand_in: &StandIn) -> Result<AtOnce> {
    stand_in.reply(repeat_n(answer(MANY_PIECES, LONG_PAUSE), STREAMS));
    let already = stand_in.open_calls();
    let (before, asked) = (resident_bytes()?, Instant::now());
    let streams = (0..STREAMS).map(|_| async {
        let mut reader = Reader::ask(target).await?;
        reader.first().await?;
        anyhow::Ok(reader)
    });
    let readers = try_join_all(streams).await?;
    let all_begun = asked.elapsed();
    let bytes = resident_bytes()?.saturating_sub(before) / STREAMS;
    ensure!(
        stand_in.open_calls() == already + STREAMS,
        "a stream had ended before the last began"
    );
    let finishing = |reader: Reader| tokio::spawn(reader.finish());
    Ok(AtOnce {
        open: readers.into_iter().map(finishing).collect(),
        bytes,
        all_begun,
    })
}

/// How long after they were sent first pieces arrived, in milliseconds: each reader asks again once it has
/// read to the end.
async fn first_pieces(
    target: &Target,
    stand_in: &Arc<StandIn>,
    turn: Duration,
) -> Result<Vec<f64>> {
    let length = PAUSE.as_secs_f64() * PIECES as f64;
    let each = (turn.as_secs_f64() / length).ceil() as usize + 1;
    stand_in.reply(repeat_n(answer(PIECES, PAUSE), READERS * each));
    let begun = Instant::now();
    let readers = (0..READERS).map(|number| async move {
        // Not all at the same moment.
        let share = number as f64 / READERS as f64;
        tokio::time::sleep(Duration::from_secs_f64(length * share)).await;
        let mut delays = vec![];
        while begun.elapsed() < turn {
            let mut reader = Reader::ask(target).await?;
            let sent = reader.first().await?;
            let delay = stand_in.running().checked_sub(sent);
            let delay = delay.context("it came before it was sent")?;
            delays.push(delay.as_secs_f64() * 1e3);
            reader.finish().await?;
        }
        anyhow::Ok(delays)
    });
    Ok(try_join_all(readers).await?.concat())
}
