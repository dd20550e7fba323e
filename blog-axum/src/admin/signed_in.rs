use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use blog_core::ErrorKind;
use blog_core::domain::{Actor, ActorKind};

use super::answers::see;
use crate::problem::Problem;
use crate::router::AppState;
use crate::site::address::with_parameters;

/// Whoever opens a page. Nobody does so anonymously: they are sent to sign in first, and then back.
pub(super) struct SignedIn(pub(super) Actor);

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match state.options.authenticator.authenticate(parts).await {
            Ok(actor) if actor.kind != ActorKind::Anonymous => return Ok(Self(actor)),
            Err(error) if *error.kind() != ErrorKind::Unauthenticated => {
                return Err(Problem::from(error).into_response());
            }
            _ => {}
        }
        let prefix = state.options.prefix();
        let here = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let next = format!("{prefix}{here}");
        let form = with_parameters(&format!("{prefix}/admin/sign-in"), &[("next", Some(&next))]);
        Err(see(&form).unwrap_or_else(IntoResponse::into_response))
    }
}
