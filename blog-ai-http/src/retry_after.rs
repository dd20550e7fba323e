use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// When to come again, if the answer says so: `retry-after-ms`, or `Retry-After` in seconds or as a date
/// (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| text(headers, name);
    let milliseconds = text("retry-after-ms").and_then(|text| seconds(text, 1e-3));
    let named = || {
        let after = text(RETRY_AFTER.as_str())?;
        seconds(after, 1.0).or_else(|| between(text(DATE.as_str())?, after))
    };
    milliseconds.or_else(named)
}

/// When the limits that are reached are there again, in the headers of OpenAI and of compatible servers
/// (`x-ratelimit-remaining-…` and `x-ratelimit-reset-…`; Azure's are seconds), and in Anthropic's
/// (`anthropic-ratelimit-…-remaining` and `…-reset`, which is a date).
pub(crate) fn limit_reset(headers: &HeaderMap) -> Option<Duration> {
    let openai = |limit| ["remaining", "reset"].map(|what| format!("x-ratelimit-{what}-{limit}"));
    let anthropic =
        |limit| ["remaining", "reset"].map(|what| format!("anthropic-ratelimit-{limit}-{what}"));
    let limits = ["requests", "tokens"].map(openai);
    let limits = limits
        .into_iter()
        .chain(["requests", "tokens", "input-tokens", "output-tokens"].map(anthropic));
    let reset = |[remaining, reset]: [String; 2]| {
        let remaining = text(headers, &remaining);
        let is_left = remaining.is_some_and(|it| it.parse::<u64>().is_ok_and(|left| left > 0));
        let reset = text(headers, &reset)?;
        let date = || between(text(headers, DATE.as_str())?, reset);
        let reset = span(reset).or_else(|| seconds(reset, 1.0)).or_else(date);
        reset.filter(|_| !is_left)
    };
    limits.filter_map(reset).max()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds(text: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok()
}

/// The time from one date to another by the server's own clock; none if it is past.
fn between(now: &str, then: &str) -> Option<Duration> {
    let now = DateTime::parse_from_rfc2822(now).ok()?;
    let then = DateTime::parse_from_rfc2822(then).or_else(|_| DateTime::parse_from_rfc3339(then));
    Some((then.ok()? - now).to_std().unwrap_or_default())
}

/// A time as `6m0s`, `1.5s` or `20ms`.
fn span(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| letter != '.' && !letter.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|letter: char| letter.is_ascii_digit());
        let (unit, tail) = tail.split_at(letters.unwrap_or(tail.len()));
        let unit = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            _ => return None,
        };
        total = total.checked_add(seconds(number, unit)?)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::proptest;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{limit_reset, retry_after, span};

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: Option<Duration>) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let found = retry_after(&headers).or_else(|| limit_reset(&headers));
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn the_time_is_read_in_each_form() {
        let milliseconds = |count| Some(Duration::from_millis(count));
        check(&[], None);
        check(&[("retry-after", "7")], milliseconds(7_000));
        check(&[("retry-after", "0.5")], milliseconds(500));
        check(
            &[("retry-after", "7"), ("retry-after-ms", "250")],
            milliseconds(250),
        );
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let soon = ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT");
        check(&[date, soon], milliseconds(9_000));
        check(
            &[("date", soon.1), ("retry-after", date.1)],
            milliseconds(0),
        );
        check(&[soon], None);
        let requests = ("x-ratelimit-reset-requests", "1s");
        let tokens = ("x-ratelimit-reset-tokens", "6m0s");
        check(&[requests, tokens], milliseconds(360_000));
        let left = ("x-ratelimit-remaining-tokens", "9");
        check(&[requests, tokens, left], milliseconds(1_000));
        check(&[("x-ratelimit-reset-tokens", "5")], milliseconds(5_000));
        check(
            &[("x-ratelimit-reset-tokens", "1m2.5s")],
            milliseconds(62_500),
        );
        check(&[("x-ratelimit-reset-requests", "20ms")], milliseconds(20));
        let reset = ("anthropic-ratelimit-tokens-reset", "2015-10-21T07:28:30Z");
        check(&[date, reset], milliseconds(30_000));
        let left = ("anthropic-ratelimit-tokens-remaining", "1000");
        check(&[date, reset, left], None);
        check(&[reset], None);
    }

    #[test]
    fn what_is_no_time_says_nothing() {
        for text in ["soon", "-1", "NaN", "inf", "1e300", ""] {
            check(&[("retry-after", text)], None);
        }
        for text in ["5d", "s", "1.2.3s", "-5s", "99999999999999999999999h"] {
            check(&[("x-ratelimit-reset-requests", text)], None);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,20}|[0-9.hms]{0,12}") {
            let _ = span(&text);
        }
    }
}
