//! The results of building and capital in numbers.

use super::Building;
use crate::summary::{MetricDef, Part, metrics};
use base::id::SiteId;
use base::{SimTime, Span};
use buildout::{BuildOut, Milestone, Purpose};
use scenario::World;

/// What a result of building is computed from: the facts, for one site or for all.
#[derive(Clone, Copy)]
pub(crate) struct Builds<'a> {
    building: &'a Building,
    world: &'a World,
    site: Option<u32>,
}

impl<'a> Builds<'a> {
    /// Of the network (`None`) or of a site.
    pub(crate) fn of(building: &'a Building, world: &'a World, site: Option<u32>) -> Builds<'a> {
        Builds { building, world, site }
    }

    fn sites(&self) -> impl Iterator<Item = u32> {
        match self.site {
            Some(site) => site..site + 1,
            None => 0..self.world.sites.len() as u32,
        }
    }

    fn sum(&self, of: impl Fn(u32) -> f64) -> f64 {
        self.sites().map(of).sum()
    }

    fn announced_mw(&self) -> f64 {
        self.sum(|site| {
            let announced = self.world.sites[site as usize].announced;
            announced.filter(|(_, when)| *when < self.world.end).map_or(0.0, |(power, _)| power.mw())
        })
    }

    fn built_mw(&self) -> f64 {
        self.sum(|site| self.building.capacity(SiteId(site)).built_mw)
    }

    fn energised_mw(&self) -> f64 {
        self.sum(|site| self.building.capacity(SiteId(site)).energised_mw)
    }

    fn systems(&self) -> f64 {
        self.sum(|site| self.building.capacity(SiteId(site)).energised as f64)
    }

    /// Blocks that were to be energised in the run by their first date, or were: how late each was, in days; `None` for
    /// those that were not by its end.
    fn delays(&self) -> Vec<(f64, bool)> {
        let (start, end) = (self.world.start, self.world.end);
        let energised =
            |mark: &super::Mark| mark.2 == Milestone::Energised.index() && mark.3 == 0 && mark.1.is_some();
        let here = |mark: &super::Mark| self.site.is_none_or(|site| mark.0 == site) && energised(mark);
        let late = |(mark, promised): (&super::Mark, &SimTime)| {
            let days = |span: Span| span.seconds() / Span::DAY.seconds();
            match self.building.reached.get(mark) {
                Some(at) if *at < start || *at == start && *promised <= start => None,
                Some(at) => Some((days(*at - *promised), true)),
                None if *promised < end => Some((days(end - *promised), false)),
                None => None,
            }
        };
        self.building.promised.iter().filter(|(mark, _)| here(mark)).filter_map(late).collect()
    }

    fn mean_delay(&self) -> Option<f64> {
        let delays: Vec<f64> =
            self.delays().iter().filter(|(_, done)| *done).map(|(days, _)| *days).collect();
        (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64)
    }

    /// The most people who built at one time.
    fn most_people(&self) -> f64 {
        let mut now = vec![0_u64; self.world.sites.len()];
        let (mut most, mut at) = (0, SimTime(i64::MIN));
        let sites: Vec<usize> = self.sites().map(|site| site as usize).collect();
        let all = |now: &[u64]| sites.iter().map(|&site| now[site]).sum::<u64>();
        for &(time, site, construction, _) in &self.building.people {
            if time != at {
                most = most.max(all(&now));
                at = time;
            }
            now[site as usize] = construction.into();
        }
        most.max(all(&now)) as f64
    }

    fn permanent_people(&self) -> f64 {
        self.sum(|site| {
            let last = self.building.people.iter().rev().find(|(_, own, ..)| *own == site);
            last.map_or(0.0, |&(.., permanent)| permanent.into())
        })
    }

    /// Dollars spent here, on one purpose or on all.
    fn spent(&self, purpose: Option<Purpose>) -> Option<f64> {
        let here = |site: u32| self.site.is_none_or(|own| own == site);
        let uses = &self.building.capital.uses;
        let mine = uses.iter().filter(|((_, _, site, own), _)| {
            here(*site) && purpose.is_none_or(|purpose| purpose.index() == *own)
        });
        let micro: i128 = mine.map(|(_, spent)| i128::from(*spent)).sum();
        (!self.building.capital.purses.is_empty()).then_some(micro as f64 / 1e6)
    }

    /// Dollars set aside in the plans of blocks here for what building them costs above its plan; not of those that were
    /// built before the run, which can cost no more.
    fn set_aside(&self) -> Option<f64> {
        let plan = self.world.buildout.as_ref().filter(|_| !self.building.capital.purses.is_empty())?;
        let all = plan.blocks.iter().zip(BuildOut::charged(plan));
        let here = all.filter(|(block, _)| self.site.is_none_or(|own| own == block.site.0));
        Some(here.map(|(block, charged)| charged as f64 / 1e6 * block.manner.contingency).sum())
    }

    /// A sum over all tranches, in dollars; only of the network, and only where money is modelled.
    fn capital(&self, of: impl Fn(&super::Capital) -> i128) -> Option<f64> {
        let capital = &self.building.capital;
        (self.site.is_none() && !capital.purses.is_empty()).then(|| of(capital) as f64 / 1e6)
    }

    fn interest(&self, of: fn(&super::money::MonthSums) -> i64) -> Option<f64> {
        self.capital(|capital| capital.months.values().map(|sums| i128::from(of(sums))).sum())
    }

    /// What lay in hand on average.
    fn idle(&self) -> Option<f64> {
        let length = (self.world.end - self.world.start).0 / Span::SECOND.0;
        self.capital(|capital| {
            let mut capital = capital.clone();
            capital.until(self.world.end);
            capital.idle / i128::from(length.max(1))
        })
    }
}

