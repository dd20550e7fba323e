//! The reference server: `serve`, `import`, `token`, `reindex`, `check` and `ai`.

mod ai;
mod check;
mod commands;
mod config;
mod connections;
mod import;
mod key;
mod open;
mod output;
mod reindex;
mod searchable;
mod serve;
mod sign_in;
mod token;
mod welcome;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use commands::{Arguments, Command};
use config::{Config, WrongUse};

/// Requests allocate a lot that lives briefly, in every thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .init();
    match run(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // The whole chain, once, on one line.
            tracing::error!("{error:#}");
            match error.downcast_ref::<WrongUse>() {
                Some(_) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}

/// Carries the command out, and answers whether all of it could be done.
fn run(arguments: Arguments) -> Result<bool> {
    let Arguments {
        global,
        serve,
        command,
    } = arguments;
    let config = Config::settle(&global, serve)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let json = global.json;
    runtime.block_on(async {
        match command {
            None | Some(Command::Serve) => serve::run(&config, json).await,
            Some(Command::Import(options)) => import::run(&config, &options, json).await,
            Some(Command::Token(wanted)) => token::run(&config, &wanted, json),
            Some(Command::Reindex) => reindex::run(&config, json).await,
            Some(Command::Check) => check::run(&config, json).await,
            Some(Command::Ai(command)) => ai::run(&config, &command, json).await,
        }
    })
}
