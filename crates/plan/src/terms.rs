//! What things cost: every coefficient of money is written here once, for the objective, for the budget, for covenants and for
//! the check of a plan.
//!
//! Amounts are millions of dollars; a column of power or compute is in gigawatts or thousands of units.

use crate::asset::{Asset, GIGA, What};
use crate::cell::{Cell, Prices};
use crate::horizon::Horizon;
use crate::instance::{Instance, Objective};
use crate::layout::Layout;

/// An instance with everything that follows from it and all forms of the model share.
pub(crate) struct Frame<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) horizon: Horizon,
    pub(crate) assets: Vec<Asset>,
    /// Assets of each site.
    pub(crate) of_site: Vec<Vec<usize>>,
    /// Cells that differ.
    pub(crate) cells: Vec<Cell>,
    /// Which of them each site, period and scenario has; numbered by [`Layout::cell`].
    pub(crate) cell_of: Vec<usize>,
    pub(crate) layout: Layout,
}

impl Frame<'_> {
    /// Whether the objective is money, so that operation is costed.
    pub(crate) fn counts_money(&self) -> bool {
        self.instance.objective.is_money()
    }

    pub(crate) fn prices(&self, s: usize, t: usize, i: usize) -> Prices {
        let (site, scenario) = (&self.instance.sites[i], &self.instance.scenarios[s]);
        Prices {
            profile: site.profile[t],
            quarters: self.horizon.quarters(t),
            grid: site.grid_price[t] * scenario.grid_price,
            fuel: scenario.fuel_price,
            usd_per_t: self.instance.carbon.usd_per_t,
        }
    }

    /// By how many quarters an asset comes late in a scenario.
    fn late(&self, s: usize, asset: &Asset) -> usize {
        match asset.what {
            What::Hall => self.instance.scenarios[s].late_halls[asset.site],
            What::Grid => self.instance.scenarios[s].late_grid[asset.site],
            _ => 0,
        }
    }

    /// The columns that say how many units of an asset are there in a period of a scenario, each with its share of the period; none
    /// before the first can be.
    pub(crate) fn ready(&self, s: usize, t: usize, a: usize, f: &mut impl FnMut(usize, f64)) {
        let asset = &self.assets[a];
        self.horizon.meant(t, self.late(s, asset), &mut |then, share| {
            if then >= asset.first {
                f(self.layout.built(a, then), share);
            }
        });
    }

    /// The columns of a site's assets of a kind that are there, with gigawatts of a unit.
    pub(crate) fn capacity(
        &self,
        (s, t, i): (usize, usize, usize),
        what: What,
        f: &mut impl FnMut(usize, f64),
    ) {
        for &a in &self.of_site[i] {
            if self.assets[a].what == what {
                let unit = self.assets[a].unit;
                self.ready(s, t, a, &mut |column, share| f(column, share * unit));
            }
        }
    }

    /// The columns that make up a given of a cell.
    pub(crate) fn given(&self, at: (usize, usize, usize), given: usize, f: &mut impl FnMut(usize, f64)) {
        let (s, t, i) = at;
        let shape = &self.layout.shapes[i];
        let after_thermals = 2 + shape.thermals;
        let after_renewables = after_thermals + shape.renewables;
        let after_storages = after_renewables + shape.storages;
        match given {
            crate::cell::LOAD => f(self.layout.load(s, t, i), 1.0),
            crate::cell::GRID => self.capacity(at, What::Grid, f),
            k if k < after_thermals => self.capacity(at, What::Thermal(k - 2), f),
            k if k < after_renewables => self.capacity(at, What::Renewable(k - after_thermals), f),
            k if k < after_storages => self.capacity(at, What::Storage(k - after_renewables), f),
            _ => {
                if let Some(column) = self.layout.emitted(s, t, i) {
                    f(column, 1.0);
                }
            }
        }
    }

    /// Spending on assets by period, as coefficients of the units that are ready.
    pub(crate) fn asset_spending(&self, a: usize, f: &mut impl FnMut(usize, usize, f64)) {
        let asset = &self.assets[a];
        for t in asset.first..self.layout.periods {
            for (period, millions) in asset.spending(&self.horizon, t) {
                f(period, self.layout.built(a, t), millions);
                if t > asset.first {
                    f(period, self.layout.built(a, t - 1), -millions);
                }
            }
        }
    }

    /// Price of a gigawatt of systems delivered.
    pub(crate) fn system_price(&self, s: usize, t: usize, g: usize) -> f64 {
        self.instance.generations[g].musd_per_mw[t] * GIGA * self.instance.scenarios[s].hardware_price[t]
    }

    /// Price of a gigawatt of systems sold, if they can be.
    pub(crate) fn resale(&self, t: usize, g: usize) -> Option<f64> {
        Some(self.instance.generations[g].resale_musd_per_mw.as_ref()?[t] * GIGA)
    }

    /// Present cost of what all futures share: assets and loans, and systems bought here and now.
    pub(crate) fn investment(&self, f: &mut impl FnMut(usize, f64)) {
        for (a, asset) in self.assets.iter().enumerate() {
            for t in asset.first..self.layout.periods {
                let cost = asset.present_cost(&self.horizon, t);
                f(self.layout.built(a, t), cost);
                if t > asset.first {
                    f(self.layout.built(a, t - 1), -cost);
                }
            }
        }
        if let Some(debt) = &self.instance.capital.debt {
            let last = self.layout.periods - 1;
            for t in 0..=last {
                let interest =
                    |u: usize| self.horizon.discount(u) * self.horizon.years(u) * debt.interest_per_year;
                let interest: f64 = (t..=last).map(interest).sum();
                let cost = interest + self.horizon.end() - self.horizon.discount(t);
                // The loan is a column in thousands of millions.
                f(self.layout.draw(t), cost * GIGA);
            }
        }
        for t in 0..self.layout.shared {
            self.systems(0, t, f);
        }
    }

    /// Present cost of systems delivered and sold in a period.
    fn systems(&self, s: usize, t: usize, f: &mut impl FnMut(usize, f64)) {
        let last = self.layout.periods - 1;
        for i in 0..self.layout.pools {
            for (g, generation) in self.instance.generations.iter().enumerate() {
                let worth = match self.resale(last, g) {
                    Some(_) => 0.0,
                    None => self.horizon.worth(t, generation.salvage, generation.worth_over()),
                };
                let price = self.system_price(s, t, g);
                f(self.layout.delivered(s, t, i, g), (self.horizon.discount(t) - worth) * price);
                if let (Some(column), Some(price)) = (self.layout.sold(s, t, i, g), self.resale(t, g)) {
                    f(column, -self.horizon.discount(t) * price);
                }
                if t == last
                    && let Some(price) = self.resale(last, g)
                {
                    f(self.layout.installed(s, t, i, g), -self.horizon.end() * price);
                }
            }
        }
    }

    /// Present cost of one future beyond what all share: systems bought later, operation.
    pub(crate) fn recourse(&self, s: usize, f: &mut impl FnMut(usize, f64)) {
        for t in self.layout.shared..self.layout.periods {
            self.systems(s, t, f);
        }
        for t in 0..self.layout.periods {
            let discount = self.horizon.discount(t);
            self.operating(s, t, &mut |column, millions| f(column, discount * millions));
        }
    }

    /// The constant that belongs to `recourse`: damages as if nothing were served.
    pub(crate) fn recourse_constant(&self, s: usize) -> f64 {
        let damages = |t: usize| self.horizon.discount(t) * self.operating_constant(s, t);
        (0..self.layout.periods).map(damages).sum()
    }

    /// The constant that belongs to `operating`.
    pub(crate) fn operating_constant(&self, s: usize, t: usize) -> f64 {
        let wanted = &self.instance.scenarios[s].demand_units;
        let damages = |(demand, wanted): (&crate::instance::Demand, &Vec<f64>)| {
            demand.damages_musd_per_unit_year * wanted[t] * self.horizon.years(t)
        };
        self.instance.demands.iter().zip(wanted).map(damages).sum()
    }

    /// Operating cost of a period in a scenario, less revenue where it counts; not discounted.
    pub(crate) fn operating(&self, s: usize, t: usize, f: &mut impl FnMut(usize, f64)) {
        let revenue = match self.instance.objective {
            Objective::LeastCost => 0.0,
            _ => self.instance.scenarios[s].revenue,
        };
        self.operating_at((s, t), revenue, f);
    }

    /// The same less all revenue: what lenders look at, whatever is sought.
    pub(crate) fn margin(&self, s: usize, t: usize, f: &mut impl FnMut(usize, f64)) {
        self.operating_at((s, t), self.instance.scenarios[s].revenue, f);
    }

    fn operating_at(&self, (s, t): (usize, usize), revenue: f64, f: &mut impl FnMut(usize, f64)) {
        self.upkeep(s, t, f);
        self.market((s, t), revenue, f);
        for i in 0..self.layout.sites {
            if let Some(column) = self.layout.cost(s, t, i) {
                f(column, 1.0);
            }
            let Some(first) = self.layout.flows(s, t, i) else { continue };
            let cell = &self.cells[self.cell_of[self.layout.cell(s, t, i)]];
            for (j, column) in cell.columns.iter().enumerate() {
                f(first + j, column.cost);
            }
        }
    }

    /// More than a period costs in any plan worth a thought, in millions: everything stands and works on the dearest power, all that is
    /// wanted is damages, and all that is offered is bought.
    pub(crate) fn most_lost(&self, s: usize, t: usize) -> f64 {
        let (instance, years) = (self.instance, self.horizon.years(t));
        let scenario = &instance.scenarios[s];
        let dearest = |of: &dyn Fn(&crate::instance::Generation) -> f64| {
            instance.generations.iter().map(of).fold(0.0, f64::max)
        };
        let upkeep = dearest(&|generation| generation.upkeep * generation.musd_per_mw[0]);
        let mut most = self.operating_constant(s, t);
        for asset in &self.assets {
            most += asset.most * asset.upkeep.max(0.0) * years;
            if asset.what == What::Hall {
                let here = &instance.sites[asset.site];
                let fuel = here.thermals.iter().map(|thermal| {
                    let kind = &instance.thermals[thermal.kind];
                    kind.mmbtu_per_mwh * thermal.fuel_usd_per_mmbtu * scenario.fuel_price + kind.usd_per_mwh
                });
                let grid = here.profiles.iter().flat_map(|profile| &profile.usd_per_mwh);
                let grid = grid.map(|usd| usd * here.grid_price[t] * scenario.grid_price);
                // Twice the dearest hour leaves room for carbon, and for load that is let go now and then.
                let price = 2.0 * fuel.chain(grid).fold(0.0, f64::max);
                let mw = asset.most * asset.unit * GIGA;
                most += mw * years * (upkeep + price * here.peak_pue * 8_766.0 / 1e6);
            }
            if asset.what == What::Grid {
                let here = &instance.sites[asset.site];
                most += asset.unit * GIGA * here.demand_charge_usd_per_kw_month * 12.0 / 1e3 * years;
            }
        }
        for purchase in &instance.purchases {
            let offered: f64 = (0..=t).map(|u| purchase.most_units[u] * purchase.musd_per_unit_year[u]).sum();
            most += purchase.commitment_musd.iter().sum::<f64>() + offered * years;
            most += purchase.exit.as_ref().map_or(0.0, |exit| exit.fee_musd);
        }
        most
    }

    fn upkeep(&self, s: usize, t: usize, f: &mut impl FnMut(usize, f64)) {
        let years = self.horizon.years(t);
        for (a, asset) in self.assets.iter().enumerate() {
            if asset.upkeep != 0.0 {
                self.ready(s, t, a, &mut |column, share| f(column, share * asset.upkeep * years));
            }
        }
        for i in 0..self.layout.pools {
            for (g, generation) in self.instance.generations.iter().enumerate() {
                let upkeep = generation.upkeep * generation.musd_per_mw[0] * GIGA * years;
                f(self.layout.installed(s, t, i, g), upkeep);
            }
        }
    }

    fn market(&self, (s, t): (usize, usize), revenue: f64, f: &mut impl FnMut(usize, f64)) {
        let (instance, layout) = (self.instance, &self.layout);
        let years = self.horizon.years(t);
        for (l, lane) in layout.lanes.iter().enumerate() {
            let demand = &instance.demands[lane.demand];
            let worth = demand.musd_per_unit_year[t] * revenue + demand.damages_musd_per_unit_year;
            f(layout.served(s, t, l), (lane.musd_per_unit_year - worth) * GIGA * years);
        }
        for (right, share) in instance.rights.iter().zip(&instance.scenarios[s].right_share) {
            let paid = right.musd_per_unit_year[t] * share[t] * revenue * GIGA * years;
            for i in 0..layout.pools {
                for (g, generation) in instance.generations.iter().enumerate() {
                    f(layout.active(s, t, i, g), -paid * generation.units_per_mw);
                }
            }
        }
        for (p, purchase) in instance.purchases.iter().enumerate() {
            f(layout.paid(s, t, p), 1.0);
            if let Some(exit) = &purchase.exit {
                f(layout.exit(p, t), exit.fee_musd);
                if t > 0 {
                    f(layout.exit(p, t - 1), -exit.fee_musd);
                }
            }
        }
    }

    /// Tokens served in a scenario, in units of [`token_unit`].
    pub(crate) fn tokens(&self, s: usize, f: &mut impl FnMut(usize, f64)) {
        let unit = token_unit(self.instance);
        for t in 0..self.layout.periods {
            for (l, lane) in self.layout.lanes.iter().enumerate() {
                let tokens = self.instance.demands[lane.demand].tokens_per_unit_year * GIGA;
                f(self.layout.served(s, t, l), tokens / unit * self.horizon.years(t));
            }
        }
    }

    /// Megatonnes of a scenario.
    pub(crate) fn carbon(&self, s: usize, f: &mut impl FnMut(usize, f64)) {
        for t in 0..self.layout.periods {
            for i in 0..self.layout.sites {
                if let Some(column) = self.layout.emitted(s, t, i) {
                    f(column, 1.0);
                }
            }
        }
    }

    /// Share of an asset's power that counts in the worst hour.
    pub(crate) fn firm_share(&self, a: usize) -> f64 {
        let site = &self.instance.sites[self.assets[a].site];
        match self.assets[a].what {
            What::Hall => 0.0,
            What::Grid => 1.0,
            What::Thermal(_) => 1.0 - site.reserve,
            What::Renewable(k) => self.instance.renewables[site.renewables[k].kind].firm,
            What::Storage(k) => self.instance.storages[site.storages[k].kind].firm,
        }
    }

    /// Compute that a region serves, less what it has: thousands of units.
    pub(crate) fn compute(&self, s: usize, t: usize, r: usize, f: &mut dyn FnMut(usize, f64)) {
        let instance = self.instance;
        for (l, lane) in self.layout.lanes.iter().enumerate() {
            if lane.region == r {
                f(self.layout.served(s, t, l), 1.0);
            }
        }
        for (p, purchase) in instance.purchases.iter().enumerate() {
            if purchase.region == r {
                f(self.layout.bought(s, t, p), -1.0);
            }
        }
        let taken: f64 = instance.scenarios[s].right_share.iter().map(|share| share[t]).sum();
        for i in self.layout.pools_in(instance, r) {
            for (g, generation) in instance.generations.iter().enumerate() {
                f(self.layout.active(s, t, i, g), -(1.0 - taken) * generation.units_per_mw);
            }
        }
    }

    /// Gigawatts of halls that are under construction in a region.
    pub(crate) fn under_construction(&self, r: usize, t: usize, f: &mut dyn FnMut(usize, f64)) {
        for (a, asset) in self.assets.iter().enumerate() {
            if asset.labour == 0.0 || self.instance.sites[asset.site].region != r {
                continue;
            }
            let until = self.horizon.under_way(t, asset.lead);
            if until > t && until >= asset.first {
                f(self.layout.built(a, until), asset.labour);
                f(self.layout.built(a, t), -asset.labour);
            }
        }
    }

    /// Spending on systems in a period.
    pub(crate) fn spent_on_systems(&self, s: usize, t: usize, f: &mut dyn FnMut(usize, f64)) {
        for i in 0..self.layout.pools {
            for g in 0..self.layout.generations {
                f(self.layout.delivered(s, t, i, g), self.system_price(s, t, g));
            }
        }
    }
}

/// The unit of tokens inside the model: what a thousand units serve in a year of the demand that counts most.
pub(crate) fn token_unit(instance: &Instance) -> f64 {
    let most = instance.demands.iter().map(|demand| demand.tokens_per_unit_year).fold(0.0, f64::max);
    if most > 0.0 { most * GIGA } else { 1.0 }
}
