use blog_core::analysis::{
    FindingCode, InUse, Prose, SeoProposal, SeoSubject, Severity, check_seo, propose_seo,
};
use blog_core::domain::{Content, Seo};

use super::locale;

fn good_post() -> Content {
    Content {
        title: "How honey bees dance to flowers".to_owned(),
        body: format!(
            "Honey bees dance to say where flowers are. See [von Frisch's book](/book).\n\n\
             ## The waggle dance\n\n![A bee](bee.png)\n\n{}",
            "The honey bees dance in the dark, and others follow them. ".repeat(30)
        ),
        excerpt: Some("Honey bees dance to say where flowers are, and how far away.".to_owned()),
        seo: Seo {
            keywords: vec!["honey bees".to_owned()],
            ..Seo::default()
        },
        ..Content::default()
    }
}

fn found(
    content: &Content,
    slug: &str,
    in_use: InUse<'_>,
) -> (Vec<(FindingCode, Option<usize>)>, u8) {
    let subject = SeoSubject {
        content,
        slug,
        locale: &locale("en"),
        in_use,
    };
    let prose = Prose::of_markdown(&content.body, subject.locale);
    let report = check_seo(&subject, &prose);
    let codes = report.findings.iter().map(|f| (f.code, f.line)).collect();
    (codes, report.score)
}

fn proposed(content: &Content, tag: &str) -> SeoProposal {
    let prose = Prose::of_markdown(&content.body, &locale(tag));
    propose_seo(content, &prose, &locale(tag))
}

#[test]
fn a_good_post_has_a_hundred_points() {
    assert_eq!(
        found(&good_post(), "bees-dance", InUse::default()),
        (vec![], 100)
    );
}

#[test]
fn every_flaw_has_a_code_and_the_line_it_is_in() {
    let post = Content {
        title: "A very long title that goes on and on until no search engine shows its end"
            .to_owned(),
        body: "# Again\n\n![](bee.png)\n\n#### Deep\n\n[here](/x) and [](/y)\n\n##".to_owned(),
        seo: Seo {
            keywords: vec!["wasps".to_owned()],
            ..Seo::default()
        },
        ..Content::default()
    };
    let in_use = InUse {
        titles: &["a VERY long title that goes on and on until no search engine shows its end"],
        descriptions: &[],
        slugs: &["post-12"],
    };
    let (codes, score) = found(&post, "post-12", in_use);
    for wanted in [
        (FindingCode::TitleDuplicate, None),
        (FindingCode::TitleLong, None),
        (FindingCode::DescriptionMissing, None),
        (FindingCode::SlugMeaningless, None),
        (FindingCode::SlugDuplicate, None),
        (FindingCode::HeadingSecondTitle, Some(1)),
        (FindingCode::ImageAltMissing, Some(3)),
        (FindingCode::HeadingSkipsLevel, Some(5)),
        (FindingCode::LinkTextVague, Some(7)),
        (FindingCode::LinkTextEmpty, Some(7)),
        (FindingCode::HeadingEmpty, Some(9)),
        (FindingCode::BodyShort, None),
        (FindingCode::KeywordNotInTitle, None),
        (FindingCode::KeywordNotInBody, None),
    ] {
        assert!(codes.contains(&wanted), "{wanted:?} is not among {codes:?}");
    }
    assert_eq!(codes[0].0.severity(), Severity::Error);
    assert!(score < 20, "{score}");
}

#[test]
fn a_flaw_costs_its_weight_once_however_often_it_occurs() {
    let mut post = good_post();
    post.body.push_str("\n\n![](a.png)\n\n![](b.png)");
    let (codes, score) = found(&post, "bees-dance", InUse::default());
    assert_eq!(codes.len(), 2);
    assert_eq!(score, 100 - FindingCode::ImageAltMissing.weight());
}

#[test]
fn equal_findings_are_in_the_order_of_their_lines() {
    let mut post = good_post();
    post.body
        .push_str("\n\n[here](/x)\n\n#### Deep\n\n[](/y)\n\n![](a.png)");
    let lines: Vec<_> = found(&post, "bees-dance", InUse::default())
        .0
        .into_iter()
        .map(|(code, line)| (code.severity(), line))
        .collect();
    assert_eq!(lines.len(), 4);
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn a_keyword_is_found_as_whole_words_only() {
    let of = |keyword: &str, title: &str| {
        let content = Content {
            title: title.to_owned(),
            body: format!("{title} again."),
            seo: Seo {
                keywords: vec![" ".to_owned(), keyword.to_owned()],
                ..Seo::default()
            },
            ..Content::default()
        };
        let (codes, _) = found(&content, "a-slug", InUse::default());
        let missing = |code| codes.iter().any(|(found, _)| *found == code);
        assert_eq!(
            missing(FindingCode::KeywordNotInTitle),
            missing(FindingCode::KeywordNotInBody)
        );
        !missing(FindingCode::KeywordNotInTitle)
    };
    assert!(!of("AI", "He said so"));
    assert!(of("AI", "How he said “AI”"));
    assert!(of("c++", "Modern C++ for all"));
    assert!(of("雨", "今日は雨です"));
    assert!(of("", "No keyword is none to miss"));
}

#[test]
fn wide_letters_fill_a_title_sooner() {
    let mut post = good_post();
    post.seo.title = Some(format!("Honey bees {}", "雨".repeat(30)));
    let (codes, _) = found(&post, "bees-dance", InUse::default());
    assert_eq!(codes, [(FindingCode::TitleLong, None)]);
}

#[test]
fn a_proposal_fits_and_says_where_it_comes_from() {
    let mut post = good_post();
    post.title =
        "How the honey bees dance to their flowers: what Karl von Frisch found out".to_owned();
    post.excerpt = None;
    post.tags = vec!["animals".to_owned()];
    let proposal = proposed(&post, "en");
    assert_eq!(
        proposal.title.value,
        "How the honey bees dance to their flowers"
    );
    assert_eq!(
        proposal.slug.value.as_str(),
        "honey-bees-dance-flowers-karl-von"
    );
    assert!(proposal.keywords.value.contains(&"animals".to_owned()));
    let description = &proposal.description.value;
    assert!(description.starts_with("Honey bees dance to say where flowers are."));
    assert!(description.chars().count() <= 155);
    assert!(
        proposal
            .title
            .why
            .starts_with("The first part of the title")
    );
}

#[test]
fn a_proposed_slug_has_at_most_six_words_and_no_marks() {
    let of = |title: &str, tag| {
        let content = Content {
            title: title.to_owned(),
            ..Content::default()
        };
        proposed(&content, tag).slug.value.as_str().to_owned()
    };
    assert_eq!(
        of("Rust – fast & safe – since 2015", "en"),
        "rust-fast-safe-2015"
    );
    assert_eq!(
        of("state-of-the-art well-being", "en"),
        "state-of-the-art-well-being"
    );
    assert_eq!(
        of("one-two-three-four-five-six-seven tests", "en"),
        "one-two-three-four-five-six"
    );
    assert_eq!(of("编译器检查每一个分支", "zh").split('-').count(), 6);
}

#[test]
fn a_proposed_description_in_chinese_has_no_spaces_between_sentences() {
    let content = Content {
        body: "编译器检查每一个分支的类型。今天的天气非常好适合散步。".to_owned(),
        ..Content::default()
    };
    assert_eq!(proposed(&content, "zh").description.value, content.body);
}
