use blog_core::domain::{AuthorProfile, Content, Locale, Seo, Slug};
use blog_core::services::ImportedPost;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::front_matter::{FrontMatter, Lines, Syntax, midnight};
use super::links;
use crate::commands::Format;

/// A file that becomes a post.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its path below the folder that is imported.
    pub(super) source: String,
    pub(super) body: String,
    slug: String,
    locale: Option<Locale>,
    title: String,
    excerpt: Option<String>,
    tags: Vec<String>,
    category: Option<String>,
    keywords: Vec<String>,
    authors: Vec<String>,
    /// Former addresses.
    pub(super) aliases: Vec<String>,
    date: Option<DateTime<Utc>>,
    is_draft: bool,
    is_ai_generated: bool,
    custom: Map<String, Value>,
    lines: Lines,
}

/// The fields of a file that become one of a post; the first that is there does.
const TITLE: [&str; 1] = ["title"];
const SLUG: [&str; 1] = ["slug"];
const PATH: [&str; 3] = ["path", "url", "permalink"];
const DATE: [&str; 2] = ["date", "publishDate"];
const EXCERPT: [&str; 3] = ["description", "excerpt", "summary"];
const TAGS: [&str; 1] = ["tags"];
const CATEGORIES: [&str; 2] = ["categories", "category"];
const KEYWORDS: [&str; 1] = ["keywords"];
const AUTHORS: [&str; 2] = ["authors", "author"];
const ALIASES: [&str; 2] = ["aliases", "redirect_from"];
const LOCALE: [&str; 3] = ["lang", "locale", "language"];
/// Whether a language model has had a part in it; Zola has what it does not know itself in `extra`.
const AI_GENERATED: &str = "ai_generated";

impl Page {
    /// Reads a file; `None` for one that is no post: without front matter or title, or a section.
    ///
    /// # Errors
    /// What is wrong, with its line in the file.
    pub(crate) fn read(source: &str, text: &str, format: Format) -> Result<Option<Self>, String> {
        let name = Name::of(source);
        let Some((mut front, syntax, body)) = FrontMatter::split(text)? else {
            return Ok(None);
        };
        let lines = front.lines(text, body);
        if name.stem == "_index" {
            return Ok(None);
        }
        let Some(title) = front.text(&TITLE)? else {
            return Ok(None);
        };
        let format = match format {
            Format::Auto if syntax == Syntax::Toml => Format::Zola,
            Format::Auto if name.day.is_some() => Format::Jekyll,
            Format::Auto => Format::Hugo,
            given => given,
        };
        let path = front.text(&PATH)?;
        let date = match front.time(&DATE)? {
            Some(time) => Some(time),
            None => name
                .day
                .or_else(|| path.as_deref().and_then(day_in_path))
                .map(midnight),
        };
        let slug = match front.text(&SLUG)? {
            Some(slug) => slug,
            None => path
                .as_deref()
                .and_then(last_part)
                .unwrap_or(name.stem)
                .to_owned(),
        };
        let mut taxonomies = front.table("taxonomies");
        let mut tags = taxonomies.list(&TAGS)?;
        tags.extend(words(front.list(&TAGS)?, format));
        let mut categories = taxonomies.list(&CATEGORIES)?;
        categories.extend(words(front.list(&CATEGORIES)?, format));
        let other_taxonomies = taxonomies.rest();
        let mut aliases = front.list(&ALIASES)?;
        aliases.extend(path.or_else(|| former_address(format, &name, &slug, &categories, date)));
        let is_draft = front.yes_or_no(&["draft"])?.unwrap_or(false)
            | !front.yes_or_no(&["published"])?.unwrap_or(true)
            | name.folders.contains(&"_drafts");
        let mut page = Self {
            source: source.to_owned(),
            body: links::jekyll_post_urls(&body_of(source, body)),
            slug: Slug::from_title(&slug).to_string(),
            locale: front.locale(&LOCALE)?,
            title,
            excerpt: front.text(&EXCERPT)?,
            tags: without_repeats(tags),
            category: category(format, &categories),
            keywords: without_repeats(front.list(&KEYWORDS)?),
            authors: front.list(&AUTHORS)?,
            aliases,
            date,
            is_draft,
            is_ai_generated: front.yes_or_no(&[AI_GENERATED])?.unwrap_or(false),
            custom: front.rest(),
            lines,
        };
        let extra = page.custom.get("extra");
        let by_extra = extra.and_then(|extra| extra.get(AI_GENERATED)?.as_bool());
        page.is_ai_generated |= by_extra.unwrap_or(false);
        if !other_taxonomies.is_empty() {
            page.custom
                .insert("taxonomies".to_owned(), other_taxonomies.into());
        }
        if categories.len() > 1 {
            page.custom
                .insert("categories".to_owned(), categories.into());
        }
        Ok(Some(page))
    }

