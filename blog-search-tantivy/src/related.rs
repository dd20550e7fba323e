//! Posts that are about the same as another.

use std::collections::HashMap;

use blog_core::domain::PostId;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{TantivyDocument, Term};

use crate::error::Result;
use crate::facets::Pass;
use crate::text::{Analyzer, words};
use crate::view::View;

/// How many words of the post are weighed, and how many are looked for.
const WEIGHED: usize = 60;
const LOOKED_FOR: usize = 15;
/// How much of a long post is read, in words.
const READ: usize = 5000;

/// The posts that share the most telling words with what `view` shows of `post`.
pub(crate) fn related(view: &View, post: PostId, limit: usize) -> Result<Vec<PostId>> {
    let fields = view.fields();
    let Some(at) = view.first(&fields.id_term(post))? else {
        return Ok(Vec::new());
    };
    let document: TantivyDocument = view.searcher().doc(at)?;
    let text = |field| {
        let value = document.get_first(field);
        value
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let locale = text(fields.locale);
    let mut analyzer = Analyzer::new(locale.split('-').next().unwrap_or_default());
    let mut often: HashMap<String, f32> = HashMap::new();
    for (field, weight) in [(fields.title_text, 4.0), (fields.body_text, 1.0)] {
        for word in words(&text(field), false).take(READ) {
            if word.text.chars().count() > 1 {
                *often.entry(analyzer.stem(word.text)).or_default() += weight;
            }
        }
    }

    let documents = view.documents() as f32;
    let mut often: Vec<_> = often.into_iter().collect();
    often.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| a.cmp(b)));
    let mut telling = Vec::new();
    for (word, often) in often.into_iter().take(WEIGHED * 4) {
        let count = view.count(&Term::from_field_text(fields.body, &word))? as f32;
        // A word that half of the posts have says nothing, nor does one that no other has.
        if count >= 2.0 && count < (documents / 2.0).max(3.0) {
            telling.push((often.sqrt() * (documents / count).ln_1p(), word));
        }
    }
    telling.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    telling.truncate(LOOKED_FOR);

    let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut add = |term: Term, weight: f32, option| -> Result<()> {
        if view.count(&term)? > 1 {
            let term = Box::new(TermQuery::new(term, option));
            parts.push((Occur::Should, Box::new(BoostQuery::new(term, weight))));
        }
        Ok(())
    };
    for (_, word) in telling {
        add(
            Term::from_field_text(fields.title, &word),
            2.0,
            IndexRecordOption::WithFreqs,
        )?;
        add(
            Term::from_field_text(fields.body, &word),
            1.0,
            IndexRecordOption::WithFreqs,
        )?;
    }
    if let Some(columns) = view.snapshot.columns.get(at.segment_ord as usize)
        && let Some((column, numbers)) = &columns.facets[0]
    {
        for ord in column.values_for_doc(at.doc_id) {
            let number = usize::try_from(ord).ok().and_then(|ord| numbers.get(ord));
            let tag = number.and_then(|number| view.snapshot.values[0].get(*number as usize));
            if let Some(tag) = tag {
                add(
                    Term::from_field_text(fields.tag, tag),
                    2.0,
                    IndexRecordOption::Basic,
                )?;
            }
        }
    }
    if parts.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let pass = Pass::new(view, limit).without(post);
    let query = BooleanQuery::new(parts);
    let found = view
        .searcher()
        .search_with_statistics_provider(&query, &pass, view)?;
    Ok(found
        .best
        .iter()
        .filter_map(crate::facets::Ranked::post)
        .collect())
}
