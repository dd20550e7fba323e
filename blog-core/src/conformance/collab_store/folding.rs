use super::sample::{document, fill, snapshot};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::ports::CollabStore;

async fn folded(store: &dyn CollabStore) -> Result<Option<u64>, super::Violation> {
    let log = succeed(8, store.log(document(1)).await)?;
    Ok(log.map(|log| log.folded))
}

pub(super) async fn what_is_folded_stays_so<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    fill(8, &*nodes[0], document(1), 1..=10).await?;
    let notes = [(0, 0), (4, 4), (2, 4), (4, 4), (7, 7), (99, 10), (3, 10)];
    for (place, (position, expected)) in notes.into_iter().enumerate() {
        let noted = nodes[place % 2].note_folded(document(1), position).await;
        succeed(8, noted)?;
        expect(8, folded(&*nodes[0]).await?, Some(expected))?;
    }
    fill(8, &*nodes[0], document(1), 11..=12).await?;
    succeed(8, nodes[0].compact(document(1), snapshot(12), 0).await)?;
    expect(8, folded(&*nodes[1]).await?, Some(10))?;
    succeed(8, nodes[0].note_folded(document(1), u64::MAX).await)?;
    expect(8, folded(&*nodes[1]).await?, Some(12))
}

pub(super) async fn unfolded_documents_are_paged_by_id<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let numbers = [200, 3, 127, 128, 1, 255, 64];
    for number in numbers {
        fill(8, &*store, document(number), 1..=2).await?;
    }
    // Half of a log is not enough.
    for (number, position) in [(64, 2), (127, 1), (255, 2)] {
        succeed(8, store.note_folded(document(number), position).await)?;
    }
    let expected = [1, 3, 127, 128, 200].map(document);
    for limit in 1..=6 {
        let (mut walked, mut after) = (Vec::new(), None);
        loop {
            let page = succeed(8, store.unfolded(after, limit).await)?;
            expect(8, page.len() <= limit, true)?;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            walked.extend(page);
            expect(8, walked.len() <= expected.len(), true)?;
        }
        expect(8, walked, expected.to_vec())?;
    }
    fill(8, &*store, document(255), 3..=3).await?;
    let last = succeed(8, store.unfolded(Some(document(200)), 9).await)?;
    expect(8, last, vec![document(255)])
}

pub(super) async fn all_documents_are_paged_by_id<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    for number in [255, 3, 128] {
        fill(8, &*store, document(number), 1..=2).await?;
    }
    succeed(8, store.note_folded(document(128), 2).await)?;
    let all = succeed(8, store.documents(None, 9).await)?;
    expect(8, all, [3, 128, 255].map(document).to_vec())?;
    let page = succeed(8, store.documents(Some(document(3)), 1).await)?;
    expect(8, page, vec![document(128)])?;
    succeed(8, store.remove(document(3)).await)?;
    let first = succeed(8, store.documents(None, 1).await)?;
    expect(8, first, vec![document(128)])
}

pub(super) async fn of_notes_at_once_the_highest_stays<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    fill(8, &*nodes[0], document(1), 1..=20).await?;
    let tasks: Vec<_> = (0..20_u64)
        .map(|number| {
            let node = nodes[usize::from(number % 2 == 0)].clone();
            let position = number * 7 % 20;
            tokio::spawn(async move { node.note_folded(document(1), position).await })
        })
        .collect();
    for task in tasks {
        succeed(8, task.await?)?;
    }
    expect(8, folded(&*nodes[0]).await?, Some(19))
}
