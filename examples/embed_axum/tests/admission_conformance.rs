//! The application's users pass the blog's kit.

use std::sync::Arc;

use blog_core::conformance::{AdmissionFixture, Fixture, Setup, SetupError};
use blog_core::domain::{Actor, AuthorId};
use blog_core::ports::Admission;
use embed_axum::Users;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

struct InTheDatabase;

/// The application's database, and the folder that it is in.
type Place = Arc<(SqlitePool, TempDir)>;

fn broken(error: impl ToString) -> SetupError {
    SetupError::Broken(error.to_string())
}

async fn execute(place: &Place, statement: &'static str, values: &[&str]) -> Setup<()> {
    let mut query = sqlx::query(statement);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    query.execute(&place.0).await.map_err(broken)?;
    Ok(())
}

impl Fixture for InTheDatabase {
    const NAME: &'static str = "the application's users";
    type Port = dyn Admission;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        let folder = tempfile::tempdir().map_err(broken)?;
        let file = SqliteConnectOptions::new().filename(folder.path().join("app.db"));
        let pool = SqlitePool::connect_with(file.create_if_missing(true)).await;
        let pool = pool.map_err(broken)?;
        drop(embed_axum::app(pool.clone()).await.map_err(broken)?);
        Ok(Arc::new((pool, folder)))
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn Admission>> {
        Ok(Arc::new(Users(place.0.clone())))
    }

    async fn interrupt(&self, place: &Place) -> Setup<()> {
        execute(place, "ALTER TABLE users RENAME TO users_away", &[]).await
    }

    async fn restore(&self, place: &Place) -> Setup<()> {
        execute(place, "ALTER TABLE users_away RENAME TO users", &[]).await
    }
}

impl AdmissionFixture for InTheDatabase {
    async fn change(&self, place: &Place, user: Actor) -> Setup<()> {
        let role = format!("{:?}", user.roles[0]).to_lowercase();
        let statement = "INSERT OR REPLACE INTO users VALUES ($1, $2, $3, $1)";
        execute(place, statement, &[&user.id, &user.name, &role]).await
    }

    async fn dismiss(&self, place: &Place, user: &AuthorId) -> Setup<()> {
        execute(place, "DELETE FROM users WHERE id = $1", &[user]).await
    }
}

blog_core::admission_conformance!(InTheDatabase);
