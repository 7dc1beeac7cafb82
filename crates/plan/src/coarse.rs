//! A coarser grid: years in place of the quarters far from now, where a plan is made again before it is carried out.

use crate::instance::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// Quarters of a year.
const YEAR: usize = 4;

impl Instance {
    /// The same problem with years in place of the quarters from `quarter` on, but for those of which purchases are here-and-now
    /// and for the first; what is left at the end is a shorter period. An instance that has longer periods already stays as it is.
    ///
    /// Money, systems and payments of a year are the sums of its quarters, and systems come evenly; prices, demand and shares are their means; what can be
    /// under construction at a time is the least of them, and what makers have delivered by then the first of them. What
    /// is due in a year is due at its start, if it can be. Days are those of its quarters in the mean, block by block.
    pub fn in_years_from(&self, quarter: usize) -> Instance {
        if self.periods.iter().any(|period| period.quarters != 1) {
            return self.clone();
        }
        let grid = Grid::new(self.periods.len(), quarter.max(self.here_and_now).max(1));
        let mut coarse = self.clone();
        coarse.periods = grid.groups.iter().map(|group| period(&self.periods[group.clone()])).collect();
        for region in &mut coarse.regions {
            region.labour_mw = region.labour_mw.as_deref().map(|mw| grid.least(mw));
        }
        coarse.sites.iter_mut().for_each(|site| grid.site(site));
        for thermal in &mut coarse.thermals {
            thermal.supply_mw = thermal.supply_mw.as_deref().map(|mw| grid.first(mw));
        }
        coarse.transformers_mw = coarse.transformers_mw.as_deref().map(|mw| grid.first(mw));
        coarse.generations.iter_mut().for_each(|generation| grid.generation(generation));
        for demand in &mut coarse.demands {
            demand.musd_per_unit_year = grid.mean(&demand.musd_per_unit_year);
        }
        for right in &mut coarse.rights {
            right.musd_per_unit_year = grid.mean(&right.musd_per_unit_year);
        }
        for purchase in &mut coarse.purchases {
            purchase.musd_per_unit_year = grid.mean(&purchase.musd_per_unit_year);
            purchase.commitment_musd = grid.sum(&purchase.commitment_musd);
            purchase.most_units = grid.mean(&purchase.most_units);
            // A year is settled with the true-up that it begins in.
            let numbers = &purchase.true_up.number;
            let numbers = grid.groups.iter().filter_map(|group| numbers.get(group.start).copied()).collect();
            purchase.true_up.number = numbers;
            if !purchase.true_up.whole_musd.is_empty() {
                purchase.true_up.whole_musd = grid.sum(&purchase.true_up.whole_musd);
            }
            if let Some(exit) = &mut purchase.exit {
                exit.from = grid.after(exit.from);
            }
        }
        coarse.capital.budget_musd = grid.sum(&coarse.capital.budget_musd);
        if let Some(coverage) = coarse.capital.debt.as_mut().and_then(|debt| debt.coverage.as_mut()) {
            coverage.from = grid.after(coverage.from);
        }
        for scenario in &mut coarse.scenarios {
            scenario.demand_units.iter_mut().for_each(|units| *units = grid.mean(units));
            scenario.right_share.iter_mut().for_each(|share| *share = grid.mean(share));
            scenario.hardware_price = grid.mean(&scenario.hardware_price);
        }
        coarse
    }
}

/// `2028` for a year that begins with its first quarter, `2028-Q3..2029-Q2` for others.
fn period(quarters: &[Period]) -> Period {
    let (first, last) = (&quarters[0].name, &quarters[quarters.len() - 1].name);
    let name = match first.strip_suffix("-Q1") {
        _ if quarters.len() == 1 => first.clone(),
        Some(year) if quarters.len() == YEAR => year.to_owned(),
        _ => format!("{first}..{last}"),
    };
    Period { name, quarters: quarters.len() as u32, evenly: true, late_quarters: 0.0 }
}

/// Which quarters become one period.
struct Grid {
    groups: Vec<Range<usize>>,
}

