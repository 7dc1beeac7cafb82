//! What the books of a run came to, in numbers of dollars: for the summary and the page.

use crate::account::{Account, Class};
use crate::invest;
use crate::keeper::{DebtYear, ScopeTotals, SiteTotals};

/// What flows of cash are worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worth {
    /// Value at the start of the run.
    pub npv: f64,
    /// Every internal rate of return, for a year; of a run of less than a year, none.
    pub irr: Vec<f64>,
}

impl Worth {
    /// Of the flows of months, each at the beginning of its month, and of what is there at the end of the last.
    fn of(months: &[f64], rest: f64, discount_rate: f64) -> Worth {
        let flows: Vec<f64> = months.iter().copied().chain([rest]).collect();
        Worth {
            npv: invest::npv(invest::monthly_rate(discount_rate), &flows),
            irr: match months.len() < 12 {
                true => Vec::new(),
                false => invest::irr(&flows).into_iter().map(invest::yearly_rate).collect(),
            },
        }
    }

    /// The rate of return, where there is exactly one.
    pub fn rate_of_return(&self) -> Option<f64> {
        self.irr.first().copied().filter(|_| self.irr.len() == 1)
    }
}

/// The results of a partner, or of all as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// Revenue.
    pub revenue: f64,
    /// Costs of operating, depreciation and interest left out.
    pub operating_costs: f64,
    /// Depreciation.
    pub depreciation: f64,
    /// Interest paid, less interest received.
    pub interest: f64,
    /// Taxes.
    pub tax: f64,
    /// What is left.
    pub net_income: f64,
    /// Cash that went into land, buildings, plant and machines, and what stood at the start.
    pub invested: f64,
    /// Cash at the end.
    pub cash: f64,
    /// Assets at cost less depreciation at the end.
    pub book_value: f64,
    /// Of the enterprise before financing.
    pub enterprise: Worth,
    /// Of its owners.
    pub equity: Worth,
    /// Years until the free cash flows before financing have paid back what was put in.
    pub payback_years: Option<f64>,
    /// Operating cash flow over interest and principal paid, over the whole run.
    pub debt_service_cover: Option<f64>,
    /// The least of the same over an accounting year, or the part of one in the run, in which debt is served.
    pub least_cover: Option<f64>,
    /// The least cash at the end of a month.
    pub least_cash: f64,
}

fn usd(micro: i128) -> f64 {
    micro as f64 / 1e6
}

impl Results {
    /// Of the totals of a scope, at a yearly discount rate.
    pub fn of(totals: &ScopeTotals, discount_rate: f64) -> Results {
        let revenue = totals.of_class(Class::Income) + totals.of(Account::InterestReceived);
        let interest = totals.of(Account::InterestPaid) + totals.of(Account::InterestReceived);
        let (depreciation, tax) = (totals.of(Account::Depreciation), totals.of(Account::Tax));
        let costs = totals.of_class(Class::Expenses) - depreciation - tax - totals.of(Account::InterestPaid);
        let free = totals.flows.iter().map(|[operating, investing, _]| operating + investing);
        let months = |free: &mut dyn Iterator<Item = i128>, brought_in: i128| -> Vec<f64> {
            let mut flows: Vec<f64> = free.map(usd).collect();
            if let Some(first) = flows.first_mut() {
                *first -= usd(brought_in);
            }
            flows
        };
        let before_interest = &mut free.zip(&totals.interest_flows).map(|(free, own)| free - own);
        let enterprise = months(before_interest, totals.brought_in + totals.opening_debt);
        let equity = months(&mut totals.owners_flows.iter().map(|put_in| -put_in), totals.brought_in);
        // What was paid to lenders while building is no worth of what was built.
        let left = totals.book_value - totals.capitalised_interest + totals.working_capital;
        let cover = |years: &[DebtYear]| {
            let sum = |of: fn(&DebtYear) -> i128| usd(years.iter().map(of).sum());
            invest::service_cover(sum(|year| year.available), sum(|year| year.service))
        };
        let spent: i128 = totals.flows.iter().map(|[_, investing, _]| -investing).sum();
        Results {
            revenue: usd(revenue),
            operating_costs: usd(costs),
            depreciation: usd(depreciation),
            interest: usd(interest),
            tax: usd(tax),
            net_income: usd(revenue - costs - depreciation - interest - tax),
            invested: usd(spent + totals.brought_in),
            cash: usd(totals.cash),
            least_cash: totals.least_cash.map_or(0.0, |(_, least)| usd(least)),
            book_value: usd(totals.book_value),
            payback_years: invest::payback(&enterprise).map(|months| months / 12.0),
            enterprise: Worth::of(&enterprise, usd(left), discount_rate),
            equity: Worth::of(&equity, usd(left - totals.net_debt + totals.cash), discount_rate),
            debt_service_cover: cover(&totals.debt_years),
            least_cover: totals.debt_years.chunks(1).filter_map(cover).reduce(f64::min),
        }
    }
}

