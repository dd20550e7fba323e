use blog_core::domain::{Post, PostId, Scope, Status, Visibility};
use blog_core::ports::{Order, PostCard, PostKey, PostQuery, PostView, View};
use blog_core::tables::{self, Fields, PUBLIC};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::rows::{self, POST_COLUMNS, stored};
use crate::schema::Schema;

macro_rules! by {
    ($key:literal) => {
        concat!(
            "SELECT ",
            rows::post_columns!(),
            ", ",
            rows::version_columns!(),
            " FROM blog.posts p JOIN blog.versions v ON v.post = p.id \
             AND v.number = CASE WHEN $2 AND p.status = 'published' \
             THEN coalesce(p.published, p.head) ELSE p.head END WHERE ",
            $key
        )
    };
}

pub(crate) const BY_ID: &str = by!("p.id = $1");
pub(crate) const BY_SLUG: &str = by!("p.slug = $1");

/// The post of that key as `view` shows it to `scope`.
pub(crate) async fn one(
    database: &Database,
    scope: &Scope,
    key: &PostKey,
    view: View,
) -> Result<Option<PostView>> {
    let statement = match key {
        PostKey::Id(id) => database.statement(BY_ID).bind(*id.as_uuid()),
        PostKey::Slug { slug, .. } if !slug.contains('\0') => {
            database.statement(BY_SLUG).bind(slug)
        }
        PostKey::Slug { .. } | PostKey::Path(_) => return Ok(None),
    };
    let rows = database.rows(statement.bind(view == View::Reader)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push((rows::post(row)?, row));
    }
    let Some((post, row)) = tables::chosen(found, scope, key, view) else {
        return Ok(None);
    };
    let version = rows::version(row, POST_COLUMNS, post.id)?;
    Ok(Some(PostView { post, version }))
}

pub(crate) const REDIRECT: &str = concat!(
    "SELECT ",
    rows::post_columns!(),
    " FROM blog.redirects r JOIN blog.posts p ON p.id = r.post \
     WHERE r.kind = $1 AND r.address = $2 AND ($3::text IS NULL OR r.locale = $3) \
     ORDER BY r.locale <> $4, r.locale LIMIT 1"
);

pub(crate) async fn redirect(
    database: &Database,
    scope: &Scope,
    key: &PostKey,
) -> Result<Option<Post>> {
    let (kind, address, locale, default_locale) = match key {
        PostKey::Id(_) => return Ok(None),
        PostKey::Path(path) => ("path", path, Some(""), ""),
        PostKey::Slug {
            locale,
            default_locale,
            slug,
        } => {
            let locale = locale.as_ref().map(|locale| locale.as_str());
            ("slug", slug, locale, default_locale.as_str())
        }
    };
    if address.contains('\0') {
        return Ok(None);
    }
    let statement = database
        .statement(REDIRECT)
        .bind(kind)
        .bind(address)
        .bind(locale)
        .bind(default_locale);
    let row = database.row(statement).await?;
    let post = row.as_ref().map(rows::post).transpose()?;
    Ok(post.filter(|post| scope.sees(post)))
}

pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    query: &PostQuery,
) -> Result<Vec<PostCard>> {
    let Some(mut sql) = list_query(&database.schema, scope, query) else {
        return Ok(vec![]);
    };
    let rows = database.rows(sql.build()).await?;
    rows.iter().map(card).collect()
}

fn card(row: &PgRow) -> Result<PostCard> {
    let Fields {
        content, summary, ..
    } = rows::from_json(row.try_get(POST_COLUMNS + 1)?)?;
    Ok(PostCard {
        post: rows::post(row)?,
        number: shown_number(row)?,
        content,
        summary,
    })
}

fn shown_number(row: &PgRow) -> Result<u32> {
    let number: i32 = row.try_get(POST_COLUMNS)?;
    u32::try_from(number).map_err(|_| PostgresError::Corrupt("number"))
}

pub(crate) const CARDS: &str = concat!(
    "SELECT ",
    rows::post_columns!(),
    ", v.number, v.fields FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, place) \
     JOIN blog.posts p ON p.id = w.id \
     JOIN blog.versions v ON v.post = p.id AND v.number IN (p.head, p.published) \
     ORDER BY w.place"
);

