//! What the server is told: by flag, else by the environment, else by a TOML file, else a default.

use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};
use blog_core::domain::Locale;
use clap::ValueEnum;
use serde::Deserialize;
use url::Url;

use crate::ai::Ai;
use crate::commands::{Global, Serve};

/// Everything that was settled.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) database: Database,
    pub(crate) database_direct: Option<Secret>,
    pub(crate) redis: Option<Secret>,
    pub(crate) redis_prefix: String,
    pub(crate) max_document_bytes: Option<ByteCount>,
    pub(crate) collab_body: CollabBody,
    pub(crate) addr: SocketAddr,
    pub(crate) public_url: Option<Url>,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) locale: Locale,
    pub(crate) ai: Ai,
}

/// Where posts are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(Secret),
    Memory,
}

/// What bodies are in live documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CollabBody {
    #[default]
    Markdown,
    RichText,
}

/// A number of bytes: `4096`, `512KiB`, `64MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(crate) struct ByteCount(pub(crate) usize);

impl FromStr for ByteCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = text.find(|it: char| !it.is_ascii_digit());
        let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
        let unit = match unit {
            "" => Some(1),
            "KiB" => Some(1 << 10),
            "MiB" => Some(1 << 20),
            "GiB" => Some(1 << 30),
            _ => None,
        };
        let bytes = unit.and_then(|unit| number.parse::<usize>().ok()?.checked_mul(unit));
        let bytes = bytes.filter(|bytes| *bytes > 0);
        bytes
            .map(Self)
            .ok_or_else(|| "must be a number of bytes, such as 64MiB".to_owned())
    }
}

impl TryFrom<toml::Value> for ByteCount {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => text.parse(),
            number => number.to_string().parse(),
        }
    }
}

/// A key, or an address that may hold a password: never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Secret(pub(crate) String);

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(address: &str) -> Result<Self, Infallible> {
        Ok(Self(address.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// The lines of the TOML file; each has the name of its flag.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database_url: Option<String>,
    database_direct_url: Option<Secret>,
    redis_url: Option<Secret>,
    redis_prefix: Option<String>,
    max_document_bytes: Option<ByteCount>,
    collab_body: Option<CollabBody>,
    addr: Option<SocketAddr>,
    public_url: Option<Url>,
    title: Option<String>,
    description: Option<String>,
    locale: Option<Locale>,
    #[serde(default)]
    ai: Ai,
}

/// The command cannot be carried out as it was given: exit code 2.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

impl Config {
    pub(crate) fn settle(global: &Global, serve: Serve) -> Result<Self> {
        let file = match &global.config {
            Some(path) => read(path)?,
            None => File::default(),
        };
        let data = global.data.clone().or(file.data);
        let data = data.unwrap_or_else(|| PathBuf::from("./blog-data"));
        let from_file = file.database_url.as_deref().map(Database::from_str);
        let from_file = from_file.transpose().map_err(WrongUse)?;
        let database = global.database_url.clone().or(from_file);
        Ok(Self {
            database: database.unwrap_or_else(|| Database::Sqlite(data.join("blog.db"))),
            data,
            database_direct: serve.database_direct_url.or(file.database_direct_url),
            redis: serve.redis_url.or(file.redis_url),
            redis_prefix: serve
                .redis_prefix
                .or(file.redis_prefix)
                .unwrap_or_else(|| "blog:".to_owned()),
            max_document_bytes: serve.max_document_bytes.or(file.max_document_bytes),
            collab_body: serve.collab_body.or(file.collab_body).unwrap_or_default(),
            addr: serve
                .addr
                .or(file.addr)
                .unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 3000).into()),
            public_url: serve.public_url.or(file.public_url),
            title: serve
                .title
                .or(file.title)
                .unwrap_or_else(|| "Blog".to_owned()),
            description: serve.description.or(file.description),
            locale: serve.locale.or(file.locale).unwrap_or_default(),
            ai: serve.ai.or(file.ai),
        })
    }
}

fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path)
        .with_context(|| WrongUse(format!("cannot read {}", path.display())))?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| format!(", line {}", before.matches('\n').count() + 1));
        let (path, line, wrong) = (path.display(), line.unwrap_or_default(), wrong(&error));
        WrongUse(format!("{path}{line}: {wrong}")).into()
    })
}

