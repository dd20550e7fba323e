use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use blog_core::Blog;
use blog_core::memory::{MemoryAdmission, MemoryPresence};
use blog_core::ports::{Admission, CollabStore, LiveDocuments, Presence, Transport};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::profiles::Profiles;
use super::{Hub, Shared};
use crate::HubOptions;
use crate::assistant::Runs;

/// About how many of those who are in rooms of this node the host is asked again at once.
const ASKED_AT_ONCE: usize = 64;

/// Puts a [`Hub`] together.
#[derive(Debug, Clone)]
pub struct HubBuilder {
    blog: Blog,
    store: Arc<dyn CollabStore>,
    transport: Option<Arc<dyn Transport>>,
    presence: Arc<dyn Presence>,
    admission: Arc<dyn Admission>,
    options: HubOptions,
    node: u64,
}

impl HubBuilder {
    pub(super) fn new(blog: Blog, store: Arc<dyn CollabStore>, node: u64) -> Self {
        Self {
            blog,
            store,
            transport: None,
            presence: Arc::new(MemoryPresence::default()),
            admission: Arc::new(MemoryAdmission::default()),
            options: HubOptions::default(),
            node,
        }
    }

    /// For tests whose runs are to be the same: what tells this run of this node from all others, which is random
    /// otherwise. The client ids of its own edits follow from it. What is written under a number that another
    /// node has, or this one had before a restart, may be taken for what is there already, and be lost.
    #[must_use]
    pub const fn incarnation(mut self, number: u64) -> Self {
        self.node = number;
        self
    }

    /// Shares rooms with other nodes through this. They look for each other's people where
    /// [`presence`](Self::presence) is.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Where nodes that have no room of a document look who is in it elsewhere. Without it, this node alone
    /// knows of its own.
    #[must_use]
    pub fn presence(mut self, presence: impl Presence + 'static) -> Self {
        self.presence = Arc::new(presence);
        self
    }

    /// What the host knows by now of those who are in rooms. Without it, they stay as they came in, until
    /// what let them in ends by itself or the host [revokes](Hub::revoke) it.
    #[must_use]
    pub fn admission(mut self, admission: impl Admission + 'static) -> Self {
        self.admission = Arc::new(admission);
        self
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: HubOptions) -> Self {
        self.options = options;
        self
    }

    /// The hub. Its rooms are tasks of the runtime that this is called in; outside of any, of the
    /// runtime of whoever opens them, and they end with it.
    #[must_use]
    pub fn build(self) -> Hub {
        let runs = Runs::new(self.options.assistants);
        let shared = Arc::new(Shared {
            blog: self.blog,
            store: self.store,
            transport: self.transport,
            presence: self.presence,
            admission: self.admission,
            asking: Semaphore::new(ASKED_AT_ONCE),
            options: self.options,
            node: self.node,
            runtime: Handle::try_current().ok(),
            next: AtomicU64::new(0),
            rooms: Mutex::default(),
            seats: Arc::default(),
            profiles: Profiles::default(),
            runs,
            is_closing: AtomicBool::new(false),
        });
        let live: Arc<dyn LiveDocuments> = Arc::clone(&shared) as _;
        shared.blog.collab().attach(&live);
        Hub(shared)
    }
}
