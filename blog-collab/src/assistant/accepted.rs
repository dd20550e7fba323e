use std::sync::Arc;

use blog_core::domain::{AcceptedEdit, Actor, PostId, Provenance};
use blog_core::services::{Access, ByModel};
use blog_core::{Error, Result};

use crate::Hub;
use crate::fold_of_model::FoldOfModel;
use crate::handover::{self, Opened};
use crate::hub::{Entrant, may_not_edit};

/// What a model has suggested for a post, once somebody has put some of it into the live document by edits of
/// theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSuggestion {
    /// Where it comes from, as [`Revised::receipt`](blog_core::services::ai::Revised::receipt) says: its cost is that
    /// of the call, of which several versions may come.
    pub receipt: Provenance,
    /// Those edits, a thousand at most. All that is not told of yet belongs together: the version that is made
    /// says of every word whose it is.
    pub edits: Vec<AcceptedEdit>,
}

/// How many edits are told of at once.
const MOST_EDITS: usize = 1000;
/// How many paragraphs such an edit accepts: more than a text has that a model rewords.
const MOST_PARAGRAPHS: usize = 4000;

impl Hub {
    /// Makes a version of kind ai of what the live document says, once somebody has put into it what a model
    /// has suggested to them. It has the suggestion's provenance. The words that were inserted count as the
    /// model's from then on, also where another fold has made them a version by then, if the body is one text; all
    /// others are those of whoever wrote them. Does nothing where the post's 50 newest versions tell of all of these
    /// edits, with this provenance.
    ///
    /// # Errors
    /// Invalid for a receipt that no model's suggestion for this post to `actor` has, for no edits or too
    /// many, for clocks that end before they begin or of which not all are stored, for too many paragraphs, and for a client id that is
    /// another's; not found
    /// where the post has no live document, and for whoever may not see its head; forbidden for whoever may
    /// not edit it; unavailable after [`HubOptions::store_patience`](crate::HubOptions::store_patience); what
    /// the ports say.
    pub async fn accept_suggestion(
        &self,
        actor: &Actor,
        post: PostId,
        accepted: AcceptedSuggestion,
    ) -> Result<()> {
        let Entrant { actor, access, .. } = self.let_in(actor, post).await?;
        if access != Access::Edit {
            return Err(may_not_edit());
        }
        let AcceptedSuggestion { receipt, mut edits } = accepted;
        if !(1..=MOST_EDITS).contains(&edits.len()) {
            let message = format!("must be 1 to {MOST_EDITS}");
            return Err(Error::invalid_field("edits", message));
        }
        let shared = Arc::clone(&self.0);
        let ai = shared.blog.ai();
        ai.check_suggested(&actor, post, &receipt).await?;
        let opened = shared.patiently(handover::open(&shared, post, 0)).await?;
        for (place, edit) in edits.iter().enumerate() {
            check_stored(&opened, &actor, place, edit)?;
        }
        edits.sort_by_key(|edit| (edit.client, edit.clocks.start));
        shared.assistant();
        let of_model = FoldOfModel {
            by_model: ByModel {
                provenance: receipt,
                message: format!("Suggestion accepted by {}", actor.name),
                accepted: edits,
            },
            accepted_by: Some(actor.id.clone()),
        };
        self.to_the_end(async move {
            let folded = handover::fold_as(&shared, post, Some(of_model));
            shared.patiently(folded).await.map(drop)
        })
        .await
    }
}

/// Fails unless an edit is `actor`'s, and all of it is stored.
fn check_stored(opened: &Opened, actor: &Actor, place: usize, edit: &AcceptedEdit) -> Result<()> {
    let AcceptedEdit {
        client,
        clocks,
        paragraphs,
    } = edit;
    let wrong = |field, message: &str| {
        let field = format!("edits[{place}].{field}");
        Err(Error::invalid_field(field, message))
    };
    let mut claims = opened.stored.claims.iter();
    if claims.any(|(id, owner)| id == client && *owner != actor.id) {
        return wrong("client", "is another's");
    }
    if paragraphs.len() > MOST_PARAGRAPHS {
        return wrong("paragraphs", &format!("must be at most {MOST_PARAGRAPHS}"));
    }
    if clocks.end < clocks.start {
        return wrong("to", "must not be less than `from`");
    }
    if opened.document.clock_of(*client) < clocks.end {
        return wrong("to", "is more than is stored");
    }
    Ok(())
}