/// What is wrong with a file, without the value that is: it may be a key.
fn wrong(error: &toml::de::Error) -> String {
    // As serde words it, and after a colon the crate url.
    const WITH_VALUE: [&str; 3] = ["invalid type: ", "invalid value: ", "unknown variant "];
    let message = error.message();
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if WITH_VALUE.iter().any(|it| message.starts_with(it)) => {
            format!("expected {expected}")
        }
        _ => match message.split_once(": \"") {
            Some((wrong, _)) => wrong.to_owned(),
            None => message.to_owned(),
        },
    }
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", server)) if !server.is_empty() => {
                Ok(Self::Postgres(Secret(text.to_owned())))
            }
            _ => Err("must be sqlite://FILE, postgres://… or memory:".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CollabBody, Config, Database};
    use crate::commands::Arguments;
    use clap::Parser;

    fn settle(arguments: &[&str], file: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("blog.toml");
        std::fs::write(&path, file)?;
        let arguments = Arguments::parse_from(
            ["blog-server", "--config"]
                .into_iter()
                .chain([path.to_str().unwrap_or_default()])
                .chain(arguments.iter().copied()),
        );
        Config::settle(&arguments.global, arguments.serve)
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = "title = \"File\"\naddr = \"127.0.0.1:1\"\nlocale = \"pt-BR\"\n";
        let config = settle(&["--title", "Flag"], file).unwrap();
        assert_eq!(config.title, "Flag");
        assert_eq!(config.addr.port(), 1);
        assert_eq!(config.locale.as_str(), "pt-BR");
        assert_eq!(config.data.to_str(), Some("./blog-data"));
        let database = Database::Sqlite("./blog-data/blog.db".into());
        assert_eq!(config.database, database);
    }

    #[test]
    fn an_unknown_setting_is_named_with_its_line() {
        let error = settle(&[], "\ncolour = 1\n").unwrap_err().to_string();
        assert!(
            error.contains("line 2") && error.contains("colour"),
            "{error}"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_without_its_values() {
        for wrong in [
            "openai_api_keys = \"sk-marked\"",
            "openai_api_key = [\"sk-marked\"]",
            "openai_api_key = \"sk-marked",
            "openai_api_key = sk-marked",
            "openai_api_key = \"sk-marked\" x",
            "openai_dialect = \"sk-marked\"",
            "openai_api_key = \"sk-marked\"\nopenai_api_key = \"sk-marked\"",
        ] {
            let error = settle(&[], &format!("[ai]\n{wrong}\n")).unwrap_err();
            let (told, whole) = (error.to_string(), format!("{error:#} {error:?}"));
            assert!(!whole.contains("marked"), "{wrong}: {whole}");
            assert!(told.contains(", line "), "{wrong}: {told}");
        }
        for wrong in [
            "ai = \"sk-marked\"",
            "collab_body = \"sk-marked\"",
            "redis_url = { url = \"sk-marked\" }",
            "database_url = [\"sk-marked\"]",
            "public_url = \"sk-marked\"",
            "addr = \"sk-marked\"",
            "locale = \"sk marked!\"",
            "max_document_bytes = \"sk-marked\"",
        ] {
            let error = settle(&[], wrong).unwrap_err();
            let whole = format!("{error:#} {error:?}");
            assert!(!whole.contains("marked"), "{wrong}: {whole}");
        }
    }

    #[test]
    fn a_flag_before_the_command_is_the_same_as_one_behind_it() {
        let config = settle(&["--title", "Flag", "--ai-disclosure", "serve"], "").unwrap();
        assert_eq!(config.title, "Flag");
        assert!(config.ai.is_disclosed());
        let config = settle(&["serve", "--title", "Flag"], "").unwrap();
        assert_eq!(config.title, "Flag");
    }

    #[test]
    fn a_number_of_bytes_has_a_unit_or_none() {
        let bytes = |file: &str| {
            let config = settle(&[], file).unwrap();
            config.max_document_bytes.map(|bytes| bytes.0)
        };
        assert_eq!(bytes(""), None);
        assert_eq!(bytes("max_document_bytes = 4096"), Some(4_096));
        assert_eq!(bytes("max_document_bytes = \"64MiB\""), Some(64 << 20));
        for wrong in ["\"64MB\"", "\"MiB\"", "0", "-1", "1.5", "true"] {
            let error = settle(&[], &format!("max_document_bytes = {wrong}"));
            assert!(error.unwrap_err().to_string().contains("64MiB"), "{wrong}");
        }
    }

    #[test]
    fn bodies_are_markdown_or_rich_text() {
        let body = |arguments: &[&str], file: &str| settle(arguments, file).unwrap().collab_body;
        assert_eq!(body(&[], ""), CollabBody::Markdown);
        let file = "collab_body = \"rich-text\"";
        assert_eq!(body(&[], file), CollabBody::RichText);
        let flag = ["--collab-body", "markdown"];
        assert_eq!(body(&flag, file), CollabBody::Markdown);
        assert!(settle(&[], "collab_body = \"html\"").is_err());
    }

    #[test]
    fn a_database_that_cannot_be_used_is_refused() {
        for url in ["postgres://", "sqlite://", "mysql://a", "blog.db"] {
            let file = format!("database_url = \"{url}\"");
            assert!(settle(&[], &file).is_err(), "{url}");
        }
    }
}
