//! The result of a command, alone on standard output.

use std::fmt::Display;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;

/// Prints a result for people, or as JSON.
pub(crate) fn print<T: Serialize + Display>(result: &T, json: bool) -> Result<()> {
    let mut out = std::io::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(result)?)?;
    } else {
        writeln!(out, "{result}")?;
    }
    Ok(())
}
