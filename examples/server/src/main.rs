//! The reference server: `serve`, `import` and `token`.

mod commands;
mod import;
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
        Some(Command::Token(wanted)) => token::run(&arguments.data, &wanted).map(|()| true),
        None => serve::run(&arguments.data, &arguments.serve).map(|()| true),
        Some(Command::Serve(options)) => serve::run(&arguments.data, &options).map(|()| true),
        Some(Command::Import(options)) => import::run(&arguments.data, &options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // The whole chain, once, on one line.
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
