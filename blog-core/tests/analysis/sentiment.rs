use blog_core::analysis::{Mood, Prose, sentiment};

use super::locale;

/// The example sentences of vaderSentiment 3.3.2 (`vaderSentiment.py`, `__main__`; C. J. Hutto,
/// MIT), with the compound scores that it prints.
const REFERENCE: [(&str, f64); 29] = [
    ("VADER is smart, handsome, and funny.", 0.8316),
    ("VADER is smart, handsome, and funny!", 0.8439),
    ("VADER is very smart, handsome, and funny.", 0.8545),
    ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
    ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
    (
        "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!",
        0.9469,
    ),
    ("VADER is not smart, handsome, nor funny.", -0.7424),
    ("The book was good.", 0.4404),
    ("At least it isn't a horrible book.", 0.431),
    ("The book was only kind of good.", 0.3832),
    (
        "The plot was good, but the characters are uncompelling and the dialog is not great.",
        -0.7042,
    ),
    ("Today SUX!", -0.5461),
    ("Today only kinda sux! But I'll get by, lol", 0.5249),
    ("Make sure you :) or :D today!", 0.8633),
    ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875),
    ("Not bad at all", 0.431),
    ("Sentiment analysis has never been good.", -0.3412),
    ("Sentiment analysis has never been this good!", 0.5672),
    ("Most automated sentiment analysis tools are shit.", -0.5574),
    ("With VADER, sentiment analysis is the shit!", 0.6476),
    ("Other sentiment analysis tools can be quite bad.", -0.5849),
    ("On the other hand, VADER is quite bad ass", 0.802),
    ("VADER is such a badass!", 0.4003),
    ("Without a doubt, excellent idea.", 0.7013),
    (
        "Roger Dodger is one of the most compelling variations on this theme.",
        0.2944,
    ),
    (
        "Roger Dodger is at least compelling as a variation on the theme.",
        0.2263,
    ),
    (
        "Roger Dodger is one of the least compelling variations on this theme.",
        -0.1695,
    ),
    ("Not such a badass after all.", -0.2584),
    ("Without a doubt, an excellent idea.", 0.7013),
];

#[test]
fn the_reference_implementations_sentences_have_its_scores() {
    let mut difference = 0.0;
    for (text, compound) in REFERENCE {
        let found = sentiment(
            &Prose::of_markdown(text, &locale("en-GB")),
            &locale("en-GB"),
        )
        .unwrap();
        difference += (found.score - compound).abs();
        assert_eq!(found.label == Mood::Positive, compound > 0.0, "{text}");
    }
    let mean = difference / REFERENCE.len() as f64;
    assert!(mean < 0.01, "the mean absolute difference is {mean}");
}

#[test]
fn each_paragraph_has_a_score_and_the_text_their_mean() {
    let text = "I love this wonderful day.\n\nI hate this horrible noise.\n\nThe table has legs.";
    let found = sentiment(&Prose::of_markdown(text, &locale("en")), &locale("en")).unwrap();
    let labels: Vec<_> = found.paragraphs.iter().map(|p| p.label).collect();
    assert_eq!(labels, [Mood::Positive, Mood::Negative, Mood::Neutral]);
    let mean = found.paragraphs.iter().map(|p| p.score).sum::<f64>() / 3.0;
    assert!((found.score - mean).abs() < 1e-4);
}

#[test]
fn of_a_language_that_is_not_covered_no_score_is_made_up() {
    let prose = Prose::of_markdown("Das ist ein wunderbarer Tag.", &locale("de"));
    let refused = sentiment(&prose, &locale("de")).unwrap_err();
    assert_eq!(refused.covered, ["en"]);
    assert_eq!(
        refused.to_string(),
        "the language de is not covered, only en"
    );
}

#[test]
fn curly_apostrophes_negate_as_straight_ones_do() {
    let of = |text| {
        sentiment(&Prose::of_markdown(text, &locale("en")), &locale("en"))
            .unwrap()
            .score
    };
    assert!(of("This isn’t good.") < 0.0);
}