impl Grid {
    fn new(quarters: usize, from: usize) -> Grid {
        let single = (0..from.min(quarters)).map(|t| t..t + 1);
        let years = (from..quarters).step_by(YEAR).map(|t| t..(t + YEAR).min(quarters));
        Grid { groups: single.chain(years).collect() }
    }

    fn each(&self, of: impl Fn(Range<usize>) -> f64) -> Vec<f64> {
        self.groups.iter().cloned().map(of).collect()
    }

    fn sum(&self, values: &[f64]) -> Vec<f64> {
        self.each(|group| values[group].iter().sum())
    }

    fn mean(&self, values: &[f64]) -> Vec<f64> {
        self.each(|group| values[group.clone()].iter().sum::<f64>() / group.len() as f64)
    }

    fn least(&self, values: &[f64]) -> Vec<f64> {
        self.each(|group| values[group].iter().copied().fold(f64::INFINITY, f64::min))
    }

    fn first(&self, values: &[f64]) -> Vec<f64> {
        self.each(|group| values[group.start])
    }

    /// The period that a quarter lies in.
    fn holds(&self, quarter: usize) -> usize {
        self.groups.partition_point(|group| group.end <= quarter)
    }

    /// The first period that begins with a quarter or after it.
    fn after(&self, quarter: usize) -> usize {
        self.groups.partition_point(|group| group.start < quarter)
    }

    fn generation(&self, generation: &mut Generation) {
        let available = generation.available;
        generation.musd_per_mw = self.mean(&generation.musd_per_mw);
        generation.resale_musd_per_mw = generation.resale_musd_per_mw.as_deref().map(|musd| self.mean(musd));
        // Where makers say how much they deliver, a generation comes in the year of its first quarter, with what that leaves of it.
        generation.available = match &mut generation.supply_mw {
            Some(supply) => {
                let early = available.min(supply.len());
                supply[..early].fill(0.0);
                *supply = self.sum(supply);
                self.holds(available)
            }
            None => self.after(available),
        };
    }

    fn site(&self, site: &mut Site) {
        for phase in &mut site.phases {
            // What cannot be ready at the start of the year in which it is due, is due with the next.
            let soonest = (phase.start_quarter + phase.lead_quarters) as usize;
            let due = |due: usize| {
                Some(self.holds(due))
                    .filter(|&t| self.groups.get(t).is_some_and(|group| group.start >= soonest))
            };
            let next = |due: usize| Some(self.after(due)).filter(|&t| t < self.groups.len());
            phase.due = phase.due.and_then(|at| due(at).or_else(|| next(at)));
        }
        let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut chosen = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let of = &site.profile[group.clone()];
            let next = site.profiles.len();
            let which = if let [one] = of { *one } else { *known.entry(of.to_vec()).or_insert(next) };
            if which == next {
                let profiles: Vec<&Profile> = of.iter().map(|&profile| &site.profiles[profile]).collect();
                let mean = mean_of(&profiles);
                site.profiles.push(mean);
            }
            chosen.push(which);
        }
        site.profile = chosen;
        site.grid_price = self.mean(&site.grid_price);
    }
}

/// Days in the mean of those of several quarters, block by block; a block counts for as many hours as it stands for.
fn mean_of(profiles: &[&Profile]) -> Profile {
    let blocks = profiles[0].hours.len();
    let hours = |b: usize| profiles.iter().map(|profile| profile.hours[b]).sum::<f64>();
    let mean = |of: &dyn Fn(&Profile) -> &[f64]| -> Vec<f64> {
        let one = |b: usize| match hours(b) {
            all if all > 0.0 => profiles.iter().map(|&p| of(p)[b] * p.hours[b]).sum::<f64>() / all,
            _ => of(profiles[0])[b],
        };
        (0..blocks).map(one).collect()
    };
    Profile {
        hours: (0..blocks).map(|b| hours(b) / profiles.len() as f64).collect(),
        pue: mean(&|p| &p.pue),
        usd_per_mwh: mean(&|p| &p.usd_per_mwh),
        carbon_t_per_mwh: mean(&|p| &p.carbon_t_per_mwh),
        renewable: (0..profiles[0].renewable.len()).map(|k| mean(&|p| &p.renewable[k])).collect(),
    }
}
