use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use blog_collab::BodyFormat;
use blog_core::Error;
use blog_core::domain::{Actor, Permission, Post};
use blog_core::services::Access;
use blog_core::services::ai::Choice;
use minijinja::{Value, context};
use serde_json::json;

use super::answers::page;
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
            let collab = state.blog.collab();
            let post = collab.head_seen_by(&actor, post_id(&id)?).await?.post;
            let ai = offered(&state, &actor);
            let own = context! {
                limits, ai,
                has_site => state.options.site,
                pictures => state.options.preview_origins(),
            };
            return page_of(&state, &actor, &post, "admin/edit.html", own);
        }
        Some(_) => {
            "The editor writes Markdown, and posts are rich text here while they are edited."
        }
        None => "The editor needs live editing, which is switched off here.",
    };
    Err(Problem::new(StatusCode::NOT_FOUND, message))
}

/// What somebody may ask a model for, as JSON; nothing where that is nothing.
fn offered(state: &AppState, actor: &Actor) -> Option<String> {
    let options = state.blog.ai().offered_to(actor)?;
    let names = |choices: &[Choice]| choices.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let lengths = options.lengths.iter();
    let lengths: Vec<_> = lengths
        .map(|it| json!({"name": it.name, "words": it.words}))
        .collect();
    let offered = json!({
        "styles": names(&options.styles),
        "tones": names(&options.tones),
        "lengths": lengths,
    });
    Some(offered.to_string())
}

/// A page of a post, for whoever sees what is written of it.
pub(super) fn page_of(
    state: &AppState,
    actor: &Actor,
    post: &Post,
    template: &str,
    own: Value,
) -> Result<Response, Problem> {
    let access = state.blog.collab().access_to(actor, post);
    let access = access.ok_or_else(|| Error::not_found("post"))?;
    let values = context! {
        post => context! { id => post.id.to_string() },
        may_edit => access == Access::Edit,
        ..whose(state, actor, Some(post))
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
