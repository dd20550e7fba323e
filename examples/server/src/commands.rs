use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

/// A blog: SQLite, one process, nothing to install.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Folder of the blog's data
    #[arg(long, env = "BLOG_DATA", default_value = "./blog-data", global = true)]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) serve: Serve,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until SIGTERM or Ctrl-C, then drains (the default)
    Serve(Serve),
    /// Brings in a folder of Markdown files with TOML front matter (Zola); can be repeated
    Import(Import),
    /// Prints a token for the API
    Token(Token),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, env = "BLOG_ADDR", default_value = "127.0.0.1:3000")]
    pub(crate) addr: SocketAddr,
    /// Address that readers use; its path is the prefix of all addresses
    #[arg(long, env = "BLOG_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder
    pub(crate) path: PathBuf,
    /// Show the posts to readers at once, drafts excepted
    #[arg(long)]
    pub(crate) publish: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// What the token's bearer may do
    #[arg(long)]
    pub(crate) role: RoleName,
    /// Their name
    #[arg(long)]
    pub(crate) name: String,
    /// Their id; without it, the slug of the name
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// How long the token holds: a number and s, m, h or d
    #[arg(long, default_value = "12h", value_parser = duration)]
    pub(crate) ttl: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    Reader,
    Contributor,
    Author,
    Editor,
    Admin,
}

fn duration(text: &str) -> Result<Duration, String> {
    let refused = || "must be a number and s, m, h or d, such as 12h".to_owned();
    let unit = text.chars().last().ok_or_else(refused)?;
    let number: u64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .map_err(|_| refused())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refused()),
    };
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(refused)
}
