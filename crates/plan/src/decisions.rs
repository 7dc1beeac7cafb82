//! What a plan says is to be done, in the units of the instance: nothing of the model is left in it.

use crate::asset::{GIGA, What};
use crate::instance::Instance;
use crate::terms::Frame;
use crate::true_up;
use serde::{Deserialize, Serialize};

/// All decisions of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decisions {
    /// What is built at each site.
    pub sites: Vec<SiteDecisions>,
    /// First period in which a purchase is left, by purchase.
    pub left: Vec<Option<usize>>,
    /// Loan drawn in each period.
    pub drawn_musd: Vec<f64>,
    /// What is done in each future.
    pub futures: Vec<Future>,
}

/// What is built at a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteDecisions {
    /// Period at whose start each phase is ready.
    pub phases: Vec<Option<usize>>,
    /// Period at whose start each tranche is energised.
    pub tranches: Vec<Option<usize>>,
    /// Megawatts online by kind of generator here, then period.
    pub thermal_mw: Vec<Vec<f64>>,
    /// The same for renewables.
    pub renewable_mw: Vec<Vec<f64>>,
    /// The same for stores.
    pub storage_mw: Vec<Vec<f64>>,
}

/// What is done in one future, by period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Future {
    /// Capital left at the end of each period.
    pub carry_musd: Vec<f64>,
    /// Periods.
    pub periods: Vec<PeriodDecisions>,
}

/// What is done in one period of a future.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeriodDecisions {
    /// Systems delivered, MW of IT power: by site, then generation.
    pub delivered_mw: Vec<Vec<f64>>,
    /// Systems in the halls.
    pub installed_mw: Vec<Vec<f64>>,
    /// Systems sold.
    pub sold_mw: Vec<Vec<f64>>,
    /// Systems at work.
    pub active_mw: Vec<Vec<f64>>,
    /// Units served: by demand, then lane of that demand.
    pub served_units: Vec<Vec<f64>>,
    /// Units bought, by purchase.
    pub bought_units: Vec<f64>,
    /// Paid for them.
    pub paid_musd: Vec<f64>,
    /// Operation of each site.
    pub operation: Vec<Operation>,
}

/// Flows of a site in one period: megawatts in each block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The greatest draw that is billed.
    pub peak_mw: f64,
    /// From the grid.
    pub import_mw: Vec<f64>,
    /// By kind of generator here, then block.
    pub thermal_mw: Vec<Vec<f64>>,
    /// By kind of renewable here, then block.
    pub renewable_mw: Vec<Vec<f64>>,
    /// Into stores.
    pub charge_mw: Vec<Vec<f64>>,
    /// Out of stores.
    pub discharge_mw: Vec<Vec<f64>>,
    /// In stores at the end of the block, MWh.
    pub stored_mwh: Vec<Vec<f64>>,
    /// Load let go for money.
    pub curtailed_mw: Vec<f64>,
    /// Load that nobody serves.
    pub shed_mw: Vec<f64>,
}

/// A value of the model as megawatts or units: what is nothing to within the tolerance is nothing.
fn units(value: f64) -> f64 {
    let value = value * GIGA;
    if value.abs() < 1e-6 { 0.0 } else { value }
}

/// The first period in which a count is at least `n`.
fn since(counts: &[f64], n: f64) -> Option<usize> {
    counts.iter().position(|&count| count > n - 0.5)
}

impl Decisions {
    /// Megawatts of halls that stand at a site in a period of a future, in the mean of the period: future, period, site.
    pub fn halls_mw(&self, instance: &Instance, (s, t, i): (usize, usize, usize)) -> f64 {
        let late = instance.scenarios[s].late_halls[i];
        let there = |ready: usize| instance.share_there(ready, late, t);
        let halls = instance.sites[i].phases.iter().zip(&self.sites[i].phases);
        halls.map(|(phase, ready)| phase.mw * ready.map_or(0.0, there)).sum()
    }

    /// The same of connections to the grid.
    pub fn grid_mw(&self, instance: &Instance, (s, t, i): (usize, usize, usize)) -> f64 {
        let late = instance.scenarios[s].late_grid[i];
        let there = |ready: usize| instance.share_there(ready, late, t);
        let grid = instance.sites[i].tranches.iter().zip(&self.sites[i].tranches);
        grid.map(|(tranche, ready)| tranche.mw * ready.map_or(0.0, there)).sum()
    }

    /// The decisions that values of the columns stand for; flows of cells are given by scenario, period, site.
    pub(crate) fn read(
        frame: &Frame,
        x: &[f64],
        flows: &dyn Fn(usize, usize, usize) -> Vec<f64>,
    ) -> Decisions {
        let layout = &frame.layout;
        let left = |p| {
            let left: Vec<f64> = (0..layout.periods).map(|t| x[layout.exit(p, t)]).collect();
            since(&left, 1.0)
        };
        let mut decisions = Decisions {
            sites: (0..layout.sites).map(|i| SiteDecisions::read(frame, x, i)).collect(),
            left: (0..layout.purchases).map(left).collect(),
            drawn_musd: (0..layout.periods).map(|t| units(x[layout.draw(t)])).collect(),
            futures: (0..layout.scenarios)
                .map(|s| Future {
                    carry_musd: (0..layout.periods).map(|t| units(x[layout.carry(s, t)])).collect(),
                    periods: (0..layout.periods)
                        .map(|t| PeriodDecisions::read(frame, x, flows, s, t))
                        .collect(),
                })
                .collect(),
        };
        decisions.settle(frame.instance);
        decisions
    }

