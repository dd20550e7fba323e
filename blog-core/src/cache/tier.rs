use std::fmt::{self, Debug};
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Freshness;
use crate::domain::Seq;
use crate::error::Result;
use crate::ports::Cache;

/// How long an entry is kept on a node, and between nodes.
#[cfg(feature = "moka")]
const KEPT_ON_NODE: Duration = Duration::from_secs(300);
const KEPT_BETWEEN_NODES: Duration = Duration::from_secs(600);
/// Larger entries would keep all others waiting on their way.
const LARGEST_BETWEEN_NODES: usize = 256 << 10;

/// What a read is remembered under.
pub(crate) trait ReadKey: Debug + Clone + Hash + Eq + Send + Sync + 'static {
    /// The last event that may have changed what is read.
    fn last_change(&self, freshness: &Freshness) -> Seq {
        freshness.last_change()
    }
}

/// What a read gave.
pub(crate) trait ReadValue:
    Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// About how many bytes it takes.
    #[cfg_attr(not(feature = "moka"), expect(dead_code, reason = "nothing is kept"))]
    fn bytes(&self) -> usize;
}

/// What a read gave, and the event that it contains for certain.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry<V> {
    as_of: Seq,
    value: V,
}

/// Reads of one kind: remembered on this node, and behind it in what nodes share.
pub(crate) struct Tier<K, V> {
    name: &'static str,
    freshness: Arc<Freshness>,
    shared: Option<Arc<dyn Cache>>,
    #[cfg(feature = "moka")]
    node: moka::future::Cache<K, Entry<V>>,
    #[cfg(not(feature = "moka"))]
    node: std::marker::PhantomData<fn(K) -> V>,
}

impl<K: ReadKey, V: ReadValue> Tier<K, V> {
    #[cfg(feature = "moka")]
    pub(crate) fn new(
        name: &'static str,
        bytes: u64,
        freshness: &Arc<Freshness>,
        shared: Option<Arc<dyn Cache>>,
    ) -> Self {
        /// About what an entry takes beside its key and its value.
        const OVERHEAD: usize = 256;
        let weigh = |key: &K, entry: &Entry<V>| {
            let bytes = format!("{key:?}").len() + entry.value.bytes() + OVERHEAD;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            name,
            freshness: Arc::clone(freshness),
            shared,
            node: moka::future::Cache::builder()
                .weigher(weigh)
                .max_capacity(bytes)
                .time_to_live(KEPT_ON_NODE)
                .build(),
        }
    }

    #[cfg(not(feature = "moka"))]
    pub(crate) fn new(
        name: &'static str,
        _bytes: u64,
        freshness: &Arc<Freshness>,
        shared: Option<Arc<dyn Cache>>,
    ) -> Self {
        Self {
            name,
            freshness: Arc::clone(freshness),
            shared,
            node: std::marker::PhantomData,
        }
    }

    /// What is remembered under `key`, else what `load` reads: once, however many ask at the same
    /// time. What is rare is boxed: the future of a hit is small, and moved several times.
    pub(crate) async fn get<F>(&self, key: &K, load: impl Fn() -> F + Send + Sync) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        // Nobody follows the log: nothing tells what is still current.
        if !self.freshness.is_trusted() {
            return Box::pin(load()).await;
        }
        self.get_current(key, self.freshness.noted(), load).await
    }

    /// As [`get`](Tier::get) where what `load` reads follows the log by itself, and contains it up to
    /// `as_of`, if that is known.
    pub(crate) async fn get_as_of<F>(
        &self,
        as_of: impl Future<Output = Result<Option<Seq>>> + Send,
        key: &K,
        load: impl Fn() -> F + Send + Sync,
    ) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        if !self.freshness.is_trusted() {
            return load().await;
        }
        match as_of.await? {
            // Where it is ahead of what has been noted, what is remembered may lack what it has.
            Some(as_of)
                if as_of >= key.last_change(&self.freshness) && as_of <= self.freshness.noted() =>
            {
                self.get_current(key, as_of, load).await
            }
            _ => load().await,
        }
    }

    async fn get_current<F>(
        &self,
        key: &K,
        as_of: Seq,
        load: impl Fn() -> F + Send + Sync,
    ) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        let entry = self.remembered(key, as_of, &load).await?;
        if self.is_current(key, &entry) {
            return Ok(entry.value);
        }
        // It was begun by somebody else, before the change that this caller knows of.
        Box::pin(load()).await
    }

    #[cfg(feature = "moka")]
    async fn remembered<F>(
        &self,
        key: &K,
        as_of: Seq,
        load: &(impl Fn() -> F + Send + Sync),
    ) -> Result<Entry<V>>
    where
        F: Future<Output = Result<V>> + Send,
    {
        if let Some(entry) = self.node.get(key).await {
            if self.is_current(key, &entry) {
                return Ok(entry);
            }
            self.node.invalidate(key).await;
        }
        let fill = self.fill(key, as_of, load);
        let filled = self.node.try_get_with_by_ref(key, fill);
        Box::pin(filled).await.map_err(crate::Error::shared)
    }

    #[cfg(not(feature = "moka"))]
    async fn remembered<F>(
        &self,
        key: &K,
        as_of: Seq,
        load: &(impl Fn() -> F + Send + Sync),
    ) -> Result<Entry<V>>
    where
        F: Future<Output = Result<V>> + Send,
    {
        self.fill(key, as_of, load).await
    }

    /// From what nodes share, else what `load` reads. It contains `as_of`, for that was known before
    /// the read: whatever comes later makes the entry old.
    async fn fill<F>(
        &self,
        key: &K,
        as_of: Seq,
        load: &(impl Fn() -> F + Send + Sync),
    ) -> Result<Entry<V>>
    where
        F: Future<Output = Result<V>> + Send,
    {
        let Some(shared) = &self.shared else {
            return Ok(Entry {
                as_of,
                value: load().await?,
            });
        };
        let address = self.address(key);
        if let Some(entry) = self.recall(shared.as_ref(), &address).await
            && self.is_current(key, &entry)
        {
            return Ok(entry);
        }
        let entry = Entry {
            as_of,
            value: load().await?,
        };
        self.share(shared.as_ref(), &address, &entry).await;
        Ok(entry)
    }

    async fn recall(&self, shared: &dyn Cache, address: &str) -> Option<Entry<V>> {
        match shared.get(address).await {
            Ok(bytes) => serde_json::from_slice(&bytes?).ok(),
            Err(error) => {
                tracing::debug!(%error, "the shared cache was passed over");
                None
            }
        }
    }

    async fn share(&self, shared: &dyn Cache, address: &str, entry: &Entry<V>) {
        let Ok(bytes) = serde_json::to_vec(entry) else {
            return;
        };
        if bytes.len() > LARGEST_BETWEEN_NODES {
            return;
        }
        let put = shared.put(address, Bytes::from(bytes), KEPT_BETWEEN_NODES);
        if let Err(error) = put.await {
            tracing::debug!(%error, "the shared cache was passed over");
        }
    }

    fn address(&self, key: &K) -> String {
        let hash = blake3::hash(format!("{key:?}").as_bytes());
        format!("{}:{}", self.name, hash.to_hex())
    }

    fn is_current(&self, key: &K, entry: &Entry<V>) -> bool {
        entry.as_of >= key.last_change(&self.freshness)
    }
}

impl<K, V> Debug for Tier<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tier")
            .field("name", &self.name)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
