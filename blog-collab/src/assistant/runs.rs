use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::Stop;
use super::run::{Run, RunProblem, RunState};

/// How long a run is remembered.
const KEPT: Duration = Duration::from_secs(3_600);
/// Runs that are remembered: beyond, those that ended first are forgotten.
const MOST: usize = 1_000;
/// How long nothing is heard of a run on another node until that is taken to be gone.
const SILENCE: Duration = Duration::from_secs(60);

/// The last run in each post, on this node and on others.
#[derive(Debug)]
pub(crate) struct Runs {
    known: Mutex<HashMap<PostId, Known>>,
    /// Says that something has changed.
    changed: watch::Sender<()>,
    free: Arc<Semaphore>,
    places: u32,
}

#[derive(Debug)]
struct Known {
    run: Run,
    at: Instant,
    /// Ends it, if it is here.
    stop: Option<Stop>,
}

impl Known {
    fn run(&self) -> Run {
        let mut run = self.run.clone();
        let is_lost = self.stop.is_none() && self.at.elapsed() >= SILENCE;
        if run.state == RunState::Writing && is_lost {
            let lost = Error::unavailable("its server is gone", true);
            run.problem = Some(RunProblem::from(&lost));
            run.state = RunState::Failed;
        }
        run
    }
}

impl Runs {
    /// So many runs may go on at once.
    pub(crate) fn new(places: usize) -> Self {
        let places = u32::try_from(places).unwrap_or(u32::MAX);
        let places = places.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Self {
            known: Mutex::default(),
            changed: watch::Sender::new(()),
            free: Arc::new(Semaphore::new(places as usize)),
            places,
        }
    }

    /// A place for one more run.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.free).try_acquire_owned();
        place.map_err(|_| Error::unavailable("too many assistants are writing", true))
    }

    /// Waits until no run goes on.
    pub(crate) async fn all_ended(&self) {
        let _ = self.free.acquire_many(self.places).await;
    }

    /// The last run in a post.
    pub(super) fn of(&self, post: PostId) -> Option<Run> {
        let known = self.known();
        let known = known.get(&post).filter(|it| it.at.elapsed() < KEPT);
        known.map(Known::run)
    }

    /// The last run in a post, if it is or was on this node.
    pub(super) fn here(&self, post: PostId) -> Option<Run> {
        let known = self.known();
        let known = known.get(&post).filter(|it| it.stop.is_some());
        let known = known.filter(|it| it.at.elapsed() < KEPT);
        known.map(Known::run)
    }

    /// The posts in which runs go on elsewhere, as far as is known.
    pub(super) fn elsewhere(&self) -> Vec<PostId> {
        let known = self.known();
        let elsewhere = known.iter().filter(|(_, it)| {
            let is_writing = it.run.state == RunState::Writing;
            is_writing && it.stop.is_none()
        });
        elsewhere.map(|(post, _)| *post).collect()
    }

    /// A run begins on this node.
    pub(super) fn begin(&self, post: PostId, run: Run, stop: Stop) {
        self.put(&mut self.known(), post, run, Some(stop));
    }

    /// Takes note of a run: one on another node, or what has become of one. What is older is passed over.
    pub(super) fn note(&self, post: PostId, run: Run) {
        let mut known = self.known();
        let before = known.get(&post);
        let is_old = |before: &Known| (run.turn, run.state) < (before.run.turn, before.run.state);
        if before.is_some_and(is_old) {
            return;
        }
        let before = before.filter(|it| it.run.id == run.id);
        let stop = before.and_then(|it| it.stop.clone());
        self.put(&mut known, post, run, stop);
    }

    fn put(&self, known: &mut HashMap<PostId, Known>, post: PostId, run: Run, stop: Option<Stop>) {
        let at = Instant::now();
        if known.len() >= MOST && !known.contains_key(&post) {
            known.retain(|_, it| it.at.elapsed() < KEPT);
        }
        if known.len() >= MOST && !known.contains_key(&post) {
            let ended = known.iter();
            let ended = ended.filter(|(_, it)| it.run.state != RunState::Writing);
            let oldest = ended.min_by_key(|(_, it)| it.at).map(|(post, _)| *post);
            oldest.map(|post| known.remove(&post));
        }
        known.insert(post, Known { run, at, stop });
        self.changed.send_replace(());
    }

    /// Asks this run to end, if it goes on here.
    pub(super) fn stop(&self, post: PostId, run: Uuid) {
        let known = self.known();
        let known = known.get(&post).filter(|it| it.run.id == run);
        let known = known.filter(|it| it.run.state == RunState::Writing);
        if let Some(stop) = known.and_then(|it| it.stop.as_ref()) {
            stop.notify_one();
        }
    }

    /// Sees when something has changed.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PostId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
