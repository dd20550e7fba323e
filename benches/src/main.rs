//! `blog-bench SCENARIO`: what the blog does beside what the bare engine does, in alternating
//! rounds of one run.

mod limits;
mod load;
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
    /// All of them.
    All,
}

/// How a scenario is run.
#[derive(Debug)]
struct Plan {
    rounds: usize,
    turn: Duration,
    posts: usize,
    dir: tempfile::TempDir,
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
    };
    let rows = scenarios::run(arguments.scenario, &plan)?;
    if arguments.json {
        report::as_json(&rows)
    } else {
        report::as_table(&rows)
    }
}
