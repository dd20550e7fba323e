//! Commits of other processes: each changes the write-ahead log's file, and to ask the file costs less
//! than to ask the database.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use blog_core::domain::Seq;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_millis(100);

/// Hears of what other processes have committed.
#[derive(Debug, Clone)]
pub(crate) struct Notices {
    heard: watch::Receiver<u64>,
    written: Written,
}

impl Notices {
    /// Watches the write-ahead log of this database, on the runtime of the caller; ends with its last
    /// clone.
    pub(crate) fn start(database: &Path) -> Self {
        let (hear, heard) = watch::channel(0);
        let written = Written {
            wal: wal(database).into(),
            state: Arc::default(),
        };
        tokio::spawn(listen(written.clone(), hear));
        Self { heard, written }
    }

    /// Rises with what is heard.
    pub(crate) fn heard(&self) -> watch::Receiver<u64> {
        self.heard.clone()
    }

    /// Where the writer notes what it writes itself.
    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }
}

/// Beside the file itself, not beside a link to it.
fn wal(database: &Path) -> PathBuf {
    let database = database.canonicalize();
    let mut wal = database.unwrap_or_default().into_os_string();
    wal.push("-wal");
    wal.into()
}

async fn listen(written: Written, hear: watch::Sender<u64>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        tokio::select! {
            () = hear.closed() => return,
            _ = ticks.tick() => {}
        }
        let now = Stamp::of(&written.wal);
        let mut state = written.state();
        let by_others = now != last && now != state.wal;
        if mem::take(&mut state.has_grown) || by_others {
            hear.send_modify(|heard| *heard += 1);
        }
        last = now;
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
    /// transaction: who commits between two of them, and is gone from the file's state, is found so.
    pub(crate) fn note(&self, end: Seq) {
        let now = Stamp::of(&self.wal);
        let mut state = self.state();
        state.has_grown |= end > state.end;
        state.end = end;
        state.wal = now;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file's state. Two writes within one tick of the kernel's clock may leave the same.
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
