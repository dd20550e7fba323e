//! Settings as tests give them.

use clap::Parser;

use super::Ai;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    ai: Ai,
}

/// What these flags say, and where they say nothing, this file.
pub(super) fn given(flags: &[&str], file: &str) -> Ai {
    let flags = Arguments::parse_from(["blog-server"].iter().chain(flags));
    flags.ai.or(toml::from_str(file).unwrap())
}
