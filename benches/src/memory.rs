//! What this process has in memory.

use anyhow::{Context, Result};
use cap::Cap;
use mimalloc::MiMalloc;

/// The reference server's, with a count that costs both sides the same: what the system has given a process
/// says little of one thing in it, after others have come and gone.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// What is allocated and not given back, in bytes. An engine that is written in C is not counted.
pub(crate) fn allocated_bytes() -> usize {
    ALLOCATOR.allocated()
}

/// What the system has given it, in bytes. Source: `proc(5)`, `statm`.
pub(crate) fn resident_bytes() -> Result<usize> {
    const PAGE: usize = 4_096;
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let resident = pages.split_whitespace().nth(1).context("no such field")?;
    Ok(resident.parse::<usize>()? * PAGE)
}