    /// The post's slug, unless another post has it already.
    pub(super) fn slug(&self) -> &str {
        &self.slug
    }

    /// The line of what becomes this field of a post, where the file has such a line.
    pub(super) fn line_of(&self, field: &str) -> Option<usize> {
        self.lines.of(match field {
            "title" => &TITLE,
            "body" => return Some(self.lines.body),
            "excerpt" => &EXCERPT,
            "tags" => &TAGS,
            "category" => &CATEGORIES,
            "seo.keywords" => &KEYWORDS,
            _ => return None,
        })
    }

    pub(crate) fn to_post(&self, publish: bool) -> ImportedPost {
        ImportedPost {
            source: self.source.clone(),
            content: Content {
                title: self.title.clone(),
                body: self.body.clone(),
                excerpt: self.excerpt.clone(),
                tags: self.tags.clone(),
                category: self.category.clone(),
                seo: Seo {
                    keywords: self.keywords.clone(),
                    ..Seo::default()
                },
                custom: self.custom.clone(),
                ..Content::default()
            },
            slug: Some(self.slug.clone()),
            locale: self.locale.clone(),
            aliases: self.aliases.clone(),
            authors: self.authors.iter().map(|name| author(name)).collect(),
            date: self.date,
            publish: publish && !self.is_draft,
            ai_generated: self.is_ai_generated,
        }
    }
}

/// What a file's path says.
struct Name<'a> {
    folders: Vec<&'a str>,
    /// The name without day and extension; of an `index` file, its folder's.
    stem: &'a str,
    day: Option<NaiveDate>,
}

impl<'a> Name<'a> {
    fn of(source: &'a str) -> Self {
        let mut folders: Vec<_> = source.split('/').collect();
        let file = folders.pop().unwrap_or(source);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let stem = match stem {
            "index" => folders.pop().unwrap_or(stem),
            other => other,
        };
        let day = stem.get(..10).and_then(|day| day.parse::<NaiveDate>().ok());
        let rest = day
            .and_then(|_| stem.get(11..))
            .filter(|rest| !rest.is_empty());
        Self {
            folders,
            stem: rest.unwrap_or(stem),
            day,
        }
    }
}

/// The first `YYYY/MM/DD` of a path.
fn day_in_path(path: &str) -> Option<NaiveDate> {
    let parts: Vec<_> = path.split('/').collect();
    parts
        .windows(3)
        .find_map(|day| day.join("-").parse::<NaiveDate>().ok())
}

fn last_part(path: &str) -> Option<&str> {
    let last = path.trim_matches('/').rsplit('/').next()?;
    let last = last.strip_suffix(".html").unwrap_or(last);
    (!last.is_empty()).then_some(last)
}

/// Where the generator put the page, unless told otherwise.
fn former_address(
    format: Format,
    name: &Name<'_>,
    slug: &str,
    categories: &[String],
    date: Option<DateTime<Utc>>,
) -> Option<String> {
    match format {
        // https://jekyllrb.com/docs/permalinks/: /:categories/:year/:month/:day/:title:output_ext
        Format::Jekyll => {
            let day = date?.format("%Y/%m/%d").to_string();
            let mut parts: Vec<_> = categories.iter().map(|it| it.to_lowercase()).collect();
            parts.extend([day, format!("{slug}.html")]);
            Some(parts.join("/"))
        }
        _ => {
            let mut parts = name.folders.clone();
            parts.push(slug);
            Some(parts.join("/"))
        }
    }
}

/// Jekyll separates the words of one text by spaces.
fn words(list: Vec<String>, format: Format) -> Vec<String> {
    match list.as_slice() {
        [text] if format == Format::Jekyll => text.split_whitespace().map(str::to_owned).collect(),
        _ => list,
    }
}

/// Jekyll's categories are a path; of the others' the first is taken.
fn category(format: Format, categories: &[String]) -> Option<String> {
    let first = categories.first()?;
    Some(match format {
        Format::Jekyll => categories.join("/"),
        _ => first.trim_matches('/').to_owned(),
    })
}

fn without_repeats(mut list: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    list.retain(|text| seen.insert(text.clone()));
    list
}

/// The text of a file; of an MDX file without its `import` and `export` lines. Its components are
/// HTML of unknown names, and go when the post is sanitised.
fn body_of(source: &str, body: &str) -> String {
    if !source.ends_with(".mdx") {
        return body.to_owned();
    }
    let mut in_code = false;
    body.split_inclusive('\n')
        .filter(|line| {
            in_code ^= line.trim_start().starts_with("```");
            in_code || !(line.starts_with("import ") || line.starts_with("export "))
        })
        .collect()
}

