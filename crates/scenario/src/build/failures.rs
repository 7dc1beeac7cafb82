//! Ways in which equipment fails.

use super::find;
use crate::context::Cx;
use crate::keys::{FailureText, ScenarioText};
use crate::language::Given;
use crate::rules;
use crate::world::{Failure, FailureScope, System};
use base::Span;
use base::id::SystemId;

/// The failures, by the order of their keys. One that names only systems which stand in no block strikes nothing and
/// is left out.
pub fn build(text: &ScenarioText, systems: &[System], cx: &mut Cx<'_>) -> Vec<Failure> {
    let known: Vec<&str> = text.system.0.iter().map(|(name, _)| name.value.as_str()).collect();
    text.failure.0.iter().filter_map(|(name, failure)| one(name, failure, &known, systems, cx)).collect()
}

fn one(
    name: &Given<String>,
    text: &FailureText,
    known: &[&str],
    systems: &[System],
    cx: &mut Cx<'_>,
) -> Option<Failure> {
    let named: Vec<&Given<String>> = text.systems.0.iter().flat_map(|list| &list.value).collect();
    let scope = text.scope.as_ref()?.value;
    if let (FailureScope::Site, Some(first)) = (scope, named.first()) {
        let message = "a failure of the whole site strikes all systems".to_string();
        cx.error(first.mark, rules::EXCLUDED, message, "leave out `systems`, or take another `scope`");
        return None;
    }
    let group_nodes = match (scope, &text.nodes) {
        (FailureScope::Group, Some(nodes)) => nodes.value,
        (FailureScope::Group, None) => {
            let message = "a group of how many nodes?".to_string();
            cx.lack(text.mark, rules::MISSING_KEY, message, "write `nodes = 32`");
            return None;
        }
        (_, Some(nodes)) => {
            let message = "`nodes` says how large a group is, and this is none".to_string();
            cx.error(nodes.mark, rules::EXCLUDED, message, "leave it out, or write `scope = \"group\"`");
            return None;
        }
        (_, None) => 0,
    };
    let found = named.iter().filter(|given| find(cx, given, "system", known.iter().copied()).is_some());
    let found: Vec<&str> = found.map(|given| given.value.as_str()).collect();
    let standing: Vec<SystemId> = (0..systems.len())
        .filter(|&at| found.contains(&systems[at].key.as_str()))
        .map(SystemId::new)
        .collect();
    if standing.is_empty() && !named.is_empty() {
        return None;
    }
    Some(Failure {
        key: name.value.clone(),
        scope,
        systems: standing,
        group_nodes,
        mean_time_between: text.mean_time_between.as_ref()?.value,
        repair: text.repair.as_ref().map_or(Span::ZERO, |repair| repair.value),
        repair_sigma: text.repair_sigma.as_ref().map_or(0.0, |sigma| sigma.value),
    })
}
