//! What is kept, and what goes wrong when it is written.

use std::collections::{BTreeMap, BTreeSet};

use blog_core::domain::{PostId, Seq};
use blog_core::ports::{IndexChange, IndexedPost};
use blog_core::{Error, Result};

use crate::fault::Fault;

/// Where an index keeps what it holds.
#[derive(Debug, Default)]
pub(crate) struct Home {
    pub(crate) held: Held,
    /// Posts that were put as they were already.
    pub(crate) doubled: BTreeSet<PostId>,
    side: BTreeMap<PostId, IndexedPost>,
    is_replacing: bool,
    was_replaced: bool,
    is_locked: bool,
    /// What the last write found.
    before: Held,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) posts: BTreeMap<PostId, IndexedPost>,
    pub(crate) checkpoint: Option<Seq>,
}

impl Home {
    /// The posts that are there for whoever reads.
    pub(crate) fn posts(&self, fault: Option<Fault>) -> Vec<IndexedPost> {
        let mut posts = self.held.posts.clone();
        if fault == Some(Fault::ShowsAReplacementEarly) {
            posts.extend(self.side.clone());
        }
        posts.into_values().collect()
    }

    pub(crate) fn apply(
        &mut self,
        fault: Option<Fault>,
        mut changes: Vec<IndexChange>,
        checkpoint: Seq,
    ) -> Result<()> {
        if self.is_locked {
            return Err(Error::unavailable("locked", false));
        }
        self.before = self.held.clone();
        let moves_checkpoint = match fault {
            Some(Fault::MovesItsCheckpointOnlyWithChanges) => !changes.is_empty(),
            Some(Fault::AppliesWithoutTheCheckpoint) => {
                changes.is_empty() || self.held.checkpoint.is_none()
            }
            _ => true,
        };
        self.spoil(fault, &mut changes)?;
        for change in changes {
            match change {
                IndexChange::Put(post) => self.held.posts.insert(post.post.id, *post),
                IndexChange::Remove(id) => self.held.posts.remove(&id),
            };
        }
        if moves_checkpoint {
            self.held.checkpoint = Some(checkpoint);
        }
        Ok(())
    }

    /// Makes other changes of those that are asked for.
    fn spoil(&mut self, fault: Option<Fault>, changes: &mut Vec<IndexChange>) -> Result<()> {
        match fault {
            Some(Fault::DropsWhatIsAppliedMeanwhile) if self.is_replacing => changes.clear(),
            Some(Fault::TakesNoChangesOnceReplaced) if self.was_replaced => changes.clear(),
            Some(Fault::ForgetsRemovals) => {
                changes.retain(|change| matches!(change, IndexChange::Put(_)));
            }
            _ => {}
        }
        for change in changes {
            match change {
                IndexChange::Put(post) => self.put_over_the_former(fault, post),
                IndexChange::Remove(id)
                    if fault == Some(Fault::RefusesToRemoveWhatIsAbsent)
                        && !self.held.posts.contains_key(id) =>
                {
                    return Err(Error::not_found("post"));
                }
                IndexChange::Remove(_) => {}
            }
        }
        Ok(())
    }

    fn put_over_the_former(&mut self, fault: Option<Fault>, post: &mut IndexedPost) {
        let Some(former) = self.held.posts.get(&post.post.id) else {
            return;
        };
        let is_the_same = former.head.content_hash == post.head.content_hash;
        match fault {
            Some(Fault::DoublesWhatIsAppliedAgain) if is_the_same => {
                self.doubled.insert(post.post.id);
            }
            Some(Fault::KeepsWhatAPostSaidBefore) if !is_the_same => {
                for version in post.published.iter_mut().chain([&mut post.head]) {
                    let words = format!(" {}", former.head.content.title);
                    version.content.body.push_str(&words);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn begin_replacement(&mut self, fault: Option<Fault>) {
        self.is_replacing = true;
        match fault {
            Some(Fault::KeepsAnAbandonedReplacement) => {}
            Some(Fault::BeginsAReplacementWithTheOldContent) => {
                self.side = self.held.posts.clone();
            }
            _ => self.side.clear(),
        }
        if fault == Some(Fault::EmptiesTheOldContentAtOnce) {
            self.held.posts.clear();
        }
    }

    pub(crate) fn extend_replacement(&mut self, posts: Vec<IndexedPost>) {
        let posts = posts.into_iter().map(|post| (post.post.id, post));
        self.side.extend(posts);
    }

    pub(crate) fn replace(&mut self, fault: Option<Fault>, checkpoint: Seq) {
        self.before = self.held.clone();
        if fault != Some(Fault::KeepsTheOldContentBeside) {
            self.held.posts.clear();
        }
        self.held.posts.append(&mut self.side);
        self.held.checkpoint = Some(checkpoint);
        (self.is_replacing, self.was_replaced) = (false, true);
    }

    pub(crate) fn crash(&mut self, fault: Option<Fault>) {
        match fault {
            Some(Fault::LosesTheLastChangesInACrash) if !self.was_replaced => {
                self.held.posts = self.before.posts.clone();
            }
            Some(Fault::LosesTheLastCheckpointInACrash) if !self.was_replaced => {
                self.held.checkpoint = self.before.checkpoint;
            }
            Some(Fault::LosesAReplacementInACrash) if self.was_replaced => {
                self.held = self.before.clone();
            }
            Some(Fault::LosesTheCheckpointOfAReplacementInACrash) if self.was_replaced => {
                self.held.checkpoint = self.before.checkpoint;
            }
            Some(Fault::FinishesAReplacementInACrash) if self.is_replacing => {
                self.held.posts = self.side.clone();
            }
            Some(Fault::StaysLockedAfterACrash) => self.is_locked = true,
            _ => {}
        }
        self.side.clear();
        self.is_replacing = false;
    }
}
