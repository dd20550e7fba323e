//! The search page: matches, and links that narrow them down.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use blog_core::domain::Actor;
use blog_core::ports::{Facet, Facets, SearchQuery, SearchSort};
use blog_core::{Blog, Result};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::address::with_parameters;
use super::entry::{Entry, entries, names};
use super::{answers, common};
use crate::cursor::CursorBinding;
use crate::extract::{Parameters, locale, point_in_time};
use crate::problem::Problem;
use crate::router::AppState;

/// How many values of a facet the page offers.
const CHOICES: usize = 8;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct SearchParameters {
    q: String,
    tag: Option<String>,
    category: Option<String>,
    author: Option<String>,
    locale: Option<String>,
    from: Option<String>,
    to: Option<String>,
    sort: Option<SearchSort>,
    cursor: Option<String>,
}

/// One way to narrow the matches down, or to widen them again.
#[derive(Debug, Serialize)]
struct Choice {
    name: String,
    href: String,
    count: Option<u64>,
}

/// What one field offers.
#[derive(Debug, Serialize)]
struct Choices {
    heading: &'static str,
    choices: Vec<Choice>,
}

pub(super) async fn page(
    State(state): State<AppState>,
    Parameters(wanted): Parameters<SearchParameters>,
) -> Result<Response, Problem> {
    let mut query = SearchQuery {
        text: wanted.q.clone(),
        tag: wanted.tag.clone(),
        category: wanted.category.clone(),
        author: wanted.author.clone(),
        locale: locale(wanted.locale.as_deref())?,
        from: point_in_time("from", wanted.from.as_deref())?,
        to: point_in_time("to", wanted.to.as_deref())?,
        sort: wanted.sort.unwrap_or_default(),
        ..SearchQuery::default()
    };
    let binding = CursorBinding::of(&("site search", &query));
    let cursor = wanted.cursor.as_ref().map(|it| binding.read::<usize>(it));
    query.offset = cursor.transpose()?.unwrap_or(0);
    query.limit = 20;
    let anonymous = Actor::anonymous();
    let found = state.blog.search().search(&anonymous, &query).await?;

    let (cards, marks): (Vec<_>, Vec<_>) = found
        .hits
        .into_iter()
        .map(|hit| (hit.post, hit.highlights))
        .unzip();
    let posts = entries(&state.blog, &state.options, cards).await?;
    let posts: Vec<_> = posts
        .into_iter()
        .zip(marks)
        .map(|(post, marks)| Entry {
            marked: Some(marks.into()),
            ..post
        })
        .collect();
    let here = Here {
        path: format!("{}/search", state.options.prefix()),
        wanted,
    };
    let next = found
        .next
        .map(|offset| here.with(|to| to.cursor = Some(binding.write(&offset))));
    let suggestion = found.suggestion.map(|text| Choice {
        href: here.with(|to| to.q.clone_from(&text)),
        name: text,
        count: None,
    });
    let narrower = here.narrower(&state.blog, found.facets).await?;
    let values = context! {
        next,
        query => &here.wanted.q,
        total => found.total,
        orders => Value::from(Serde(&here.orders())),
        chosen => Value::from(Serde(&here.chosen(&state.blog).await?)),
        narrower => Value::from(Serde(&narrower)),
        suggestion => Value::from(Serde(&suggestion)),
        posts => Value::from(Serde(&posts)),
        ..common(&state)
    };
    answers::page(&state, StatusCode::OK, "search.html", values)
}

/// The page's own address, from which its links differ in one parameter.
struct Here {
    path: String,
    wanted: SearchParameters,
}

