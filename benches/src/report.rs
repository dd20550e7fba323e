use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::load::median;

/// One figure and its limit.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    scenario: &'static str,
    case: String,
    unit: &'static str,
    ours: f64,
    limit: f64,
    /// Higher is better, whatever the unit.
    ratio: f64,
}

impl Row {
    /// A figure of which more is better, such as posts a second.
    pub(crate) fn rate(
        scenario: &'static str,
        case: impl Into<String>,
        unit: &'static str,
        ours: Vec<f64>,
        limit: Vec<f64>,
    ) -> Self {
        let (ours, limit) = (median(ours), median(limit));
        Self {
            scenario,
            case: case.into(),
            unit,
            ours,
            limit,
            ratio: ours / limit,
        }
    }

    /// A figure of which less is better, in milliseconds.
    pub(crate) fn time(
        scenario: &'static str,
        case: impl Into<String>,
        ours: Vec<f64>,
        limit: Vec<f64>,
    ) -> Self {
        Self::less(scenario, case.into(), "ms", median(ours), median(limit))
    }

    /// A figure of which less is better, in units of 1,024 bytes.
    pub(crate) fn size(
        scenario: &'static str,
        case: impl Into<String>,
        ours: usize,
        limit: usize,
    ) -> Self {
        let kilobytes = |bytes: usize| bytes as f64 / 1_024.0;
        let (ours, limit) = (kilobytes(ours), kilobytes(limit));
        Self::less(scenario, case.into(), "KB", ours, limit)
    }

    fn less(
        scenario: &'static str,
        case: String,
        unit: &'static str,
        ours: f64,
        limit: f64,
    ) -> Self {
        Self {
            scenario,
            case,
            unit,
            ours,
            limit,
            ratio: limit / ours,
        }
    }
}

pub(crate) fn as_json(rows: &[Row]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, rows)?;
    writeln!(out)?;
    Ok(())
}

pub(crate) fn as_table(rows: &[Row]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:<12} {:<24} {:>12} {:>12} {:>7}  unit",
        "scenario", "case", "ours", "limit", "ratio"
    )?;
    for row in rows {
        writeln!(
            out,
            "{:<12} {:<24} {:>12.2} {:>12.2} {:>7.2}  {}",
            row.scenario, row.case, row.ours, row.limit, row.ratio, row.unit
        )?;
    }
    Ok(())
}
