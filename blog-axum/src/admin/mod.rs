//! The admin pages: HTML around the scripts of `web/dist`, which ask the JSON API for everything else.

mod answers;
pub(crate) mod assets;
mod history;
mod next;
mod pages;
mod preview;
mod sign_in;
mod signed_in;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::router::AppState;

pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let mut pages = Router::new()
        .route("/admin", get(pages::posts))
        .route("/admin/posts/{id}/edit", get(pages::edit))
        .route("/admin/posts/{id}/history", get(history::show))
        .route("/admin/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/admin/sign-out", post(sign_in::sign_out));
    if state.options.site {
        pages = pages.route("/admin/posts/{id}/preview", get(preview::as_reader));
    }
    pages
        .layer(from_fn_with_state(state.clone(), answers::for_browsers))
        .route("/admin/assets/{build}/{file}", get(assets::asset))
        .route("/admin/worker.js", get(assets::worker))
        .merge(preview::router())
}
