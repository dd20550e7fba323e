//! How SQLite answers the queries that readers wait for: by an index, and without sorting.

use blog_core::domain::{Actor, Role, RolePolicy, Scope, Status};
use blog_core::ports::{Order, PageKey, PostQuery};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};

use crate::point_reads::{BY_ID, BY_SLUG};
use crate::posts::{CARDS, list_query};
use crate::usage::{FULL, OUTCOME, PAGE, TOTALS};

async fn database() -> SqliteConnection {
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await.unwrap();
    crate::migrate::migrate(&mut connection).await.unwrap();
    connection
}

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explained).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(3)).collect()
}

/// Steps that read every row of a table of ours, or sort.
fn slow(plan: &[String]) -> Vec<&String> {
    plan.iter()
        .filter(|step| {
            let scans = step.starts_with("SCAN p") || step.starts_with("SCAN v");
            (scans && !step.contains("USING")) || step.contains("TEMP B-TREE")
        })
        .collect()
}

#[tokio::test]
async fn every_list_walks_an_index_and_stops_at_its_limit() {
    let mut connection = database().await;
    let own = Scope::of(&RolePolicy, &Actor::user("ada", "Ada", Role::Author));
    let some = || Some("x".to_owned());
    for scope in [Scope::public(), own, Scope::everything_for_system("a test")] {
        for status in [Status::Published, Status::Draft] {
            for order in [Order::Newest, Order::Oldest, Order::Updated] {
                for (tag, category, author) in [
                    (None, None, None),
                    (some(), None, None),
                    (None, some(), None),
                    (None, None, some()),
                    (some(), some(), some()),
                ] {
                    let mut query = PostQuery::default();
                    query.status = status;
                    query.order = order;
                    query.tag = tag;
                    query.category = category;
                    query.author = author;
                    query.after = Some(PageKey {
                        at: chrono::DateTime::UNIX_EPOCH,
                        id: "01900000-0000-7000-8000-000000000001".parse().unwrap(),
                    });
                    let Some(sql) = list_query(&scope, &query) else {
                        continue;
                    };
                    let steps = plan(&mut connection, sql.sql().as_str()).await;
                    assert!(slow(&steps).is_empty(), "{query:?}: {steps:#?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn single_posts_are_looked_up() {
    let mut connection = database().await;
    for sql in [BY_ID, BY_SLUG, CARDS] {
        let steps = plan(&mut connection, sql).await;
        let looked_up = steps
            .iter()
            .filter(|step| step.starts_with("SEARCH"))
            .count();
        assert!(looked_up >= 2, "{steps:#?}");
        assert!(
            !steps.iter().any(|step| step.starts_with("SCAN p")),
            "{steps:#?}"
        );
    }
}

#[tokio::test]
async fn what_models_have_cost_is_looked_up() {
    let mut connection = database().await;
    // A call's accounts are sorted, and what is summed up, by what it is summed up by.
    for (sql, sorts) in [
        (OUTCOME, false),
        (FULL, true),
        (PAGE, false),
        (TOTALS, true),
    ] {
        let steps = plan(&mut connection, sql).await;
        let is_slow = |step: &String| {
            let scans = step.starts_with("SCAN") && !step.starts_with("SCAN given");
            scans || step.contains("TEMP B-TREE") && !sorts
        };
        assert!(!steps.iter().any(is_slow), "{sql}: {steps:#?}");
        let is_lookup = |step: &String| step.starts_with("SEARCH");
        assert!(steps.iter().any(is_lookup), "{sql}: {steps:#?}");
    }
}
