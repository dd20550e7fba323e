use blog_core::Error;
use blog_core::domain::PostId;
use blog_core::services::ai::Subject;

/// What is asked about: a text or a post, or both where the text is the post's body by now.
pub(super) fn subject_or_body(
    text: Option<String>,
    post: Option<PostId>,
) -> Result<Subject, Error> {
    match (text, post) {
        (Some(text), Some(post)) => Ok(Subject::Body { post, text }),
        (text, post) => subject(text, post),
    }
}

/// What is asked about: a text or a post, and not both.
pub(super) fn subject(text: Option<String>, post: Option<PostId>) -> Result<Subject, Error> {
    match (text, post) {
        (Some(text), None) => Ok(Subject::Text(text)),
        (None, Some(post)) => Ok(Subject::Post(post)),
        (None, None) => {
            let message = "must be given, or `post` in its place";
            Err(Error::invalid_field("text", message))
        }
        (Some(_), Some(_)) => {
            let message = "must not be given beside `text`";
            Err(Error::invalid_field("post", message))
        }
    }
}
