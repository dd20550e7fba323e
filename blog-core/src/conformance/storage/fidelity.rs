use serde_json::json;

use super::sample::{
    AUTHOR, by_id, creation, draft, everything, profile, published, time, with_content,
};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::{
    AcceptedEdit, Contributor, EventKind, Locale, LogPosition, Origin, Outcome, Provenance, Scope,
    Seo, Seq, VersionKind,
};
use crate::ports::{AuditQuery, PostCard, PostKey, PostQuery, VersionHeader, View};

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

/// The same letter composed and decomposed, in another case, and with blanks around it.
const ALIKE: [&str; 6] = [
    "\u{e9}", "e\u{301}", "\u{c9}", "\u{e9} ", " \u{e9}", "\u{e9}\t",
];

pub(super) async fn texts_that_look_alike_stay_apart<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for (number, text) in (0..).zip(ALIKE) {
        let mut view = with_content(published(draft(number)), |content| {
            content.title = text.to_owned();
            content.body = format!("{text}\n\n{text}  \n");
            content.tags = vec![text.to_owned()];
            content.category = Some(text.to_owned());
        });
        view.post.author = text.to_owned();
        let mut changes = creation(&view);
        changes.authors.push(profile(text));
        succeed(9, storage.commit(changes).await)?;
        let stored = storage.post(&everything(), &by_id(&view), View::Head).await;
        expect(9, succeed(9, stored)?, Some(view))?;
    }
    let categories = succeed(9, storage.categories(&everything()).await)?;
    expect(9, categories.len(), ALIKE.len())?;
    expect(
        9,
        succeed(9, storage.tags(&everything()).await)?.len(),
        ALIKE.len(),
    )?;
    let authors = succeed(9, storage.authors(&everything()).await)?;
    expect(9, authors.len(), ALIKE.len())?;
    for (number, text) in (0..).zip(ALIKE) {
        let text = text.to_owned();
        let filters: [fn(&mut PostQuery, String); 3] = [
            |query, text| query.tag = Some(text),
            |query, text| query.category = Some(text),
            |query, text| query.author = Some(text),
        ];
        for filter in filters {
            let mut query = PostQuery::default();
            filter(&mut query, text.clone());
            let cards = succeed(9, storage.posts(&everything(), &query).await)?;
            let ids: Vec<_> = cards.into_iter().map(|card| card.post.id).collect();
            expect(9, ids, vec![draft(number).post.id])?;
        }
        let profiles = succeed(9, storage.profiles(std::slice::from_ref(&text)).await)?;
        expect(9, profiles, vec![profile(&text)])?;
    }
    Ok(())
}

pub(super) async fn every_field_comes_back<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    let mut view = published(draft(1));
    let post = &mut view.post;
    post.locale = Locale::parse("pt-BR").unwrap_or_default();
    post.translation_of = Some(draft(2).post.id);
    post.coauthors = vec!["grace".to_owned(), "linus".to_owned()];
    post.public_updated_at = Some(time(70) + chrono::Duration::microseconds(123_456));
    post.scheduled_at = Some(time(80));
    post.published_at = Some(time(-1_500_000_000));
    post.updated_at = time(90);
    post.locked_by = Some("linus".to_owned());
    post.ai_generated = true;
    post.published_ai_generated = true;
    let version = &mut view.version;
    version.kind = VersionKind::Collab;
    version.message = Some(HOSTILE.to_owned());
    version.log_position = Some(LogPosition {
        update: 1 << 40,
        state_vector: (0..=255).collect(),
    });
    let contributor = |author: &str, words| Contributor {
        author: author.to_owned(),
        words,
    };
    version.contributors = vec![contributor(HOSTILE, u32::MAX), contributor("grace", 0)];
    version.passages = Some(vec![(1, 0, u32::MAX).into(), (0, 7, 7).into()]);
    version.restored = Some(u32::MAX);
    version.provenance = Some(Provenance {
        model: HOSTILE.to_owned(),
        prompt: "generate 1".to_owned(),
        request_hash: "00".repeat(32),
        answer_hash: "ff".repeat(32),
        input_tokens: 1 << 40,
        output_tokens: 0,
        cost_micros: Some(1 << 50),
        requester: HOSTILE.to_owned(),
    });
    version.accepted = vec![AcceptedEdit {
        client: (1 << 53) - 1,
        clocks: 7..u32::MAX,
        paragraphs: vec![0, u32::MAX],
    }];
    let mut changes = creation(&view);
    changes.at = time(100);
    changes.authors[0].bio = Some(HOSTILE.to_owned());
    changes.authors[0].links = vec!["https://example.org/?a=b&c".to_owned(), String::new()];
    changes.audit[0].outcome = Outcome::Refused;
    changes.audit[0].origin = Origin {
        address: Some("::1".to_owned()),
        user_agent: Some(HOSTILE.to_owned()),
        request_id: None,
    };
    succeed(9, storage.commit(changes.clone()).await)?;

    let stored = storage.post(&everything(), &by_id(&view), View::Head).await;
    expect(9, succeed(9, stored)?.as_ref(), Some(&view))?;
    let version = storage.version(&everything(), view.post.id, 1).await;
    expect(9, succeed(9, version)?.as_ref(), Some(&view.version))?;
    let card = PostCard::from(&view);
    let cards = succeed(9, storage.cards(&everything(), &[view.post.id]).await)?;
    expect(9, cards, vec![card.clone()])?;
    let list = storage.posts(&Scope::public(), &PostQuery::default()).await;
    expect(9, succeed(9, list)?, vec![card])?;
    let headers = storage.versions(&everything(), view.post.id, None, 9).await;
    let header = VersionHeader::from(&view.version);
    expect(9, succeed(9, headers)?, vec![header])?;
    let profiles = succeed(9, storage.profiles(&[AUTHOR.to_owned()]).await)?;
    expect(9, profiles, changes.authors)?;
    let trail = AuditQuery {
        limit: 9,
        ..AuditQuery::default()
    };
    let trail = succeed(9, storage.audit(&trail).await)?;
    let trail: Vec<_> = trail.into_iter().map(|(_, entry)| entry).collect();
    expect(9, trail, changes.audit)?;
    let event = succeed(9, storage.events(Seq(0), 1).await)?.pop();
    let event = event.map(|event| (event.at, event.kind, event.post, event.revision));
    expect(
        9,
        event,
        Some((time(100), EventKind::PostCreated, view.post.id, 1)),
    )?;
    // A profile that is there is not written again.
    succeed(9, storage.commit(creation(&draft(3))).await)?;
    let profiles = succeed(9, storage.profiles(&[AUTHOR.to_owned()]).await)?;
    let bio = profiles.into_iter().next().and_then(|profile| profile.bio);
    expect(9, bio.as_deref(), Some(HOSTILE))
}