fn author(name: &str) -> AuthorProfile {
    AuthorProfile {
        id: Slug::from_title(name).to_string(),
        name: name.to_owned(),
        bio: None,
        links: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::commands::Format;
    use blog_core::services::ImportedPost;

    fn read(source: &str, text: &str) -> ImportedPost {
        let page = Page::read(source, text, Format::Auto).unwrap();
        page.unwrap().to_post(true)
    }

    #[test]
    fn a_zola_page_keeps_its_address_date_authors_and_unknown_fields() {
        let text = "+++\npath = \"inside/2015/05/15/Rust-1.0\"\ntitle = \"Rust\"\n\
                    authors = [\"A B\"]\naliases = [\"old\"]\n[extra]\nday = 2015-05-15\n\
                    [taxonomies]\ntags = [\"a\", \"a\"]\nteams = [\"t\"]\n+++\n\nText\n";
        let post = read("Rust-1.0.md", text);
        assert_eq!(post.slug.as_deref(), Some("rust-1-0"));
        assert_eq!(post.date.unwrap().to_rfc3339(), "2015-05-15T00:00:00+00:00");
        assert_eq!(post.aliases, ["old", "inside/2015/05/15/Rust-1.0"]);
        assert_eq!(post.authors[0].id, "a-b");
        assert_eq!(post.content.tags, ["a"]);
        assert_eq!(post.content.custom["extra"]["day"], "2015-05-15");
        assert_eq!(post.content.custom["taxonomies"]["teams"][0], "t");
        assert_eq!(post.content.body, "Text\n");
        assert!(post.publish);
    }

    #[test]
    fn a_hugo_page_has_the_address_of_its_folder() {
        let text = "---\ntitle: Hello\ndate: 2020-02-03T04:05:06Z\ndraft: true\nauthor: Ada\n\
                    categories: [News, Other]\nkeywords: [k]\nlang: fr\n---\nText\n";
        let post = read("posts/hello/index.md", text);
        assert_eq!(post.aliases, ["posts/hello"]);
        assert_eq!(post.date.unwrap().to_rfc3339(), "2020-02-03T04:05:06+00:00");
        assert_eq!(post.content.category.as_deref(), Some("News"));
        assert_eq!(post.content.custom["categories"][1], "Other");
        assert_eq!(post.content.seo.keywords, ["k"]);
        assert_eq!(post.locale.unwrap().as_str(), "fr");
        assert_eq!(post.authors[0].name, "Ada");
        assert!(!post.publish);
    }

    #[test]
    fn a_jekyll_post_has_its_date_and_slug_in_its_name() {
        let text = "---\nlayout: post\ntitle: Hello\ncategories: News rust\ntags: a b\n---\nText\n";
        let post = read("_posts/2020-02-03-hello-there.md", text);
        assert_eq!(post.slug.as_deref(), Some("hello-there"));
        assert_eq!(post.date.unwrap().to_rfc3339(), "2020-02-03T00:00:00+00:00");
        assert_eq!(post.aliases, ["news/rust/2020/02/03/hello-there.html"]);
        assert_eq!(post.content.category.as_deref(), Some("News/rust"));
        assert_eq!(post.content.tags, ["a", "b"]);
        assert_eq!(post.content.custom["layout"], "post");
    }

    #[test]
    fn a_page_says_whether_a_model_had_a_part_in_it() {
        for (text, is_ai_generated) in [
            ("---\ntitle: A\nai_generated: true\n---\n", true),
            ("---\ntitle: A\nai_generated: false\n---\n", false),
            ("---\ntitle: A\n---\n", false),
            (
                "+++\ntitle = \"A\"\n[extra]\nai_generated = true\n+++\n",
                true,
            ),
            (
                "+++\ntitle = \"A\"\n[extra]\nai_generated = \"no\"\n+++\n",
                false,
            ),
        ] {
            assert_eq!(read("a.md", text).ai_generated, is_ai_generated, "{text}");
        }
        let error = Page::read(
            "a.md",
            "---\ntitle: A\nai_generated: so\n---\n",
            Format::Auto,
        );
        assert!(
            error
                .unwrap_err()
                .starts_with("line 3: ai_generated must be")
        );
    }

    #[test]
    fn an_mdx_file_loses_its_imports() {
        let text = "---\ntitle: A\n---\nimport X from 'x'\n\n```js\nimport y\n```\n<X />\n";
        let post = read("a.mdx", text);
        assert_eq!(post.content.body, "\n```js\nimport y\n```\n<X />\n");
    }

    #[test]
    fn sections_and_files_without_a_title_are_no_posts() {
        for (source, text) in [
            ("_index.md", "+++\ntitle = \"A\"\n+++\n"),
            ("a.md", "+++\ntemplate = \"x\"\n+++\n"),
            ("a.md", "no front matter\n"),
        ] {
            assert!(Page::read(source, text, Format::Auto).unwrap().is_none());
        }
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_an_error_with_its_line() {
        let error = Page::read("a.md", "---\ntitle: A\ntags: {a: b}\n---\n", Format::Auto);
        assert!(error.unwrap_err().starts_with("line 3: tags must be"));
    }
}
