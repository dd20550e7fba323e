//! Whose the words of a version are, on the in-memory backends.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::fmt::Write;

use blog_core::domain::{Actor, Content, Contributor, LogPosition, PostId, Role};
use blog_core::memory::MemoryStorage;
use blog_core::ports::View;
use blog_core::services::{Fold, ImportOutcome, ImportedPost, NewPost, PostEdit};
use blog_core::{Blog, ErrorKind};

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

fn ben() -> Actor {
    Actor::user("ben", "Ben", Role::Editor)
}

fn content(body: &str) -> Content {
    Content {
        title: "A post".to_owned(),
        body: body.to_owned(),
        ..Content::default()
    }
}

/// A post by Ada.
async fn post(blog: &Blog, body: &str) -> PostId {
    let content = content(body);
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    blog.posts().create(&ada(), new).await.unwrap().post.id
}

/// Saves what was written on the newest revision, or on an earlier one.
async fn save(blog: &Blog, actor: Actor, post: PostId, base: Option<u64>, body: &str) {
    let posts = blog.posts();
    let head = posts.get(&actor, post, View::Head).await.unwrap();
    let edit = PostEdit {
        body: Some(body.to_owned()),
        ..PostEdit::default()
    };
    let base = base.unwrap_or(head.post.revision);
    posts.save(&actor, post, base, edit).await.unwrap();
}

/// Whose the words of a version are: `author:text`, with the version that brought it.
async fn told(blog: &Blog, post: PostId, number: u32) -> Vec<String> {
    let (versions, ada) = (blog.versions(), ada());
    let authorship = versions.authorship(&ada, post, number).await;
    let (version, authorship) = authorship.unwrap();
    let pieces = authorship.pieces().iter();
    pieces
        .map(|piece| {
            let text = &version.content.body[piece.bytes.clone()];
            format!("{}{}:{text}", piece.author, piece.version)
        })
        .collect()
}

#[tokio::test]
async fn a_restored_version_has_the_authors_that_it_had() {
    let storage = MemoryStorage::default();
    let blog = Blog::builder(storage.clone()).build();
    let post = post(&blog, "Ada's words.\n").await;
    save(&blog, ben(), post, None, "Ben's words.\n").await;
    save(&blog, ben(), post, None, "Ada's words.\n").await;
    // Both say the same, and each has authors of its own.
    for (number, pieces) in [
        (1, vec!["ada1:Ada's words.\n"]),
        (3, vec!["ben3:Ada's", "ada1: words.\n"]),
    ] {
        assert_eq!(told(&blog, post, number).await, pieces);
        save(&blog, ben(), post, None, "Something else.\n").await;
        let versions = blog.versions();
        let restored = versions.restore(&ben(), post, number, None).await.unwrap();
        let restored = restored.version.number;
        assert_eq!(told(&blog, post, restored).await, pieces);
        let again = versions
            .restore(&ben(), post, restored, None)
            .await
            .unwrap();
        assert_eq!(told(&blog, post, again.version.number).await, pieces);
    }
    save(&blog, ben(), post, None, "Ada's words.\nMore.\n").await;
    let pieces = ["ben3:Ada's", "ada1: words.\n", "ben10:More.\n"];
    assert_eq!(told(&blog, post, 10).await, pieces);
    // What is remembered by now is what is found without.
    let fresh = Blog::builder(storage).build();
    assert_eq!(told(&fresh, post, 10).await, pieces);
}

#[tokio::test]
async fn a_merge_leaves_to_each_what_each_has_written() {
    let blog = Blog::in_memory();
    let post = post(&blog, "One.\nTwo.\nThree.\n").await;
    save(&blog, ada(), post, Some(1), "One.\nTwo.\nThree, by Ada.\n").await;
    save(&blog, ben(), post, Some(1), "One, by Ben.\nTwo.\nThree.\n").await;
    let pieces = [
        "ada1:One",
        "ben3:, by Ben",
        "ada1:.\nTwo.\nThree",
        "ada2:, by Ada",
        "ada1:.\n",
    ];
    assert_eq!(told(&blog, post, 3).await, pieces);
}

