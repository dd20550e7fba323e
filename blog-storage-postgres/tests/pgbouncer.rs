//! PostgreSQL passes the kit through PgBouncer in transaction mode.

#[path = "postgres/fixture.rs"]
mod fixture;
mod postgres;

use std::sync::Arc;

use blog_core::ports::Storage;
use fixture::Postgres;
use postgres::run::Way;

blog_core::storage_conformance!(Postgres::<dyn Storage>(Way::PgBouncer, |storage| Arc::new(
    storage
)));
