use blog_core::domain::{AuthorId, AuthorProfile, Scope, Visibility};
use blog_core::ports::{AuthorCount, TermCount};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use crate::database::Database;
use crate::error::Result;
use crate::rows::{from_json, number};
use crate::schema::Schema;

const HEADS: &str = "('draft', 'in_review', 'scheduled', 'published', 'archived')";

pub(crate) async fn tags(database: &Database, scope: &Scope) -> Result<Vec<TermCount>> {
    counts(database, scope, "tag", "count(*) DESC, t.value").await
}

pub(crate) async fn categories(database: &Database, scope: &Scope) -> Result<Vec<TermCount>> {
    counts(database, scope, "category", "t.value").await
}

async fn counts(
    database: &Database,
    scope: &Scope,
    kind: &'static str,
    order: &'static str,
) -> Result<Vec<TermCount>> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT t.value, count(*) FROM ");
    sql.push(database.schema.text("blog.terms t WHERE "));
    push_visible(&mut sql, &database.schema, scope, kind);
    sql.push(" GROUP BY t.value ORDER BY ").push(order);
    let rows = database.rows(sql.build()).await?;
    rows.iter()
        .map(|row| {
            Ok(TermCount {
                name: row.try_get(0)?,
                count: number(row.try_get(1)?)?,
            })
        })
        .collect()
}

pub(crate) async fn authors(database: &Database, scope: &Scope) -> Result<Vec<AuthorCount>> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT a.id, a.name, a.bio, a.links, count(*) ");
    sql.push(
        database
            .schema
            .text("FROM blog.terms t JOIN blog.authors a ON a.id = t.value WHERE "),
    );
    push_visible(&mut sql, &database.schema, scope, "author");
    sql.push(" GROUP BY a.id ORDER BY a.name, a.id");
    let rows = database.rows(sql.build()).await?;
    rows.iter()
        .map(|row| {
            Ok(AuthorCount {
                profile: profile(row)?,
                count: number(row.try_get(4)?)?,
            })
        })
        .collect()
}

/// The terms of what the scope shows, each post once: as readers see it, or as editors do.
fn push_visible(
    sql: &mut QueryBuilder<Postgres>,
    schema: &Schema,
    scope: &Scope,
    kind: &'static str,
) {
    sql.push("t.kind = ").push_bind(kind);
    match scope.visibility() {
        Visibility::Published => {
            sql.push(" AND t.list = 'public'");
        }
        Visibility::Everything => {
            sql.push(" AND t.list IN ").push(HEADS);
        }
        Visibility::Own(author) => {
            sql.push(" AND (t.list = 'public' OR t.list IN ")
                .push(HEADS);
            sql.push(") AND (t.list <> 'public') = EXISTS (SELECT 1 FROM ");
            sql.push(schema.text("blog.terms o WHERE o.kind = 'author' AND o.value = "))
                .push_bind(author.clone());
            sql.push(" AND o.list = t.list AND o.ordered_at = t.ordered_at AND o.post = t.post)");
        }
    }
}

pub(crate) async fn profiles(database: &Database, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
    let ids: Vec<_> = ids.iter().filter(|id| !id.contains('\0')).collect();
    let statement = database.statement(
        "SELECT a.id, a.name, a.bio, a.links \
         FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place) \
         JOIN blog.authors a ON a.id = wanted.id ORDER BY wanted.place",
    );
    let rows = database.rows(statement.bind(ids)).await?;
    rows.iter().map(profile).collect()
}

fn profile(row: &PgRow) -> Result<AuthorProfile> {
    Ok(AuthorProfile {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        bio: row.try_get(2)?,
        links: from_json(row.try_get(3)?)?,
    })
}
