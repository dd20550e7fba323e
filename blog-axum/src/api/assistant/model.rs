use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blog_collab::{AcceptedSuggestion, Assist, Run, RunProblem, RunState};
use blog_core::domain::{AcceptedEdit, AuthorId, Locale};
use blog_core::services::ai::{Engine as WrittenBy, Report, WritingTask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::ai::{TokensBody, money, receipt};
use crate::problem::Problem;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assist)]
pub(super) struct AssistBody {
    task: WritingTask,
    /// What is to be written, which `write` needs; for `continue`, where the text is to go
    instruction: Option<String>,
    /// `article` unless given; a name that is not known is answered with those that are
    style: Option<String>,
    /// `neutral` unless given
    tone: Option<String>,
    /// `medium` unless given
    length: Option<String>,
    /// The post's language unless given
    language: Option<Locale>,
    /// Where in the body: a relative position of Yjs, as `Y.encodeRelativePosition` makes it, in base64. The
    /// end unless given
    at: Option<String>,
}

impl AssistBody {
    pub(super) fn wanted(self) -> Result<Assist, Problem> {
        let at = self.at.map(|at| STANDARD.decode(at)).transpose();
        let at = at.map_err(|_| {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Problem::field(status, "at", "must be base64")
        })?;
        Ok(Assist {
            task: self.task,
            instruction: self.instruction,
            style: self.style,
            tone: self.tone,
            length: self.length,
            language: self.language,
            at,
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptedSuggestion)]
pub(super) struct AcceptedBody {
    /// What came with the suggestions
    receipt: String,
    /// All the edits that put some of them into the text and that no call has told of yet, a thousand at most
    edits: Vec<EditBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptedEdit)]
struct EditBody {
    /// The client id of Yjs that the edit was made under
    client: u64,
    /// The client's clock before the edit
    from: u32,
    /// The client's clock after it: the same where words were only taken out
    to: u32,
    /// The suggested paragraphs that it accepts, by `index`; they tell edits apart that only took words out
    #[serde(default)]
    paragraphs: Vec<u32>,
}

impl AcceptedBody {
    pub(super) fn accepted(self) -> Result<AcceptedSuggestion, Problem> {
        Ok(AcceptedSuggestion {
            receipt: receipt::read(&self.receipt)?,
            edits: self.edits.into_iter().map(AcceptedEdit::from).collect(),
        })
    }
}

impl From<EditBody> for AcceptedEdit {
    fn from(edit: EditBody) -> Self {
        Self {
            client: edit.client,
            clocks: edit.from..edit.to,
            paragraphs: edit.paragraphs,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = AssistantRun)]
pub(super) struct RunBody {
    id: Uuid,
    task: WritingTask,
    state: StateBody,
    /// Who asked for it
    by: ByBody,
    /// `model:` and the name of the model, once it has said something
    engine: Option<String>,
    /// Once it has said something: at a guess, until it is done
    usage: Option<TokensBody>,
    /// In the currency of the prices; null where the model has no price
    cost: Option<f64>,
    /// What was done to the text before anybody saw it
    reports: Vec<Report>,
    /// Why it failed
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<WhyBody>,
    /// Words that it has written
    words: u32,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssistantState)]
enum StateBody {
    Writing,
    Done,
    Cancelled,
    Failed,
    Undone,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AssistantRequester)]
struct ByBody {
    #[schema(value_type = String)]
    id: AuthorId,
    name: String,
}

/// Why a run failed, as a problem says it.
#[derive(Serialize, ToSchema)]
#[schema(as = AssistantProblem)]
struct WhyBody {
    title: &'static str,
    status: u16,
    detail: String,
}

impl From<Run> for RunBody {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            task: run.task,
            state: run.state.into(),
            by: ByBody {
                id: run.by.id,
                name: run.by.name,
            },
            engine: run.model.map(|name| WrittenBy::Model(name).to_string()),
            usage: run.usage.map(TokensBody::from),
            cost: run.cost_micros.map(money),
            reports: run.reports,
            problem: run.problem.map(WhyBody::from),
            words: run.words,
        }
    }
}

impl From<RunState> for StateBody {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Writing => Self::Writing,
            RunState::Done => Self::Done,
            RunState::Cancelled => Self::Cancelled,
            RunState::Failed => Self::Failed,
            RunState::Undone => Self::Undone,
        }
    }
}

impl From<RunProblem> for WhyBody {
    fn from(problem: RunProblem) -> Self {
        let RunProblem { status, detail } = problem;
        let known = StatusCode::from_u16(status).ok();
        Self {
            title: known
                .and_then(|status| status.canonical_reason())
                .unwrap_or_default(),
            status,
            detail,
        }
    }
}
