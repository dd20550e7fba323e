use super::{EmbedderFixture, Verdict, World, embed, expect, expect_alike};

const TEXTS: [&str; 6] = [
    "The fox jumps over the lazy dog.",
    "Brot und Käse",
    "",
    "\n \t",
    "\u{1f98a}\u{0}",
    "日本語のブログ",
];

pub(super) async fn there_is_one_of_length_1_for_each_text<F: EmbedderFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let embedder = world.open().await?;
    embed(1, &*embedder, &TEXTS).await?;
    embed(1, &*embedder, &TEXTS[..1]).await?;
    Ok(())
}

pub(super) async fn vectors_are_in_the_order_of_texts<F: EmbedderFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let embedder = world.open().await?;
    let mut alone = Vec::new();
    for text in TEXTS {
        alone.extend(embed(1, &*embedder, &[text]).await?);
    }
    expect_alike(1, &embed(1, &*embedder, &TEXTS).await?, &alone)
}

pub(super) async fn a_text_has_the_same_direction_in_every_call<F: EmbedderFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let [one, other] = [world.open().await?, world.open().await?];
    let first = embed(2, &*one, &TEXTS).await?;
    for embedder in [one, other] {
        expect_alike(2, &embed(2, &*embedder, &TEXTS).await?, &first)?;
    }
    Ok(())
}

pub(super) async fn any_number_of_texts_may_be_asked_for<F: EmbedderFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let embedder = world.open().await?;
    expect(3, embed(3, &*embedder, &[]).await?.len(), 0)?;
    let texts: Vec<_> = (0..3_000).map(|number| format!("text {number}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let vectors = embed(3, &*embedder, &texts).await?;
    for number in [0, 1, 1_499, 2_998, 2_999] {
        let alone = embed(3, &*embedder, &texts[number..=number]).await?;
        expect_alike(3, &vectors[number..=number], &alone)?;
    }
    Ok(())
}