impl Here {
    /// The address with a change made to its parameters, on its first page.
    fn with(&self, change: impl FnOnce(&mut SearchParameters)) -> String {
        let mut to = self.wanted.clone();
        to.cursor = None;
        change(&mut to);
        let sort = to.sort.filter(|sort| *sort != SearchSort::default());
        let parameters = [
            ("q", Some(to.q.as_str())),
            ("tag", to.tag.as_deref()),
            ("category", to.category.as_deref()),
            ("author", to.author.as_deref()),
            ("locale", to.locale.as_deref()),
            ("from", to.from.as_deref()),
            ("to", to.to.as_deref()),
            ("sort", sort.map(name_of)),
            ("cursor", to.cursor.as_deref()),
        ];
        with_parameters(&self.path, &parameters)
    }

    /// The orders, the present one without a link.
    fn orders(&self) -> Vec<Choice> {
        let present = self.wanted.sort.unwrap_or_default();
        [SearchSort::Relevance, SearchSort::Date]
            .into_iter()
            .map(|sort| Choice {
                name: name_of(sort).to_owned(),
                href: if sort == present {
                    String::new()
                } else {
                    self.with(|to| to.sort = Some(sort))
                },
                count: None,
            })
            .collect()
    }

    /// What has been chosen, each with the address that takes it back.
    async fn chosen(&self, blog: &Blog) -> Result<Vec<Choice>> {
        let wanted = &self.wanted;
        let mut chosen = Vec::new();
        let mut add = |name: &Option<String>, href: String| {
            if let Some(name) = name.clone() {
                chosen.push(Choice {
                    name,
                    href,
                    count: None,
                });
            }
        };
        let author = match &wanted.author {
            Some(id) => names(blog, std::slice::from_ref(id)).await?.remove(id),
            None => None,
        };
        add(&wanted.tag, self.with(|to| to.tag = None));
        add(&wanted.category, self.with(|to| to.category = None));
        add(
            &author.or_else(|| wanted.author.clone()),
            self.with(|to| to.author = None),
        );
        add(&wanted.locale, self.with(|to| to.locale = None));
        let period = match (&wanted.from, &wanted.to) {
            (None, None) => None,
            (Some(from), to) => Some(format!("{from} – {}", to.as_deref().unwrap_or_default())),
            (None, Some(to)) => Some(format!("– {to}")),
        };
        add(&period, self.with(|to| (to.from, to.to) = (None, None)));
        Ok(chosen)
    }

    /// What can be chosen beside it; a field with one value alone leaves no choice.
    async fn narrower(&self, blog: &Blog, facets: Facets) -> Result<Vec<Choices>> {
        let ids: Vec<_> = facets.authors.iter().map(|it| it.value.clone()).collect();
        let names = names(blog, &ids).await?;
        let author = |id: &str| names.get(id).map_or_else(|| id.to_owned(), Clone::clone);
        let same = |name: &str| name.to_owned();
        let fields = [
            self.choices("Tags", facets.tags, same, |to, value| to.tag = Some(value)),
            self.choices("Categories", facets.categories, same, |to, value| {
                to.category = Some(value);
            }),
            self.choices("Authors", facets.authors, author, |to, value| {
                to.author = Some(value);
            }),
            self.choices("Years", facets.years, same, |to, value| {
                to.to = value
                    .parse::<i32>()
                    .ok()
                    .map(|year| format!("{:04}-01-01", year.saturating_add(1)));
                to.from = Some(format!("{value}-01-01"));
            }),
        ];
        Ok(fields
            .into_iter()
            .filter(|field| field.choices.len() > 1)
            .collect())
    }

    fn choices(
        &self,
        heading: &'static str,
        facets: Vec<Facet>,
        name: impl Fn(&str) -> String,
        choose: impl Fn(&mut SearchParameters, String),
    ) -> Choices {
        let choice = |facet: Facet| Choice {
            name: name(&facet.value),
            href: self.with(|to| choose(to, facet.value)),
            count: Some(facet.count),
        };
        Choices {
            heading,
            choices: facets.into_iter().take(CHOICES).map(choice).collect(),
        }
    }
}

const fn name_of(sort: SearchSort) -> &'static str {
    match sort {
        SearchSort::Relevance => "relevance",
        SearchSort::Date => "date",
        SearchSort::Popularity => "popularity",
    }
}
