//! A post's history. The page brings what it shows first: no request waits for its scripts.

use axum::extract::{Path, State};
use axum::response::Response;
use blog_core::domain::Status;
use blog_core::ports::{PostView, View};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::pages::page_of;
use super::signed_in::SignedIn;
use crate::api::post_id;
use crate::api::versions::{HistoryBody, VersionBody, listed};
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;

/// How many versions are listed at first: more than there is room for, and few enough to be there at once.
const LISTED: usize = 20;

/// The versions that are compared, where the address names them.
#[derive(Deserialize)]
pub(super) struct Asked {
    from: Option<u32>,
    to: Option<u32>,
}

/// What the page shows first, for its script.
#[derive(Serialize)]
struct Brought<'a> {
    post: Facts<'a>,
    from: u32,
    to: u32,
    list: HistoryBody,
    /// The two that are compared.
    versions: Vec<VersionBody>,
}

/// The post as it was when the page was made, with what was being written live.
#[derive(Serialize)]
struct Facts<'a> {
    title: &'a str,
    locale: String,
    status: Status,
    version: u32,
    published_version: Option<u32>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    let id = post_id(&id)?;
    // What is being written now becomes a version before the list is read.
    let head = state.blog.posts().get(&actor, id, View::Head).await?;
    let (from, to) = compared(&head, &asked);
    let versions = state.blog.versions();
    let (list, old, new) = futures::join!(
        listed(&state, &actor, id, None, LISTED),
        versions.get(&actor, id, from),
        versions.get(&actor, id, to),
    );
    let brought = Brought {
        post: Facts {
            title: &head.version.content.title,
            locale: head.post.locale.to_string(),
            status: head.post.status,
            version: head.version.number,
            published_version: head.post.published,
        },
        from,
        to,
        list: list?,
        versions: vec![old?.into(), new?.into()],
    };
    let own = context! { brought => Value::from(Serde(&brought)) };
    page_of(&state, &actor, &head.post, "admin/history.html", own)
}

/// Unless others are asked for, the newest version with what readers see: what they do not see yet is what
/// people come for.
fn compared(head: &PostView, asked: &Asked) -> (u32, u32) {
    let newest = head.version.number;
    let readers = head.post.published.filter(|number| *number != newest);
    let before = readers.unwrap_or(newest.saturating_sub(1).max(1));
    (asked.from.unwrap_or(before), asked.to.unwrap_or(newest))
}
