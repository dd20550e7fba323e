//! What models have cost.

mod charge;
mod read;
mod store;

#[cfg(test)]
pub(crate) use read::{PAGE, TOTALS};
pub use store::PostgresUsageStore;
