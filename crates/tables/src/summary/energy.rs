//! Results about energy: only runs with a power section have them.

use super::{MetricDef, Part};
use crate::energy::EnergySums;

fn of(part: &Part, value: fn(&EnergySums) -> Option<f64>) -> Option<f64> {
    part.energy.and_then(value)
}

fn mwh(joules: i128) -> Option<f64> {
    Some(joules as f64 / 3.6e9)
}

fn over(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// In the order of the table.
pub(super) static METRICS: &[MetricDef] = metrics! {
    energy_it_mwh "MWh" false "energy of the IT equipment", |part| of(part, |energy| mwh(energy.it));
    energy_idle_mwh "MWh" false "of that, by what stands ready, at work or not", |part| of(part, |energy| mwh(energy.it_idle));
    energy_used_mwh "MWh" false "energy of IT, cooling, losses and house", |part| of(part, |energy| mwh(energy.used));
    energy_bought_mwh "MWh" false "energy from the grid", |part| of(part, |energy| mwh(energy.bought));
    energy_generated_mwh "MWh" false "energy generated on site", |part| of(part, |energy| mwh(energy.generated));
    energy_sold_mwh "MWh" false "energy to the grid", |part| of(part, |energy| mwh(energy.sold));
    energy_wasted_mwh "MWh" false "sun and wind that nobody took", |part| of(part, |energy| mwh(energy.wasted));
    energy_overdrawn_mwh "MWh" false "bought above the limit of the grid, in hours within which it changed",
        |part| of(part, |energy| mwh(energy.overdrawn));
    pue "" false "power usage effectiveness: energy used over that of the IT equipment",
        |part| of(part, |energy| over(energy.used, energy.it));
    pue_max "" false "the largest of an hour with at least a tenth of its capacity at work",
        |part| of(part, |energy| (energy.pue_max > 0.0).then_some(energy.pue_max));
    wue_l_per_kwh "l/kWh" false "water usage effectiveness: water over the energy of the IT equipment",
        |part| of(part, |energy| over(energy.water_ml, energy.it).map(|share| share * 3600.0));
    water_m3 "m3" false "water taken", |part| of(part, |energy| Some(energy.water_ml as f64 / 1e6));
    power_peak_mw "MW" false "the largest power used, as the mean of an hour",
        |part| of(part, |energy| Some(energy.peak / 1e6));
    load_factor "" false "mean power used over the peak", |part| of(part, |energy| {
        let seconds = energy.time as f64 / 1e9;
        (energy.peak > 0.0 && seconds > 0.0).then(|| energy.used as f64 / seconds / energy.peak)
    });
    energy_cost_usd "USD" false "cost of energy bought, fuel, demand charge and water, less what was sold, at the sites' own prices: what power contracts make of it is in the books",
        |part| of(part, |energy| Some(energy.cost as f64 / 1e6));
    energy_usd_per_mwh "USD/MWh" false "the same over the energy used",
        |part| of(part, |energy| over(energy.cost, energy.used).map(|share| share * 3.6e3));
    carbon_t "t" false "CO2 of what was bought and burnt", |part| of(part, |energy| Some(energy.carbon as f64 / 1e6));
    carbon_g_per_kwh "g/kWh" false "the same over the energy used",
        |part| of(part, |energy| over(energy.carbon, energy.used).map(|share| share * 3.6e6));
    shed_share "" false "share of the IT energy of all systems that could not be had for want of power",
        |part| of(part, |energy| over(energy.shed, energy.capacity));
    curtailed_share "" false "share of it that was given up for the grid",
        |part| of(part, |energy| over(energy.curtailed, energy.capacity));
    derated_share "" false "share of it whose heat could not be rejected",
        |part| of(part, |energy| over(energy.derated, energy.capacity));
    held_down_gpu_hours "GPU h" false "accelerator time held down by limits of power or heat; part of `down_gpu_hours`",
        |part| of(part, |energy| Some(energy.held_down as f64 / twin::fact::GPU_HOUR));
};
