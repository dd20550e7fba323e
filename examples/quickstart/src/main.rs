//! A blog in memory: write a post, publish it, read it.

use blog_core::Blog;
use blog_core::domain::{Actor, Content, Role, Transition};
use blog_core::services::NewPost;

#[tokio::main]
async fn main() -> blog_core::Result<()> {
    let blog = Blog::in_memory();
    let ada = Actor::user("ada", "Ada", Role::Editor);
    let content = Content {
        title: "Hello".into(),
        body: "*World*".into(),
        ..Content::default()
    };
    let draft = blog
        .posts()
        .create(
            &ada,
            NewPost {
                content,
                ..NewPost::default()
            },
        )
        .await?;
    let post = blog
        .posts()
        .change_status(&ada, draft.post.id, Transition::Publish, None)
        .await?;
    assert_eq!(blog.render(&post.version).html, "<p><em>World</em></p>\n");
    Ok(())
}
