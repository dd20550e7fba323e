//! The posts that a new blog begins with.

use anyhow::{Result, anyhow};
use blog_core::Blog;
use blog_core::domain::{Actor, Seq};

use crate::commands::Format;
use crate::import::Page;

const POSTS: [(&str, &str); 3] = [
    ("welcome/safety.md", include_str!("../welcome/safety.md")),
    ("welcome/writing.md", include_str!("../welcome/writing.md")),
    ("welcome/hello.md", include_str!("../welcome/hello.md")),
];

/// Writes them if nothing has ever been written.
pub(crate) async fn greet(blog: &Blog) -> Result<()> {
    if blog.storage().last_event().await? > Seq(0) {
        return Ok(());
    }
    for (source, text) in POSTS {
        let page = Page::read(source, text, Format::Zola).map_err(|error| anyhow!(error))?;
        if let Some(page) = page {
            let post = page.to_post(true);
            blog.import().post(&Actor::service("welcome"), post).await?;
        }
    }
    Ok(())
}
