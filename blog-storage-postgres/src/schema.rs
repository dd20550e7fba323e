use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::error::{PostgresError, Result};

/// The schema that holds the blog's tables. Statements name it `blog`, and every table with it.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    name: Arc<str>,
    written: Arc<RwLock<HashMap<&'static str, Arc<str>>>>,
}

impl Schema {
    /// Names are what PostgreSQL leaves as it is: small letters, digits and `_`.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';
        let is_name = name.starts_with(is_letter)
            && name.len() <= 63
            && name.chars().all(|c| is_letter(c) || c.is_ascii_digit());
        if !is_name {
            return Err(PostgresError::SchemaName(name.to_owned()));
        }
        Ok(Self {
            name: name.into(),
            written: Arc::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A statement for this schema.
    pub(crate) fn sql(&self, statement: &'static str) -> SqlStr {
        let known = |written: &HashMap<&'static str, Arc<str>>| written.get(statement).cloned();
        let written = known(&self.written.read().unwrap_or_else(PoisonError::into_inner));
        let written = written.unwrap_or_else(|| {
            let text: Arc<str> = self.text(statement).into();
            let mut all = self.written.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(statement, Arc::clone(&text));
            text
        });
        AssertSqlSafe(written).into_sql_str()
    }

    /// The same for a text that is put together.
    pub(crate) fn text(&self, statement: &str) -> String {
        statement.replace("blog.", &format!("\"{}\".", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn statements_name_the_hosts_schema() {
        let schema = Schema::named("app_blog").unwrap();
        let text = schema.sql("SELECT id FROM blog.posts, blog.terms");
        assert_eq!(
            text.as_str(),
            "SELECT id FROM \"app_blog\".posts, \"app_blog\".terms"
        );
    }

    #[test]
    fn names_that_could_be_something_else_are_refused() {
        for name in ["", "1a", "a b", "Blog", "a\"b", "a.b", "ä", &"a".repeat(64)] {
            assert!(Schema::named(name).is_err(), "{name}");
        }
    }
}
