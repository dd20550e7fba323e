use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use blog_core::domain::{Locale, Role};
use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

use crate::ai::{self, Ai};
use crate::config::{ByteCount, CollabBody, Database, Secret};

/// A blog: SQLite and one process, nothing to install; or PostgreSQL and any number of nodes.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(flatten)]
    pub(crate) serve: Serve,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder of the blog's data [default: ./blog-data]
    #[arg(long, env = "BLOG_DATA", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// Where posts are kept: sqlite://FILE, postgres://USER:PASSWORD@HOST/DATABASE, or memory: for
    /// `serve` [default: blog.db in the data]
    #[arg(long, env = "BLOG_DATABASE_URL", hide_env_values = true, global = true)]
    pub(crate) database_url: Option<Database>,
    /// A TOML file with the same settings; flags and the environment go before it
    #[arg(long, env = "BLOG_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until SIGTERM or Ctrl-C, then drains (the default)
    Serve,
    /// Brings in a folder of Markdown files; can be repeated
    Import(Import),
    /// Prints a token for the API
    Token(Token),
    /// Builds the search index anew
    Reindex,
    /// Compares posts, versions, events and the search index with one another
    Check,
    /// Asks the language model, or this program where it can do without
    #[command(subcommand)]
    Ai(ai::Command),
}

/// What is served, by whatever command; one copy for all, so that a flag before the command goes before the
/// environment, too.
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "BLOG_ADDR")]
    pub(crate) addr: Option<SocketAddr>,
    /// The PostgreSQL server's own address, for nodes to wake each other, if --database-url leads to
    /// PgBouncer
    #[arg(
        long,
        global = true,
        env = "BLOG_DATABASE_DIRECT_URL",
        hide_env_values = true
    )]
    pub(crate) database_direct_url: Option<Secret>,
    /// What nodes share and wake each other by: redis://USER:PASSWORD@HOST
    #[arg(long, global = true, env = "BLOG_REDIS_URL", hide_env_values = true)]
    pub(crate) redis_url: Option<Secret>,
    /// What all keys in Redis begin with: blogs that share one need different ones [default: blog:]
    #[arg(long, global = true, env = "BLOG_REDIS_PREFIX")]
    pub(crate) redis_prefix: Option<String>,
    /// How large a post that is edited live may become, encoded, such as 64MiB. Its text may then be as
    /// large [default: 8MiB, and 1 MiB of text]
    #[arg(long, global = true, env = "BLOG_MAX_DOCUMENT_BYTES")]
    pub(crate) max_document_bytes: Option<ByteCount>,
    /// What posts are while they are edited live: Markdown, or nodes for editors such as TipTap; the same
    /// for all nodes, and from the first post on [default: markdown]
    #[arg(long, global = true, env = "BLOG_COLLAB_BODY", value_enum)]
    pub(crate) collab_body: Option<CollabBody>,
    /// Address that readers use; its path is the prefix of all addresses
    #[arg(long, global = true, env = "BLOG_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,
    /// Name of the site [default: Blog]
    #[arg(long, global = true, env = "BLOG_TITLE")]
    pub(crate) title: Option<String>,
    /// What the site is about, in a sentence
    #[arg(long, global = true, env = "BLOG_DESCRIPTION")]
    pub(crate) description: Option<String>,
    /// Language of posts that name none [default: en]
    #[arg(long, global = true, env = "BLOG_LOCALE", value_parser = Locale::parse)]
    pub(crate) locale: Option<Locale>,
    #[command(flatten)]
    pub(crate) ai: Ai,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder
    pub(crate) path: PathBuf,
    /// Whose conventions the files follow
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Show the posts to readers at once, drafts excepted
    #[arg(long)]
    pub(crate) publish: bool,
}

/// A static site generator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Told from each file's front matter and name
    #[default]
    Auto,
    Zola,
    Hugo,
    Jekyll,
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

/// The name of a [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    Reader,
    Contributor,
    Author,
    Editor,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Reader => Self::Reader,
            RoleName::Contributor => Self::Contributor,
            RoleName::Author => Self::Author,
            RoleName::Editor => Self::Editor,
            RoleName::Admin => Self::Admin,
        }
    }
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
