use std::collections::BTreeMap;
use std::str::FromStr;

use blog_core::services::ai::Price;

/// Money in millionths of a currency, written as `2.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Money(pub(super) u64);

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// Digits after the point.
        const DIGITS: usize = 6;
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let number = |digits: &str| {
            let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let micros = || {
            let part = (1..=DIGITS)
                .contains(&part.len())
                .then(|| format!("{part:0<DIGITS$}"))?;
            let whole = number(whole)?.checked_mul(1_000_000)?;
            whole.checked_add(number(&part)?)
        };
        micros()
            .map(Self)
            .ok_or_else(|| "must be an amount of money, such as 2.50".to_owned())
    }
}

/// What models ask for: `MODEL=INPUT/CACHED/OUTPUT` for each, in money for a million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prices(pub(super) BTreeMap<String, Price>);

impl FromStr for Prices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut prices = BTreeMap::new();
        for word in text.split_whitespace() {
            let (model, price) = price(word).ok_or(
                "must be MODEL=INPUT/CACHED/OUTPUT for each model, such as \
                 large=2.50/0.25/10 small=0.30/0.03/1.20",
            )?;
            if prices.insert(model, price).is_some() {
                return Err("must be MODEL=INPUT/CACHED/OUTPUT once for each model".to_owned());
            }
        }
        Ok(Self(prices))
    }
}

fn price(text: &str) -> Option<(String, Price)> {
    let (model, price) = text
        .split_once('=')
        .filter(|(model, _)| !model.is_empty())?;
    let (input, others) = price.split_once('/')?;
    let (cached_input, output) = others.split_once('/')?;
    let money = |text: &str| text.parse::<Money>().ok().map(|money| money.0);
    let price = Price {
        input: money(input)?,
        cached_input: money(cached_input)?,
        output: money(output)?,
    };
    Some((model.to_owned(), price))
}

#[cfg(test)]
mod tests {
    use super::{Money, Prices};

    #[test]
    fn money_has_at_most_six_digits_after_the_point() {
        for (text, micros) in [
            ("0", 0),
            ("2.5", 2_500_000),
            ("2.50", 2_500_000),
            ("0.000001", 1),
            ("18446744073709.551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Money(micros)), "{text}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1,5",
            "1e3",
            "1.+5",
            "0.0000001",
            "€2",
            "18446744073709.551616",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_model_has_three_prices() {
        let prices: Prices = "large=2.50/0.25/10 vendor/small:8b=0/0/0.1"
            .parse()
            .unwrap();
        let price = |model: &str| {
            let price = prices.0[model];
            (price.input, price.cached_input, price.output)
        };
        assert_eq!(price("large"), (2_500_000, 250_000, 10_000_000));
        assert_eq!(price("vendor/small:8b"), (0, 0, 100_000));
        for text in [
            "large",
            "large=1",
            "large=1/2",
            "large=1/2/3/4",
            "=1/2/3",
            "large=1/x/3",
            "large=1/1/3 large=1/1/3",
        ] {
            let error = text.parse::<Prices>().unwrap_err();
            assert!(error.contains("MODEL=INPUT/CACHED/OUTPUT"), "{error}");
        }
    }
}
