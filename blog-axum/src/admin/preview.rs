use axum::extract::{FromRequest, Request, State};
use axum::routing::post;
use axum::{Json, Router};
use blog_core::domain::{ActorKind, Content};
use blog_core::render::render;
use blog_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::router::AppState;

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
    let JsonBody { value: text, .. } = JsonBody::<Text>::from_request(request, &state).await?;
    let mut content = Content {
        title: "Preview".to_owned(),
        body: text.body,
        ..Content::default()
    };
    state.blog.limits().check(&mut content)?;
    let html = render(&content.body).html;
    Ok(Json(Preview { html }))
}
