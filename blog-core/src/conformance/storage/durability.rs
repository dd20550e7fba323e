use super::sample::{creation, draft, everything};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::ports::{PostKey, View};

pub(super) async fn what_was_acknowledged_survives_a_crash<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 0..20 {
        succeed(1, storage.commit(creation(&draft(number))).await)?;
    }
    world.crash().await?;
    drop(storage);
    let storage = world.open().await?;
    for number in 0..20 {
        let view = draft(number);
        let key = PostKey::Id(view.post.id);
        expect(
            1,
            succeed(1, storage.post(&everything(), &key, View::Head).await)?,
            Some(view),
        )?;
    }
    expect(1, succeed(1, storage.last_event().await)?.0, 20)
}
