use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use blog_collab::BodyFormat;
use blog_core::domain::{Actor, Permission, Post};
use blog_core::services::Access;
use minijinja::{Value, context};

use super::answers::{EDITOR, page};
use super::signed_in::SignedIn;
use crate::api::post_id;
use crate::problem::Problem;
use crate::router::AppState;

pub(super) async fn posts(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Response, Problem> {
    let values = whose(&state, &actor, None);
    page(&state, StatusCode::OK, "admin/posts.html", values)
}

pub(super) async fn edit(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let message = match &state.options.hub {
        Some(hub) if hub.options().body == BodyFormat::Markdown => {
            let limits = context! {
                body_bytes => state.blog.limits().body_bytes,
                message_bytes => hub.options().message_bytes,
            };
            return page_of(&state, &actor, &id, EDITOR, context! { limits }).await;
        }
        Some(_) => {
            "The editor writes Markdown, and posts are rich text here while they are edited."
        }
        None => "The editor needs live editing, which is switched off here.",
    };
    Err(Problem::new(StatusCode::NOT_FOUND, message))
}

pub(super) async fn history(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page_of(&state, &actor, &id, "admin/history.html", context! {}).await
}

/// A page of a post, for whoever sees what is written of it.
async fn page_of(
    state: &AppState,
    actor: &Actor,
    id: &str,
    template: &str,
    own: Value,
) -> Result<Response, Problem> {
    let collab = state.blog.collab();
    let post = collab.head_seen_by(actor, post_id(id)?).await?.post;
    let values = context! {
        post => context! { id => post.id.to_string() },
        may_edit => collab.access_to(actor, &post) == Some(Access::Edit),
        ..whose(state, actor, Some(&post))
    };
    page(
        state,
        StatusCode::OK,
        template,
        context! { ..own, ..values },
    )
}

/// Who looks at a page, and what they may do: to this post, if it is a post's.
fn whose(state: &AppState, actor: &Actor, post: Option<&Post>) -> Value {
    let policy = state.blog.policy();
    let may: Vec<_> = Permission::ALL
        .into_iter()
        .filter(|permission| policy.allows(actor, *permission, post))
        .map(Permission::as_str)
        .collect();
    context! { actor => context! { id => &actor.id, name => &actor.name }, may }
}
