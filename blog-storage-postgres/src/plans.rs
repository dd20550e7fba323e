//! How PostgreSQL answers the queries that readers wait for, with 100,000 posts and as many calls of
//! models: by an index, and without sorting them.

use blog_core::domain::{Actor, Role, RolePolicy, Scope, Status};
use blog_core::ports::{Order, PageKey, PostQuery};
use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, Connection, Execute, PgConnection, Row};
use uuid::Uuid;

use crate::posts::{BY_ID, BY_SLUG, CARDS, REDIRECT, list_query};
use crate::schema::Schema;
use crate::test_run::{self, Way, execute};
use crate::usage::{PAGE, TOTALS};
use crate::{PostgresConfig, PostgresStorage};

const FILL: &str = "
INSERT INTO blog.posts (id, locale, slug, status, author, head, published, revision,
    public_revision, public_updated_at, created_at, updated_at, ordered_at, listed_at, rest)
SELECT md5(n::text)::uuid, 'en', 'post-' || n,
    CASE WHEN n % 10 = 0 THEN 'draft' ELSE 'published' END, 'author-' || n % 100, 1,
    CASE WHEN n % 10 = 0 THEN NULL ELSE 1 END, 1, 1, at, at, at, at, at, '{}'
FROM generate_series(1, 100000) n, LATERAL (SELECT '2020-01-01'::timestamptz + n * '1 min'::interval AS at) t;
INSERT INTO blog.versions (post, number, revision, author, kind, created_at, content_hash, fields, body)
SELECT id, 1, 1, author, 'manual', created_at, '', '{}', '' FROM blog.posts;
INSERT INTO blog.terms (kind, value, list, ordered_at, listed_at, post)
SELECT kind, value, CASE status WHEN 'draft' THEN 'draft' ELSE 'public' END, ordered_at, listed_at, id
FROM blog.posts, LATERAL (VALUES ('tag', 'tag-' || extract(minute FROM ordered_at)::int),
    ('under', 'category-' || extract(hour FROM ordered_at)::int), ('author', author)) t (kind, value);
INSERT INTO blog.redirects (kind, locale, address, post)
SELECT 'slug', 'en', 'former-' || slug, id FROM blog.posts;
INSERT INTO blog.usage_calls (id, day, at, actor, purpose, model, reserved_tokens, reserved_micros,
    accounts)
SELECT id, n / 100, '2020-01-01', 'ada', 'generate', 'large', 1, 1, '{total}'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM blog.posts) p;
ANALYZE blog.posts; ANALYZE blog.versions; ANALYZE blog.terms; ANALYZE blog.redirects;
ANALYZE blog.usage_calls;
";

async fn plan(connection: &mut PgConnection, sql: &str, arguments: PgArguments) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN {sql}"));
    let query = sqlx::query_with(explained, arguments);
    let rows = query.fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

fn scans(plan: &[String]) -> bool {
    plan.iter().any(|step| step.contains("Seq Scan"))
}

/// Steps that read every row of a table, or sort.
fn slow(plan: &[String]) -> Vec<&String> {
    let is_slow = |step: &&String| step.contains("Seq Scan") || step.contains("Sort Key");
    plan.iter().filter(is_slow).collect()
}

#[tokio::test]
async fn every_list_walks_an_index_and_single_posts_are_looked_up() {
    let url = Way::Direct.url().unwrap();
    let name = format!("{}_plans", test_run::name().await.unwrap());
    let mut config = PostgresConfig::new(&url);
    config.schema.clone_from(&name);
    let storage = PostgresStorage::connect_with(&config).await.unwrap();
    let schema = Schema::named(&name).unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let fill = AssertSqlSafe(schema.text(FILL));
    sqlx::raw_sql(fill).execute(&mut connection).await.unwrap();

    let own = Scope::of(&RolePolicy, &Actor::user("author-7", "A", Role::Author));
    let everything = Scope::everything_for_system("a test");
    for scope in [&Scope::public(), &own, &everything] {
        for status in [Status::Published, Status::Draft] {
            for order in [Order::Newest, Order::Oldest, Order::Updated] {
                for (tag, category, author) in [
                    (None, None, None),
                    (Some("tag-7"), None, None),
                    (None, Some("category-3"), None),
                    (None, None, Some("author-7")),
                ] {
                    let mut query = PostQuery::default();
                    query.status = status;
                    query.order = order;
                    query.tag = tag.map(str::to_owned);
                    query.category = category.map(str::to_owned);
                    query.author = author.map(str::to_owned);
                    query.after = Some(PageKey {
                        at: "2020-02-01T00:00:00Z".parse().unwrap(),
                        id: "01900000-0000-7000-8000-000000000001".parse().unwrap(),
                    });
                    let Some(mut sql) = list_query(&schema, scope, &query) else {
                        continue;
                    };
                    let mut built = sql.build();
                    let arguments = built.take_arguments().unwrap().unwrap();
                    let text = built.sql();
                    let steps = plan(&mut connection, text.as_str(), arguments).await;
                    // Of two short lists, PostgreSQL may walk the shorter and sort what is in both.
                    let filters = [tag, category, author].iter().flatten().count();
                    if filters == 0 || scope.visibility() != own.visibility() {
                        assert!(slow(&steps).is_empty(), "{query:?}: {steps:#?}");
                    } else {
                        assert!(!scans(&steps), "{query:?}: {steps:#?}");
                    }
                }
            }
        }
    }
    for (sql, arguments) in single_posts() {
        let steps = plan(&mut connection, schema.sql(sql).as_str(), arguments).await;
        assert!(!scans(&steps), "{steps:#?}");
    }
    for (sql, arguments, sorts) in what_models_have_cost() {
        let steps = plan(&mut connection, schema.sql(sql).as_str(), arguments).await;
        assert!(!scans(&steps), "{steps:#?}");
        assert!(sorts || slow(&steps).is_empty(), "{steps:#?}");
    }
    storage.close().await;
    let drop = format!("DROP SCHEMA {name} CASCADE");
    execute(&url, &[&drop]).await.unwrap();
}

/// What is summed up may be sorted by what it is summed up by.
fn what_models_have_cost() -> [(&'static str, PgArguments, bool); 2] {
    use sqlx::Arguments;
    let [mut page, mut totals]: [PgArguments; 2] = Default::default();
    page.add(Uuid::from_u128(u128::MAX / 2)).unwrap();
    page.add(20_i64).unwrap();
    totals.add(100_i32).unwrap();
    totals.add(107_i32).unwrap();
    [(PAGE, page, false), (TOTALS, totals, true)]
}

fn single_posts() -> [(&'static str, PgArguments); 4] {
    use sqlx::Arguments;
    let id = Uuid::nil();
    let [mut by_id, mut by_slug, mut cards, mut redirect]: [PgArguments; 4] = Default::default();
    by_id.add(id).unwrap();
    by_id.add(true).unwrap();
    by_slug.add("post-7").unwrap();
    by_slug.add(true).unwrap();
    cards.add(vec![id; 20]).unwrap();
    redirect.add("slug").unwrap();
    redirect.add("former-post-7").unwrap();
    redirect.add(None::<String>).unwrap();
    redirect.add("en").unwrap();
    [
        (BY_ID, by_id),
        (BY_SLUG, by_slug),
        (CARDS, cards),
        (REDIRECT, redirect),
    ]
}
