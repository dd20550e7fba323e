use std::fmt;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::error::{PostgresError, Result};

/// Where the database is, and how it is used.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresConfig {
    /// `postgres://user:password@host:port/database`, as libpq has it.
    pub url: String,
    /// The schema that holds the blog's tables: small letters, digits and `_`. Made if it is not
    /// there.
    pub schema: String,
    /// Connections at most: about four for each core of the database.
    pub connections: u32,
    /// How long a connection is waited for. An answer on it is waited for 20 s.
    pub patience: Duration,
    /// The server's own address, for notices between nodes, where `url` leads to a pooler that does
    /// not pass them on. `None`: without a pooler `url`, with one no notices are heard.
    pub direct_url: Option<String>,
}

impl PostgresConfig {
    /// This database, everything else at its default: schema `blog`, 8 connections, 5 s.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            schema: "blog".to_owned(),
            connections: 8,
            patience: Duration::from_secs(5),
            direct_url: None,
        }
    }

    pub(crate) fn connect_options(&self) -> Result<PgConnectOptions> {
        options(&self.url)
    }

    /// Where notices are heard: nowhere, if there is a pooler and no way around it.
    pub(crate) fn direct_options(&self, is_pooled: bool) -> Result<Option<PgConnectOptions>> {
        match &self.direct_url {
            Some(url) => options(url).map(Some),
            None if is_pooled => Ok(None),
            None => self.connect_options().map(Some),
        }
    }
}

fn options(url: &str) -> Result<PgConnectOptions> {
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(PostgresError::Address);
    }
    let options: PgConnectOptions = url.parse().map_err(|_| PostgresError::Address)?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("blog"),
    };
    // Poolers refuse what they do not know of, and no number of ours has a fraction.
    Ok(options.extra_float_digits(None).disable_statement_logging())
}

/// Without the addresses: they may hold a password.
impl fmt::Debug for PostgresConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PostgresConfig")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn connections_are_called_what_the_address_says() {
        for (address, name) in [
            ("postgres://db/app", "blog"),
            ("postgres://db/app?application_name=shop", "shop"),
        ] {
            let options = options(address).unwrap();
            assert_eq!(options.get_application_name(), Some(name));
        }
    }
}