/// What an accelerator-hour cost at a site, in dollars; `None` where no job held any.
pub fn cost_per_gpu_hour(site: &SiteTotals) -> Option<f64> {
    (site.gpu_s > 0).then(|| usd(site.cost) / (site.gpu_s as f64 / 3600.0))
}

/// What a million tokens, read and written, cost where these sites served them: their part of the costs, by the
/// accelerator time that replicas held. `None` where nothing was served.
pub fn cost_per_million_tokens<'s>(sites: impl Iterator<Item = &'s SiteTotals>) -> Option<f64> {
    let (mut cost, mut tokens) = (0.0, 0_i128);
    for site in sites.filter(|site| site.tokens > 0 && site.gpu_s > 0) {
        cost += usd(site.cost) * site.serving_gpu_s as f64 / site.gpu_s as f64;
        tokens += site.tokens;
    }
    (tokens > 0).then(|| cost / (tokens as f64 / 1e6))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DOLLAR: i128 = 1_000_000;

    /// A year of one plant: 1,000 spent in the first month, 500 of it borrowed, worth 1,210 at the end, when 550 are owed.
    fn plant() -> ScopeTotals {
        let once = |usd: i128| std::iter::once(usd * DOLLAR).chain(std::iter::repeat_n(0, 11)).collect();
        let months: Vec<i128> = once(-1_000);
        ScopeTotals {
            flows: months.into_iter().map(|investing| [0, investing, 0]).collect(),
            interest_flows: vec![0; 12],
            owners_flows: once(500),
            book_value: 1_210 * DOLLAR,
            net_debt: 550 * DOLLAR,
            ..ScopeTotals::default()
        }
    }

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9 * right.abs().max(1.0), "{left} is not {right}");
    }

    #[test]
    fn what_is_left_counts_at_the_end_of_the_run() {
        let results = Results::of(&plant(), 0.21);
        close(results.enterprise.npv, 0.0);
        close(results.enterprise.rate_of_return().unwrap(), 0.21);
        // Owners put in 500 and have 660 after twelve months.
        close(results.equity.npv, 660.0 / 1.21 - 500.0);
        close(results.equity.rate_of_return().unwrap(), 0.32);
    }

    /// Two years that cover what they owe in all, and not each by itself; one without debt counts as none.
    #[test]
    fn the_worst_year_covers_least() {
        let year = |available, service| DebtYear { available, service };
        let debt_years = vec![year(300, 100), year(50, 100), year(-70, 0)];
        let results = Results::of(&ScopeTotals { debt_years, ..plant() }, 0.1);
        close(results.debt_service_cover.unwrap(), 1.4);
        close(results.least_cover.unwrap(), 0.5);
        assert_eq!(Results::of(&plant(), 0.1).least_cover, None);
    }

    #[test]
    fn how_an_enterprise_is_financed_is_not_what_it_is_worth() {
        let plain = plant();
        let mut dear = plain.clone();
        // 40 of interest paid in the middle of the year, 10 of it for what is built, which stands at so much more.
        dear.flows[6] = [-30 * DOLLAR, -10 * DOLLAR, 0];
        dear.interest_flows[6] = -40 * DOLLAR;
        dear.cash = -40 * DOLLAR;
        (dear.book_value, dear.capitalised_interest) = (1_220 * DOLLAR, 10 * DOLLAR);
        let (plain, dear) = (Results::of(&plain, 0.21), Results::of(&dear, 0.21));
        assert_eq!(dear.enterprise, plain.enterprise);
        // Nothing is paid out before the end: owners have 40 less then.
        close(dear.equity.npv, plain.equity.npv - 40.0 / 1.21);
        // A plant of 1,000 that stands when the run starts, with a loan of 500 on it, is the same enterprise.
        let mut stands = plant();
        (stands.flows[0], stands.owners_flows[0]) = ([0; 3], 0);
        (stands.brought_in, stands.opening_debt) = (500 * DOLLAR, 500 * DOLLAR);
        let stands = Results::of(&stands, 0.21);
        assert_eq!((stands.enterprise, stands.equity), (plain.enterprise, plain.equity));
    }
}
