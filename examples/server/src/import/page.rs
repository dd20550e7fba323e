use blog_core::domain::{AuthorProfile, Content, Slug};
use blog_core::services::ImportedPost;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

/// A file with front matter.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) source: String,
    pub(super) body: String,
    front: FrontMatter,
    title: String,
}

/// The fields that a post has a place for; the rest is kept in `custom`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    title: Option<String>,
    path: Option<String>,
    slug: Option<String>,
    date: Option<toml::Value>,
    description: Option<String>,
    draft: bool,
    authors: Vec<String>,
    aliases: Vec<String>,
    taxonomies: Taxonomies,
    #[serde(flatten)]
    rest: toml::Table,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Taxonomies {
    tags: Vec<String>,
    categories: Vec<String>,
}

impl Page {
    /// Reads a file; `None` for one that is no post: a section, or without a title.
    ///
    /// # Errors
    /// What is wrong, with its line in the file.
    pub(super) fn read(source: &str, text: &str) -> Result<Option<Self>, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let name = source.rsplit('/').next().unwrap_or(source);
        let Some(rest) = text
            .strip_prefix("+++")
            .filter(|_| !name.starts_with("_index."))
        else {
            return Ok(None);
        };
        let end = rest
            .find("\n+++")
            .ok_or("line 1: the front matter does not end")?;
        let front: FrontMatter = toml::from_str(&rest[..end]).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            let line = rest[..before.min(end)].matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        })?;
        let Some(title) = front.title.clone() else {
            return Ok(None);
        };
        let body = rest[end + "\n+++".len()..]
            .trim_start_matches(['\r', '\n'])
            .to_owned();
        Ok(Some(Self {
            source: source.to_owned(),
            body,
            front,
            title,
        }))
    }

    /// The slug: given, else the last part of the path, else the name of the file or its folder.
    pub(super) fn slug(&self) -> String {
        let last = |path: &str| path.trim_matches('/').rsplit('/').next().map(str::to_owned);
        let file = self
            .source
            .trim_end_matches(".md")
            .trim_end_matches(".markdown");
        let file = file.strip_suffix("/index").unwrap_or(file);
        let slug = self.front.slug.clone();
        let slug = slug.or_else(|| self.front.path.as_deref().and_then(last));
        Slug::from_title(&slug.or_else(|| last(file)).unwrap_or_default()).to_string()
    }

    /// From the front matter, else the name of the file, else the beginning of the path.
    fn date(&self) -> Option<DateTime<Utc>> {
        let written = self.front.date.as_ref().map(|date| match date {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let exact = written
            .as_deref()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let day = || {
            let name = self.source.rsplit('/').next()?;
            let path = self
                .front
                .path
                .as_deref()
                .unwrap_or_default()
                .trim_start_matches('/');
            [
                written.as_deref().unwrap_or_default(),
                name,
                &path.replace('/', "-"),
            ]
            .iter()
            .find_map(|text| text.get(..10)?.parse::<NaiveDate>().ok())
            .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        };
        exact.map(|time| time.with_timezone(&Utc)).or_else(day)
    }

    pub(super) fn into_post(self, publish: bool) -> ImportedPost {
        let (slug, date) = (self.slug(), self.date());
        let FrontMatter {
            path,
            description,
            draft,
            authors,
            aliases,
            taxonomies,
            rest,
            ..
        } = self.front;
        let custom = match serde_json::to_value(rest) {
            Ok(serde_json::Value::Object(custom)) => custom,
            _ => serde_json::Map::new(),
        };
        ImportedPost {
            source: self.source,
            content: Content {
                title: self.title,
                body: self.body,
                excerpt: description,
                tags: taxonomies.tags,
                category: taxonomies.categories.into_iter().next(),
                custom,
                ..Content::default()
            },
            slug: Some(slug),
            aliases: path.into_iter().chain(aliases).collect(),
            authors: authors.into_iter().map(author).collect(),
            date,
            publish: publish && !draft,
        }
    }
}

fn author(name: String) -> AuthorProfile {
    AuthorProfile {
        id: Slug::from_title(&name).to_string(),
        name,
        bio: None,
        links: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_page_keeps_its_address_date_authors_and_unknown_fields() {
        let text = "+++\npath = \"2015/05/15/Rust-1.0\"\ntitle = \"Rust\"\nauthors = [\"A B\"]\n\
                    aliases = [\"old\"]\n[extra]\nrelease = true\n+++\n\nText\n";
        let post = Page::read("Rust-1.0.md", text)
            .unwrap()
            .unwrap()
            .into_post(true);
        assert_eq!(post.slug.as_deref(), Some("rust-1-0"));
        assert_eq!(post.date.unwrap().to_rfc3339(), "2015-05-15T00:00:00+00:00");
        assert_eq!(post.aliases, ["2015/05/15/Rust-1.0", "old"]);
        assert_eq!(post.authors[0].id, "a-b");
        assert_eq!(post.content.custom["extra"]["release"], true);
        assert_eq!(post.content.body, "Text\n");
        assert!(post.publish);
    }

    #[test]
    fn a_bad_front_matter_is_an_error_with_its_line() {
        let error = Page::read("a.md", "+++\ntitle = \"A\"\ndraft = maybe\n+++\n").unwrap_err();
        assert!(error.starts_with("line 3: "), "{error}");
    }

    #[test]
    fn sections_and_files_without_a_title_are_no_posts() {
        assert!(
            Page::read("_index.md", "+++\ntitle = \"A\"\n+++\n")
                .unwrap()
                .is_none()
        );
        assert!(
            Page::read("a.md", "+++\ntemplate = \"x\"\n+++\n")
                .unwrap()
                .is_none()
        );
    }
}
