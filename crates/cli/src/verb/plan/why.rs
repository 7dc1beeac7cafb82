//! What holds a plan back, why a place is left out, and what it would be worth to know more.

use crate::failure::Failure;
use crate::text::{dollars, whole};
use ::plan::explain::{self, Ask, Binding, LeftOut, Lever, Unit};
use ::plan::information::{Information, information};
use ::plan::instance::{Instance, Objective};
use ::plan::limit::Kind;
use ::plan::solve::{Error, Options, Plan, Progress};
use serde::{Deserialize, Serialize};
use solver::Highs;

/// Limits that are named.
const NAMED: usize = 8;

/// What is said of a plan beside itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Why {
    /// Limits that hold it back, the dearest first.
    pub binding: Vec<Binding>,
    /// Places of which nothing is built; only where it was asked.
    pub left_out: Vec<LeftOut>,
    /// What knowing the future and planning for all of them is worth; only where it was asked, and there is more than one.
    pub information: Option<Information>,
}

/// Asks. With `deep`, also for every place that is left out and for the value of information: each takes as long as a plan.
pub fn ask(
    instance: &Instance,
    plan: &Plan,
    (options, deep): (&Options, bool),
    watch: &mut dyn FnMut(&Progress),
) -> Result<Why, Failure> {
    let failed = |error: Error| Failure::message(format!("the plan cannot be explained: {error}"));
    let asked = Ask { most: NAMED, ..Ask::default() };
    let binding = explain::binding::<Highs>(instance, plan, &asked).map_err(failed)?;
    let mut why = Why { binding, left_out: Vec::new(), information: None };
    if deep {
        for site in explain::left_out(plan) {
            let because = explain::why_left_out::<Highs>(instance, plan, site, options, watch);
            why.left_out.push(because.map_err(failed)?);
        }
        if instance.scenarios.len() > 1 {
            why.information = information::<Highs>(instance, plan, options, watch).map_err(failed)?;
        }
    }
    Ok(why)
}

/// An amount of the objective in words.
fn worth(objective: Objective, amount: f64) -> String {
    match objective {
        Objective::NetPresentValue | Objective::LeastCost => dollars(amount * 1e6),
        Objective::MostTokens => format!("{amount:.3e} tokens"),
        Objective::LeastCarbon => format!("{} t of carbon dioxide", whole(amount * 1e6)),
    }
}

/// `another 100 MW of halls at west from 2027-Q2 on`.
fn step(binding: &Binding, instance: &Instance) -> String {
    let unit = match binding.unit {
        Unit::Megawatt => "MW",
        Unit::ComputeUnit => "units",
        Unit::MillionUsd => "M$",
        Unit::Tonne => "t",
    };
    let of = binding.limit.subject(instance).unwrap_or_default();
    let what = match binding.limit.kind {
        Kind::Space => format!(" of halls at {of}"),
        Kind::FirmPower => format!(" of connection at {of}"),
        Kind::SystemSupply => format!(" of {of} delivered"),
        Kind::Demand => format!(" of demand `{of}`"),
        Kind::Offer => format!(" offered by {of}"),
        Kind::Commitment => format!(" of the commitment to {of} less"),
        Kind::Capital => " of capital".to_owned(),
        Kind::LoanToValue => " of loan against what was invested".to_owned(),
        Kind::Coverage => " of loan against income".to_owned(),
        Kind::CarbonCap => " of carbon dioxide".to_owned(),
        other => format!(" of {other:?} of {of}"),
    };
    let when = binding.limit.period.and_then(|t| instance.periods.get(usize::from(t)));
    let lasting = matches!(binding.limit.kind, Kind::Space | Kind::FirmPower);
    let when = match (when, lasting) {
        (None, _) => String::new(),
        (Some(period), true) => format!(" from {} on", period.name),
        (Some(period), false) => format!(" in {}", period.name),
    };
    format!("another {} {unit}{what}{when}", whole(binding.step))
}

/// The limits whose step gains something; of those on the same thing with the same gain, the last: sooner is not needed.
fn worth_something(all: &[Binding]) -> Vec<&Binding> {
    let most = all.iter().map(|binding| binding.gain).fold(0.0, f64::max);
    let counts = |binding: &&Binding| binding.gain > most * 1e-6 && binding.gain > 1e-6;
    let same = |one: &Binding, other: &Binding| {
        one.limit.kind == other.limit.kind
            && one.limit.of == other.limit.of
            && (one.gain - other.gain).abs() <= most * 1e-6
    };
    let mut kept: Vec<&Binding> = Vec::new();
    for binding in all.iter().filter(counts) {
        match kept.iter_mut().find(|known| same(known, binding)) {
            Some(known) if known.limit.period < binding.limit.period => *known = binding,
            Some(_) => {}
            None => kept.push(binding),
        }
    }
    kept
}

/// All of it as sentences.
pub fn text(why: &Why, instance: &Instance, plan: &Plan) -> String {
    let objective = instance.objective;
    let mut text = String::new();
    let binding = worth_something(&why.binding);
    if !binding.is_empty() {
        text += "\nwhat holds it back, with what is built as it is\n";
    }
    for binding in binding {
        let gain = worth(objective, binding.gain);
        text += &format!("  {} is worth {gain}\n", step(binding, instance));
    }
    if !why.left_out.is_empty() || why.information.is_some() {
        text.push('\n');
    }
    for left in &why.left_out {
        let name = instance.sites.get(left.site).map_or("", |site| site.name.as_str());
        text += &match &left.with {
            None => format!("  {name} is left out: with it there is no plan within the limits\n"),
            Some(with) => {
                let dearer = with.objective - plan.objective;
                let mut said = match dearer > 0.0 {
                    true => {
                        format!("  {name} is left out: a plan with it is {} worse", worth(objective, dearer))
                    }
                    false => format!("  {name} is left out, and a plan with it is as good within the gap"),
                };
                let remedies: Vec<String> = with.enough.iter().map(remedy).collect();
                if !remedies.is_empty() {
                    said += &format!("; it would be in with {}", remedies.join(", or with "));
                }
                said + "\n"
            }
        };
    }
    if let Some(information) = &why.information {
        let known = worth(objective, information.of_perfect_information().max(0.0));
        text += &format!("  to know the future first would be worth {known}");
        if let Some(all) = information.of_the_stochastic_solution() {
            text += &format!(
                "; to plan for all futures and not for their mean is worth {}",
                worth(objective, all)
            );
        } else {
            text += "; the plan for the mean of the futures cannot be carried out in all of them";
        }
        text +=
            &format!(" (within {}, as plans are known to their gap)\n", worth(objective, information.off_by));
    }
    text
}

fn remedy(remedy: &explain::Remedy) -> String {
    let explain::Remedy { lever, now, enough } = *remedy;
    // What is enough is not rounded up.
    let down = |value: f64| (value - 1e-9).floor();
    match lever {
        Lever::Halls => format!("halls at {:.2} M$ a MW and not {now:.2}", down(enough * 1e2) / 1e2),
        Lever::Land => format!("land at {:.0} M$ and not {now:.0}", down(enough)),
        Lever::GridEnergy => {
            format!("energy of the grid {:.0} % cheaper", -down((enough / now - 1.0) * 100.0))
        }
        Lever::DemandCharge => {
            format!("a demand charge of {:.1} $ a kW and month and not {now:.1}", down(enough * 10.0) / 10.0)
        }
    }
}
