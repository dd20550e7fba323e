use std::time::Duration;

use super::sample::text;
use super::{
    Error, ErrorKind, LanguageModelFixture, Verdict, Violation, World, both_ways, broke, expect,
};
use crate::conformance::fixture::SetupError;
use crate::memory::ScriptedReply;
use crate::ports::TokenUsage;

fn kinds() -> [ErrorKind; 5] {
    [
        ErrorKind::RateLimited {
            retry_after: Duration::from_secs(7),
        },
        ErrorKind::RateLimited {
            retry_after: Duration::from_secs(1),
        },
        ErrorKind::Unavailable { retry: true },
        ErrorKind::Unavailable { retry: false },
        ErrorKind::TooLarge,
    ]
}

async fn error<F: LanguageModelFixture>(
    world: &World<'_, F>,
    kind: ErrorKind,
) -> Result<Error, Violation> {
    let replies = vec![ScriptedReply::Fail(kind.clone())];
    match both_ways(5, world, replies, &text()).await? {
        Err(error) => Ok(error),
        Ok(answer) => Err(broke(5, format!("{kind:?}"), format!("{answer:?}"))),
    }
}

pub(super) async fn an_error_says_what_to_do<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    for kind in kinds() {
        let error = error(world, kind.clone()).await?;
        expect(5, error.kind(), &kind)?;
    }
    Ok(())
}

pub(super) async fn what_is_refused_has_used_nothing<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    for kind in kinds() {
        let error = error(world, kind.clone()).await?;
        expect(7, (&kind, error.usage()), (&kind, Some(TokenUsage::NONE)))?;
    }
    Ok(())
}

pub(super) async fn the_key_is_nowhere_to_be_seen<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let no_key = || SetupError::Unsupported("no key".to_owned());
    let key = world.key().ok_or_else(no_key)?;
    let mut seen = vec![format!("{:?}", world.open().await?)];
    for kind in kinds() {
        let error = error(world, kind).await?;
        seen.push(format!("{error:?} {error:#?}"));
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            seen.push(format!("{error} {error:?}"));
            cause = error.source();
        }
    }
    match seen.into_iter().find(|seen| seen.contains(key)) {
        Some(seen) => Err(broke(5, "no key", seen)),
        None => Ok(()),
    }
}
