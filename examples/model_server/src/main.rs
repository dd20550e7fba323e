//! Serves the stand-in until Ctrl-C.

use std::io::{Write, stdout};
use std::time::Duration;

use anyhow::Result;
use blog_model_server::{Options, StandIn};
use clap::Parser;
use tokio::signal::ctrl_c;

/// A stand-in for a language model's server. It has no model, and its answers say so.
///
/// A request that says `stand-in:429` gets that status; the other words are: cut, reset, stall, endless,
/// refuse, length, filter, empty, half-json, wrong-json, too-long, overloaded, broken.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: String,
    /// The only key that it takes; it takes any without.
    #[arg(long)]
    key: Option<String>,
    /// Milliseconds before each piece of an answer.
    #[arg(long, default_value_t = 30)]
    pause: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut options = Options::default();
    options.listen = arguments.listen;
    options.key = arguments.key;
    options.pause = Duration::from_millis(arguments.pause);
    let server = StandIn::start(options).await?;
    let mut out = stdout();
    let (openai, anthropic) = (server.openai_url(), server.anthropic_url());
    writeln!(out, "OPENAI_BASE_URL={openai} OPENAI_MODEL=stand-in")?;
    writeln!(
        out,
        "ANTHROPIC_BASE_URL={anthropic} ANTHROPIC_MODEL=stand-in"
    )?;
    ctrl_c().await?;
    Ok(())
}
