//! From an instance to the arrays that a solver takes, row by row, with nothing in between.
//!
//! `docs/concepts/planning.md` has the mathematics; the functions here stand in its order.

use crate::asset::{GIGA, What, assets};
use crate::cell::Cell;
use crate::horizon::Horizon;
use crate::instance::{Coverage, Instance, Objective, Risk};
use crate::layout::{Form, Layout};
use crate::limit::{Kind, Limit};
use crate::terms::Frame;
use solver::{Columns, Problem, Rows};
use std::collections::BTreeMap;

pub(crate) const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// A model with the names of its rows.
pub(crate) struct Model<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) form: Form,
    pub(crate) problem: Problem,
    /// One for each row before those of operation.
    pub(crate) limits: Vec<Limit>,
    /// Rows of the measures, if they were asked for: cost, carbon, tokens.
    pub(crate) measures: Option<Measures>,
    /// Sums of columns used while rows are written.
    scratch: Vec<(usize, f64)>,
}

/// Rows without bounds whose values are what a front trades: expected cost in thousands of millions, megatonnes, tokens.
///
/// Where the instance seeks net present value, the cost is that without revenue, and the other way about: nobody trades money against itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measures {
    pub(crate) cost: usize,
    /// What belongs to the cost and hangs on no decision, in millions.
    pub(crate) constant: f64,
    pub(crate) carbon: usize,
    pub(crate) tokens: usize,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(instance: &'a Instance, form: Form, carbon: bool) -> Frame<'a> {
        let horizon = Horizon::new(instance);
        let assets = assets(instance, &horizon);
        let carbon =
            carbon || instance.carbon.cap_t.is_some() || instance.objective == Objective::LeastCarbon;
        let layout = Layout::new(instance, &assets, form, carbon);
        let mut of_site = vec![Vec::new(); instance.sites.len()];
        for (a, asset) in assets.iter().enumerate() {
            of_site[asset.site].push(a);
        }
        let mut frame =
            Frame { instance, horizon, assets, of_site, cells: Vec::new(), cell_of: Vec::new(), layout };
        frame.tell_cells_apart();
        frame
    }

    /// One description for all cells that have the same prices and days.
    fn tell_cells_apart(&mut self) {
        let mut known: BTreeMap<[u64; 6], usize> = BTreeMap::new();
        let money = self.counts_money();
        for s in 0..self.layout.scenarios {
            for t in 0..self.layout.periods {
                for i in 0..self.layout.sites {
                    let prices = self.prices(s, t, i);
                    let next = self.cells.len();
                    let which = *known.entry(prices.key(i)).or_insert(next);
                    if which == next {
                        let (site, shape) = (&self.instance.sites[i], &self.layout.shapes[i]);
                        let mut cell = Cell::new(self.instance, site, shape, &prices);
                        if !money {
                            cell.only_feasible();
                        }
                        self.cells.push(cell);
                    }
                    self.cell_of.push(which);
                }
            }
        }
    }
}

