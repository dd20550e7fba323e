use blog_core::domain::{Post, PostId, Scope, Status, Visibility};
use blog_core::ports::{Order, PostCard, PostKey, PostQuery};
use blog_core::tables::{Fields, PUBLIC};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};

use crate::error::Result;
use crate::rows::{self, POST_COLUMNS, id_bytes, id_hex, micros, number, stored};

pub(crate) async fn by_id(pool: &SqlitePool, id: PostId) -> Result<Option<Post>> {
    let row = sqlx::query(concat!(
        "SELECT ",
        rows::post_columns!(),
        " FROM blog_posts p WHERE p.id = $1"
    ))
    .bind(id_bytes(&id))
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(rows::post).transpose()
}

pub(crate) async fn redirect(
    pool: &SqlitePool,
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
    let row = sqlx::query(concat!(
        "SELECT ",
        rows::post_columns!(),
        " FROM blog_redirects r JOIN blog_posts p ON p.id = r.post \
         WHERE r.kind = $1 AND r.address = $2 AND ($3 IS NULL OR r.locale = $3) \
         ORDER BY r.locale <> $4, r.locale LIMIT 1"
    ))
    .bind(kind)
    .bind(address)
    .bind(locale)
    .bind(default_locale)
    .fetch_optional(pool)
    .await?;
    let post = row.as_ref().map(rows::post).transpose()?;
    Ok(post.filter(|post| scope.sees(post)))
}

pub(crate) async fn list(
    pool: &SqlitePool,
    scope: &Scope,
    query: &PostQuery,
) -> Result<Vec<PostCard>> {
    let Some(mut sql) = list_query(scope, query) else {
        return Ok(vec![]);
    };
    let rows = sql.build().fetch_all(pool).await?;
    rows.iter().map(card).collect()
}

fn card(row: &SqliteRow) -> Result<PostCard> {
    let post = rows::post(row)?;
    let Fields {
        content, summary, ..
    } = rows::from_json(row.try_get(POST_COLUMNS + 1)?)?;
    Ok(PostCard {
        post,
        number: number(row.try_get(POST_COLUMNS)?)?,
        content,
        summary,
    })
}

pub(crate) const CARDS: &str = concat!(
    "SELECT ",
    rows::post_columns!(),
    ", v.number, v.fields FROM json_each($1) w \
     CROSS JOIN blog_posts p ON p.id = unhex(w.value) \
     CROSS JOIN blog_versions v ON v.post = p.id AND v.number IN (p.head, p.published) \
     ORDER BY w.key"
);

/// The posts of these ids that the scope shows, in their order.
pub(crate) async fn cards(
    pool: &SqlitePool,
    scope: &Scope,
    ids: &[PostId],
) -> Result<Vec<PostCard>> {
    let wanted: Vec<_> = ids.iter().map(id_hex).collect();
    let rows = sqlx::query(CARDS)
        .bind(rows::json(&wanted)?)
        .fetch_all(pool)
        .await?;
    let mut cards = Vec::with_capacity(rows.len());
    for row in &rows {
        let shown = scope.newest_seen(&rows::post(row)?);
        if shown.map(i64::from) == Some(row.try_get(POST_COLUMNS)?) {
            cards.push(card(row)?);
        }
    }
    Ok(cards)
}

/// The list's query, or `None` if the scope shows nothing of it. Without a term it walks an index
/// of posts; with one, and in the order of publication, it walks that term's rows.
pub(crate) fn list_query(scope: &Scope, query: &PostQuery) -> Option<QueryBuilder<Sqlite>> {
    let public = query.status == Status::Published;
    let own = match scope.visibility() {
        _ if public => None,
        Visibility::Published => return None,
        Visibility::Own(author) => Some(author),
        Visibility::Everything => None,
    };
    let list = if public {
        PUBLIC
    } else {
        query.status.as_str()
    };
    let mut terms = Vec::new();
    terms.extend(query.tag.as_ref().map(|tag| ("tag", tag)));
    terms.extend(query.category.as_ref().map(|category| ("under", category)));
    terms.extend(query.author.as_ref().map(|author| ("author", author)));
    terms.extend(own.map(|author| ("author", author)));
    let by_update = query.order == Order::Updated;
    let driver = if by_update || terms.is_empty() {
        None
    } else {
        Some(terms.remove(0))
    };

    let mut sql = QueryBuilder::<Sqlite>::new(concat!(
        "SELECT ",
        rows::post_columns!(),
        ", v.number, v.fields FROM "
    ));
    let (at, id) = match (driver, by_update) {
        (Some((kind, value)), _) => {
            sql.push(
                "blog_terms t CROSS JOIN blog_posts p ON p.id = t.post \
                 CROSS JOIN blog_versions v ON v.post = p.id AND v.number = ",
            );
            sql.push(shown(public))
                .push(" WHERE t.kind = ")
                .push_bind(kind);
            sql.push(" AND t.value = ").push_bind(value.clone());
            sql.push(" AND t.list = ").push_bind(list);
            ("t.ordered_at", "t.post")
        }
        (None, by_update) => {
            sql.push("blog_posts p CROSS JOIN blog_versions v ON v.post = p.id AND v.number = ");
            sql.push(shown(public))
                .push(" WHERE p.status = ")
                .push_bind(query.status.as_str());
            (
                if by_update {
                    "p.listed_at"
                } else {
                    "p.ordered_at"
                },
                "p.id",
            )
        }
    };
    for (kind, value) in terms {
        sql.push(" AND EXISTS (SELECT 1 FROM blog_terms o WHERE o.kind = ")
            .push_bind(kind);
        sql.push(" AND o.value = ").push_bind(value.clone());
        sql.push(" AND o.list = ").push_bind(list);
        sql.push(" AND o.ordered_at = p.ordered_at AND o.post = p.id)");
    }
    if let Some(locale) = &query.locale {
        sql.push(" AND p.locale = ").push_bind(locale.to_string());
    }
    let ordered_at = if by_update { "p.ordered_at" } else { at };
    if let Some(from) = query.from {
        sql.push(format!(" AND {ordered_at} >= "))
            .push_bind(micros(from));
    }
    if let Some(to) = query.to {
        sql.push(format!(" AND {ordered_at} < "))
            .push_bind(micros(to));
    }
    let (compare, direction) = if query.order == Order::Oldest {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    if let Some(after) = query.after {
        sql.push(format!(" AND ({at}, {id}) {compare} ("))
            .push_bind(micros(after.at));
        sql.push(", ")
            .push_bind(id_bytes(&after.id).to_vec())
            .push(")");
    }
    sql.push(format!(
        " ORDER BY {at} {direction}, {id} {direction} LIMIT "
    ));
    sql.push_bind(stored(query.limit as u64));
    Some(sql)
}

const fn shown(public: bool) -> &'static str {
    if public { "p.published" } else { "p.head" }
}
