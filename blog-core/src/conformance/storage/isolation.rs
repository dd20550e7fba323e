use super::sample::{
    AUTHOR, by_id, by_slug, creation, draft, edited, everything, published, renamed, with_content,
};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::{Scope, Seq};
use crate::ports::{AuditQuery, Checkpoint, IdempotencyRecord, PostKey, PostQuery, View};

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
        let succeeded = task.await?;
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

pub(super) async fn every_kind_of_read_sees_a_commit_at_once<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (writer, reader) = (world.open().await?, world.open().await?);
    let mut view = with_content(published(draft(0)), |content| {
        content.tags = vec!["tag".to_owned()];
        content.category = Some("category".to_owned());
    });
    let trail = AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    };
    succeed(6, writer.commit(creation(&view)).await)?;
    for round in 1..10_u32 {
        let former = view.post.slug.clone();
        let (next, mut edit) = edited(&view, "again");
        edit.checkpoint = Some(Checkpoint {
            consumer: "rollup".to_owned(),
            seq: Seq(round.into()),
        });
        edit.idempotency = Some(IdempotencyRecord {
            actor: AUTHOR.to_owned(),
            key: round.to_string(),
            request_hash: [7; 32],
            post: view.post.id,
            at: view.post.created_at,
        });
        succeed(6, writer.commit(edit).await)?;
        let (next, rename) = renamed(&next, &draft(round).post.slug);
        succeed(6, writer.commit(rename).await)?;
        succeed(
            6,
            writer
                .commit(creation(&published(draft(100 + round))))
                .await,
        )?;
        view = next;

        let by_slug_now = by_slug(&view.post.slug);
        for key in [by_id(&view), by_slug_now] {
            let read = succeed(6, reader.post(&everything(), &key, View::Head).await)?;
            expect(6, read.as_ref(), Some(&view))?;
        }
        let leads_to = reader.redirect(&Scope::public(), &by_slug(&former)).await;
        expect(6, succeed(6, leads_to)?.as_ref(), Some(&view.post))?;
        let version = reader.version(&everything(), view.post.id, round + 1).await;
        expect(6, succeed(6, version)?.as_ref(), Some(&view.version))?;
        let versions = reader
            .versions(&everything(), view.post.id, None, 100)
            .await;
        expect(6, succeed(6, versions)?.len() as u32, round + 1)?;
        let list = reader.posts(&Scope::public(), &PostQuery::default()).await;
        expect(6, succeed(6, list)?.len() as u32, round + 1)?;
        let cards = reader.cards(&everything(), &[view.post.id]).await;
        let shown = succeed(6, cards)?.pop().map(|card| card.number);
        expect(6, shown, Some(round + 1))?;
        for terms in [
            reader.tags(&everything()).await,
            reader.categories(&everything()).await,
        ] {
            expect(6, succeed(6, terms)?.len(), 1)?;
        }
        let authors = succeed(6, reader.authors(&Scope::public()).await)?;
        let posts = authors.first().map(|author| author.count);
        expect(6, posts, Some(u64::from(round) + 1))?;
        let events = u64::from(round) * 3 + 1;
        expect(6, succeed(6, reader.last_event().await)?, Seq(events))?;
        let log = succeed(6, reader.events(Seq(events - 1), 9).await)?;
        expect(6, log.len(), 1)?;
        let audit = succeed(6, reader.audit(&trail).await)?;
        expect(6, audit.len() as u64, events)?;
        let checkpoint = succeed(6, reader.checkpoint("rollup").await)?;
        expect(6, checkpoint, Seq(round.into()))?;
        let kept = reader
            .idempotency(&AUTHOR.to_owned(), &round.to_string())
            .await;
        expect(6, succeed(6, kept)?.is_some(), true)?;
    }
    Ok(())
}