    /// What is paid for what is bought, as the agreements settle it.
    fn settle(&mut self, instance: &Instance) {
        for p in 0..instance.purchases.len() {
            for s in 0..self.futures.len() {
                let paid = true_up::paid_in(instance, self, s, p);
                for (period, paid) in self.futures[s].periods.iter_mut().zip(paid) {
                    period.paid_musd[p] = paid;
                }
            }
        }
    }
}

impl SiteDecisions {
    /// Megawatts online of each kind of plant on site, by period, in the order of [`Instance::plant`](crate::instance::Instance::plant).
    pub fn plant_mw(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.thermal_mw.iter().chain(&self.renewable_mw).chain(&self.storage_mw)
    }

    fn read(frame: &Frame, x: &[f64], i: usize) -> SiteDecisions {
        let mut site = SiteDecisions::default();
        for &a in &frame.of_site[i] {
            let asset = &frame.assets[a];
            let counts: Vec<f64> = (0..frame.layout.periods).map(|t| x[frame.layout.built(a, t)]).collect();
            let exact = |count: &f64| if asset.whole { libm::round(*count) } else { *count };
            let mw: Vec<f64> = counts.iter().map(|count| units(exact(count) * asset.unit)).collect();
            match asset.what {
                What::Hall => site.phases.extend((1..=asset.most as usize).map(|n| since(&counts, n as f64))),
                What::Grid => site.tranches.push(since(&counts, 1.0)),
                What::Thermal(_) => site.thermal_mw.push(mw),
                What::Renewable(_) => site.renewable_mw.push(mw),
                What::Storage(_) => site.storage_mw.push(mw),
            }
        }
        site
    }
}

impl PeriodDecisions {
    fn read(
        frame: &Frame,
        x: &[f64],
        flows: &dyn Fn(usize, usize, usize) -> Vec<f64>,
        s: usize,
        t: usize,
    ) -> PeriodDecisions {
        let layout = &frame.layout;
        let by_machine = |column: &dyn Fn(usize, usize) -> Option<usize>| -> Vec<Vec<f64>> {
            let site = |i: usize| {
                (0..layout.generations).map(|g| column(i, g).map_or(0.0, |column| units(x[column]))).collect()
            };
            (0..layout.sites).map(site).collect()
        };
        let served = |d: usize| {
            let lanes = (0..layout.lanes.len()).filter(|&l| layout.lanes[l].demand == d);
            lanes.map(|l| units(x[layout.served(s, t, l)])).collect()
        };
        PeriodDecisions {
            delivered_mw: by_machine(&|i, g| Some(layout.delivered(s, t, i, g))),
            installed_mw: by_machine(&|i, g| Some(layout.installed(s, t, i, g))),
            sold_mw: by_machine(&|i, g| layout.sold(s, t, i, g)),
            active_mw: by_machine(&|i, g| Some(layout.active(s, t, i, g))),
            served_units: (0..frame.instance.demands.len()).map(served).collect(),
            bought_units: (0..layout.purchases).map(|p| units(x[layout.bought(s, t, p)])).collect(),
            paid_musd: (0..layout.purchases).map(|p| x[layout.paid(s, t, p)]).collect(),
            operation: (0..layout.sites).map(|i| Operation::read(frame, i, &flows(s, t, i))).collect(),
        }
    }
}

impl Operation {
    fn read(frame: &Frame, i: usize, flows: &[f64]) -> Operation {
        use crate::cell::Flow;
        let shape = &frame.layout.shapes[i];
        let series = |flow| -> Vec<f64> {
            let at = |b| shape.column(flow, b).and_then(|column| flows.get(column));
            (0..shape.blocks).map(|b| at(b).map_or(0.0, |&value| units(value))).collect()
        };
        let stores = |flow: fn(usize) -> Flow| (0..shape.storages).map(|k| series(flow(k))).collect();
        let peak = shape.column(Flow::Peak, 0).and_then(|column| flows.get(column));
        let import_mw = series(Flow::Import);
        Operation {
            peak_mw: peak.map_or_else(|| import_mw.iter().copied().fold(0.0, f64::max), |&peak| units(peak)),
            import_mw,
            thermal_mw: (0..shape.thermals).map(|k| series(Flow::Thermal(k))).collect(),
            renewable_mw: (0..shape.renewables).map(|k| series(Flow::Renewable(k))).collect(),
            charge_mw: stores(Flow::Charge),
            discharge_mw: stores(Flow::Discharge),
            stored_mwh: stores(Flow::Stored),
            curtailed_mw: series(Flow::Curtailed),
            shed_mw: series(Flow::Shed),
        }
    }
}
