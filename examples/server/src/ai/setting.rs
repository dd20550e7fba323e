use std::fmt::Display;
use std::str::FromStr;

use clap::ValueEnum;
use serde::Deserialize;

/// What a flag, the environment or a file says; an empty text counts as unset. As clap reads a variable only
/// where there is no flag, an empty flag leaves it to the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    try_from = "toml::Value",
    bound = "T: FromStr, T::Err: std::fmt::Display"
)]
pub(super) struct Setting<T>(Option<T>);

impl<T> Setting<T> {
    /// This one, and where it says nothing, the other.
    pub(super) fn or(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        one.filter(|setting| setting.0.is_some()).or(other)
    }

    /// What it says.
    pub(super) const fn given(setting: Option<&Self>) -> Option<&T> {
        match setting {
            Some(setting) => setting.0.as_ref(),
            None => None,
        }
    }
}

impl<T: FromStr> FromStr for Setting<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "" => Ok(Self(None)),
            text => text.parse().map(|it| Self(Some(it))),
        }
    }
}

impl<T: FromStr<Err: Display>> TryFrom<toml::Value> for Setting<T> {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(it) => it.to_string(),
            _ => return Err("must be a text, a number, true or false".to_owned()),
        };
        text.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// One of several names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice<T>(pub(super) T);

impl<T: ValueEnum> FromStr for Choice<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        T::from_str(text, false).map(Self).map_err(|_| {
            let names = T::value_variants().iter().filter_map(T::to_possible_value);
            let names: Vec<_> = names.map(|name| name.get_name().to_owned()).collect();
            format!("must be one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::ai::Ai;

    #[test]
    fn a_choice_that_there_is_not_is_told_with_those_that_there_are() {
        let told = toml::from_str::<Ai>("ai_first = \"nobody\"").unwrap_err();
        assert!(told.to_string().contains("openai, anthropic"), "{told}");
        let told = toml::from_str::<Ai>("anthropic_json = \"yaml\"").unwrap_err();
        assert!(
            told.to_string().contains("output-format, tool-call"),
            "{told}"
        );
    }
}
