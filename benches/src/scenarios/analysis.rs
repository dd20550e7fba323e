//! What can be said of a post by its own words, without a language model, beside one pass over them. Related posts
//! and links are left out: they are found by the search index, which `search` measures.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use blog_core::analysis::{
    InUse, Prose, SeoSubject, check_seo, detect_language, extract_summary, key_phrases,
    propose_seo, readability, sentiment,
};
use blog_core::domain::{Content, Locale};

use crate::Plan;
use crate::limits::words;
use crate::report::Row;
use crate::sample::{Random, Vocabulary};

/// Posts of the blog that this one is compared with.
const OTHERS: usize = 750;

pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let content = post();
    let others: Vec<_> = (0..OTHERS)
        .map(|number| format!("Another-post-{number}"))
        .collect();
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    // Word lists are read at their first use.
    analyse(&content, &others);
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        ours.push(milliseconds(plan, || analyse(&content, &others)));
        limit.push(milliseconds(plan, || {
            black_box(words::count(&content.body));
        }));
    }
    Ok(vec![Row::time("analysis", "2,000 words", ours, limit)])
}

/// Twenty sections of eight sentences of thirteen words.
fn post() -> Content {
    let (vocabulary, mut random) = (Vocabulary::of(5_000), Random::new(7));
    let mut sentence = || vocabulary.text(&mut random, 10) + " is very good. ";
    let sections: Vec<_> = (0..20)
        .map(|number| {
            let paragraph: String = (0..8).map(|_| sentence()).collect();
            format!("## Section {number}\n\n{paragraph}\n\n![A picture](picture.png)")
        })
        .collect();
    Content {
        title: "A title of a post about words".to_owned(),
        body: sections.join("\n\n"),
        ..Content::default()
    }
}

fn analyse(content: &Content, others: &[&str]) {
    let locale = Locale::default();
    let prose = Prose::of_markdown(&content.body, &locale);
    black_box(detect_language(&prose.text()));
    black_box(extract_summary(&prose, &locale, 3));
    black_box(sentiment(&prose, &locale).ok());
    black_box(key_phrases(&prose, &locale, 10).ok());
    black_box(readability(&prose, &locale));
    let subject = SeoSubject {
        content,
        slug: "a-title",
        locale: &locale,
        in_use: InUse {
            titles: others,
            descriptions: others,
            slugs: others,
        },
    };
    black_box(check_seo(&subject, &prose));
    black_box(propose_seo(content, &prose, &locale));
}

/// Mean of the runs that fit into a turn.
fn milliseconds(plan: &Plan, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut runs = 0_u32;
    while start.elapsed() < plan.turn {
        work();
        runs += 1;
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(runs.max(1))
}
