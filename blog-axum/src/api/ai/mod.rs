//! What language models do for the blog.

mod advise;
mod events;
mod generate;
mod look;
pub(super) mod receipt;
mod revise;
mod subject;
mod suggest;
mod translate;
mod usage;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::AppState;

pub(super) use self::generate::TokensBody;

const TAG: &str = "AI";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(generate::generate))
        .routes(routes!(look::summarize))
        .routes(routes!(look::sentiment))
        .routes(routes!(look::seo))
        .routes(routes!(suggest::suggest))
        .routes(routes!(translate::translate))
        .routes(routes!(revise::rewrite))
        .routes(routes!(revise::shorten))
        .routes(routes!(advise::alt_text))
        .routes(routes!(advise::moderate))
        .routes(routes!(usage::calls))
        .routes(routes!(usage::totals))
}

/// Money of millionths.
#[expect(
    clippy::cast_precision_loss,
    reason = "a JSON number has as many digits, and no bill is that long"
)]
pub(super) fn money(micros: u64) -> f64 {
    micros as f64 / 1e6
}
