use proptest::prelude::{Just, Strategy, any};
use proptest::{bool, collection, option, prop_oneof};

use crate::domain::Status;

pub(super) const POSTS: u32 = 4;
pub(super) const SLUGS: u32 = 5;
pub(super) const TAGS: u32 = 2;
pub(super) const PATHS: u32 = 2;
pub(super) const KEYS: u32 = 2;
pub(super) const CONSUMERS: u32 = 2;
pub(super) const HOLDERS: u32 = 2;

/// One step of a script. The world is small, so that steps meet.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Commit(Write),
    /// Commits that are made at once, from what is stored before the step.
    Together(Vec<Write>),
    TakeLease {
        holder: u32,
        steps: u32,
    },
    /// Gives back what the holder got last.
    ReleaseLease {
        holder: u32,
    },
    /// Buries the first event after this one.
    Bury {
        consumer: u32,
        after: u64,
    },
    Unbury {
        consumer: u32,
        seq: u64,
    },
    /// Drops what is older than so many steps.
    Purge {
        steps: u32,
    },
    Reopen,
    Crash,
}

/// What one commit is to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Write {
    pub(super) post: u32,
    pub(super) action: Action,
    /// Names a revision that is no longer there.
    pub(super) stale: bool,
    pub(super) key: Option<u32>,
    /// With the lease that this holder got last.
    pub(super) lease: Option<u32>,
    pub(super) checkpoint: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Create { slug: u32, abroad: bool },
    Edit { tag: u32 },
    Rename { slug: u32 },
    Publish,
    Withdraw { to: Status },
    Delete,
    Alias { path: u32 },
}

fn action() -> impl Strategy<Value = Action> {
    let withdrawn = prop_oneof![
        Just(Status::Draft),
        Just(Status::InReview),
        Just(Status::Archived),
        Just(Status::Trashed),
    ];
    prop_oneof![
        4 => (0..SLUGS, bool::weighted(0.2))
            .prop_map(|(slug, abroad)| Action::Create { slug, abroad }),
        3 => (0..TAGS).prop_map(|tag| Action::Edit { tag }),
        3 => (0..SLUGS).prop_map(|slug| Action::Rename { slug }),
        3 => Just(Action::Publish),
        2 => withdrawn.prop_map(|to| Action::Withdraw { to }),
        1 => Just(Action::Delete),
        1 => (0..PATHS).prop_map(|path| Action::Alias { path }),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    (
        0..POSTS,
        action(),
        bool::weighted(0.1),
        option::weighted(0.1, 0..KEYS),
        option::weighted(0.1, 0..HOLDERS),
        option::weighted(0.1, 0..CONSUMERS),
    )
        .prop_map(|(post, action, stale, key, lease, checkpoint)| Write {
            post,
            action,
            stale,
            key,
            lease,
            checkpoint,
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => write().prop_map(Step::Commit),
        4 => collection::vec(write(), 2..=3).prop_map(Step::Together),
        2 => (0..HOLDERS, 1..4_u32)
            .prop_map(|(holder, steps)| Step::TakeLease { holder, steps }),
        1 => (0..HOLDERS).prop_map(|holder| Step::ReleaseLease { holder }),
        1 => (0..CONSUMERS, 0..8_u64)
            .prop_map(|(consumer, after)| Step::Bury { consumer, after }),
        1 => (0..CONSUMERS, 1..8_u64)
            .prop_map(|(consumer, seq)| Step::Unbury { consumer, seq }),
        1 => (0..8_u32).prop_map(|steps| Step::Purge { steps }),
        1 => any::<bool>().prop_map(|dirty| if dirty { Step::Crash } else { Step::Reopen }),
    ]
}

/// Posts that are there from the beginning, so that most steps find what they change.
fn beginning() -> impl Strategy<Value = Vec<Step>> {
    let slugs = collection::vec(option::weighted(0.8, 0..SLUGS), POSTS as usize);
    slugs.prop_map(|slugs| {
        let posts = (0..).zip(slugs);
        let creation = |(post, slug): (u32, Option<u32>)| {
            Some(Step::Commit(Write {
                post,
                action: Action::Create {
                    slug: slug?,
                    abroad: false,
                },
                stale: false,
                key: None,
                lease: None,
                checkpoint: None,
            }))
        };
        posts.filter_map(creation).collect()
    })
}

pub(super) fn scripts() -> impl Strategy<Value = Vec<Step>> {
    let rest = collection::vec(step(), 0..=30);
    (beginning(), rest).prop_map(|(beginning, rest)| [beginning, rest].concat())
}
