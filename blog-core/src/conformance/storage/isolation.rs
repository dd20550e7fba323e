use super::sample::{creation, draft, everything};
use super::{StorageFixture, Verdict, Violation, World, expect, succeed};
use crate::domain::Seq;
use crate::ports::{PostKey, View};

pub(super) async fn two_places_share_nothing<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let here = world.open().await?;
    let there = world.elsewhere().await?;
    succeed(4, here.commit(creation(&draft(1))).await)?;
    let key = PostKey::Id(draft(1).post.id);
    expect(
        4,
        succeed(4, there.post(&everything(), &key, View::Head).await)?,
        None,
    )?;
    succeed(4, there.commit(creation(&draft(1))).await).map(|_| ())
}

pub(super) async fn a_failed_neighbour_undoes_nobody<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    succeed(5, storage.commit(creation(&draft(0))).await)?;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let storage = storage.clone();
            // Every eighth creates the first post once more.
            let view = draft(if number % 8 == 0 { 0 } else { number });
            tokio::spawn(async move { storage.commit(creation(&view)).await.is_ok() })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let succeeded = task
            .await
            .map_err(|error| Violation::NotRun(error.to_string()))?;
        expect(5, (number, succeeded), (number, number % 8 != 0))?;
    }
    expect(5, succeed(5, storage.events(Seq(0), 100).await)?.len(), 57)
}

pub(super) async fn a_second_node_sees_a_commit_at_once<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (one, other) = (world.open().await?, world.open().await?);
    for number in 0..20 {
        let (writer, reader) = if number % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let view = draft(number);
        let key = PostKey::Id(view.post.id);
        succeed(6, writer.commit(creation(&view)).await)?;
        expect(
            6,
            succeed(6, reader.post(&everything(), &key, View::Head).await)?,
            Some(view),
        )?;
    }
    Ok(())
}
