//! The choices of a scenario in its own words, for the tables and the report.

use crate::choices::BackfillName;
use crate::scalar::Choice;
use crate::world::{Backfill, World};
use std::collections::BTreeSet;

/// A choice of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its dotted name: `policy.order`.
    pub name: String,
    /// Its value as the file would say it: `fcfs`.
    pub value: String,
    /// What the value means.
    pub doc: String,
}

/// Everything that the scenario says and that is no number: first what it says of itself and its policy, defaults
/// filled in, then the rest as it is written.
pub fn settings(world: &World) -> Vec<Setting> {
    let setting = |name: &str, (value, doc): (&str, &str)| Setting {
        name: name.to_string(),
        value: value.to_string(),
        doc: doc.to_string(),
    };
    let policy = &world.policy;
    let (backfill, depth) = match policy.backfill {
        Backfill::None => (BackfillName::None, None),
        Backfill::Easy { depth } => (BackfillName::Easy, Some(depth)),
        Backfill::Conservative { depth } => (BackfillName::Conservative, Some(depth)),
    };
    let mut settings = vec![
        setting("description", (&world.description, "what the scenario says of itself")),
        setting("build_out", word(world.build_out)),
        setting("policy.site_choice", word(policy.site_choice)),
        setting("policy.order", word(policy.order)),
        setting("policy.backfill", word(backfill)),
    ];
    if let Some(depth) = depth {
        let value = depth.map_or_else(|| "all".to_string(), |depth| depth.to_string());
        settings.push(setting(
            "policy.backfill_depth",
            (&value, "how many queued jobs behind the head are looked at"),
        ));
    }
    settings.push(setting(
        "policy.preemption",
        match policy.preemption {
            true => ("true", "a job of higher priority may stop preemptible jobs of lower priority"),
            false => ("false", "no job is stopped for another"),
        },
    ));
    settings.push(setting("policy.placement", word(policy.placement)));
    settings.push(setting("seed", (&world.seed.to_string(), "seed of every random stream")));
    let said: BTreeSet<String> = settings.iter().map(|setting| setting.name.clone()).collect();
    let rest = world.choices.iter().filter(|choice| !said.contains(&choice.path) && choice.path != "edition");
    settings.extend(rest.map(|choice| setting(&choice.path, (&choice.value, &choice.doc))));
    settings
}

/// The word for a value and what it means; both empty for a value that has none.
fn word<C: Choice + PartialEq>(value: C) -> (&'static str, &'static str) {
    let place = C::VALUES.iter().position(|known| *known == value);
    place.and_then(|place| C::WORDS.get(place)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Placement, QueueOrder, SiteChoice};

    #[test]
    fn every_policy_has_a_word_that_the_language_knows() {
        assert_eq!(word(SiteChoice::HomeFirst).0, "home_first");
        assert_eq!(word(QueueOrder::FairShare).0, "fair_share");
        assert_eq!(word(Placement::Fgd), ("fgd", "fragmentation gradient descent"));
        for value in [BackfillName::None, BackfillName::Easy, BackfillName::Conservative] {
            assert!(!word(value).0.is_empty());
        }
    }
}
