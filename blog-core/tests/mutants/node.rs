//! What broken caches, transports, rate limiters and the like have in common: they can be away.

use std::fmt::Debug;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use blog_core::conformance::{Fixture, Setup};
use blog_core::{Error, Result};
use tokio::time::sleep;

/// The ways in which one kind of backend breaks its promises.
pub(crate) trait Faults: Debug + Copy + PartialEq + Send + Sync + 'static {
    /// Calls hang while the backend is away or frozen.
    const HANGS: Self;
    /// The backend does not come back.
    const STAYS_AWAY: Self;

    type Port: ?Sized + Send + Sync + 'static;
    /// What the nodes of a place share.
    type Home: Debug + Default + Send + Sync + 'static;

    fn open(node: Node<Self>) -> Arc<Self::Port>;

    /// The backend is back.
    fn is_back(_home: &Self::Home, _fault: Option<Self>) {}

    /// The backend has been emptied.
    fn is_emptied(_home: &Self::Home) {}
}

/// One node of a backend with at most one fault.
#[derive(Debug)]
pub(crate) struct Node<F: Faults> {
    pub(crate) number: usize,
    fault: Option<F>,
    place: Arc<Place<F::Home>>,
}

#[derive(Debug, Default)]
pub(crate) struct Place<H> {
    pub(crate) home: H,
    reach: Mutex<Reach>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    Near,
    Away,
    Frozen,
}

impl<F: Faults> Node<F> {
    pub(crate) fn fault(&self) -> Option<F> {
        self.fault
    }

    pub(crate) fn has(&self, fault: F) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn home(&self) -> &F::Home {
        &self.place.home
    }

    /// Fails if the backend cannot be reached.
    pub(crate) async fn reach(&self) -> Result<()> {
        let reach = *self.place.reach.lock().unwrap();
        match reach {
            Reach::Near => return Ok(()),
            _ if self.has(F::HANGS) => pending().await,
            Reach::Away => {}
            Reach::Frozen => sleep(Duration::from_secs(1)).await,
        }
        Err(Error::unavailable("away", true))
    }
}

/// An in-memory backend with at most one fault.
#[derive(Debug)]
pub(crate) struct Mutant<F> {
    fault: Option<F>,
    nodes: AtomicUsize,
}

impl<F> Mutant<F> {
    pub(crate) fn with(fault: Option<F>) -> Self {
        let nodes = AtomicUsize::default();
        Self { fault, nodes }
    }
}

impl<F: Faults> Mutant<F> {
    fn set(&self, place: &Place<F::Home>, reach: Reach) -> Setup<()> {
        let stays = self.fault == Some(F::STAYS_AWAY);
        let mut now = place.reach.lock().unwrap();
        if *now == Reach::Near || !stays {
            *now = reach;
        }
        Ok(())
    }
}

impl<F: Faults> Fixture for Mutant<F> {
    const NAME: &'static str = "mutant";
    type Port = F::Port;
    type Place = Arc<Place<F::Home>>;

    async fn place(&self) -> Setup<Self::Place> {
        Ok(Arc::default())
    }

    async fn open(&self, place: &Self::Place) -> Setup<Arc<F::Port>> {
        Ok(F::open(Node {
            number: self.nodes.fetch_add(1, Ordering::SeqCst),
            fault: self.fault,
            place: Arc::clone(place),
        }))
    }

    async fn interrupt(&self, place: &Self::Place) -> Setup<()> {
        self.set(place, Reach::Away)
    }

    async fn restore(&self, place: &Self::Place) -> Setup<()> {
        F::is_back(&place.home, self.fault);
        self.set(place, Reach::Near)
    }

    async fn freeze(&self, place: &Self::Place) -> Setup<()> {
        self.set(place, Reach::Frozen)
    }

    async fn thaw(&self, place: &Self::Place) -> Setup<()> {
        self.set(place, Reach::Near)
    }

    async fn forget(&self, place: &Self::Place) -> Setup<()> {
        F::is_emptied(&place.home);
        Ok(())
    }
}
