//! The public site: what anonymous readers see, rendered on the server, complete without scripts.

pub(crate) mod address;
mod answers;
mod crawlers;
mod disclosure;
mod entry;
mod feeds;
mod lists;
pub(crate) mod post;
mod search;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use minijinja::{Value, context};

use crate::router::AppState;

pub(crate) fn router(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/", get(lists::home))
        .route("/posts/{slug}", get(post::page))
        .route("/tags/{tag}", get(lists::tag))
        .route("/categories/{*path}", get(lists::category))
        .route("/authors/{id}", get(lists::author))
        .route("/search", get(search::page))
        .route("/feed.xml", get(feeds::atom))
        .route("/rss.xml", get(feeds::rss))
        .route("/feed.json", get(feeds::json))
        .route("/sitemap.xml", get(crawlers::sitemap))
        .route("/robots.txt", get(crawlers::robots))
        .route("/site.css", get(answers::stylesheet))
        .fallback(post::fallback)
        .layer(from_fn_with_state(state.clone(), answers::for_readers))
}

/// What every template has: the site's name and addresses, and its language.
pub(crate) fn common(state: &AppState) -> Value {
    let options = &state.options;
    context! {
        locale => state.blog.default_locale().as_str(),
        site => context! {
            title => &options.title,
            description => &options.description,
            prefix => options.prefix(),
            home => options.home(),
            address => options.address(),
            origin => options.origin(),
            stylesheet => options.templates.stylesheet_version(),
        },
    }
}
