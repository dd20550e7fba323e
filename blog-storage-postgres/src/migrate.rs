use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::{Database, tried_again};
use crate::error::{PostgresError, Result};
use crate::schema::Schema;

/// In order, and only ever added to.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_collab.sql"),
    include_str!("../migrations/0003_usage.sql"),
];

/// Brings the schema up to date. Any number of nodes may do so at once: the first that gets the
/// lock does it, the others find it done. Nodes of the version before may go on writing.
pub(crate) async fn migrate(database: &Database) -> Result<()> {
    apply(database, MIGRATIONS).await
}

async fn apply(database: &Database, migrations: &[&str]) -> Result<()> {
    tried_again(|| apply_once(database, migrations)).await
}

async fn apply_once(database: &Database, migrations: &[&str]) -> Result<()> {
    let schema = &database.schema;
    let known = i32::try_from(migrations.len()).unwrap_or(i32::MAX);
    let found = version(database).await?;
    if found == known {
        return Ok(());
    }
    let mut transaction = database.pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("blog migrations of {}", schema.name()))
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    prepare(&mut transaction, schema).await?;
    let found: i32 = sqlx::query_scalar(schema.sql(VERSION))
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
    if found > known {
        return Err(PostgresError::NewerSchema { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (version, migration) in (1_i32..).zip(migrations).skip(done) {
        sqlx::raw_sql(AssertSqlSafe(schema.text(migration)))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(schema.sql("INSERT INTO blog.migrations (version) VALUES ($1)"))
            .bind(version)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

const VERSION: &str = "SELECT coalesce(max(version), 0) FROM blog.migrations";

/// The version that is there; 0 without any. Needs no right but to read.
async fn version(database: &Database) -> Result<i32> {
    let table = database.statement("SELECT to_regclass($1)::text");
    let table = table.bind(database.schema.text("blog.migrations"));
    if database.value::<String>(table).await?.is_none() {
        return Ok(0);
    }
    let version = database.value(database.statement(VERSION)).await?;
    Ok(version.unwrap_or(0))
}

/// The schema and the table of migrations. A schema that is there needs no right to make one.
async fn prepare(connection: &mut PgConnection, schema: &Schema) -> Result<()> {
    let is_there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
            .bind(schema.name())
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
    if !is_there {
        let create = format!("CREATE SCHEMA \"{}\"", schema.name());
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut *connection)
            .await?;
    }
    let create = "CREATE TABLE IF NOT EXISTS blog.migrations (version integer PRIMARY KEY)";
    sqlx::raw_sql(schema.sql(create))
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use blog_core::domain::{Actor, Content, Role, Seq, Transition};
    use blog_core::ports::Storage;
    use blog_core::services::NewPost;
    use blog_core::{Blog, ErrorKind};
    use sqlx::PgPool;

    use super::{MIGRATIONS, apply};
    use crate::database::Database;
    use crate::schema::Schema;
    use crate::test_run::{self, Way, execute};
    use crate::{PostgresConfig, PostgresStorage};

    /// What a later version might add: it locks tables that commits write, in another order.
    const NEXT: &str = "ALTER TABLE blog.events ADD COLUMN note text; \
         ALTER TABLE blog.terms ADD COLUMN weight real NOT NULL DEFAULT 1; \
         ALTER TABLE blog.posts ADD COLUMN popularity bigint NOT NULL DEFAULT 0; \
         CREATE INDEX posts_popularity ON blog.posts (popularity, id); \
         CREATE TABLE blog.comments (post uuid REFERENCES blog.posts ON DELETE CASCADE)";

    /// Writes a post and publishes it: two events.
    async fn publish(blog: &Blog) {
        let ada = Actor::user("ada", "Ada", Role::Editor);
        let content = Content {
            title: "News".to_owned(),
            tags: vec!["news".to_owned()],
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        let post = blog.posts().create(&ada, new).await.unwrap().post.id;
        blog.posts()
            .change_status(&ada, post, Transition::Publish, None)
            .await
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_of_the_version_before_works_on_while_the_next_one_migrates_and_after() {
        let url = Way::Direct.url().unwrap();
        let mut config = PostgresConfig::new(&url);
        config.schema = format!("{}_migrations", test_run::name().await.unwrap());
        let old = PostgresStorage::connect_with(&config).await.unwrap();
        let written = Arc::new(AtomicU64::new(0));
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let (blog, written) = (Blog::builder(old.clone()).build(), Arc::clone(&written));
                tokio::spawn(async move {
                    while written.load(Ordering::SeqCst) < 300 {
                        publish(&blog).await;
                        written.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let enough = async {
            while written.load(Ordering::SeqCst) < 50 {
                tokio::task::yield_now().await;
            }
        };
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, enough).await.unwrap();
        let next = Database {
            pool: PgPool::connect(&url).await.unwrap(),
            schema: Schema::named(&config.schema).unwrap(),
            is_pooled: false,
        };
        let migrations = [MIGRATIONS, &[NEXT]].concat();
        apply(&next, &migrations).await.unwrap();
        let during = written.load(Ordering::SeqCst);
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(during < 300, "it works on");
        let written = written.load(Ordering::SeqCst);
        assert_eq!(old.last_event().await.unwrap(), Seq(2 * written));

        let refused = PostgresStorage::connect_with(&config).await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Unavailable { .. }));
        assert!(refused.to_string().contains("update the program"));
        execute(&url, &[&format!("DROP SCHEMA {} CASCADE", config.schema)])
            .await
            .unwrap();
    }
}
