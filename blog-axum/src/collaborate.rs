//! Live editing over WebSocket: the y-websocket protocol at `/ws/collaborate/{post_id}`, where any Yjs
//! client connects.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;

use crate::api::post_id;
use crate::problem::Problem;
use crate::router::AppState;
use crate::websocket::{halves, handshake, hub, settle_credentials, upgrade, who};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/ws/collaborate/{post}", get(collaborate))
}

/// Everything is checked before the upgrade: a client that is let in and then closed comes again at
/// once, and one that gets an error waits.
async fn collaborate(
    State(state): State<AppState>,
    Path(post): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let own = state.options.origin();
    handshake(&parts).check_origin(own)?;
    settle_credentials(&mut parts, own);
    let (actor, expires_after) = who(&state, &parts).await?;
    let mut place = hub(&state)?.join(&actor, post_id(&post)?).await?;
    if let Some(expires_after) = expires_after {
        place = place.expiring(expires_after);
    }
    let upgrade = upgrade(&mut parts, &state).await?;
    Ok(upgrade.on_upgrade(async |socket| {
        let (incoming, outgoing) = halves(socket);
        place.serve(incoming, outgoing).await;
    }))
}
