//! `check`: compares what is stored with itself.

use std::fmt;

use anyhow::Result;
use blog_core::domain::Actor;
use blog_core::services::CheckReport;
use serde::Serialize;

use crate::config::Config;
use crate::open::{Kept, Opened};
use crate::output::print;

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    blog: CheckReport,
    /// What the database finds wrong with its own file.
    database: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CheckReport {
            posts,
            versions,
            events,
            indexed,
            problems,
            ..
        } = &self.blog;
        let problems = problems + self.database.len();
        write!(
            formatter,
            "checked {posts} posts, {versions} versions, {events} events, {indexed} posts in the \
             index: {problems} problems"
        )
    }
}

pub(crate) async fn run(config: &Config, json: bool) -> Result<bool> {
    let opened = Opened::shared(config).await?;
    let database = match &opened.kept {
        Kept::Sqlite(storage) => storage.integrity_check().await?,
        Kept::Postgres(_) | Kept::Memory => vec![],
    };
    let blog = opened.blog.check(&Actor::service("check")).await?;
    opened.close().await;
    for finding in &blog.findings {
        match &finding.post {
            Some(post) => tracing::error!("post {post}: {}", finding.problem),
            None => tracing::error!("{}", finding.problem),
        }
    }
    for problem in &database {
        tracing::error!("database: {problem}");
    }
    let report = Report { blog, database };
    print(&report, json)?;
    Ok(report.blog.problems == 0 && report.database.is_empty())
}