fn of<'a, T>(part: &Part<'a>, value: impl Fn(&Builds<'a>) -> T) -> Option<T> {
    part.builds.as_ref().map(value)
}

/// Every result of building and capital. Sites have all but those of tranches.
pub(crate) static METRICS: &[MetricDef] = metrics! {
    announced_mw "MW" false "announced power", |part| of(part, Builds::announced_mw);
    built_it_mw "MW" false "IT power of blocks whose shell stood at the end of the run", |part| of(part, Builds::built_mw);
    energised_it_mw "MW" false "IT power of blocks, as rated, by the share of their systems that worked at the end of the run", |part| of(part, Builds::energised_mw);
    systems_energised "" false "systems that worked at the end of the run", |part| of(part, Builds::systems);
    blocks_due "" false "blocks that were to be energised in the run by the first date given, or were",
        |part| of(part, |builds| builds.delays().len() as f64);
    blocks_energised "" false "of those, energised in it",
        |part| of(part, |builds| builds.delays().iter().filter(|(_, done)| *done).count() as f64);
    blocks_late "" false "of those that were due, energised a day or more after the first date given, or not at all",
        |part| of(part, |builds| builds.delays().iter().filter(|(days, done)| *days >= 1.0 || !done).count() as f64);
    block_delay_mean_days "days" false "mean of the time from the first date given to energisation, of blocks energised in the run",
        |part| of(part, Builds::mean_delay).flatten();
    block_delay_max_days "days" false "the longest of those, counted to the end of the run for blocks not energised by then",
        |part| of(part, |builds| builds.delays().into_iter().map(|(days, _)| days).reduce(f64::max)).flatten();
    construction_people_max "" false "the most people who built at one time", |part| of(part, Builds::most_people);
    permanent_people "" false "people who ran what was energised at the end of the run",
        |part| of(part, Builds::permanent_people);
    capital_spent_usd "USD" false "capital spent", |part| of(part, |builds| builds.spent(None)).flatten();
    contingency_spent_usd "USD" false "of that, what building cost above its plan",
        |part| of(part, |builds| builds.spent(Some(Purpose::Contingency))).flatten();
    contingency_set_aside_usd "USD" false "set aside for that in the plans of all blocks that are not built before the run", |part| of(part, Builds::set_aside).flatten();
    contingency_left_usd "USD" false "of what was set aside, not spent by the end of the run; below zero where building cost more",
        |part| of(part, |builds| Some(builds.set_aside()? - builds.spent(Some(Purpose::Contingency))?)).flatten();
    capital_committed_usd "USD" false "capital promised by all tranches; of the network only",
        |part| of(part, |builds| builds.capital(|capital| capital.purses.iter().map(|purse| i128::from(purse.committed)).sum())).flatten();
    capital_called_usd "USD" false "capital called; of the network only",
        |part| of(part, |builds| builds.capital(|capital| capital.purses.iter().map(|purse| i128::from(purse.called)).sum())).flatten();
    capital_in_hand_usd "USD" false "capital called and not spent at the end of the run; of the network only",
        |part| of(part, |builds| builds.capital(super::Capital::in_hand)).flatten();
    capital_idle_mean_usd "USD" false "the same on average over the run; of the network only", |part| of(part, Builds::idle).flatten();
    interest_capitalised_usd "USD" false "interest while building that was added to what is owed; of the network only",
        |part| of(part, |builds| builds.interest(|sums| sums.capitalised)).flatten();
    interest_paid_usd "USD" false "interest while building that was paid in money; of the network only",
        |part| of(part, |builds| builds.interest(|sums| sums.paid)).flatten();
    interest_operating_usd "USD" false "interest on what worked, an expense of operation; of the network only",
        |part| of(part, |builds| builds.interest(|sums| sums.operating)).flatten();
    capital_missing_usd "USD" false
        "what was missing at the end of the run to energise the blocks that stood still for want of money; of the network only",
        |part| of(part, |builds| builds.capital(|capital| capital.stopped.map_or(0, |(.., missing)| i128::from(missing.0)))).flatten();
};
