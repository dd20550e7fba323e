use super::{EmbedderFixture, Patience, Verdict, World, bounded, unavailable};

pub(super) async fn an_embedder_that_is_away_says_so_and_works_again<F: EmbedderFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let embedder = world.open().await?;
    for _ in 0..2 {
        world.interrupt().await?;
        unavailable(4, embedder.embed(&["The fox"])).await?;
        world.restore().await?;
        let patience = Patience::new(4, "an embedder that is back to work again");
        while bounded(4, embedder.embed(&["The fox"])).await?.is_err() {
            patience.wait().await?;
        }
    }
    Ok(())
}
