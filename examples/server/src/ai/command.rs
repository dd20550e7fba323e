//! `ai`: asks what the API's `/ai/…` answers, from the command line.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::Serialize;
use serde_json::Value;

use super::arguments::Command;
use super::asking::answered;
use super::question::{Question, question};
use crate::config::Config;
use crate::open::Opened;
use crate::output::print;
use crate::searchable::make_searchable;
use crate::serve::told_to_stop;

/// What was answered, and how it is told people.
#[derive(Serialize)]
#[serde(transparent)]
struct Answer {
    value: Value,
    #[serde(skip)]
    told: fn(&Value) -> String,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&(self.told)(&self.value))
    }
}

/// An answer is printed whatever fails after it: it is paid for.
pub(crate) async fn run(config: &Config, command: &Command, json: bool) -> Result<bool> {
    let question = question(command)?;
    let stopped = told_to_stop()?;
    let opened = Opened::shared(config).await?;
    let done = asked(config, &opened, question, stopped, json).await;
    // Writes what calls have cost, and what was refused.
    let written = opened.blog.run(std::future::ready(())).await;
    opened.close().await;
    done?;
    written?;
    Ok(true)
}

async fn asked(
    config: &Config,
    opened: &Opened,
    question: Question,
    stopped: impl Future<Output = ()>,
    json: bool,
) -> Result<()> {
    let told = question.told;
    let value = tokio::select! {
        value = answered(config, opened, question) => value?,
        () = stopped => return Err(anyhow!("was told to stop")),
    };
    let is_kept = value.get("post").is_some();
    print(&Answer { value, told }, json)?;
    if is_kept {
        make_searchable(&opened.blog).await?;
    }
    Ok(())
}
