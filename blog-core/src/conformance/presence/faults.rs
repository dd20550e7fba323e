use super::{
    DOCUMENT, HOUR, Patience, Presence, PresenceFixture, Verdict, World, bounded, expect, present,
    succeed, unavailable,
};

pub(super) async fn what_was_forgotten_is_nothing_and_can_be_said_again<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let ada = vec![present("ada")];
    for _ in 0..2 {
        succeed(1, nodes[0].show(DOCUMENT, 1, &ada, HOUR).await)?;
        for node in &nodes {
            expect(1, succeed(1, node.who(DOCUMENT).await)?, ada.clone())?;
        }
        world.forget().await?;
        for node in &nodes {
            expect(1, succeed(1, node.who(DOCUMENT).await)?, vec![])?;
        }
    }
    Ok(())
}

/// Waits until it takes note and answers again.
async fn works(presence: &dyn Presence) -> Verdict {
    let ada = vec![present("ada")];
    let patience = Patience::new(4, "what is back to work again");
    loop {
        let shown = bounded(4, presence.show(DOCUMENT, 1, &ada, HOUR)).await?;
        let who = bounded(4, presence.who(DOCUMENT)).await?;
        if shown.is_ok() && who.is_ok_and(|who| who == ada) {
            return Ok(());
        }
        patience.wait().await?;
    }
}

async fn is_unavailable(presence: &dyn Presence) -> Verdict {
    unavailable(4, presence.show(DOCUMENT, 1, &[], HOUR)).await?;
    unavailable(4, presence.who(DOCUMENT)).await
}

pub(super) async fn what_is_away_says_so_and_works_again<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    works(&*presence).await?;
    for _ in 0..2 {
        world.interrupt().await?;
        is_unavailable(&*presence).await?;
        world.restore().await?;
        works(&*presence).await?;
    }
    Ok(())
}

pub(super) async fn what_is_frozen_holds_no_call_up<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    works(&*presence).await?;
    world.freeze().await?;
    is_unavailable(&*presence).await?;
    world.thaw().await?;
    works(&*presence).await
}