/// The posts of these ids that the scope shows, in their order.
pub(crate) async fn cards(
    database: &Database,
    scope: &Scope,
    ids: &[PostId],
) -> Result<Vec<PostCard>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
    let rows = database.rows(database.statement(CARDS).bind(ids)).await?;
    let mut cards = Vec::with_capacity(rows.len());
    for row in &rows {
        if scope.newest_seen(&rows::post(row)?) == Some(shown_number(row)?) {
            cards.push(card(row)?);
        }
    }
    Ok(cards)
}

/// The list's query, or `None` if the scope shows nothing of it. Without a term it walks an index
/// of posts; with one, that term's rows.
pub(crate) fn list_query(
    schema: &Schema,
    scope: &Scope,
    query: &PostQuery,
) -> Option<QueryBuilder<Postgres>> {
    let is_public = query.status == Status::Published;
    let own = match scope.visibility() {
        _ if is_public => None,
        Visibility::Published => return None,
        Visibility::Own(author) => Some(author),
        Visibility::Everything => None,
    };
    let list = if is_public {
        PUBLIC
    } else {
        query.status.as_str()
    };
    let mut terms = Vec::new();
    terms.extend(query.tag.as_ref().map(|tag| ("tag", tag)));
    terms.extend(query.category.as_ref().map(|category| ("under", category)));
    terms.extend(query.author.as_ref().map(|author| ("author", author)));
    terms.extend(own.map(|author| ("author", author)));
    if terms.iter().any(|(_, value)| value.contains('\0')) {
        return None;
    }
    let by_update = query.order == Order::Updated;
    let driver = (!terms.is_empty()).then(|| terms.remove(0));
    let shown = if is_public { "p.published" } else { "p.head" };

    let mut sql = QueryBuilder::<Postgres>::new(concat!(
        "SELECT ",
        rows::post_columns!(),
        ", v.number, v.fields FROM "
    ));
    let (at, id) = match driver {
        Some((kind, value)) => {
            sql.push(schema.text("blog.terms t JOIN blog.posts p ON p.id = t.post "));
            sql.push(schema.text("JOIN blog.versions v ON v.post = p.id AND v.number = "));
            sql.push(shown).push(" WHERE t.kind = ").push_bind(kind);
            sql.push(" AND t.value = ").push_bind(value.clone());
            sql.push(" AND t.list = ").push_bind(list);
            if by_update {
                ("t.listed_at", "t.post")
            } else {
                ("t.ordered_at", "t.post")
            }
        }
        None => {
            sql.push(schema.text("blog.posts p JOIN blog.versions v ON v.post = p.id "));
            sql.push("AND v.number = ").push(shown);
            sql.push(" WHERE p.status = ")
                .push_bind(query.status.as_str());
            if by_update {
                ("p.listed_at", "p.id")
            } else {
                ("p.ordered_at", "p.id")
            }
        }
    };
    for (kind, value) in terms {
        sql.push(schema.text(" AND EXISTS (SELECT 1 FROM blog.terms o WHERE o.kind = "));
        sql.push_bind(kind);
        sql.push(" AND o.value = ").push_bind(value.clone());
        sql.push(" AND o.list = ").push_bind(list);
        sql.push(" AND o.ordered_at = p.ordered_at AND o.post = p.id)");
    }
    if let Some(locale) = &query.locale {
        sql.push(" AND p.locale = ").push_bind(locale.to_string());
    }
    let ordered_at = if by_update { "p.ordered_at" } else { at };
    if let Some(from) = query.from {
        sql.push(format!(" AND {ordered_at} >= ")).push_bind(from);
    }
    if let Some(to) = query.to {
        sql.push(format!(" AND {ordered_at} < ")).push_bind(to);
    }
    let (compare, direction) = if query.order == Order::Oldest {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    if let Some(after) = query.after {
        sql.push(format!(" AND ({at}, {id}) {compare} ("))
            .push_bind(after.at);
        sql.push(", ").push_bind(*after.id.as_uuid()).push(")");
    }
    sql.push(format!(
        " ORDER BY {at} {direction}, {id} {direction} LIMIT "
    ));
    sql.push_bind(stored(query.limit as u64));
    Some(sql)
}
