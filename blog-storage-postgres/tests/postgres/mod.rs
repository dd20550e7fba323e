//! A schema of its own for each test, on the server that `tests/run` starts.
#![allow(dead_code, reason = "each suite uses what it needs")]

pub(crate) mod run;

use std::sync::atomic::{AtomicU32, Ordering};

use blog_core::domain::{Actor, Content, Role};
use blog_core::services::NewPost;
use blog_storage_postgres::PostgresConfig;

use run::{Way, execute};

/// Tells the schemas of one run apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A schema in the tests' database; behind PgBouncer, which has a pool for each database, in one of
/// its own.
#[derive(Debug)]
pub(crate) struct TestSchema {
    name: String,
    way: Way,
}

impl TestSchema {
    /// A name that is not taken.
    pub(crate) async fn new(way: Way) -> sqlx::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{number}", run::name().await?);
        if way == Way::PgBouncer {
            execute(&Way::Direct.url()?, &[&format!("CREATE DATABASE {name}")]).await?;
        }
        Ok(Self { name, way })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Connections to it. Each is called by the schema's name.
    pub(crate) fn config(&self) -> sqlx::Result<PostgresConfig> {
        let url = match self.way {
            Way::Direct => self.way.url()?,
            Way::PgBouncer => self.way.to(&self.name)?,
        };
        let mut config = PostgresConfig::new(format!("{url}?application_name={}", self.name));
        config.schema.clone_from(&self.name);
        config.connections = 4;
        Ok(config)
    }

    /// Ends all connections to it, as a lost server would.
    pub(crate) async fn cut_connections(&self) -> sqlx::Result<()> {
        let name = &self.name;
        match self.way {
            Way::Direct => {
                let cut = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE application_name = '{name}'"
                );
                execute(&Way::Direct.url()?, &[&cut]).await
            }
            Way::PgBouncer => {
                let (cut, serve) = (format!("KILL {name}"), format!("RESUME {name}"));
                execute(&self.way.to(CONSOLE)?, &[&cut, &serve]).await
            }
        }
    }

    /// Removes it.
    pub(crate) async fn remove(&self) -> sqlx::Result<()> {
        self.cut_connections().await?;
        let drop = match self.way {
            Way::Direct => format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name),
            Way::PgBouncer => format!("DROP DATABASE {} WITH (FORCE)", self.name),
        };
        execute(&Way::Direct.url()?, &[&drop]).await
    }
}

/// Where PgBouncer takes commands.
pub(crate) const CONSOLE: &str = "pgbouncer";

/// Who writes.
pub(crate) fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

/// What they write.
pub(crate) fn new(title: &str) -> NewPost {
    let content = Content {
        title: title.to_owned(),
        ..Content::default()
    };
    NewPost {
        content,
        ..NewPost::default()
    }
}
