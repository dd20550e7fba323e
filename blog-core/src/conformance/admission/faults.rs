use super::{
    AdmissionFixture, DOCUMENT, Patience, Role, Verdict, World, bounded, expect, succeed,
    unavailable, user,
};

pub(super) async fn where_nothing_is_known_the_answer_is_neither_yes_nor_no<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    let [ada, ben] = ["ada", "ben"].map(|id| user(id, Role::Author));
    for actor in [&ada, &ben] {
        world.change(actor.clone()).await?;
    }
    world.dismiss(&ben.id).await?;
    world.interrupt().await?;
    for actor in [&ada, &ben] {
        unavailable(4, admission.admit(actor, DOCUMENT)).await?;
    }
    world.restore().await?;
    let patience = Patience::new(4, "what is back to answer again");
    while bounded(4, admission.admit(&ada, DOCUMENT)).await?.is_err() {
        patience.wait().await?;
    }
    let answer = succeed(4, admission.admit(&ada, DOCUMENT).await)?;
    expect(4, answer, Some(ada))?;
    expect(4, succeed(4, admission.admit(&ben, DOCUMENT).await)?, None)
}
