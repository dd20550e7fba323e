//! What tests make on a server that they share does not stay there.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;

use std::time::Duration;

use postgres::run::{self, Way, execute};
use sqlx::{Connection, PgConnection};

/// How many of a schema, a database and a role there are by names that begin with the run's.
async fn left(connection: &mut PgConnection, run: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT nspname FROM pg_namespace UNION ALL \
         SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles) AS made (name) \
         WHERE starts_with(name, $1)",
    )
    .bind(run)
    .fetch_one(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn what_a_run_left_goes_with_the_next_and_what_a_living_one_has_stays() {
    let mut server = PgConnection::connect(&Way::Direct.url().unwrap())
        .await
        .unwrap();
    let (other, alive) = run::begin().await.unwrap();
    let made = ["SCHEMA", "DATABASE", "ROLE"].map(|what| format!("CREATE {what} {other}_{what}"));
    let made = made.each_ref().map(String::as_str);
    execute(&Way::Direct.url().unwrap(), &made).await.unwrap();
    run::sweep(&mut server).await.unwrap();
    assert_eq!(left(&mut server, &other).await, 3);

    // A crash: the server learns of it by the connection.
    drop(alive);
    let swept = async {
        while left(&mut server, &other).await > 0 {
            run::sweep(&mut server).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), swept)
        .await
        .unwrap();
}
