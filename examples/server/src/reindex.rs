//! `reindex`: builds the search index anew, or has the running server do it.
//!
//! The server has the index's lock. A command that finds it taken puts a request into the data
//! folder; the server does what it asks and puts an answer beside it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use blog_core::{Blog, consumers};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::Config;
use crate::open::Opened;
use crate::output::print;

/// How often the server looks for requests, and the command for its answer.
const LOOK: Duration = Duration::from_secs(1);
const REQUEST: &str = "reindex-request";
const ANSWER: &str = "reindex-answer";
const UNFINISHED: &str = "reindex-unfinished";

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    posts: usize,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    posts: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "indexed {} posts", self.posts)
    }
}

pub(crate) async fn run(config: &Config, json: bool) -> Result<bool> {
    let opened = Opened::shared(config).await?;
    let request = Request::new(&config.data);
    let posts = loop {
        match consumers::rebuild(&opened.blog).await {
            Ok(posts) => break posts,
            Err(error) if !error.is_retryable() => return Err(error.into()),
            // Another process has the lock. It may also end, and never answer.
            Err(_) => match request.ask().await? {
                Some(Answer {
                    error: Some(error), ..
                }) => bail!(error),
                Some(answer) => break answer.posts,
                None => {}
            },
        }
    };
    request.withdraw();
    opened.close().await;
    print(&Report { posts }, json)?;
    Ok(true)
}

/// A request of this process.
struct Request {
    request: PathBuf,
    answer: PathBuf,
}

impl Request {
    fn new(data: &Path) -> Self {
        let id = Uuid::new_v4().simple().to_string();
        Self {
            request: file(data, REQUEST, &id),
            answer: file(data, ANSWER, &id),
        }
    }

    /// Looks for the answer; makes the request and waits a little where there is none.
    async fn ask(&self) -> Result<Option<Answer>> {
        if let Ok(answer) = fs::read(&self.answer) {
            return Ok(Some(serde_json::from_slice(&answer)?));
        }
        // Again and again, since the server may have been started in between.
        fs::write(&self.request, "")
            .with_context(|| format!("cannot write {}", self.request.display()))?;
        tokio::time::sleep(LOOK).await;
        Ok(None)
    }

    fn withdraw(&self) {
        // What is not there need not be removed.
        let _ = fs::remove_file(&self.request);
        let _ = fs::remove_file(&self.answer);
    }
}

/// Does what commands ask of this server, until it is stopped.
pub(crate) async fn serve_requests(blog: Blog, data: PathBuf) {
    // Left by commands and servers that were killed; whoever still waits asks again.
    for prefix in [REQUEST, ANSWER, UNFINISHED] {
        for id in ids(&data, prefix) {
            let _ = fs::remove_file(file(&data, prefix, &id));
        }
    }
    loop {
        tokio::time::sleep(LOOK).await;
        let requests = ids(&data, REQUEST);
        if requests.is_empty() {
            continue;
        }
        tracing::info!("the search index is built anew, as a command asks");
        let answer = match consumers::rebuild(&blog).await {
            Ok(posts) => Answer { posts, error: None },
            Err(error) => Answer {
                posts: 0,
                error: Some(error.to_string()),
            },
        };
        for id in requests {
            if let Err(error) = give(&data, &id, &answer) {
                tracing::warn!(%error, "a command gets no answer");
            }
        }
    }
}

/// The answer appears whole, and before the request goes.
fn give(data: &Path, id: &str, answer: &Answer) -> Result<()> {
    let unfinished = file(data, UNFINISHED, id);
    fs::write(&unfinished, serde_json::to_vec(answer)?)?;
    fs::rename(unfinished, file(data, ANSWER, id))?;
    fs::remove_file(file(data, REQUEST, id))?;
    Ok(())
}

fn file(data: &Path, prefix: &str, id: &str) -> PathBuf {
    data.join(format!("{prefix}.{id}"))
}

/// The ids of the files with this prefix.
fn ids(data: &Path, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let id = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let id = name.to_str()?.strip_prefix(prefix)?.strip_prefix('.')?;
        Some(id.to_owned())
    };
    entries.filter_map(id).collect()
}
