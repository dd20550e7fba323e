use super::sample::{ADA, document, expect_whole, load, one, snapshot, with_claim, with_version};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::ports::{Log, Start};

pub(super) async fn a_second_node_sees_every_call_at_once<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let (mut end, mut folded) = (0, 0);
    for round in 1..=10_u32 {
        let turn = round as usize % 2;
        let (writer, reader) = (&nodes[turn], &nodes[1 - turn]);
        let (id, all) = (document(1), 100_000);
        let version = with_version("1", round - 1, round);
        succeed(6, writer.append(id, version).await)?;
        end += 1;
        let log = |folded| Log {
            end,
            version: round,
            version_at: end,
            folded,
        };
        expect(6, succeed(6, reader.log(id).await)?, Some(log(folded)))?;
        let unfolded = succeed(6, reader.unfolded(None, all).await)?;
        expect(6, unfolded, vec![id])?;
        let news = succeed(6, reader.entries(id, end - 1, all).await)?;
        expect(6, news.len(), 1)?;

        folded = end;
        succeed(6, writer.note_folded(id, folded).await)?;
        expect(6, succeed(6, reader.log(id).await)?, Some(log(folded)))?;
        expect(6, succeed(6, reader.unfolded(None, all).await)?, vec![])?;

        let made_from = end.saturating_sub(2);
        let compacted = writer.compact(id, snapshot(end), made_from).await;
        succeed(6, compacted)?;
        let stored = load(6, &**reader, id, Start::Newest).await?;
        expect(6, stored.snapshot, Some(snapshot(end)))?;
        let kept = succeed(6, reader.entries(id, 0, all).await)?;
        expect(6, kept.len() as u32, round.min(2))?;

        let claim = with_claim("2", u64::from(round), ADA);
        succeed(6, writer.append(id, claim).await)?;
        end += 1;
        let stored = load(6, &**reader, id, Start::Previous).await?;
        expect(6, stored.claims.len(), round as usize)?;
        expect(6, stored.log.end, end)?;

        succeed(6, writer.append(document(2), one("1")).await)?;
        succeed(6, writer.remove(document(2)).await)?;
        expect(6, succeed(6, reader.log(document(2)).await)?, None)?;
        succeed(6, writer.note_folded(id, end).await)?;
        folded = end;
    }
    Ok(())
}

pub(super) async fn a_document_is_loaded_as_of_one_moment<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let (writer, reader) = (nodes[0].clone(), &nodes[1]);
    succeed(6, writer.append(document(1), one("1")).await)?;
    let writing = tokio::spawn(async move {
        let (mut before, mut made_from) = (0, 0);
        for number in 2..=200 {
            let version = with_version("1", before, number);
            let end = writer.append(document(1), version).await?;
            before = number;
            if end % 3 == 0 {
                writer
                    .compact(document(1), snapshot(end - 1), made_from)
                    .await?;
                made_from = end - 1;
            }
        }
        Ok::<_, crate::Error>(())
    });
    let mut end = 0;
    while end < 200 {
        for from in [Start::Newest, Start::Previous] {
            let stored = load(6, &**reader, document(1), from).await?;
            expect_whole(6, &stored)?;
            expect(6, stored.log.end >= end, true)?;
            end = stored.log.end;
            // Every entry but the first brings a version in.
            let version = if end == 1 { 0 } else { end };
            let log = (u64::from(stored.log.version), stored.log.version_at);
            expect(6, log, (version, version))?;
        }
        if writing.is_finished() && end < 200 {
            break;
        }
        tokio::task::yield_now().await;
    }
    succeed(6, writing.await?)?;
    let stored = load(6, &**reader, document(1), Start::Newest).await?;
    expect(6, stored.log.end, 200)
}