impl<'a> Model<'a> {
    /// The model of an instance that has passed its own check; with rows for a front if `measured`.
    pub(crate) fn new(instance: &'a Instance, form: Form, measured: bool) -> Model<'a> {
        let frame = Frame::new(instance, form, measured);
        let rows = Model::room(&frame, form);
        let mut columns = Columns::default();
        let n = frame.layout.columns;
        columns.cost = vec![0.0; n];
        columns.lower = vec![0.0; n];
        columns.upper = vec![f64::INFINITY; n];
        columns.integer = vec![false; n];
        let mut model = Model {
            frame,
            form,
            problem: Problem { columns, rows, offset: 0.0 },
            limits: Vec::new(),
            measures: None,
            scratch: Vec::new(),
        };
        model.bounds();
        model.objective();
        model.building();
        model.phases();
        model.fleets();
        model.firm_power();
        model.market();
        model.supply();
        model.labour();
        model.capital();
        model.covenants();
        model.carbon_cap();
        model.risk();
        if measured {
            model.measure();
        }
        model.operation();
        model
    }

    /// Room for the rows, so that no vector grows while they are written.
    fn room(frame: &Frame, form: Form) -> Rows {
        let layout = &frame.layout;
        let cells = layout.scenarios * layout.periods;
        let inside: usize =
            if form == Form::Whole { layout.shapes.iter().map(|shape| shape.columns() * 4).sum() } else { 0 };
        Rows::with_capacity(layout.columns, layout.columns * 5 + cells * inside)
    }

    /// Ends a row, with its name. A limit on nothing that holds anyway is no row: LP files have none of that kind.
    pub(crate) fn row(&mut self, limit: Limit, lower: f64, upper: f64) {
        if !(self.problem.rows.is_unwritten() && lower <= 0.0 && 0.0 <= upper) {
            self.limits.push(limit);
            self.problem.rows.end(lower, upper);
        }
    }

    pub(crate) fn below(&mut self, limit: Limit, upper: f64) {
        self.row(limit, f64::NEG_INFINITY, upper);
    }

    pub(crate) fn entry(&mut self, column: usize, value: f64) {
        self.problem.rows.entry(column, value);
    }

    /// Writes a sum in which a column may come more than once.
    fn sum(&mut self, write: impl FnOnce(&Frame<'a>, &mut dyn FnMut(usize, f64))) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write(&self.frame, &mut |column, value| scratch.push((column, value)));
        scratch.sort_by_key(|&(column, _)| column);
        let mut terms = scratch.iter().copied().peekable();
        while let Some((column, mut value)) = terms.next() {
            while let Some((_, more)) = terms.next_if(|&(next, _)| next == column) {
                value += more;
            }
            self.problem.rows.entry(column, value);
        }
        self.scratch = scratch;
    }

    /// Systems: delivered, installed in halls, sold or expired, at work.
    fn fleets(&mut self) {
        let slots: Vec<(usize, usize)> = self.frame.layout.slots().collect();
        for (s, t) in slots {
            for pool in 0..self.frame.layout.pools {
                for g in 0..self.frame.layout.generations {
                    self.fleet(s, t, pool, g);
                }
            }
            for i in 0..self.frame.layout.sites {
                self.space(s, t, i);
            }
            self.places(s, t);
        }
        let (scenarios, periods) = (self.frame.layout.scenarios, self.frame.layout.periods);
        for s in 0..scenarios {
            for t in 0..periods {
                for pool in 0..self.frame.layout.pools {
                    self.at_work(s, t, pool);
                }
            }
        }
    }

    /// Where pools are shared, the systems of a region stand at its sites, and stay there.
    fn places(&mut self, s: usize, t: usize) {
        let Some(pool_of) = self.frame.layout.pool_of.clone() else { return };
        for pool in 0..self.frame.layout.pools {
            for (i, _) in pool_of.iter().enumerate().filter(|&(_, &of)| of == pool) {
                let Some(placed) = self.frame.layout.placed(s, t, i) else { continue };
                self.entry(placed, 1.0);
            }
            for g in 0..self.frame.layout.generations {
                let installed = self.frame.layout.installed(s, t, pool, g);
                self.entry(installed, -1.0);
            }
            self.row(Limit::new(Kind::Fleet, 0, t, s), 0.0, 0.0);
        }
        let Some(before) = t.checked_sub(1) else { return };
        for i in 0..self.frame.layout.sites {
            let layout = &self.frame.layout;
            let (Some(now), Some(before)) = (layout.placed(s, t, i), layout.placed(s, before, i)) else {
                continue;
            };
            self.entry(before, 1.0);
            self.entry(now, -1.0);
            self.below(Limit::new(Kind::Fleet, i, t, s), 0.0);
        }
    }

    /// Systems at work, and the load that they are.
    fn at_work(&mut self, s: usize, t: usize, pool: usize) {
        for g in 0..self.frame.layout.generations {
            let availability = self.frame.instance.generations[g].availability;
            let layout = &self.frame.layout;
            let (active, installed) = (layout.active(s, t, pool, g), layout.installed(s, t, pool, g));
            let (delivered, to_come) =
                (layout.delivered(s, t, pool, g), self.frame.instance.periods[t].to_come());
            self.entry(active, 1.0);
            self.entry(installed, -availability);
            if to_come > 0.0 {
                self.entry(delivered, availability * to_come);
            }
            self.below(Limit::new(Kind::Availability, pool, t, s), 0.0);
        }
        let sites: Vec<usize> = match &self.frame.layout.pool_of {
            Some(of) => (0..of.len()).filter(|&i| of[i] == pool).collect(),
            None => vec![pool],
        };
        for &i in &sites {
            let Some(placed) = self.frame.layout.placed(s, t, i) else { continue };
            let availability =
                self.frame.instance.generations.first().map_or(0.0, |first| first.availability);
            let load = self.frame.layout.load(s, t, i);
            self.entry(load, 1.0);
            self.entry(placed, -availability);
            self.below(Limit::new(Kind::Availability, i, t, s), 0.0);
        }
        for g in 0..self.frame.layout.generations {
            let active = self.frame.layout.active(s, t, pool, g);
            self.entry(active, 1.0);
        }
        for &i in &sites {
            let load = self.frame.layout.load(s, t, i);
            self.entry(load, -1.0);
        }
        self.row(Limit::new(Kind::Load, pool, t, s), 0.0, 0.0);
    }

    fn fleet(&mut self, s: usize, t: usize, i: usize, g: usize) {
        let layout = &self.frame.layout;
        let generation = &self.frame.instance.generations[g];
        let expired = |t: usize| self.frame.horizon.expired(t, generation.life_quarters);
        let sold = layout.sold(s, t, i, g).filter(|_| generation.resale_musd_per_mw.is_some());
        let mut entries = vec![(layout.installed(s, t, i, g), 1.0), (layout.delivered(s, t, i, g), -1.0)];
        if let Some(before) = t.checked_sub(1) {
            entries.push((layout.installed(s, before, i, g), -1.0));
        }
        let mut life = Vec::new();
        match sold {
            // Those that go are the oldest: so many as have expired must be gone by now.
            Some(_) => {
                entries.push((layout.sold(s, t, i, g).unwrap_or_default(), 1.0));
                if let Some(last) = expired(t) {
                    life.extend((0..=last).map(|u| (layout.delivered(s, u, i, g), 1.0)));
                    life.extend((0..=t).filter_map(|u| Some((layout.sold(s, u, i, g)?, -1.0))));
                }
            }
            None => {
                let until = expired(t).map_or(0, |last| last + 1);
                let gone = t.checked_sub(1).and_then(expired).map_or(0, |last| last + 1);
                entries.extend((gone..until).map(|u| (layout.delivered(s, u, i, g), 1.0)));
            }
        }
        for (column, value) in entries {
            self.entry(column, value);
        }
        self.row(Limit::new(Kind::Fleet, i, t, s), 0.0, 0.0);
        if !life.is_empty() {
            for (column, value) in life {
                self.entry(column, value);
            }
            self.below(Limit::new(Kind::Life, i, t, s), 0.0);
        }
    }

    /// Systems have room in the halls that are there, in every future that may still come.
    fn space(&mut self, s: usize, t: usize, i: usize) {
        for future in self.futures(s, t, |scenario| scenario.late_halls[i]) {
            for installed in self.frame.layout.installed_at(s, t, i) {
                self.entry(installed, 1.0);
            }
            self.sum(|frame, f| {
                frame.capacity((future, t, i), What::Hall, &mut |column, unit| f(column, -unit))
            });
            self.below(Limit::new(Kind::Space, i, t, future), 0.0);
        }
    }

    /// Scenarios of which one stands for each value of a delay, among those that share the purchases of `(s, t)`.
    fn futures(&self, s: usize, t: usize, delay: impl Fn(&crate::instance::Scenario) -> usize) -> Vec<usize> {
        if t >= self.frame.layout.shared {
            return vec![s];
        }
        let scenarios = &self.frame.instance.scenarios;
        let mut seen = Vec::new();
        let new = |&s: &usize| {
            let late = delay(&scenarios[s]);
            let new = !seen.contains(&late);
            seen.push(late);
            new
        };
        (0..scenarios.len()).filter(new).collect()
    }

    /// Connection, generators and stores carry the systems in the worst hour.
    fn firm_power(&mut self) {
        let slots: Vec<(usize, usize)> = self.frame.layout.slots().collect();
        for (s, t) in slots {
            for i in 0..self.frame.layout.sites {
                for future in self.futures(s, t, |scenario| scenario.late_grid[i]) {
                    for installed in self.frame.layout.installed_at(s, t, i) {
                        self.entry(installed, self.frame.instance.sites[i].peak_pue);
                    }
                    self.sum(|frame, f| {
                        for &a in &frame.of_site[i] {
                            let firm = frame.firm_share(a);
                            if firm > 0.0 {
                                let firm = firm * frame.assets[a].unit;
                                frame.ready(future, t, a, &mut |column, share| f(column, -share * firm));
                            }
                        }
                    });
                    self.below(Limit::new(Kind::FirmPower, i, t, future), 0.0);
                }
            }
        }
    }

    /// Compute by region, demand, purchases.
    fn market(&mut self) {
        let (scenarios, periods) = (self.frame.layout.scenarios, self.frame.layout.periods);
        for s in 0..scenarios {
            for t in 0..periods {
                for r in 0..self.frame.instance.regions.len() {
                    self.sum(|frame, f| frame.compute(s, t, r, f));
                    self.below(Limit::new(Kind::Compute, r, t, s), 0.0);
                }
                for d in 0..self.frame.instance.demands.len() {
                    for l in 0..self.frame.layout.lanes.len() {
                        if self.frame.layout.lanes[l].demand == d {
                            let served = self.frame.layout.served(s, t, l);
                            self.entry(served, 1.0);
                        }
                    }
                    let wanted = self.frame.instance.scenarios[s].demand_units[d][t] / GIGA;
                    let least =
                        if self.frame.instance.demands[d].obliged { wanted } else { f64::NEG_INFINITY };
                    self.row(Limit::new(Kind::Demand, d, t, s), least, wanted);
                }
            }
            for p in 0..self.frame.layout.purchases {
                self.purchase(s, p);
            }
        }
    }

    /// What makers can deliver.
    fn supply(&mut self) {
        let slots: Vec<(usize, usize)> = self.frame.layout.slots().collect();
        for (s, t) in slots {
            for g in 0..self.frame.layout.generations {
                let Some(supply) = &self.frame.instance.generations[g].supply_mw else { continue };
                let most = supply[t] / GIGA;
                for i in 0..self.frame.layout.pools {
                    let delivered = self.frame.layout.delivered(s, t, i, g);
                    self.entry(delivered, 1.0);
                }
                self.below(Limit::new(Kind::SystemSupply, g, t, s), most);
            }
        }
        for t in 0..self.frame.layout.periods {
            for (k, kind) in self.frame.instance.thermals.iter().enumerate() {
                let Some(supply) = &kind.supply_mw else { continue };
                self.online(t, |frame, site, what| {
                    matches!(what, What::Thermal(here) if frame.instance.sites[site].thermals[here].kind == k)
                });
                let limit = Limit { scenario: None, ..Limit::new(Kind::GeneratorSupply, k, t, 0) };
                self.below(limit, supply[t] / GIGA);
            }
            if let Some(supply) = &self.frame.instance.transformers_mw {
                self.online(t, |_, _, what| what == What::Grid);
                let limit = Limit { of: None, scenario: None, ..Limit::new(Kind::Transformers, 0, t, 0) };
                self.below(limit, supply[t] / GIGA);
            }
        }
    }

    /// Gigawatts of some assets that are ready in a period.
    fn online(&mut self, t: usize, which: impl Fn(&Frame<'a>, usize, What) -> bool) {
        for a in 0..self.frame.assets.len() {
            let asset = &self.frame.assets[a];
            if t >= asset.first && which(&self.frame, asset.site, asset.what) {
                let (column, unit) = (self.frame.layout.built(a, t), asset.unit);
                self.entry(column, unit);
            }
        }
    }

    /// What is under construction in each region.
    fn labour(&mut self) {
        for r in 0..self.frame.instance.regions.len() {
            let Some(labour) = &self.frame.instance.regions[r].labour_mw else { continue };
            for (t, most) in labour.iter().enumerate() {
                self.sum(|frame, f| frame.under_construction(r, t, f));
                let limit = Limit { scenario: None, ..Limit::new(Kind::Labour, r, t, 0) };
                self.below(limit, most / GIGA);
            }
        }
    }

    /// Money carried over is money in hand plus new money less what is spent; in thousands of millions.
    fn capital(&mut self) {
        let slots: Vec<(usize, usize)> = self.frame.layout.slots().collect();
        let mut spending = vec![Vec::new(); self.frame.layout.periods];
        for a in 0..self.frame.assets.len() {
            self.frame.asset_spending(a, &mut |t, column, millions| spending[t].push((column, millions)));
        }
        for (s, t) in slots {
            let shared = &spending[t];
            self.sum(|frame, f| {
                f(frame.layout.carry(s, t), 1.0);
                if let Some(before) = t.checked_sub(1) {
                    f(frame.layout.carry(s, before), -1.0);
                }
                for &(column, millions) in shared {
                    f(column, millions / GIGA);
                }
                frame.spent_on_systems(s, t, &mut |column, millions| f(column, millions / GIGA));
                let Some(debt) = &frame.instance.capital.debt else { return };
                f(frame.layout.draw(t), -1.0);
                for u in 0..=t {
                    f(frame.layout.draw(u), debt.interest_per_year * frame.horizon.years(t));
                }
            });
            let new = self.frame.instance.capital.budget_musd[t] / GIGA;
            let limit = Limit { of: None, ..Limit::new(Kind::Capital, 0, t, s) };
            self.row(limit, new, new);
        }
    }

    /// What lenders ask for.
    fn covenants(&mut self) {
        let Some(debt) = &self.frame.instance.capital.debt else { return };
        let (limit, ratio, interest) = (debt.limit_musd / GIGA, debt.loan_to_value, debt.interest_per_year);
        let periods = self.frame.layout.periods;
        for t in 0..periods {
            let draw = self.frame.layout.draw(t);
            self.entry(draw, 1.0);
        }
        self.below(Limit { of: None, period: None, scenario: None, kind: Kind::LoanToValue }, limit);
        for s in 0..self.frame.layout.scenarios {
            for t in 0..periods {
                self.sum(|frame, f| {
                    for u in 0..=t {
                        f(frame.layout.draw(u), 1.0);
                        frame.spent_on_systems(s, u, &mut |column, millions| {
                            f(column, -ratio * millions / GIGA)
                        });
                    }
                    for a in 0..frame.assets.len() {
                        frame.asset_spending(a, &mut |u, column, millions| {
                            if u <= t {
                                f(column, -ratio * millions / GIGA);
                            }
                        });
                    }
                });
                self.below(Limit { of: None, ..Limit::new(Kind::LoanToValue, 0, t, s) }, 0.0);
            }
        }
        if let Some(coverage) = &debt.coverage {
            self.coverage(coverage, (limit, interest));
        }
    }

    /// Income covers interest in each period in which anything is owed.
    fn coverage(&mut self, coverage: &Coverage, (limit, interest): (f64, f64)) {
        for t in coverage.from..self.frame.layout.periods {
            let Some(owes) = self.frame.layout.owes(t) else { continue };
            for u in 0..=t {
                let draw = self.frame.layout.draw(u);
                self.entry(draw, 1.0);
            }
            self.entry(owes, -limit);
            self.below(Limit { of: None, scenario: None, ..Limit::new(Kind::Coverage, 0, t, 0) }, 0.0);
            let least = coverage.ratio * interest * self.frame.horizon.years(t);
            for s in 0..self.frame.layout.scenarios {
                // What can be lost in a period in which nothing is owed.
                let most = self.frame.most_lost(s, t) / GIGA;
                self.sum(|frame, f| {
                    frame.margin(s, t, &mut |column, millions| f(column, millions / GIGA));
                    (0..=t).for_each(|u| f(frame.layout.draw(u), least));
                    f(owes, most);
                });
                let constant = self.frame.operating_constant(s, t) / GIGA;
                self.below(Limit { of: None, ..Limit::new(Kind::Coverage, 0, t, s) }, most - constant);
            }
        }
    }

    fn carbon_cap(&mut self) {
        let Some(cap) = self.frame.instance.carbon.cap_t else { return };
        for s in 0..self.frame.layout.scenarios {
            self.sum(|frame, f| frame.carbon(s, &mut |column, value| f(column, value)));
            self.below(Limit { of: None, period: None, ..Limit::new(Kind::CarbonCap, 0, 0, s) }, cap / 1e6);
        }
    }

    /// The cost of a future beyond the value at risk is excess; in thousands of millions.
    fn risk(&mut self) {
        if self.frame.instance.risk == Risk::Expected || !self.frame.counts_money() {
            return;
        }
        for s in 0..self.frame.layout.scenarios {
            self.sum(|frame, f| {
                frame.recourse(s, &mut |column, millions| f(column, millions / GIGA));
                f(frame.layout.level(), -1.0);
                f(frame.layout.excess(s), -1.0);
            });
            let constant = self.frame.recourse_constant(s) / GIGA;
            self.below(Limit { of: None, period: None, ..Limit::new(Kind::Risk, 0, 0, s) }, -constant);
        }
    }

    /// Ends a row that measures, and gives its index: it is there even if there is nothing to measure.
    fn measured(&mut self) -> usize {
        self.limits.push(Limit { kind: Kind::Measure, of: None, period: None, scenario: None });
        self.problem.rows.end(FREE.0, FREE.1)
    }

    /// Rows that measure what a front trades.
    fn measure(&mut self) {
        let scenarios = 0..self.frame.layout.scenarios;
        let p = |frame: &Frame, s: usize| frame.instance.scenarios[s].probability;
        let objective = match self.frame.instance.objective {
            Objective::NetPresentValue => Objective::LeastCost,
            _ => Objective::NetPresentValue,
        };
        let instance = Instance { objective, ..self.frame.instance.clone() };
        let other = Frame::new(&instance, self.form, true);
        self.sum(|_, f| {
            other.investment(&mut |column, millions| f(column, millions / GIGA));
            for s in scenarios.clone() {
                other.recourse(s, &mut |column, millions| f(column, p(&other, s) * millions / GIGA));
            }
        });
        let constant = scenarios.clone().map(|s| p(&other, s) * other.recourse_constant(s)).sum();
        let cost = self.measured();
        self.sum(|frame, f| {
            scenarios
                .clone()
                .for_each(|s| frame.carbon(s, &mut |column, value| f(column, p(frame, s) * value)));
        });
        let carbon = self.measured();
        self.sum(|frame, f| {
            scenarios
                .clone()
                .for_each(|s| frame.tokens(s, &mut |column, value| f(column, p(frame, s) * value)));
        });
        let tokens = self.measured();
        self.measures = Some(Measures { cost, constant, carbon, tokens });
    }
}

/// Weights of the mean, of the value at risk, and of the excess over it.
pub(crate) fn risk_weights(risk: Risk) -> (f64, f64, f64) {
    match risk {
        Risk::Expected => (1.0, 0.0, 0.0),
        Risk::ConditionalValueAtRisk { weight, level } => (1.0 - weight, weight, weight / (1.0 - level)),
        Risk::Robust => (0.0, 1.0, 0.0),
    }
}
