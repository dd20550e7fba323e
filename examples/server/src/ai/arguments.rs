//! What may be asked from the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lets the model write a post
    Generate(Generate),
    /// Says what a text says
    Summarize(Summarize),
    /// Says how a text feels
    Sentiment(Look),
    /// Says what a text could say to search engines
    Seo(Look),
    /// Suggests titles, topics, links and tags for a text
    Suggest(Suggest),
    /// Lets the model translate a text
    Translate(Translate),
    /// Lets the model word a text's paragraphs anew
    Rewrite(Rewrite),
    /// Lets the model shorten a text's paragraphs
    Shorten(Shorten),
    /// Proposes what a text's pictures say to those who do not see them
    AltText(AltText),
    /// Says what a comment is
    Moderate(Moderate),
    /// Sums up what models have cost in the last 30 days
    Usage,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Generate {
    /// What it is about
    topic: String,
    /// Such as article; a name that is not known is answered with those that are
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<String>,
    /// Such as neutral
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<String>,
    /// Such as medium
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<String>,
    /// Whom it is for
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    /// Its language [default: the blog's]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// A word that it should contain; may be repeated
    #[arg(long = "keyword")]
    keywords: Vec<String>,
    /// A file that it is to draw from; - is standard input; may be repeated
    #[arg(long = "source", value_name = "FILE")]
    #[serde(skip)]
    pub(super) sources: Vec<PathBuf>,
    /// Make an outline first
    #[arg(long)]
    outline: bool,
    /// Whose draft it is: a name, whose slug is the id, as for `token` [default: Command line]
    #[arg(long = "as", value_name = "NAME")]
    #[serde(skip)]
    pub(super) author: Option<String>,
    /// Keep it as a draft
    #[arg(long = "draft")]
    #[serde(rename = "save_as_draft")]
    draft: bool,
}

/// What is asked about.
#[derive(Debug, Args)]
pub(crate) struct Text {
    /// A Markdown file; - is standard input
    #[arg(required_unless_present = "post", conflicts_with = "post")]
    pub(super) file: Option<PathBuf>,
    /// A post's id, in place of a file
    #[arg(long)]
    pub(super) post: Option<String>,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Look {
    #[command(flatten)]
    #[serde(skip)]
    pub(super) text: Text,
    /// Answer without the model where it fails
    #[arg(long)]
    fall_back: bool,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Summarize {
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) look: Look,
    /// 1 to 20 [default: 3]
    #[arg(long)]
    sentences: Option<usize>,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Suggest {
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) look: Look,
    /// What is wanted; may be repeated [default: all of it]
    #[arg(long = "kind", value_enum)]
    kinds: Vec<Kind>,
    /// At most so many of each: 1 to 20 [default: 5]
    #[arg(long)]
    count: Option<usize>,
}

/// What can be suggested.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Titles,
    Topics,
    Links,
    Tags,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Translate {
    #[command(flatten)]
    #[serde(skip)]
    pub(super) text: Text,
    /// The language, such as de
    #[arg(long)]
    to: String,
    /// Whose draft it is, as for `generate`
    #[arg(long = "as", value_name = "NAME")]
    #[serde(skip)]
    pub(super) author: Option<String>,
    /// Keep a post's translation as a draft
    #[arg(long = "draft")]
    #[serde(rename = "save_as_draft")]
    draft: bool,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Rewrite {
    #[command(flatten)]
    #[serde(skip)]
    pub(super) text: Text,
    /// What is wanted of the wording
    #[arg(long)]
    instruction: Option<String>,
    /// Such as article [default: the text's own]
    #[arg(long)]
    style: Option<String>,
    /// Such as neutral [default: the text's own]
    #[arg(long)]
    tone: Option<String>,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Shorten {
    #[command(flatten)]
    #[serde(skip)]
    pub(super) text: Text,
    /// So many words
    #[arg(long, conflicts_with = "share")]
    to: Option<u32>,
    /// The share of the words that is to be left, from 0.1 to 0.9 [default: 0.5]
    #[arg(long)]
    share: Option<f64>,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct AltText {
    #[command(flatten)]
    #[serde(skip)]
    pub(super) text: Text,
    /// The address of one of its pictures, as it stands there [default: all of them]
    #[arg(long)]
    image: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Moderate {
    /// A file with the comment; - is standard input
    pub(super) file: PathBuf,
}
