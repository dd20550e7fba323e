//! `import`: brings in a folder of Markdown files with TOML front matter, as Zola has them.

mod links;
mod page;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use blog_core::Blog;
use blog_core::domain::Actor;
use blog_core::services::ImportOutcome;
use blog_storage_sqlite::SqliteStorage;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::commands::Import;
use page::Page;

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

#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    error: String,
}

/// Imports, prints what was done, and answers whether every file could be.
pub(crate) fn run(data: &Path, options: &Import) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(import(data, options))?;
    for Failure { file, error } in &report.failed {
        tracing::error!("{file}: {error}");
    }
    let mut out = std::io::stdout();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let Report {
            imported,
            updated,
            unchanged,
            skipped,
            failed,
        } = &report;
        let failed = failed.len();
        writeln!(
            out,
            "imported {imported}, updated {updated}, unchanged {unchanged}, skipped {skipped}, \
             failed {failed}"
        )?;
    }
    Ok(report.failed.is_empty())
}

async fn import(data: &Path, options: &Import) -> Result<Report> {
    let mut report = Report::default();
    let pages = read(&options.path, &mut report)?;
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let storage = SqliteStorage::open(data.join("blog.db"))
        .await
        .with_context(|| format!("cannot open the blog in {}", data.display()))?;
    let blog = Blog::builder(storage.clone()).build();

    let slugs: BTreeMap<_, _> = pages
        .iter()
        .map(|page| (page.source.clone(), page.slug()))
        .collect();
    let mut writing = JoinSet::new();
    for mut page in pages {
        if writing.len() == AT_ONCE {
            count(writing.join_next().await, &mut report)?;
        }
        page.body = links::between_posts(&page.body, &page.source, &slugs);
        let (blog, publish) = (blog.clone(), options.publish);
        writing.spawn(async move {
            let source = page.source.clone();
            let post = page.into_post(publish);
            (
                source,
                blog.import().post(&Actor::service("import"), post).await,
            )
        });
    }
    while !writing.is_empty() {
        count(writing.join_next().await, &mut report)?;
    }
    storage.close().await;
    report
        .failed
        .sort_by(|one, other| one.file.cmp(&other.file));
    Ok(report)
}

type Written = (String, blog_core::Result<ImportOutcome>);

fn count(
    written: Option<Result<Written, tokio::task::JoinError>>,
    report: &mut Report,
) -> Result<()> {
    let Some(written) = written else {
        return Ok(());
    };
    match written? {
        (_, Ok(ImportOutcome::Created(_))) => report.imported += 1,
        (_, Ok(ImportOutcome::Updated(_))) => report.updated += 1,
        (_, Ok(ImportOutcome::Unchanged(_))) => report.unchanged += 1,
        (file, Err(error)) => report.failed.push(Failure {
            file,
            error: error.to_string(),
        }),
    }
    Ok(())
}

/// Every page below a folder; files that cannot be read are in the report.
fn read(root: &Path, report: &mut Report) -> Result<Vec<Page>> {
    let mut files = Vec::new();
    find(root, &mut files).with_context(|| format!("cannot read {}", root.display()))?;
    files.sort();
    let mut pages = Vec::new();
    for file in files {
        let source = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        match text.and_then(|text| Page::read(&source, &text)) {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => report.skipped += 1,
            Err(error) => report.failed.push(Failure {
                file: source,
                error,
            }),
        }
    }
    Ok(pages)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if entry.file_type()?.is_dir() {
            find(&path, files)?;
        } else if matches!(extension, Some("md" | "markdown")) {
            files.push(path);
        }
    }
    Ok(())
}
