use blog_core::Blog;
use blog_core::analysis::FindingCode::{self, DescriptionDuplicate, SlugDuplicate, TitleDuplicate};
use blog_core::domain::{Actor, Content, Locale, PostId, Role, Seo, Transition};
use blog_core::services::NewPost;
use blog_core::services::ai::{Look, Subject};

use crate::world::{actor, author};

const BODY: &str = "Bees dance to say where the flowers are, and how far away they are from home.";

fn titled(title: &str) -> Content {
    Content {
        title: title.to_owned(),
        body: BODY.to_owned(),
        ..Content::default()
    }
}

async fn written(blog: &Blog, actor: &Actor, content: Content) -> PostId {
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    blog.posts().create(actor, new).await.unwrap().post.id
}

async fn published(blog: &Blog, content: Content) -> PostId {
    let editor = actor(Role::Editor);
    let id = written(blog, &editor, content).await;
    let posts = blog.posts();
    let public = posts.change_status(&editor, id, Transition::Publish, None);
    public.await.unwrap();
    id
}

/// What `actor` is told that other posts have too.
async fn repeated(blog: &Blog, actor: &Actor, subject: Subject) -> Vec<FindingCode> {
    let look = Look {
        subject,
        fall_back: false,
    };
    let advice = blog.ai().seo(actor, &look).await.unwrap().value;
    let codes = advice.report.findings.iter().map(|finding| finding.code);
    codes
        .filter(|code| matches!(code, TitleDuplicate | DescriptionDuplicate | SlugDuplicate))
        .collect()
}

#[tokio::test]
async fn what_a_published_post_has_is_not_to_be_repeated() {
    let blog = Blog::in_memory();
    let first = Content {
        seo: Seo {
            title: Some("How honey bees dance".to_owned()),
            description: Some("Where the flowers are.".to_owned()),
            ..Seo::default()
        },
        ..titled("Bees")
    };
    let first = published(&blog, first).await;
    assert_eq!(repeated(&blog, &author(), Subject::Post(first)).await, []);

    let same = Content {
        excerpt: Some(" where the FLOWERS are. ".to_owned()),
        ..titled("How Honey Bees Dance")
    };
    let draft = written(&blog, &author(), same).await;
    assert_eq!(
        repeated(&blog, &author(), Subject::Post(draft)).await,
        [TitleDuplicate, DescriptionDuplicate]
    );
    // What readers see of the first has another title.
    let other = written(&blog, &author(), titled("Bees")).await;
    assert_eq!(repeated(&blog, &author(), Subject::Post(other)).await, []);
}

#[tokio::test]
async fn a_text_is_told_that_its_slug_is_taken() {
    let blog = Blog::in_memory();
    published(&blog, titled("Bees dance")).await;
    let text = Subject::Text(format!("# Bees dance\n\n{BODY}"));
    assert_eq!(
        repeated(&blog, &author(), text).await,
        [TitleDuplicate, SlugDuplicate]
    );
}

#[tokio::test]
async fn drafts_count_for_whoever_sees_them_and_for_nobody_else() {
    let blog = Blog::in_memory();
    written(&blog, &author(), titled("Bees dance")).await;
    let again = written(&blog, &author(), titled("Bees dance")).await;
    let seen = repeated(&blog, &author(), Subject::Post(again)).await;
    assert_eq!(seen, [TitleDuplicate]);
    let stranger = Actor::user("eve", "Eve", Role::Author);
    let hers = written(&blog, &stranger, titled("Bees dance")).await;
    assert_eq!(repeated(&blog, &stranger, Subject::Post(hers)).await, []);
}

#[tokio::test]
async fn a_post_in_another_language_repeats_nothing() {
    let blog = Blog::in_memory();
    published(&blog, titled("Bees dance")).await;
    let new = NewPost {
        content: titled("Bees dance"),
        locale: Some(Locale::parse("de").unwrap()),
        ..NewPost::default()
    };
    let german = blog.posts().create(&author(), new).await.unwrap().post.id;
    assert_eq!(repeated(&blog, &author(), Subject::Post(german)).await, []);
}

#[tokio::test]
async fn a_title_is_found_behind_more_posts_than_are_read() {
    let blog = Blog::in_memory();
    published(&blog, titled("The first of all")).await;
    published(&blog, titled("The second of all")).await;
    for number in 0..1_000 {
        published(&blog, titled(&format!("Number {number}"))).await;
    }
    for (title, found) in [
        ("The first of all", vec![TitleDuplicate]),
        ("Number 0", vec![TitleDuplicate]),
        ("The third of all", vec![]),
    ] {
        let draft = written(&blog, &author(), titled(title)).await;
        let codes = repeated(&blog, &author(), Subject::Post(draft)).await;
        assert_eq!(codes, found, "{title}");
    }
}
