use axum::extract::{FromRequest, Path, Request, State};
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use blog_core::domain::{ActorKind, Content};
use blog_core::ports::View;
use blog_core::render::render;
use blog_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::signed_in::SignedIn;
use crate::api::post_id;
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::router::AppState;
use crate::site::post::page_of;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/preview", post(preview))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    body: String,
}

#[derive(Serialize)]
struct Preview {
    html: String,
}

/// A text as readers would see it, if it were a post's.
async fn preview(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    request: Request,
) -> Result<Json<Preview>, Problem> {
    if actor.kind == ActorKind::Anonymous {
        return Err(Error::new(ErrorKind::Unauthenticated, "sign in first").into());
    }
    let JsonBody(text) = JsonBody::<Text>::from_request(request, &state).await?;
    let mut content = Content {
        title: "Preview".to_owned(),
        body: text.body,
        ..Content::default()
    };
    state.blog.limits().check(&mut content)?;
    let html = render(&content.body).html;
    Ok(Json(Preview { html }))
}

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// A post's page as readers would see it, if what is written now, live too, were published. It loads what their
/// page does, pictures of other hosts included.
pub(super) async fn as_reader(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let posts = state.blog.posts();
    let head = posts.get(&actor, post_id(&id)?, View::Head).await?;
    let page = page_of(&state, &head, true).await?;
    Ok(([(ROBOTS, "noindex")], page).into_response())
}