#[tokio::test]
async fn an_import_that_is_merged_takes_no_words_from_who_edited_here() {
    let blog = Blog::in_memory();
    let import = |body: &str| {
        let imported = ImportedPost {
            source: "post.md".to_owned(),
            content: content(body),
            ..ImportedPost::default()
        };
        let blog = blog.clone();
        async move {
            blog.import()
                .post(&Actor::service("import"), imported)
                .await
        }
    };
    let imported = import("One.\nTwo.\nThree.\n").await.unwrap();
    let ImportOutcome::Created(post) = imported else {
        panic!("{imported:?}");
    };
    save(&blog, ada(), post, None, "One.\nTwo.\nThree, by Ada.\n").await;
    import("One, again.\nTwo.\nThree.\n").await.unwrap();
    let pieces = [
        "import1:One",
        "import4:, again",
        "import1:.\nTwo.\nThree",
        "ada2:, by Ada",
        "import1:.\n",
    ];
    assert_eq!(told(&blog, post, 4).await, pieces);
}

#[tokio::test]
async fn only_who_sees_the_history_learns_who_wrote_what() {
    let blog = Blog::in_memory();
    let post = post(&blog, "Text.\n").await;
    let versions = blog.versions();
    let stranger = Actor::user("eve", "Eve", Role::Author);
    for (actor, number, wanted) in [
        (Actor::anonymous(), 1, ErrorKind::Unauthenticated),
        (stranger, 1, ErrorKind::NotFound),
        (ada(), 2, ErrorKind::NotFound),
        (ada(), 0, ErrorKind::NotFound),
        (ada(), u32::MAX, ErrorKind::NotFound),
    ] {
        let error = versions.authorship(&actor, post, number).await.unwrap_err();
        assert_eq!(*error.kind(), wanted);
    }
}

#[tokio::test]
async fn a_long_history_keeps_what_its_first_version_said() {
    let blog = Blog::in_memory();
    let post = post(&blog, "First.\n").await;
    let mut body = "First.\n".to_owned();
    for number in 2..=250 {
        writeln!(body, "Line {number}.").unwrap();
        let who = if number % 2 == 0 { ben() } else { ada() };
        save(&blog, who, post, None, &body).await;
    }
    blog.versions()
        .restore(&ben(), post, 120, None)
        .await
        .unwrap();
    for number in [251, 120] {
        let told = told(&blog, post, number).await;
        assert_eq!(told.len(), 120);
        assert_eq!(
            (&*told[0], &*told[119]),
            ("ada1:First.\n", "ben120:Line 120.\n")
        );
    }
}

#[tokio::test]
async fn characters_that_are_not_stored_make_nobodys_words_anothers() {
    let blog = Blog::builder(MemoryStorage::default()).build();
    let post = post(&blog, "One.\n").await;
    let written = "One.\r\nTwo\0 by Ben,\r\0\nthree by Cyd.\n";
    let passage = |contributor, text: &str| {
        let start = u32::try_from(written.find(text).unwrap()).unwrap();
        let end = start + u32::try_from(text.len()).unwrap();
        (contributor, start, end).into()
    };
    let contributor = |author: &str| Contributor {
        author: author.to_owned(),
        words: 3,
    };
    let fold = Fold {
        post,
        head: blog.collab().head(post).await.unwrap(),
        content: content(written),
        position: LogPosition {
            update: 1,
            state_vector: vec![],
        },
        contributors: ["ben", "cyd"].map(contributor).into(),
        passages: Some(vec![
            passage(0, "Two\0 by Ben,\r\0\n"),
            passage(1, "three by Cyd.\n"),
        ]),
        authors: vec![],
        ai_generated: false,
        by_model: None,
        even_if_same: false,
    };
    blog.collab().fold(fold).await.unwrap();
    let pieces = ["ada1:One.\n", "ben2:Two by Ben,\n", "cyd2:three by Cyd.\n"];
    assert_eq!(told(&blog, post, 2).await, pieces);
}
