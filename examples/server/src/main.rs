//! The reference server: `blog-server` serves, `blog-server token` makes tokens.

mod commands;
mod key;
mod serve;
mod token;

use std::process::ExitCode;

use clap::Parser;

use commands::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .init();
    let result = match arguments.command {
        Some(Command::Token(wanted)) => token::run(&arguments.data, &wanted),
        None => serve::run(&arguments.data, &arguments.serve),
        Some(Command::Serve(options)) => serve::run(&arguments.data, &options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain, once, on one line.
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
