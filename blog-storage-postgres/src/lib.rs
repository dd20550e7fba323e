#![doc = include_str!("../README.md")]

mod audit;
mod collab;
mod columns;
mod commit;
mod config;
mod database;
mod error;
mod events;
mod leases;
mod migrate;
mod notices;
#[cfg(test)]
mod plans;
mod pool;
mod posts;
mod rows;
mod schema;
mod statements;
mod storage;
mod taxonomy;
#[cfg(test)]
#[path = "../tests/postgres/run.rs"]
mod test_run;
mod usage;
mod versions;
mod writer;

pub use collab::PostgresCollabStore;
pub use config::PostgresConfig;
pub use storage::PostgresStorage;
pub use usage::PostgresUsageStore;
