use std::fmt;
use std::hash::Hash;
use std::time::Duration;

/// Values that this process remembers by what they are made from. Without the feature `moka` it
/// remembers nothing.
pub(crate) struct Memo<K, V> {
    #[cfg(feature = "moka")]
    known: moka::sync::Cache<K, V>,
    #[cfg(not(feature = "moka"))]
    known: std::marker::PhantomData<fn(K) -> V>,
}

#[cfg(feature = "moka")]
impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Memo<K, V> {
    /// Remembers values of `weight` together, each for at most `keep`.
    pub(crate) fn new(
        weight: u64,
        keep: Option<Duration>,
        weigh: impl Fn(&V) -> usize + Send + Sync + 'static,
    ) -> Self {
        let mut known = moka::sync::Cache::builder()
            .weigher(move |_, value| u32::try_from(weigh(value)).unwrap_or(u32::MAX))
            .max_capacity(weight);
        if let Some(keep) = keep {
            known = known.time_to_live(keep);
        }
        Self {
            known: known.build(),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.known.get(key)
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        self.known.insert(key, value);
    }

    pub(crate) fn remove(&self, key: &K) {
        self.known.invalidate(key);
    }

    /// The value, made once however many ask for it.
    pub(crate) fn get_or(&self, key: K, make: impl FnOnce() -> V) -> V {
        self.known.get_with(key, make)
    }
}

#[cfg(not(feature = "moka"))]
impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Memo<K, V> {
    pub(crate) fn new(
        _weight: u64,
        _keep: Option<Duration>,
        _weigh: impl Fn(&V) -> usize + Send + Sync + 'static,
    ) -> Self {
        Self {
            known: std::marker::PhantomData,
        }
    }

    pub(crate) fn get(&self, _key: &K) -> Option<V> {
        None
    }

    pub(crate) fn insert(&self, _key: K, _value: V) {}

    pub(crate) fn remove(&self, _key: &K) {}

    pub(crate) fn get_or(&self, _key: K, make: impl FnOnce() -> V) -> V {
        make()
    }
}

impl<K, V> fmt::Debug for Memo<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Memo")
    }
}
