use std::collections::BTreeMap;
use std::str::FromStr;

use blog_core::domain::Role;
use blog_core::services::ai::Budget;

use super::{Ai, Setting};

/// Something for each of some roles: `ROLE=…` for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ByRole<T>(pub(super) BTreeMap<Role, T>);

impl<T: FromStr> FromStr for ByRole<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut by_role = BTreeMap::new();
        for word in text.split_whitespace() {
            let (role, given) = pair(word).ok_or("must be ROLE=LIMIT for each role")?;
            if by_role.insert(role, given).is_some() {
                return Err("must be ROLE=LIMIT once for each role".to_owned());
            }
        }
        Ok(Self(by_role))
    }
}

fn pair<T: FromStr>(word: &str) -> Option<(Role, T)> {
    let (role, given) = word.split_once('=')?;
    Some((Role::from_name(role)?, given.parse().ok()?))
}

impl Ai {
    /// The day of each role that has a limit of its own; what that leaves open is everybody's.
    pub(super) fn day_by_role(&self, of_all: Budget) -> BTreeMap<Role, Budget> {
        let mut by_role = BTreeMap::new();
        let tokens = Setting::given(self.ai_role_day_tokens.as_ref());
        for (role, tokens) in tokens.into_iter().flat_map(|it| &it.0) {
            by_role.entry(*role).or_insert(of_all).tokens = Some(*tokens);
        }
        let cost = Setting::given(self.ai_role_day_cost.as_ref());
        for (role, cost) in cost.into_iter().flat_map(|it| &it.0) {
            by_role.entry(*role).or_insert(of_all).micros = Some(cost.0);
        }
        by_role
    }
}

#[cfg(test)]
mod tests {
    use blog_core::domain::Role;

    use super::ByRole;
    use crate::ai::money::Money;

    #[test]
    fn each_role_is_given_something_once() {
        let by_role: ByRole<Money> = "author=0.50 editor=2".parse().unwrap();
        let expected = [
            (Role::Author, Money(500_000)),
            (Role::Editor, Money(2_000_000)),
        ];
        assert_eq!(by_role.0, expected.into());
        for text in ["author", "author=", "owner=1", "author=1 author=2", "=1"] {
            let error = text.parse::<ByRole<u64>>().unwrap_err();
            assert!(error.contains("ROLE=LIMIT"), "{text}: {error}");
        }
    }
}
