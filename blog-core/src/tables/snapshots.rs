/// Which snapshot stays beside a new one that was made from the one at `made_from`, of those that are
/// stored, the newest first: its position; 0 if none stays, and the whole log does. Promise 4 of
/// [`CollabStore`](crate::ports::CollabStore).
#[must_use]
pub fn kept_snapshot(stored: &[u64], made_from: u64) -> u64 {
    let position = |place: usize| stored.get(place).copied().unwrap_or(0);
    let (newest, previous) = (position(0), position(1));
    // Whoever has not begun with the newest could not read it.
    if made_from == previous {
        previous
    } else {
        newest
    }
}
