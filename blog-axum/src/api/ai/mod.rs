//! What language models do for the blog.

mod events;
mod generate;
mod look;
mod usage;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::AppState;

const TAG: &str = "AI";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(generate::generate))
        .routes(routes!(look::summarize))
        .routes(routes!(look::sentiment))
        .routes(routes!(look::seo))
        .routes(routes!(usage::calls))
        .routes(routes!(usage::totals))
}

/// Money of millionths.
#[expect(
    clippy::cast_precision_loss,
    reason = "a JSON number has as many digits, and no bill is that long"
)]
fn money(micros: u64) -> f64 {
    micros as f64 / 1e6
}
