//! Energy and water of sites: hours are gathered to days, and a day becomes entries by what it is paid for.

use super::{Keeper, Sale, in_range};
use crate::account::Account;
use crate::books::LedgerError;
use crate::deal::Machine;
use crate::entry::{Basis, Cause, PartyId, Unit};
use crate::month::Day;
use crate::outline::Outside;
use base::id::SiteId;
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};
use twin::power::EnergyHour;

/// A day of a site, as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Drawn {
    day: Day,
    bought: Money,
    sold: Money,
    fuel: Money,
    demand: Money,
    water: Money,
    /// Joules bought and sold.
    bought_j: i64,
    sold_j: i64,
}

impl Drawn {
    fn of(day: Day) -> Drawn {
        let zero = Money::ZERO;
        Drawn { day, bought: zero, sold: zero, fuel: zero, demand: zero, water: zero, bought_j: 0, sold_j: 0 }
    }

    fn add(&mut self, hour: &EnergyHour) -> Option<()> {
        let cost = &hour.cost;
        self.bought = self.bought.checked_add(cost.bought)?;
        self.sold = self.sold.checked_add(cost.sold)?;
        self.fuel = self.fuel.checked_add(cost.fuel)?;
        self.demand = self.demand.checked_add(cost.demand)?;
        self.water = self.water.checked_add(cost.water)?;
        self.bought_j = self.bought_j.checked_add(hour.books.bought.0)?;
        self.sold_j = self.sold_j.checked_add(hour.books.sold.0)?;
        Some(())
    }
}

/// Joules of a kilowatt-hour.
const KWH: i64 = 3_600_000;

impl Keeper {
    /// An hour is added to its day; one of another day posts the day before.
    pub(super) fn energy_hour(&mut self, hour: &EnergyHour) -> Result<(), LedgerError> {
        let at = hour.site.index();
        let day = Day::of(hour.hour);
        if self.drawn[at].is_some_and(|drawn| drawn.day != day) {
            self.post_day(hour.site)?;
        }
        let drawn = self.drawn[at].get_or_insert_with(|| Drawn::of(day));
        in_range(drawn.add(hour).map(|()| Money::ZERO), "the energy of a day")?;
        let month = &mut self.measures.sites[at];
        month.grid_j = month.grid_j.saturating_add(hour.books.bought.0);
        if hour.span.0 > 0 {
            let watts = hour.books.bought.0 as f64 / hour.span.seconds();
            month.peak_kw = month.peak_kw.max((watts / 1000.0).ceil() as i64);
        }
        Ok(())
    }

    /// Posts the days that have begun, at the end of a month.
    pub(super) fn close_days(&mut self) -> Result<(), LedgerError> {
        (0..self.drawn.len()).try_for_each(|at| self.post_day(SiteId::new(at)))?;
        self.close_served()
    }

    /// Whether a power contract takes the place of the site's own prices of energy and demand.
    fn has_contract(&self, site: SiteId) -> bool {
        let month = self.month;
        self.deals.iter().any(|deal| {
            deal.site == Some(site)
                && matches!(&deal.machine, Machine::Power { from, machine }
                    if *from <= month && machine.month().is_some())
        })
    }

    /// Who sells the energy of the grid to who runs the site: somebody to whom it has committed itself, or a utility.
    fn supplier(&self, site: SiteId) -> PartyId {
        let (operator, month) = (self.outline.operator(site), self.month);
        let committed = self.deals.iter().find(|deal| deal.supplies(site, operator, month));
        committed.map_or(self.outline.outside(Outside::Utilities), |deal| deal.payee)
    }

    fn post_day(&mut self, site: SiteId) -> Result<(), LedgerError> {
        let Some(drawn) = self.drawn[site.index()].take() else { return Ok(()) };
        let cause = Cause::Drawn { site, day: drawn.day };
        let time = SimTime(drawn.day.end().0 - 1);
        let (operator, utilities) = (self.outline.operator(site), self.outline.outside(Outside::Utilities));
        let bought = |expense, price, quantity: i64| Sale {
            seller: utilities,
            buyer: operator,
            site: Some(site),
            price,
            quantity,
            unit: if quantity == 0 { Unit::None } else { Unit::Kwh },
            income: Account::EnergySold,
            expense,
        };
        let contract = self.has_contract(site);
        let mut sales = vec![bought(Account::Energy, drawn.fuel, 0), bought(Account::Water, drawn.water, 0)];
        if !contract {
            let supplier = self.supplier(site);
            let energy =
                Sale { seller: supplier, ..bought(Account::Energy, drawn.bought, drawn.bought_j / KWH) };
            if supplier != utilities {
                self.measure_sale(&energy)?;
            }
            sales.push(energy);
            sales.push(bought(Account::Demand, drawn.demand, 0));
        }
        sales.push(Sale {
            seller: operator,
            buyer: utilities,
            ..bought(Account::Energy, drawn.sold, drawn.sold_j / KWH)
        });
        for sale in sales.iter().filter(|sale| sale.price != Money::ZERO) {
            self.sell(time, cause, Basis::Fact, sale)?;
        }
        Ok(())
    }
}
