use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain::PostId;
use crate::error::Result;
use crate::ports::{Presence, Present};

/// From so many documents on, those are looked for of which nothing holds any more.
const DOCUMENTS: usize = 10_000;

/// The longest that something holds: its end is a time that the clock can show.
const LONGEST: Duration = Duration::from_hours(24 * 365);

type Documents = HashMap<PostId, BTreeMap<u64, Said>>;

/// [`Presence`] in memory. Clones are nodes that share it.
#[derive(Debug, Default, Clone)]
pub struct MemoryPresence(Arc<Mutex<Documents>>);

/// What a node has said of a document.
#[derive(Debug)]
struct Said {
    here: Vec<Present>,
    until: Instant,
}

impl MemoryPresence {
    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Presence for MemoryPresence {
    async fn show(
        &self,
        document: PostId,
        node: u64,
        here: &[Present],
        holds: Duration,
    ) -> Result<()> {
        let now = Instant::now();
        let mut documents = self.documents();
        if documents.len() >= DOCUMENTS && !documents.contains_key(&document) {
            documents.retain(|_, nodes| nodes.values().any(|said| said.until > now));
        }
        let nodes = documents.entry(document).or_default();
        nodes.retain(|other, said| *other != node && said.until > now);
        if !here.is_empty() {
            let (here, until) = (here.to_vec(), now + holds.min(LONGEST));
            nodes.insert(node, Said { here, until });
        }
        if nodes.is_empty() {
            documents.remove(&document);
        }
        Ok(())
    }

    async fn who(&self, document: PostId) -> Result<Vec<Present>> {
        let now = Instant::now();
        let documents = self.documents();
        let nodes = documents.get(&document).into_iter().flatten();
        let holding = nodes.filter(|(_, said)| said.until > now);
        let who: BTreeSet<_> = holding.flat_map(|(_, said)| said.here.clone()).collect();
        Ok(who.into_iter().collect())
    }
}
