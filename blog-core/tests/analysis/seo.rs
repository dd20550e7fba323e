use blog_core::analysis::{FindingCode, InUse, SeoSubject, Severity, check_seo, propose_seo};
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
    let report = check_seo(&SeoSubject {
        content,
        slug,
        locale: &locale("en"),
        in_use,
    });
    let codes = report.findings.iter().map(|f| (f.code, f.line)).collect();
    (codes, report.score)
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
    };
    let (codes, score) = found(&post, "post-12", in_use);
    for wanted in [
        (FindingCode::TitleDuplicate, None),
        (FindingCode::TitleLong, None),
        (FindingCode::DescriptionMissing, None),
        (FindingCode::SlugMeaningless, None),
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
    let proposal = propose_seo(&post, &locale("en"));
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
