use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Amount, ModelUsage, UsageTotal};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::model::PageBody;
use super::super::page_size;
use super::{TAG, money};
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::Parameters;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

/// Days that totals may be asked for at once.
const DAYS: i64 = 366;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CallsParameters {
    /// 1 to 100, 20 unless given
    limit: Option<usize>,
    /// `next` of the page before
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelCall)]
pub(super) struct CallBody {
    id: String,
    at: DateTime<Utc>,
    #[schema(value_type = String)]
    actor: AuthorId,
    /// Such as `generate`
    purpose: String,
    post: Option<PostId>,
    /// The model that answered; the one that was asked if none did
    model: String,
    /// What it has cost, or what is set aside for it while it is being made
    amount: AmountBody,
    milliseconds: Option<u64>,
    /// `answered`, `unusable`, `failed` or `cancelled`; null while it is being made, and where its node
    /// died
    outcome: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Amount)]
struct AmountBody {
    tokens: u64,
    /// In the currency of the prices; 0 where the model has no price
    cost: f64,
}

impl From<Amount> for AmountBody {
    fn from(Amount { tokens, micros }: Amount) -> Self {
        Self {
            tokens,
            cost: money(micros),
        }
    }
}

impl From<ModelUsage> for CallBody {
    fn from(ModelUsage { call, settlement }: ModelUsage) -> Self {
        Self {
            id: call.id.to_string(),
            at: call.at,
            actor: call.actor,
            purpose: call.purpose,
            post: call.post,
            amount: settlement
                .as_ref()
                .map_or(call.reserved, |it| it.spent)
                .into(),
            milliseconds: settlement.as_ref().map(|it| it.milliseconds),
            outcome: settlement.as_ref().map(|it| it.outcome.as_str()),
            model: settlement.map_or(call.model, |it| it.model),
        }
    }
}

/// Lists calls of models, the last first.
#[utoipa::path(
    get, path = "/ai/usage", tag = TAG,
    params(CallsParameters),
    responses((status = OK, body = PageBody<CallBody>), Problems),
)]
pub(super) async fn calls(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Parameters(wanted): Parameters<CallsParameters>,
) -> Result<Json<PageBody<CallBody>>, Problem> {
    let binding = CursorBinding::of(&"ai usage");
    let before = wanted
        .cursor
        .map(|cursor| binding.read(&cursor))
        .transpose()?;
    let limit = page_size(wanted.limit)?;
    let page = state.blog.ai().usage(&actor, before, limit).await?;
    Ok(Json(PageBody {
        items: page.items.into_iter().map(CallBody::from).collect(),
        next: page.next.map(|id| binding.write(&id)),
    }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TotalsParameters {
    /// The first day (UTC); 29 days before the last unless given
    #[param(value_type = Option<String>)]
    from: Option<NaiveDate>,
    /// The last day (UTC); today unless given
    #[param(value_type = Option<String>)]
    to: Option<NaiveDate>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelTotal)]
pub(super) struct TotalBody {
    #[schema(value_type = String)]
    day: NaiveDate,
    #[schema(value_type = String)]
    actor: AuthorId,
    purpose: String,
    /// The model that was asked
    model: String,
    calls: u64,
    /// What they have cost, with what is set aside
    amount: AmountBody,
}

impl From<UsageTotal> for TotalBody {
    fn from(total: UsageTotal) -> Self {
        Self {
            day: total.day,
            actor: total.actor,
            purpose: total.purpose,
            model: total.model,
            calls: total.calls,
            amount: total.amount.into(),
        }
    }
}

/// Sums up what models have cost by day, actor, purpose and model.
#[utoipa::path(
    get, path = "/ai/usage/totals", tag = TAG,
    params(TotalsParameters),
    responses((status = OK, body = PageBody<TotalBody>), Problems),
)]
pub(super) async fn totals(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Parameters(wanted): Parameters<TotalsParameters>,
) -> Result<Json<PageBody<TotalBody>>, Problem> {
    let today = state.blog.clock().now().date_naive();
    let to = wanted.to.unwrap_or(today);
    let month = to.checked_sub_days(Days::new(29)).unwrap_or(to);
    let from = wanted.from.unwrap_or(month);
    if !(0..DAYS).contains(&(to - from).num_days()) {
        let message = format!("must be from 0 to {} days before `to`", DAYS - 1);
        return Err(Problem::field(StatusCode::BAD_REQUEST, "from", message));
    }
    let totals = state.blog.ai().usage_totals(&actor, from, to).await?;
    Ok(Json(PageBody {
        items: totals.into_iter().map(TotalBody::from).collect(),
        next: None,
    }))
}
