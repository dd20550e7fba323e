#![doc = include_str!("../README.md")]

mod audit;
mod check;
mod collab;
mod commit;
mod config;
mod creation;
mod error;
mod events;
mod leases;
mod log_room;
mod migrate;
mod notices;
#[cfg(test)]
mod plans;
mod point_reads;
mod posts;
mod rows;
mod storage;
mod strings;
mod taxonomy;
mod terms;
mod usage;
mod versions;
mod writer;

pub use collab::SqliteCollabStore;
pub use config::SqliteConfig;
pub use storage::SqliteStorage;
pub use usage::SqliteUsageStore;
