use blog_core::analysis::{
    InUse, Prose, SeoSubject, check_seo, detect_language, extract_summary, key_phrases,
    propose_seo, readability, sentiment,
};
use blog_core::domain::{Content, Locale};
use proptest::prelude::*;

use super::locale;

/// All that can be said, as JSON; whatever is out of bounds is a panic.
fn everything(body: &str, title: &str, locale: &Locale) -> String {
    let prose = Prose::of_markdown(body, locale);
    let language = detect_language(&prose.text());
    assert!(
        language
            .iter()
            .all(|found| (0.0..=1.0).contains(&found.confidence))
    );

    let summary = extract_summary(&prose, locale, 3);
    assert!(summary.sentences.len() <= 3);
    let mut rest = prose.sentences();
    for sentence in &summary.sentences {
        assert!(
            rest.any(|other| other == sentence),
            "{sentence} is out of order"
        );
    }

    let mood = sentiment(&prose, locale);
    if let Ok(mood) = &mood {
        assert_eq!(mood.paragraphs.len(), prose.paragraphs().len());
        let scores = mood.paragraphs.iter().map(|p| (p.score, p.confidence));
        for (score, confidence) in scores.chain([(mood.score, mood.confidence)]) {
            assert!((-1.0..=1.0).contains(&score) && (0.0..=1.0).contains(&confidence));
        }
    }

    let phrases = key_phrases(&prose, locale, 5);
    for phrase in phrases.iter().flatten() {
        assert!((0.0..=1.0).contains(&phrase.score), "{phrase:?}");
        assert!(prose.text().contains(&phrase.text));
    }

    let ease = readability(&prose, locale);
    assert!(ease.iter().all(|found| (0.0..=100.0).contains(&found.ease)));

    let content = Content {
        title: title.to_owned(),
        body: body.to_owned(),
        ..Content::default()
    };
    let subject = SeoSubject {
        content: &content,
        slug: title,
        locale,
        in_use: InUse::default(),
    };
    let report = check_seo(&subject, &prose);
    assert!(report.score <= 100);
    let lines = body.matches('\n').count() + 1;
    assert!(
        report
            .findings
            .iter()
            .all(|f| f.line.is_none_or(|line| line <= lines))
    );

    let proposal = propose_seo(&content, &prose, locale);
    assert!(proposal.title.value.chars().count() <= 60);
    assert!(proposal.description.value.chars().count() <= 155);
    assert!(proposal.keywords.value.len() <= 8);
    assert!(proposal.slug.value.as_str().split('-').count() <= 6);
    serde_json::to_string(&(language, summary, mood, phrases, ease, report, proposal)).unwrap()
}

fn bodies() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        "[a-zA-Z ,.!?]{0,60}",
        prop::sample::select(vec![
            "\n",
            "\n\n",
            "# ",
            "- ",
            "> ",
            "---\n",
            "+++\n",
            "```\n",
            "![",
            "](x)",
            "[",
            "|a|\n|-|\n",
            "Dr. ",
            "e.g. ",
            "A. ",
            "U.S. ",
            "3. ",
            "Oktober ",
            "l'a",
            "。",
            "雨。",
            "…",
            "😀",
            ":)",
            "’",
            "very good. ",
            "not bad ",
            "<b>",
            "<br>",
            "[^1]",
            "\u{202e}",
            "\u{0301}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_text_all_answers_are_within_bounds_and_the_same_again(
        body in bodies(),
        title in ".{0,100}",
        tag in prop::sample::select(vec!["en", "de", "fr", "es", "it", "nl", "pt", "ru", "tr", "nb", "ja"]),
    ) {
        let locale = locale(tag);
        prop_assert_eq!(
            everything(&body, &title, &locale),
            everything(&body, &title, &locale)
        );
    }
}

/// Of quadratic work, a megabyte would take hours.
#[test]
fn hostile_texts_are_analysed_in_time_linear_in_their_length() {
    let english = Locale::default();
    for piece in ["a", "a. ", "。", ")"] {
        everything(
            &format!("A.{}", piece.repeat((1 << 20) / piece.len())),
            "",
            &english,
        );
    }
    for piece in [
        "A. ",
        ".",
        ". ",
        "x.) ",
        "雨。",
        "😀",
        "a-",
        "but good ",
        "!",
        "Dr. A",
        "3. A",
        "A.B.",
        "l'a ",
        "a.b ",
        "[a](b) ",
        "![](b)",
        "# a\n\n",
        "- a. \n",
        "the cat ",
        "e\u{301}",
    ] {
        everything(&piece.repeat((1 << 17) / piece.len()), piece, &english);
    }
}
