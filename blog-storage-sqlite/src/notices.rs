//! Commits of other processes: each changes the write-ahead log's file, and to ask the file costs less
//! than to ask the database.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use blog_core::domain::Seq;
use tokio::sync::watch;

const EVERY: Duration = Duration::from_millis(100);
/// The file changes before its commit is there to be read: so often it is looked at once more.
const SETTLES: u8 = 3;

/// Hears of what other processes have committed.
#[derive(Debug, Clone)]
pub(crate) struct Notices {
    heard: Option<watch::Receiver<u64>>,
    written: Written,
}

impl Notices {
    /// Watches the write-ahead log of this database, if it is a file; ends with its last clone.
    pub(crate) fn start(database: &Path) -> Self {
        let wal = wal(database);
        let written = Written {
            wal: wal.clone().unwrap_or_default().into(),
            state: Arc::default(),
        };
        let heard = wal.and_then(|_| {
            let (hear, heard) = watch::channel(0);
            let listening = written.clone();
            // A thread: a runtime's timer would wake it and its workers several times for each look.
            let thread = thread::Builder::new().name("sqlite-notices".to_owned());
            let started = thread.spawn(move || listen(&listening, &hear));
            started.is_ok().then_some(heard)
        });
        Self { heard, written }
    }

    /// Rises with what is heard, if anything can be.
    pub(crate) fn heard(&self) -> Option<watch::Receiver<u64>> {
        self.heard.clone()
    }

    /// Where the writer notes what it writes itself.
    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }
}

/// Beside the file itself, not beside a link to it. None, if the name is a URI's or memory's.
fn wal(database: &Path) -> Option<PathBuf> {
    let mut wal = database.canonicalize().ok()?.into_os_string();
    wal.push("-wal");
    Some(wal.into())
}

fn listen(written: &Written, hear: &watch::Sender<u64>) {
    let mut last = None;
    let mut unsettled = 0;
    while !hear.is_closed() {
        thread::sleep(EVERY);
        let now = Stamp::of(&written.wal);
        let has_changed = now != last;
        last = now;
        let (has_grown, is_own) = written.take(now);
        unsettled = if has_changed {
            SETTLES
        } else {
            unsettled.saturating_sub(1)
        };
        // Once nothing changes any more, whoever committed beside this process's last write is heard, too.
        let may_be_others = unsettled > 0 && !(has_changed && is_own);
        if has_grown || may_be_others {
            hear.send_modify(|heard| *heard += 1);
        }
    }
}

/// What the writer of this process has written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    wal: Arc<Path>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The write-ahead log as the writer left it.
    wal: Option<Stamp>,
    /// Where the event log ended then.
    end: Seq,
    has_grown: bool,
}

impl Written {
    /// Notes that something was written that is no event, and where the event log ended in that
    /// transaction: what others committed since the last note is found so.
    pub(crate) fn note(&self, end: Seq) {
        let now = Stamp::of(&self.wal);
        let mut state = self.state();
        state.has_grown |= end > state.end;
        state.end = end;
        state.wal = now;
    }

    /// Whether events were found between two notes, and whether the writer left the file like this.
    fn take(&self, wal: Option<Stamp>) -> (bool, bool) {
        let mut state = self.state();
        (std::mem::take(&mut state.has_grown), state.wal == wal)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file's state. Two writes within one tick of the kernel's clock may leave the same: then the log is
/// read a [poll](blog_core::BlogOptions::poll_interval) later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Stamp {
    fn of(file: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(file).ok()?;
        Some(Self {
            modified: metadata.modified().ok()?,
            length: metadata.len(),
        })
    }
}
