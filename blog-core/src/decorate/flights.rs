use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// Does once what many ask for at the same time. Nothing is known of it once it has ended.
pub(super) struct Flights<K, V> {
    under_way: Mutex<HashMap<K, Arc<OnceCell<V>>>>,
}

/// Somebody who waits. The last one to leave forgets the flight.
struct Passenger<'a, K: Hash + Eq, V> {
    flights: &'a Flights<K, V>,
    key: K,
    flight: Arc<OnceCell<V>>,
}

impl<K: Hash + Eq + Copy, V: Clone> Flights<K, V> {
    /// What `act` gives to whoever asks first. If they are dropped, somebody else who waits does it.
    pub(super) async fn join(&self, key: K, act: impl Future<Output = V> + Send) -> V {
        let passenger = self.board(key);
        let landed = async {
            let outcome = act.await;
            // Whoever comes from here on is not told what was true before.
            self.forget(&key, &passenger.flight);
            outcome
        };
        passenger.flight.get_or_init(|| landed).await.clone()
    }

    fn board(&self, key: K) -> Passenger<'_, K, V> {
        let flight = Arc::clone(self.under_way().entry(key).or_default());
        Passenger {
            flights: self,
            key,
            flight,
        }
    }
}

impl<K: Hash + Eq, V> Flights<K, V> {
    fn under_way(&self) -> MutexGuard<'_, HashMap<K, Arc<OnceCell<V>>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, key: &K, flight: &Arc<OnceCell<V>>) {
        let mut under_way = self.under_way();
        if under_way.get(key).is_some_and(|it| Arc::ptr_eq(it, flight)) {
            under_way.remove(key);
        }
    }
}

impl<K: Hash + Eq, V> Drop for Passenger<'_, K, V> {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way();
        // Let go of before the lock is: of two who leave at once, the second is the last.
        let flight = std::mem::take(&mut self.flight);
        let is_mine = |it: &Arc<_>| Arc::ptr_eq(it, &flight);
        // One is in the map, and one is this passenger's: boarding needs the lock that is held here.
        if under_way.get(&self.key).is_some_and(is_mine) && Arc::strong_count(&flight) == 2 {
            under_way.remove(&self.key);
        }
    }
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self {
            under_way: Mutex::default(),
        }
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Flights")
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::FutureExt;

    use super::Flights;

    #[test]
    fn nothing_is_left_of_a_flight_that_has_ended() {
        let flights = Flights::default();
        assert_eq!(
            flights.join(1, ready("landed")).now_or_never(),
            Some("landed")
        );
        assert!(flights.under_way().is_empty());
    }

    #[test]
    fn nothing_is_left_of_a_flight_that_all_have_left() {
        let flights = Flights::<_, ()>::default();
        let mut both = [0, 1].map(|_| Box::pin(flights.join(1, pending())));
        for passenger in &mut both {
            assert!(passenger.now_or_never().is_none());
        }
        assert_eq!(flights.under_way().len(), 1);
        drop(both);
        assert!(flights.under_way().is_empty());
    }

    #[test]
    fn whoever_comes_after_the_landing_is_not_told_of_it() {
        let flights = Flights::default();
        let mut leader = Box::pin(flights.join(1, async {
            tokio::task::yield_now().await;
            "early"
        }));
        let mut waiting = Box::pin(flights.join(1, pending()));
        assert!((&mut leader).now_or_never().is_none());
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(leader.now_or_never(), Some("early"));
        assert_eq!(flights.join(1, ready("late")).now_or_never(), Some("late"));
        assert_eq!(waiting.now_or_never(), Some("early"));
    }
}
