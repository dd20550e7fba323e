//! What models have cost.

mod charge;
mod read;
mod store;

#[cfg(test)]
pub(crate) use read::{PAGE, TOTALS};
pub use store::PostgresUsageStore;

/// Calls that are charged at once on one node.
pub(crate) const AT_ONCE: usize = 2;
