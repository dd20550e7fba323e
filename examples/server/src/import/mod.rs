//! `import`: brings in a folder of Markdown files, as Zola, Hugo and Jekyll have them.

mod files;
mod front_matter;
mod links;
mod page;

use std::fmt;

use anyhow::{Context, Result};
use blog_core::domain::Actor;
use blog_core::services::ImportOutcome;
use blog_core::{ErrorKind, FieldError};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::task::{JoinError, JoinSet};

use crate::commands::Import;
use crate::config::{Config, WrongUse};
use crate::open::Opened;
use crate::output::print;
use crate::searchable::make_searchable;

pub(crate) use page::Page;

/// How many posts are written at once: they share flushes of the disk.
const AT_ONCE: usize = 64;

/// What an import did.
#[derive(Debug, Default, Serialize)]
struct Report {
    imported: usize,
    updated: usize,
    unchanged: usize,
    skipped: usize,
    failed: Vec<Failure>,
}

/// A file that could not be imported.
#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    error: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            imported,
            updated,
            unchanged,
            skipped,
            failed,
        } = self;
        let failed = failed.len();
        write!(
            formatter,
            "imported {imported}, updated {updated}, unchanged {unchanged}, skipped {skipped}, \
             failed {failed}"
        )
    }
}

/// Imports, prints what was done, and answers whether every file could be.
pub(crate) async fn run(config: &Config, options: &Import, json: bool) -> Result<bool> {
    if !options.path.is_dir() {
        let message = format!("{} is no folder", options.path.display());
        return Err(WrongUse(message).into());
    }
    let opened = Opened::shared(config).await?;
    let report = import(&opened, options).await?;
    make_searchable(&opened.blog).await?;
    opened.close().await;
    for Failure { file, error } in &report.failed {
        tracing::error!("{file}: {error}");
    }
    print(&report, json)?;
    Ok(report.failed.is_empty())
}

async fn import(opened: &Opened, options: &Import) -> Result<Report> {
    let read = files::Files::read(&options.path, options.format)
        .with_context(|| format!("cannot read {}", options.path.display()))?;
    let mut report = Report {
        skipped: read.skipped,
        failed: read.failed,
        ..Report::default()
    };
    let mut targets = links::Targets::default();
    for page in &read.pages {
        targets.add(&page.source, &page.aliases, page.slug());
    }
    let progress = progress(read.pages.len());
    let mut writing = JoinSet::new();
    for mut page in read.pages {
        if writing.len() == AT_ONCE {
            report.count(writing.join_next().await)?;
            progress.inc(1);
        }
        page.body = links::between_posts(&page.body, &page.source, &targets);
        let (blog, publish) = (opened.blog.clone(), options.publish);
        writing.spawn(async move {
            let importer = Actor::service("import");
            let post = page.to_post(publish);
            let result = blog.import().post(&importer, post).await;
            let explained = result.map_err(|error| explain(&page, &error));
            (page.source, explained)
        });
    }
    while !writing.is_empty() {
        report.count(writing.join_next().await)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    report
        .failed
        .sort_by(|one, other| one.file.cmp(&other.file));
    Ok(report)
}

/// A bar on standard error; nothing where that is no terminal.
fn progress(posts: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} posts, {per_sec}");
    let bar = ProgressBar::new(posts as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A file, and what became of it.
type Written = (String, Result<ImportOutcome, String>);

impl Report {
    fn count(&mut self, written: Option<Result<Written, JoinError>>) -> Result<()> {
        let Some(written) = written else {
            return Ok(());
        };
        match written? {
            (_, Ok(ImportOutcome::Created(_))) => self.imported += 1,
            (_, Ok(ImportOutcome::Updated(_))) => self.updated += 1,
            (_, Ok(ImportOutcome::Unchanged(_))) => self.unchanged += 1,
            (file, Err(error)) => self.failed.push(Failure { file, error }),
        }
        Ok(())
    }
}

/// The error, with the rules that fields break and the lines of these fields.
fn explain(page: &Page, error: &blog_core::Error) -> String {
    let ErrorKind::Invalid(fields) = error.kind() else {
        return error.to_string();
    };
    let rule = |broken: &FieldError| {
        let FieldError { field, message } = broken;
        match page.line_of(field) {
            Some(line) => format!("line {line}: {field} {message}"),
            None => format!("{field} {message}"),
        }
    };
    let rules: Vec<_> = fields.iter().map(rule).collect();
    rules.join("; ")
}
