use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Waits that differ, so that whoever failed together does not come again together.
///
/// Source: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    /// Other waits than any other node's.
    pub(super) fn random() -> Self {
        // Without randomness nodes wait alike, which is still better than not at all.
        Self::seeded(getrandom::u64().unwrap_or_default())
    }

    /// The same waits for the same seed.
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Anything from nothing to `longest`.
    pub(super) fn up_to(&self, longest: Duration) -> Duration {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        longest.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Jitter;

    #[test]
    fn waits_are_spread_over_the_whole_time_and_never_longer() {
        let (jitter, longest) = (Jitter::seeded(7), Duration::from_secs(8));
        let mut in_each_second = [0; 8];
        for _ in 0..8_000 {
            let wait = jitter.up_to(longest);
            in_each_second[usize::try_from(wait.as_secs()).unwrap()] += 1;
        }
        assert!(
            in_each_second
                .iter()
                .all(|count| (800..1200).contains(count)),
            "{in_each_second:?}"
        );
    }

    #[test]
    fn two_nodes_wait_differently() {
        let [one, other] = [Jitter::random(), Jitter::random()].map(|jitter| {
            let waits = (0..4).map(|_| jitter.up_to(Duration::from_secs(1)));
            waits.collect::<Vec<_>>()
        });
        assert_ne!(one, other);
    }

    #[test]
    fn the_longest_time_there_is_can_be_given() {
        assert!(Jitter::seeded(7).up_to(Duration::MAX) < Duration::MAX);
    }
}
