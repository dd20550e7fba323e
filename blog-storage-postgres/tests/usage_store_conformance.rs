//! What models have cost, in PostgreSQL, passes the kit.

#[path = "postgres/fixture.rs"]
mod fixture;
mod postgres;

use std::sync::Arc;

use blog_core::ports::UsageStore;
use fixture::Postgres;
use postgres::run::Way;

blog_core::usage_store_conformance!(Postgres::<dyn UsageStore>(Way::Direct, |storage| Arc::new(
    storage.usage_store()
)));
