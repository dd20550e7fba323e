use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::commands::Format;

use super::Failure;
use super::page::Page;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) pages: Vec<Page>,
    /// Files that are no posts.
    pub(super) skipped: usize,
    pub(super) failed: Vec<Failure>,
}

impl Files {
    /// Reads every Markdown file below a folder, in the order of their paths.
    ///
    /// # Errors
    /// The folder itself cannot be read.
    pub(super) fn read(root: &Path, format: Format) -> io::Result<Self> {
        let mut paths = Vec::new();
        find(root, &mut paths)?;
        paths.sort();
        let mut files = Self::default();
        for path in paths {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let source = below.to_string_lossy().into_owned();
            match text_of(&path).and_then(|text| Page::read(&source, &text, format)) {
                Ok(Some(page)) => files.pages.push(page),
                Ok(None) => files.skipped += 1,
                Err(error) => files.failed.push(Failure {
                    file: source,
                    error,
                }),
            }
        }
        Ok(files)
    }
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if entry.file_type()?.is_dir() {
            find(&path, paths)?;
        } else if matches!(extension, Some("md" | "markdown" | "mdx")) {
            paths.push(path);
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line}: the text is not UTF-8")
    })
}
