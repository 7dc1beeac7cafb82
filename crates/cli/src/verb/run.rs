//! `stargate run`: read, check, simulate, write tables, report.

use super::planned::{self, PlanArguments};
use super::simulate::{Beside, ResultArguments};
use super::{Verdict, simulate};
use crate::arguments::ScenarioArguments;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use clap::Args;

/// Arguments of `stargate run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate run                               the Stargate programme, into `stargate-out`
  stargate run my.toml -o results
  stargate run my.toml --set site.abilene.usd_per_gpu_hour=1.9 --seed 7 -o cheaper
  stargate run my.toml --without agreement:macquarie     what the agreement is worth
  stargate run my.toml --plan stargate-plan/plan.json    build what a plan says
  stargate run my.toml -o results --resume   go on with a run that was stopped

Exit codes: 0 done; 1 an `[[expect]]` of the scenario failed; 2 no results, or stopped by Ctrl-C.")]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    results: ResultArguments,
    #[command(flatten)]
    plan: PlanArguments,
}

/// The whole way from a scenario to a page.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let out = &arguments.results.out;
    let (world, reading, plan) = planned::world(&arguments.scenario, &arguments.plan, printer)?;
    let plan = plan.as_ref();
    let other = simulate::without(&arguments.results, &world)?;
    let finished =
        simulate::simulate(&arguments.scenario, &arguments.results, (&world, plan), &reading, printer)?;
    let pairs = plan.map(|plan| plan.side_by_side(&world, &arguments.results)).transpose()?;
    let page = out.join(report::FILE_NAME);
    beside::working(printer, "writing the page", || report::write(out, &report::Options::default(), &page))
        .map_err(Failure::from_display)?;
    let worth = simulate::worth(
        &arguments.scenario,
        &arguments.results,
        (other, plan),
        &reading,
        &finished,
        printer,
    )?;
    simulate::answer(&finished, out, Some(&page), &Beside { plan: pairs, worth }, printer)
}
