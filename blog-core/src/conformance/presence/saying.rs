use super::{
    DOCUMENT, HOUR, OTHER_DOCUMENT, PresenceFixture, Present, Verdict, World, expect, names,
    present, succeed,
};

pub(super) async fn what_a_node_said_last_is_told_on_every_node<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    expect(1, succeed(1, nodes[0].who(DOCUMENT).await)?, vec![])?;
    let (ada, ben) = (present("ada"), present("ben"));
    for here in [vec![ada.clone()], vec![ada, ben.clone()], vec![ben], vec![]] {
        succeed(1, nodes[0].show(DOCUMENT, 1, &here, HOUR).await)?;
        for node in &nodes {
            expect(1, succeed(1, node.who(DOCUMENT).await)?, here.clone())?;
        }
    }
    Ok(())
}

pub(super) async fn nodes_are_told_of_together_and_each_person_once<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let [ada, ben, cyd] = ["ada", "ben", "cyd"].map(present);
    let there = [cyd.clone(), ben.clone()];
    succeed(1, nodes[0].show(DOCUMENT, 1, &there, HOUR).await)?;
    let here = [ben.clone(), ada.clone(), ada.clone()];
    succeed(1, nodes[1].show(DOCUMENT, u64::MAX, &here, HOUR).await)?;
    for node in &nodes {
        let who = succeed(1, node.who(DOCUMENT).await)?;
        expect(1, who, vec![ada.clone(), ben.clone(), cyd.clone()])?;
    }
    Ok(())
}

pub(super) async fn ids_and_names_come_back_as_they_were<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    let mut everybody = vec![];
    for id in names() {
        for name in [&*id, "\"Zoë\" \\ 1 [{}]\n"] {
            let name = name.to_owned();
            everybody.push(Present {
                id: id.clone(),
                name,
            });
        }
    }
    everybody.sort();
    everybody.dedup();
    succeed(1, presence.show(DOCUMENT, 1, &everybody, HOUR).await)?;
    expect(1, succeed(1, presence.who(DOCUMENT).await)?, everybody)
}

pub(super) async fn a_crowd_is_told_of_whole<F: PresenceFixture>(world: &World<'_, F>) -> Verdict {
    let presence = world.open().await?;
    let crowd: Vec<_> = (0..1_000).map(|it| present(&format!("{it:04}"))).collect();
    for (node, part) in (1..).zip(crowd.chunks(50)) {
        succeed(1, presence.show(DOCUMENT, node, part, HOUR).await)?;
    }
    expect(1, succeed(1, presence.who(DOCUMENT).await)?, crowd)
}

pub(super) async fn what_a_node_takes_back_others_still_say<F: PresenceFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let presence = world.open().await?;
    let [ada, ben] = ["ada", "ben"].map(present);
    let both = [ada.clone(), ben.clone()];
    succeed(3, presence.show(DOCUMENT, 1, &both, HOUR).await)?;
    let ada = std::slice::from_ref(&ada);
    // Nodes whose numbers are alike in their lower half.
    let other = 1 | 1 << 40;
    succeed(3, presence.show(DOCUMENT, other, ada, HOUR).await)?;
    succeed(3, presence.show(DOCUMENT, 1, &[], HOUR).await)?;
    expect(3, succeed(3, presence.who(DOCUMENT).await)?, ada.to_vec())?;
    succeed(3, presence.show(DOCUMENT, 1, &[ben], HOUR).await)?;
    succeed(3, presence.show(DOCUMENT, 1, &[], HOUR).await)?;
    expect(3, succeed(3, presence.who(DOCUMENT).await)?, ada.to_vec())
}

pub(super) async fn documents_are_apart<F: PresenceFixture>(world: &World<'_, F>) -> Verdict {
    let presence = world.open().await?;
    let [ada, ben] = ["ada", "ben"].map(|id| vec![present(id)]);
    succeed(3, presence.show(DOCUMENT, 1, &ada, HOUR).await)?;
    succeed(3, presence.show(OTHER_DOCUMENT, 1, &ben, HOUR).await)?;
    expect(3, succeed(3, presence.who(DOCUMENT).await)?, ada)?;
    succeed(3, presence.show(DOCUMENT, 1, &[], HOUR).await)?;
    expect(3, succeed(3, presence.who(DOCUMENT).await)?, vec![])?;
    expect(3, succeed(3, presence.who(OTHER_DOCUMENT).await)?, ben)
}
