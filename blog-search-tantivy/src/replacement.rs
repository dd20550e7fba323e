//! Which generation is in use. Each has a numbered directory; the file `current` names one. A new
//! one is filled beside it, and a rename puts it in place, so that a crash leaves the old one.

use std::fs::{self, File};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tantivy::directory::{Directory, DirectoryLock, INDEX_WRITER_LOCK, MmapDirectory};

use crate::config::TantivyConfig;
use crate::error::{IndexError, Result};
use crate::generation::Generation;

const CURRENT: &str = "current";

/// Opens what the directory holds. What cannot be used is left for a new, empty generation.
pub(crate) fn open(config: &TantivyConfig) -> Result<Generation> {
    let Some(dir) = &config.dir else {
        return Generation::create(None, 0, config.writer_memory);
    };
    fs::create_dir_all(dir)?;
    let current = current(dir)?;
    if let Some(number) = current {
        match open_numbered(dir, number, config.writer_memory) {
            Ok(generation) => {
                if let Ok(_lock) = lock(dir) {
                    sweep(dir, number);
                }
                return Ok(generation);
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                generation = number,
                "the search index cannot be used and is rebuilt"
            ),
        }
    }
    let _lock = lock(dir)?;
    // Somebody else may have put one in place before the lock was free.
    if let Some(number) = self::current(dir)?.filter(|number| Some(*number) != current) {
        return open_numbered(dir, number, config.writer_memory);
    }
    let number = next(dir, current.unwrap_or(0));
    let created = Generation::create(
        Some(dir.join(number.to_string())),
        number,
        config.writer_memory,
    )?;
    put_in_place(dir, number)?;
    sweep(dir, number);
    Ok(created)
}

/// Opens one generation; damaged files must not end the program.
pub(crate) fn open_numbered(dir: &Path, number: u64, memory: usize) -> Result<Generation> {
    let dir = dir.join(number.to_string());
    catch_unwind(AssertUnwindSafe(|| Generation::open(&dir, number, memory)))
        .unwrap_or(Err(IndexError::Damaged("its files make no sense")))
}

/// The right to write, for as long as it is kept; the system takes it from the dead.
pub(crate) fn lock(dir: &Path) -> Result<DirectoryLock> {
    let directory = MmapDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
    let lock = directory.acquire_lock(&INDEX_WRITER_LOCK);
    lock.map_err(|error| IndexError::Locked(Some(Box::new(error))))
}

/// The number of the generation in use.
pub(crate) fn current(dir: &Path) -> Result<Option<u64>> {
    match fs::read_to_string(dir.join(CURRENT)) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A number that no directory has.
pub(crate) fn next(dir: &Path, after: u64) -> u64 {
    numbered(dir).into_iter().max().unwrap_or(0).max(after) + 1
}

/// Makes a generation the one in use.
pub(crate) fn put_in_place(dir: &Path, number: u64) -> Result<()> {
    let temporary = dir.join("current.new");
    let mut file = File::create(&temporary)?;
    writeln!(file, "{number}")?;
    file.sync_all()?;
    fs::rename(&temporary, dir.join(CURRENT))?;
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(())
}

/// Removes every generation but one. What cannot be removed now is removed later.
pub(crate) fn sweep(dir: &Path, kept: u64) {
    for number in numbered(dir).into_iter().filter(|number| *number != kept) {
        if let Err(error) = fs::remove_dir_all(dir.join(number.to_string())) {
            tracing::debug!(%error, number, "an old search index stays for now");
        }
    }
}

fn numbered(dir: &Path) -> Vec<u64> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}
