//! What a post's page says of a language model that wrote it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use blog_axum::{RouterOptions, router};
use blog_core::Blog;
use blog_core::domain::{Actor, Content, LogPosition, Provenance, Role, Transition};
use blog_core::ports::{PostView, View};
use blog_core::services::{ByModel, Fold, Lookup, NewPost, PostEdit};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

fn editor() -> Actor {
    Actor::user("ed", "Ed", Role::Editor)
}

fn provenance(model: &str) -> Provenance {
    Provenance {
        model: model.to_owned(),
        prompt: "generate 1".to_owned(),
        request_hash: "0".repeat(64),
        answer_hash: "0".repeat(64),
        input_tokens: 1,
        output_tokens: 1,
        cost_micros: None,
        requester: "ed".into(),
    }
}

/// The post `crabs`, from this model.
fn crabs(model: Option<&str>) -> NewPost {
    NewPost {
        content: Content {
            title: "Crabs".to_owned(),
            body: "They walk sideways.".to_owned(),
            ..Content::default()
        },
        provenance: model.map(provenance),
        ..NewPost::default()
    }
}

/// A blog with the post `crabs`, from this model, which is published as it is or once it has been edited.
async fn blog(model: Option<&str>, is_edited: bool) -> Blog {
    let blog = Blog::in_memory();
    let (posts, editor, new) = (blog.posts(), editor(), crabs(model));
    let mut view = posts.create(&editor, new).await.unwrap();
    if is_edited {
        let edit = PostEdit {
            body: Some("They walk sideways, mostly.".to_owned()),
            ..PostEdit::default()
        };
        let saved = posts.save(&editor, view.post.id, view.post.revision, edit);
        view = saved.await.unwrap();
    }
    let published = posts.change_status(&editor, view.post.id, Transition::Publish, None);
    published.await.unwrap();
    blog
}

async fn page(blog: &Blog, options: RouterOptions) -> String {
    get(blog, options, "/posts/crabs").await
}

async fn get(blog: &Blog, options: RouterOptions, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router(blog.clone(), options)
        .oneshot(request)
        .await
        .unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn disclosing() -> RouterOptions {
    let mut options = RouterOptions::default();
    options.ai_disclosure = true;
    options
}

/// What a page tells people and programs.
fn told(page: &str) -> String {
    let start = "<script type=\"application/ld+json\">";
    let data = page.split_once(start).unwrap().1;
    let data = data.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    let lines = page.lines().filter(|line| line.contains("language model"));
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("{lines}\n{}", data["digitalSourceType"])
}

#[tokio::test]
async fn a_text_that_is_as_the_model_wrote_it_says_so() {
    let blog = blog(Some("large"), false).await;
    insta::assert_snapshot!(told(&page(&blog, disclosing()).await), @r#"
    <p class="meta">A language model (AI) wrote this text.</p>
    "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
    "#);
}

#[tokio::test]
async fn a_text_that_people_have_edited_says_that_a_model_had_a_part() {
    let blog = blog(Some("large"), true).await;
    insta::assert_snapshot!(told(&page(&blog, disclosing()).await), @r#"
    <p class="meta">A language model (AI) had a part in this text.</p>
    "https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"
    "#);
}

#[tokio::test]
async fn nothing_is_said_of_people_s_texts_or_unless_it_is_wanted() {
    let by_people = page(&blog(None, true).await, disclosing()).await;
    let unwanted = page(&blog(Some("large"), false).await, RouterOptions::default()).await;
    for page in [by_people, unwanted] {
        assert_eq!(told(&page), "\nnull");
    }
}

/// A model writes into the post of that blog, which stays published as it was.
async fn draft_by_model(blog: &Blog) -> PostView {
    let (posts, editor) = (blog.posts(), editor());
    let found = posts.by_slug(&editor, "crabs", None, View::Head).await;
    let Lookup::Found(head) = found.unwrap() else {
        panic!("the post has moved");
    };
    let mut content = head.version.content.clone();
    content.body.push_str(" So says a machine.");
    let fold = Fold {
        post: head.post.id,
        head: Arc::unwrap_or_clone(head),
        content,
        position: LogPosition {
            update: 1,
            state_vector: vec![],
        },
        contributors: vec![],
        passages: None,
        authors: vec![],
        ai_generated: true,
        by_model: Some(ByModel {
            provenance: provenance("large"),
            message: "Goes on".to_owned(),
            accepted: vec![],
        }),
        even_if_same: false,
    };
    blog.collab().fold(fold).await.unwrap()
}

#[tokio::test]
async fn what_a_model_drafts_is_not_said_of_the_text_that_readers_see() {
    let blog = blog(None, true).await;
    let draft = draft_by_model(&blog).await;
    assert!(draft.post.ai_generated);
    assert_eq!(told(&page(&blog, disclosing()).await), "\nnull");
    let path = format!("/api/posts/{}", draft.post.id);
    let post: Value = serde_json::from_str(&get(&blog, disclosing(), &path).await).unwrap();
    assert_eq!(post["ai_generated"], false);

    let publish = Transition::Publish;
    let (posts, editor) = (blog.posts(), editor());
    let published = posts.change_status(&editor, draft.post.id, publish, None);
    published.await.unwrap();
    assert!(told(&page(&blog, disclosing()).await).contains("had a part in this text"));
    let post: Value = serde_json::from_str(&get(&blog, disclosing(), &path).await).unwrap();
    assert_eq!(post["ai_generated"], true);
}

#[tokio::test]
async fn of_a_translation_people_wrote_a_part() {
    let blog = Blog::in_memory();
    let mut original = crabs(None);
    original.slug = Some("krebse".to_owned());
    let original = blog.posts().create(&editor(), original).await.unwrap();
    let mut translation = crabs(Some("large"));
    translation.translation_of = Some(original.post.id);
    let translation = blog.posts().create(&editor(), translation).await.unwrap();
    let publish = Transition::Publish;
    let (posts, editor) = (blog.posts(), editor());
    let published = posts.change_status(&editor, translation.post.id, publish, None);
    published.await.unwrap();
    assert!(told(&page(&blog, disclosing()).await).contains("had a part in this text"));
}

#[tokio::test]
async fn a_template_of_the_host_s_has_its_own_words() {
    let words = "{% if ai %}Made with a machine: {{ ai }}{% endif %}";
    let options = disclosing().with_template("post.html", words).unwrap();
    let blog = blog(Some("large"), true).await;
    assert_eq!(page(&blog, options).await, "Made with a machine: part");
}
