//! Live editing as clients of Hocuspocus want it, over WebSocket at `/ws/hocuspocus`: a document's name is
//! its post's id.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use blog_collab::{Admitted, serve_documents};
use blog_core::{Error, ErrorKind};

use crate::problem::Problem;
use crate::router::AppState;
use crate::websocket::{bearer_header, halves, hub, settle_credentials, upgrade, who};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/ws/hocuspocus", get(hocuspocus))
}

/// Who the client is, it says on the connection, for each document.
async fn hocuspocus(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    settle_credentials(&mut parts, state.options.origin());
    let hub = hub(&state)?.clone();
    let upgrade = upgrade(&mut parts, &state).await?;
    Ok(upgrade.on_upgrade(async move |socket| {
        let (incoming, outgoing) = halves(socket);
        let admit = |document, token| admit(&state, parts.clone(), document, token);
        serve_documents(&hub, admit, incoming, outgoing).await;
    }))
}

/// The request's own cookie or token lets in whoever says none for the document.
async fn admit(
    state: &AppState,
    mut parts: Parts,
    document: String,
    token: String,
) -> blog_core::Result<Admitted> {
    if !token.is_empty() {
        let token = bearer_header(&token);
        let token = token.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "no token"))?;
        parts.headers.insert(AUTHORIZATION, token);
    }
    let post = document.parse().map_err(|_| Error::not_found("post"))?;
    let (actor, expires_after) = who(state, &parts).await?;
    Ok(Admitted {
        actor,
        post,
        expires_after,
    })
}
