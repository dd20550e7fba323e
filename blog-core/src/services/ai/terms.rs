use std::cmp::Reverse;
use std::collections::HashMap;

use crate::Blog;
use crate::domain::{Actor, Content};
use crate::error::Result;
use crate::ports::TermCount;

/// Tags, and categories, that a model is told.
const TOLD: usize = 50;

/// The tags and categories that readers find in the blog, those of most posts first.
#[derive(Debug)]
pub(super) struct Terms {
    tags: Vec<String>,
    categories: Vec<String>,
}

impl Terms {
    pub(super) async fn of(blog: &Blog) -> Result<Self> {
        let (taxonomy, reader) = (blog.taxonomy(), Actor::anonymous());
        Ok(Self {
            tags: most_used_first(taxonomy.tags(&reader).await?),
            categories: most_used_first(taxonomy.categories(&reader).await?),
        })
    }

    /// The tags, those of most posts first.
    #[cfg(feature = "analysis")]
    pub(super) fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The one of the tags that differs from this by case, spaces and hyphens alone.
    #[cfg(feature = "analysis")]
    pub(super) fn known_tag(&self, tag: &str) -> Option<&String> {
        spellings(&self.tags).get(&key(tag)).copied()
    }

    /// What a model is told of them, by name.
    pub(super) fn data(&self) -> Vec<(&'static str, String)> {
        let mut data = vec![];
        for (name, terms) in [
            ("tags of the blog", &self.tags),
            ("categories of the blog", &self.categories),
        ] {
            if !terms.is_empty() {
                let told: Vec<_> = terms.iter().take(TOLD).map(String::as_str).collect();
                data.push((name, told.join("\n")));
            }
        }
        data
    }

    /// Writes what differs by case, spaces and hyphens alone from what there is as that is written.
    pub(super) fn spell(&self, content: &mut Content) {
        let known = spellings(&self.tags);
        let mut tags: Vec<String> = vec![];
        for tag in content.tags.drain(..) {
            let tag = known.get(&key(&tag)).map_or(tag, |&known| known.clone());
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        content.tags = tags;
        if let Some(category) = &mut content.category
            && let Some(known) = spellings(&self.categories).get(&key(category))
        {
            category.clone_from(known);
        }
    }
}

fn most_used_first(mut terms: Vec<TermCount>) -> Vec<String> {
    terms.sort_by_key(|term| Reverse(term.count));
    terms.into_iter().map(|term| term.name).collect()
}

/// By key, as most posts have it.
fn spellings(terms: &[String]) -> HashMap<String, &String> {
    terms.iter().rev().map(|term| (key(term), term)).collect()
}

/// What all spellings of a term have in common.
fn key(term: &str) -> String {
    let letters = term.chars().filter(|it| !is_between_words(*it));
    match letters.collect::<String>() {
        letters if letters.is_empty() => term.to_owned(),
        letters => letters.to_lowercase(),
    }
}

fn is_between_words(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '_' | '\u{ad}' | '\u{2010}'..='\u{2015}')
}

#[cfg(test)]
mod tests {
    use super::Terms;
    use crate::domain::Content;

    fn spelled(known: &[&str], tags: &[&str]) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let terms = Terms {
            tags: owned(known),
            categories: owned(known),
        };
        let mut content = Content {
            tags: owned(tags),
            category: tags.last().map(|&tag| tag.to_owned()),
            ..Content::default()
        };
        terms.spell(&mut content);
        assert_eq!(content.category, content.tags.last().cloned());
        content.tags
    }

    #[test]
    fn what_differs_by_case_spaces_and_hyphens_is_the_same() {
        let known = ["Machine Learning", "machine-learning", "e-mail", "C++", "-"];
        let tags = ["machine_learning", "MACHINELEARNING", "Email"];
        assert_eq!(spelled(&known, &tags), ["Machine Learning", "e-mail"]);
        for other in ["C", "C#", "mails", "--", ""] {
            assert_eq!(spelled(&known, &[other]), [other]);
        }
    }
}
