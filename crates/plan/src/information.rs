//! What it is worth to know the future, and to plan for several at once.
//!
//! Three plans are compared. *Wait and see*: each future with the plan that is best for it, weighed as the instance weighs them. The
//! plan itself. And the plan for the mean of all futures, whose shared decisions are held while every future makes the
//! best of them. The first is never dearer than the second, the second never dearer than the third (Birge and Louveaux, 2011).

use crate::explain;
use crate::fixed::Held;
use crate::instance::{Instance, Scenario};
use crate::master::together;
use crate::solve::{Error, Options, Outcome, Plan, Progress, solve, unit_of};
use crate::true_up;
use serde::{Deserialize, Serialize};
use solver::{Solver, Status};

/// Objectives of the three plans, in the units of the plan's objective: less is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Information {
    /// Each future with its own best plan; no dearer than this, by the bounds.
    pub wait_and_see: f64,
    /// The plan.
    pub plan: f64,
    /// The plan for the mean future, in all futures; none if some future cannot carry it out.
    pub mean_plan: Option<f64>,
    /// How much the differences may be off, as each plan is known to its gap only.
    pub off_by: f64,
}

impl Information {
    /// What it would be worth to know the future before anything is decided (EVPI).
    pub fn of_perfect_information(&self) -> f64 {
        self.plan - self.wait_and_see
    }

    /// What it is worth to plan for all futures and not for their mean (VSS); none if the mean's plan cannot be carried out in all.
    pub fn of_the_stochastic_solution(&self) -> Option<f64> {
        Some(self.mean_plan? - self.plan)
    }
}

/// The value of information to a plan of an instance. Solves one plan for each future and one for their mean. `None` where a future
/// alone has no plan that the solver finds.
pub fn information<S: Solver>(
    instance: &Instance,
    plan: &Plan,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Option<Information>, Error> {
    let mut alone = Vec::new();
    let mut off_by = plan.objective - plan.bound;
    for (s, scenario) in instance.scenarios.iter().enumerate() {
        let Outcome::Planned(best) = solve::<S>(&instance.knowing(&[s]), options, watch)? else {
            return Ok(None);
        };
        off_by += scenario.probability * (best.objective - best.bound);
        alone.push(best.objective);
    }
    let mean = Instance { scenarios: vec![mean(instance)], ..instance.clone() };
    let Outcome::Planned(for_mean) = solve::<S>(&mean, options, watch)? else { return Ok(None) };
    Ok(Some(Information {
        wait_and_see: together(instance, &alone),
        plan: plan.objective,
        mean_plan: carried_out::<S>(instance, &for_mean)?,
        off_by,
    }))
}

/// What the shared decisions of a plan made for another set of futures cost in those of the instance, each making the best of them.
fn carried_out<S: Solver>(instance: &Instance, plan: &Plan) -> Result<Option<f64>, Error> {
    let mut master = explain::held::<S>(instance, &plan.decisions, Held::FirstStage)?;
    let found = true_up::converge_held(&mut master, &plan.decisions, (1e-8, 400))?;
    let scale = unit_of(instance);
    Ok((found.status == Status::Optimal && found.upper.is_finite()).then_some(found.upper * scale))
}

/// The mean of all futures; delays are rounded to whole periods.
fn mean(instance: &Instance) -> Scenario {
    let futures = &instance.scenarios;
    let weighed = |of: &dyn Fn(&Scenario) -> f64| futures.iter().map(|s| s.probability * of(s)).sum::<f64>();
    let table = |of: &dyn Fn(&Scenario) -> &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        let shape = futures.first().map_or(Vec::new(), |first| of(first).clone());
        let cell = |k: usize, t: usize| weighed(&|s| of(s)[k][t]);
        shape.iter().enumerate().map(|(k, row)| (0..row.len()).map(|t| cell(k, t)).collect()).collect()
    };
    let delays = |of: &dyn Fn(&Scenario) -> &Vec<usize>| -> Vec<usize> {
        let sites = 0..instance.sites.len();
        sites.map(|i| libm::round(weighed(&|s| of(s)[i] as f64)) as usize).collect()
    };
    Scenario {
        name: "mean".into(),
        probability: 1.0,
        demand_units: table(&|s| &s.demand_units),
        right_share: table(&|s| &s.right_share),
        revenue: weighed(&|s| s.revenue),
        grid_price: weighed(&|s| s.grid_price),
        fuel_price: weighed(&|s| s.fuel_price),
        hardware_price: (0..instance.periods.len()).map(|t| weighed(&|s| s.hardware_price[t])).collect(),
        late_halls: delays(&|s| &s.late_halls),
        late_grid: delays(&|s| &s.late_grid),
    }
}
