//! Live documents in PostgreSQL pass the kit through PgBouncer in transaction mode.

#[path = "postgres/fixture.rs"]
mod fixture;
mod postgres;

use std::sync::Arc;

use blog_core::ports::CollabStore;
use fixture::Postgres;
use postgres::run::Way;

blog_core::collab_store_conformance!(Postgres::<dyn CollabStore>(Way::PgBouncer, |storage| {
    Arc::new(storage.collab_store())
}));
