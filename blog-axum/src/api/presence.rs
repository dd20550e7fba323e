use axum::Json;
use axum::extract::{Path, State};
use blog_core::domain::{AuthorId, PostId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::post_id;
use crate::auth::RequestActor;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Posts";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(presence))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Presence)]
struct PresenceBody {
    items: Vec<PresentBody>,
    /// Who alone may edit it, if it is locked.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_by: Option<AuthorId>,
}

/// Somebody in the room.
#[derive(Serialize, ToSchema)]
#[schema(as = Present)]
struct PresentBody {
    #[schema(value_type = String)]
    id: AuthorId,
    name: String,
}

/// Who is editing a post, or looking on.
#[utoipa::path(
    get, path = "/api/posts/{id}/presence", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = OK, body = PresenceBody), Problems),
)]
async fn presence(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<Json<PresenceBody>, Problem> {
    let post = post_id(&id)?;
    let head = state.blog.collab().head_seen_by(&actor, post).await?;
    let present = match &state.options.hub {
        Some(hub) => hub.presence(post).await,
        None => vec![],
    };
    let body = |present: blog_collab::Present| PresentBody {
        id: present.id,
        name: present.name,
    };
    Ok(Json(PresenceBody {
        items: present.into_iter().map(body).collect(),
        locked_by: head.post.locked_by,
    }))
}
