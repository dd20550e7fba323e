mod faults;
mod vectors;

use super::fixture::EmbedderFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::waiting::{Patience, bounded, unavailable};
use super::world::World;
use crate::ports::Embedder;

/// The one list of cases for embedders.
#[must_use]
pub fn cases<F: EmbedderFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, vectors::there_is_one_of_length_1_for_each_text),
        case!(1, vectors::vectors_are_in_the_order_of_texts),
        case!(2, vectors::a_text_has_the_same_direction_in_every_call),
        case!(3, vectors::any_number_of_texts_may_be_asked_for),
        case!(4, faults::an_embedder_that_is_away_says_so_and_works_again),
    ]
}

/// The vectors, of which each is checked by itself.
async fn embed(
    promise: u8,
    embedder: &dyn Embedder,
    texts: &[&str],
) -> Result<Vec<Vec<f32>>, Violation> {
    let vectors = succeed(promise, bounded(promise, embedder.embed(texts)).await?)?;
    expect(1, vectors.len(), texts.len())?;
    for vector in &vectors {
        expect(1, Some(vector.len()), vectors.first().map(Vec::len))?;
        let length = vector.iter().map(|part| part * part).sum::<f32>().sqrt();
        // What is not a number is nothing of it.
        let is_1 = (length - 1.0).abs() < 1e-3;
        if !is_1 {
            return Err(broke(1, "a vector of length 1", format!("one of {length}")));
        }
    }
    Ok(vectors)
}

/// How much two directions are the same: 1 if they are.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Fails unless each has the direction of its counterpart.
fn expect_alike(promise: u8, saw: &[Vec<f32>], expected: &[Vec<f32>]) -> Verdict {
    expect(promise, saw.len(), expected.len())?;
    for (number, (saw, expected)) in saw.iter().zip(expected).enumerate() {
        let likeness = likeness(saw, expected);
        // Vendors' vectors of one text differ in the last digits.
        if likeness < 0.99 || saw.len() != expected.len() {
            let saw = format!("one that is like it by {likeness}");
            return Err(broke(promise, format!("the vector of text {number}"), saw));
        }
    }
    Ok(())
}
