use super::sample::{creation, draft, time};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::Seq;
use crate::ports::DeadLetter;

pub(super) async fn a_letter_is_kept_once_until_it_is_taken_back<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (storage, other) = (world.open().await?, world.open().await?);
    for number in 0..3 {
        succeed(6, storage.commit(creation(&draft(number))).await)?;
    }
    let mut letters = Vec::new();
    for event in succeed(6, storage.events(Seq(0), 3).await)?
        .into_iter()
        .rev()
    {
        for consumer in ["indexer", "webhooks"] {
            letters.push(DeadLetter {
                consumer: consumer.to_owned(),
                event: event.clone(),
                error: "first".to_owned(),
                at: time(60),
            });
        }
    }
    for letter in &letters {
        succeed(6, storage.bury(letter).await)?;
    }
    letters.sort_by_key(|letter| letter.event.seq);
    let sorted = |letters: Vec<DeadLetter>| {
        let mut letters: Vec<_> = letters
            .into_iter()
            .map(|letter| (letter.event.seq, letter.consumer, letter.error))
            .collect();
        let order: Vec<_> = letters.iter().map(|(seq, ..)| *seq).collect();
        letters.sort();
        (order, letters)
    };
    let kept = succeed(6, other.dead_letters().await)?;
    expect(6, sorted(kept), sorted(letters.clone()))?;

    letters[0].error = "second".to_owned();
    succeed(6, storage.bury(&letters[0]).await)?;
    let kept = succeed(6, other.dead_letters().await)?;
    expect(6, sorted(kept), sorted(letters.clone()))?;

    let gone = letters.remove(0);
    for _ in 0..2 {
        succeed(6, storage.unbury(&gone.consumer, gone.event.seq).await)?;
        let kept = succeed(6, other.dead_letters().await)?;
        expect(6, sorted(kept), sorted(letters.clone()))?;
    }
    // A letter outlives its event.
    succeed(6, storage.purge(time(600), time(600)).await)?;
    let kept = succeed(6, other.dead_letters().await)?;
    expect(6, kept.contains(&letters[0]), true)
}
