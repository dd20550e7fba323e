use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::domain::{EventKind, PostId, Seq};

/// Posts share this many places: an event of one makes the others of its place be read again.
const PLACES: usize = 4096;
/// After this long without a look at the log, nothing remembered counts as current.
const TRUSTED: Duration = Duration::from_secs(30);

/// Which event last touched what.
#[derive(Debug)]
pub(crate) struct Freshness {
    of_posts: Box<[AtomicU64]>,
    of_readers: AtomicU64,
    /// Every event up to here has been noted.
    noted: AtomicU64,
    begun: Instant,
    /// Milliseconds after `begun` until which the log is known well enough.
    trusted_until: AtomicU64,
    hasher: RandomState,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            of_posts: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            of_readers: AtomicU64::new(0),
            noted: AtomicU64::new(0),
            begun: Instant::now(),
            trusted_until: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }
}

impl Freshness {
    /// Notes an event.
    pub(crate) fn note(&self, seq: Seq, kind: EventKind, post: PostId) {
        self.place(post).fetch_max(seq.0, Ordering::SeqCst);
        if is_seen_by_readers(kind) {
            self.of_readers.fetch_max(seq.0, Ordering::SeqCst);
        }
    }

    /// Says that every event up to `seq` has been noted, and that the log had no more just now.
    pub(crate) fn follow(&self, seq: Seq, at_end: bool) {
        self.noted.fetch_max(seq.0, Ordering::SeqCst);
        if at_end {
            let until = self.begun.elapsed() + TRUSTED;
            let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
            self.trusted_until.store(until, Ordering::SeqCst);
        }
    }

    /// Gives up everything from before `seq`: what happened until then is not known.
    pub(crate) fn begin_at(&self, seq: Seq) {
        for place in &self.of_posts {
            place.fetch_max(seq.0, Ordering::SeqCst);
        }
        self.of_readers.fetch_max(seq.0, Ordering::SeqCst);
        self.follow(seq, true);
    }

    /// Up to where the log is known: what is read from now on contains it.
    pub(crate) fn noted(&self) -> Seq {
        Seq(self.noted.load(Ordering::SeqCst))
    }

    /// Whether somebody follows the log.
    pub(crate) fn is_trusted(&self) -> bool {
        let now = self.begun.elapsed().as_millis();
        now < u128::from(self.trusted_until.load(Ordering::Relaxed))
    }

    /// The last event of the post, or of one that shares its place.
    pub(crate) fn last_change_of(&self, post: PostId) -> Seq {
        Seq(self.place(post).load(Ordering::SeqCst))
    }

    /// The last event that changed what readers see.
    pub(crate) fn last_change(&self) -> Seq {
        Seq(self.of_readers.load(Ordering::SeqCst))
    }

    fn place(&self, post: PostId) -> &AtomicU64 {
        let hash = self.hasher.hash_one(post);
        let place = usize::try_from(hash % PLACES as u64).unwrap_or_default();
        &self.of_posts[place]
    }
}

/// Whether an event may change what a reader is shown. Drafts and new heads are not shown; what
/// else a save changes of a public post has an event of its own.
const fn is_seen_by_readers(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::PostCreated
            | EventKind::PostSaved
            | EventKind::PostRestored
            | EventKind::PostSubmitted
            | EventKind::PostScheduled
            | EventKind::PostLocked
            | EventKind::PostUnlocked
    )
}

#[cfg(test)]
mod tests {
    use super::Freshness;
    use crate::domain::{EventKind, PostId, Seq};

    fn post(number: u128) -> PostId {
        PostId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_draft_touches_its_post_and_not_what_readers_see() {
        let freshness = Freshness::default();
        freshness.note(Seq(7), EventKind::PostSaved, post(1));
        assert_eq!(freshness.last_change_of(post(1)), Seq(7));
        assert_eq!(freshness.last_change(), Seq(0));
        freshness.note(Seq(8), EventKind::PostPublished, post(1));
        assert_eq!(freshness.last_change(), Seq(8));
    }

    #[test]
    fn nothing_is_trusted_before_the_log_is_followed() {
        let freshness = Freshness::default();
        assert!(!freshness.is_trusted());
        freshness.begin_at(Seq(3));
        assert!(freshness.is_trusted());
        assert_eq!(freshness.noted(), Seq(3));
        assert_eq!(freshness.last_change_of(post(9)), Seq(3));
    }
}
