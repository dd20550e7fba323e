use std::time::Duration;

use super::{
    DOCUMENT, HOUR, Patience, Presence, PresenceFixture, Present, Verdict, World, expect, present,
    succeed,
};

const SHORT: Duration = Duration::from_millis(200);

/// Waits until those who are left are all.
async fn are_left(presence: &dyn Presence, left: &[Present]) -> Verdict {
    let patience = Patience::new(2, "whose time is over to be gone");
    while succeed(2, presence.who(DOCUMENT).await)? != left {
        patience.wait().await?;
    }
    Ok(())
}

pub(super) async fn who_is_not_renewed_is_gone<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let ada = [present("ada")];
    succeed(2, nodes[0].show(DOCUMENT, 1, &ada, SHORT).await)?;
    for node in nodes {
        are_left(&*node, &[]).await?;
    }
    Ok(())
}

pub(super) async fn who_is_renewed_stays<F: PresenceFixture>(world: &World<'_, F>) -> Verdict {
    let presence = world.open().await?;
    let ada = [present("ada")];
    succeed(2, presence.show(DOCUMENT, 1, &ada, SHORT).await)?;
    succeed(2, presence.show(DOCUMENT, 1, &ada, HOUR).await)?;
    // As long as this one's, which began later.
    succeed(
        2,
        presence.show(DOCUMENT, 2, &[present("ben")], SHORT).await,
    )?;
    are_left(&*presence, &ada).await
}

pub(super) async fn a_shorter_word_ends_a_longer_one<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    let ada = [present("ada")];
    succeed(2, presence.show(DOCUMENT, 1, &ada, HOUR).await)?;
    succeed(2, presence.show(DOCUMENT, 1, &ada, SHORT).await)?;
    are_left(&*presence, &[]).await
}

pub(super) async fn one_nodes_word_does_not_hold_for_another<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    let [ada, ben] = ["ada", "ben"].map(|id| [present(id)]);
    for (long, short) in [(1, 2), (2, 1)] {
        succeed(2, presence.show(DOCUMENT, long, &ada, HOUR).await)?;
        succeed(2, presence.show(DOCUMENT, short, &ben, SHORT).await)?;
        are_left(&*presence, &ada).await?;
        succeed(2, presence.show(DOCUMENT, short, &ben, SHORT).await)?;
        succeed(2, presence.show(DOCUMENT, long, &ada, HOUR).await)?;
        are_left(&*presence, &ada).await?;
        succeed(2, presence.show(DOCUMENT, long, &[], HOUR).await)?;
    }
    Ok(())
}

pub(super) async fn any_time_can_be_asked_for<F: PresenceFixture>(world: &World<'_, F>) -> Verdict {
    let presence = world.open().await?;
    let ada = [present("ada")];
    succeed(2, presence.show(DOCUMENT, 1, &ada, Duration::MAX).await)?;
    expect(2, succeed(2, presence.who(DOCUMENT).await)?, ada.to_vec())?;
    for nothing in [Duration::ZERO, Duration::from_nanos(1)] {
        succeed(2, presence.show(DOCUMENT, 1, &ada, HOUR).await)?;
        succeed(2, presence.show(DOCUMENT, 1, &ada, nothing).await)?;
        are_left(&*presence, &[]).await?;
    }
    Ok(())
}
