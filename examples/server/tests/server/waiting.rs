use std::time::{Duration, Instant};

/// After this, what has not happened will not.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until it is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
