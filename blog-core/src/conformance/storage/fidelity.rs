use serde_json::json;

use super::sample::{creation, draft, everything, published, with_content};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::Seo;
use crate::ports::{PostKey, PostQuery, View};

const HOSTILE: &str = "\u{202e}\u{feff}🦀 '; DROP TABLE blog_posts; -- \" <script>alert(1)</script> \u{1}\u{ffff}\\u0000";

pub(super) async fn texts_come_back_byte_for_byte<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = with_content(published(draft(1)), |content| {
        content.title = HOSTILE.to_owned();
        content.body = format!("{HOSTILE}\n{}", "é🦀a\n".repeat(150_000));
        content.excerpt = Some(String::new());
        content.tags = vec![HOSTILE.to_owned(), "%_".to_owned()];
        content.category = Some(format!("{HOSTILE}/%"));
        content.cover = Some(HOSTILE.to_owned());
        content.seo = Seo {
            title: Some(HOSTILE.to_owned()),
            ..Seo::default()
        };
        if let Some(custom) =
            json!({ HOSTILE: [HOSTILE, 1.5, -3, null, {"b": 1, "a": 2}] }).as_object()
        {
            content.custom = custom.clone();
        }
    });
    succeed(9, storage.commit(creation(&view)).await)?;
    let key = PostKey::Id(view.post.id);
    let stored = succeed(9, storage.post(&everything(), &key, View::Reader).await)?;
    expect(9, stored.as_ref() == Some(&view), true)?;
    let tagged = PostQuery {
        tag: Some(HOSTILE.to_owned()),
        ..PostQuery::default()
    };
    expect(
        9,
        succeed(9, storage.posts(&everything(), &tagged).await)?.len(),
        1,
    )?;
    let percent = PostQuery {
        tag: Some("%".to_owned()),
        ..PostQuery::default()
    };
    expect(
        9,
        succeed(9, storage.posts(&everything(), &percent).await)?.len(),
        0,
    )
}
