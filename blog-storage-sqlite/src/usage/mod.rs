//! What models have cost.

mod charge;
mod read;
mod store;

pub(crate) use charge::{Charge, forget, reserve, settle, try_to_reserve, try_to_settle};
#[cfg(test)]
pub(crate) use charge::{FULL, OUTCOME};
#[cfg(test)]
pub(crate) use read::{PAGE, TOTALS};
pub use store::SqliteUsageStore;
