//! `blog-bench SCENARIO`: what the blog does beside what the bare engine does, in alternating
//! rounds of one run.

mod limits;
mod load;
mod memory;
mod report;
mod sample;
mod scenarios;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// Measures a scenario beside its physical limit.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// What to measure.
    scenario: Scenario,
    /// Print an array of {scenario, case, unit, ours, limit, ratio}.
    #[arg(long)]
    json: bool,
    /// How often ours and the limit take turns; the medians are printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Length of one turn.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Posts that are there before reading begins.
    #[arg(long, default_value_t = 20_000)]
    posts: usize,
    /// Where the data is kept while it runs; a real disk, for durability costs what the disk asks.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A PostgreSQL to measure on, whose schemas `blog_bench` and `blog_bench_limit` are made anew.
    #[arg(long, env = "BLOG_BENCH_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
    /// A Redis to measure on.
    #[arg(long, env = "BLOG_BENCH_REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// An editing trace, as in <https://github.com/josephg/editing-traces>: JSON, not compressed.
    #[arg(long)]
    trace: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scenario {
    /// Durable creation of posts: 1, 8 and 64 callers.
    Create,
    /// Reading a post by its slug: 1, 8 and 64 callers.
    Read,
    /// The twenty newest posts of a tag.
    List,
    /// Two words, top ten with summaries, highlights and facets.
    Search,
    /// From a commit's return to its being found, under steady writing.
    Visible,
    /// GET of a post as JSON over 16 kept-alive connections.
    HttpRead,
    /// POST of a post over 16 kept-alive connections.
    HttpCreate,
    /// GET of a post that the node remembers, in full and as a 304, over 16 connections.
    HttpCached,
    /// 95 % GET of posts that the node remembers and 5 % POST, over 16 connections.
    HttpMixed,
    /// From a keystroke to its being on the others' screens: 50 rooms of four people.
    Live,
    /// Opening a live document of a hundred thousand keystrokes.
    Open,
    /// A live document that was typed as in `--trace`: how long it takes to open, and what it takes up.
    Trace,
    /// Durable creation of posts in PostgreSQL: 1, 8 and 64 callers.
    PgCreate,
    /// Reading a post by its slug, and a page of a tag's, from PostgreSQL: 1 and 8 callers.
    PgRead,
    /// A read that the node remembers.
    Cache,
    /// A read that Redis remembers and the node does not.
    RedisCache,
    /// The same mix on one, two and three nodes with one PostgreSQL, and how long it takes until one
    /// node shows what another has published.
    Cluster,
    /// A version folded from the live document of a post of 100 KB, in a room that is open.
    Fold,
    /// A call of a language model through all that stands around it: 64 callers, and what waits.
    Model,
    /// Posts that a model writes, as they are read over HTTP at their end or meanwhile: 64 readers, and 1,000 at
    /// once.
    Streams,
    /// What can be said of a post of 2,000 words without a language model; what the search index finds, related
    /// posts and links, is not among it.
    Analysis,
    /// All that need no server.
    All,
}

/// How a scenario is run.
#[derive(Debug)]
struct Plan {
    rounds: usize,
    turn: Duration,
    posts: usize,
    dir: tempfile::TempDir,
    postgres_url: Option<String>,
    redis_url: Option<String>,
    trace: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let parent = arguments.dir.unwrap_or_else(std::env::temp_dir);
    let plan = Plan {
        rounds: arguments.rounds.max(1),
        turn: Duration::from_secs_f64(arguments.seconds),
        posts: arguments.posts,
        dir: tempfile::Builder::new()
            .prefix("blog-bench-")
            .tempdir_in(parent)?,
        postgres_url: arguments.postgres_url,
        redis_url: arguments.redis_url,
        trace: arguments.trace,
    };
    let rows = scenarios::run(arguments.scenario, &plan)?;
    if arguments.json {
        report::as_json(&rows)
    } else {
        report::as_table(&rows)
    }
}
