use blog_core::domain::{
    Actor, AuthorProfile, Content, Locale, Post, PostId, Role, RolePolicy, Scope, Seq, Slug,
    Status, Version, VersionKind,
};
use blog_core::ports::{IndexChange, IndexedPost, SearchIndex, SearchPage, SearchQuery};
use blog_search_tantivy::TantivyIndex;
use chrono::{DateTime, TimeZone, Utc};

pub(crate) fn id(number: u128) -> PostId {
    format!(
        "{:032x}",
        0x0190_0000_0000_7000_8000_0000_0000_0000_u128 + number
    )
    .parse()
    .unwrap()
}

pub(crate) fn day(number: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2023, 1, 1, 0, 0, 0).unwrap() + chrono::TimeDelta::days(number)
}

/// A post to build on.
pub(crate) struct Made {
    pub(crate) number: u128,
    pub(crate) content: Content,
    pub(crate) head: Option<Content>,
    pub(crate) locale: &'static str,
    pub(crate) author: &'static str,
    pub(crate) status: Status,
    pub(crate) day: i64,
}

pub(crate) fn post(number: u128, title: &str, body: &str) -> Made {
    Made {
        number,
        content: Content {
            title: title.to_owned(),
            body: body.to_owned(),
            ..Content::default()
        },
        head: None,
        locale: "en",
        author: "ann",
        status: Status::Published,
        day: i64::try_from(number).unwrap(),
    }
}

impl Made {
    pub(crate) fn tags(mut self, tags: &[&str]) -> Self {
        self.content.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    pub(crate) fn category(mut self, category: &str) -> Self {
        self.content.category = Some(category.to_owned());
        self
    }

    pub(crate) fn draft(mut self, title: &str, body: &str) -> Self {
        let head = Content {
            title: title.to_owned(),
            body: body.to_owned(),
            ..self.content.clone()
        };
        self.head = Some(head);
        self
    }

    pub(crate) fn indexed(&self) -> IndexedPost {
        let id = id(self.number);
        let public = self.status == Status::Published;
        let at = day(self.day);
        let version = |number, content: &Content| {
            let kind = VersionKind::Manual;
            Version::new(
                id,
                number,
                1,
                content.clone(),
                self.author.to_owned(),
                kind,
                at,
            )
        };
        IndexedPost {
            post: Post {
                id,
                slug: Slug::parse(&format!("post-{}", self.number)).unwrap(),
                locale: Locale::parse(self.locale).unwrap(),
                translation_of: None,
                author: self.author.to_owned(),
                coauthors: vec![],
                status: self.status,
                head: 1 + u32::from(self.head.is_some()),
                published: public.then_some(1),
                revision: 1,
                public_revision: 1,
                public_updated_at: None,
                scheduled_at: None,
                published_at: public.then_some(at),
                created_at: at,
                updated_at: at,
                locked_by: None,
                ai_generated: false,
                published_ai_generated: false,
            },
            published: public.then(|| version(1, &self.content)),
            head: version(2, self.head.as_ref().unwrap_or(&self.content)),
            authors: vec![AuthorProfile {
                id: self.author.to_owned(),
                name: format!("{} Writer", self.author),
                bio: None,
                links: vec![],
            }],
        }
    }
}

pub(crate) fn put(posts: &[Made]) -> Vec<IndexChange> {
    posts
        .iter()
        .map(|post| IndexChange::Put(Box::new(post.indexed())))
        .collect()
}

pub(crate) async fn filled(posts: &[Made]) -> TantivyIndex {
    let index = TantivyIndex::in_memory().unwrap();
    index.apply(put(posts), Seq(1)).await.unwrap();
    index
}

pub(crate) fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        limit: 10,
        ..SearchQuery::default()
    }
}

pub(crate) fn everything() -> Scope {
    Scope::everything_for_system("test")
}

pub(crate) fn own(author: &str) -> Scope {
    Scope::of(&RolePolicy, &Actor::user(author, author, Role::Author))
}

pub(crate) fn numbers(page: &SearchPage) -> Vec<u128> {
    let base = id(0).as_uuid().as_u128();
    page.hits
        .iter()
        .map(|hit| hit.post.as_uuid().as_u128() - base)
        .collect()
}

pub(crate) async fn found(index: &TantivyIndex, text: &str) -> Vec<u128> {
    numbers(&index.search(&Scope::public(), &query(text)).await.unwrap())
}

pub(crate) fn values(facets: &[blog_core::ports::Facet]) -> Vec<(&str, u64)> {
    facets
        .iter()
        .map(|facet| (facet.value.as_str(), facet.count))
        .collect()
}
