//! What the books of a run came to, in numbers of dollars: for the summary and the page.

use crate::account::{Account, Class};
use crate::invest;
use crate::keeper::{ScopeTotals, SiteTotals};

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
    /// Value at the start of the free cash flows, and of the book value and working capital at the end.
    pub npv: f64,
    /// Every internal rate of return of the same flows, for a year; of a run of less than a year, none.
    pub irr: Vec<f64>,
    /// Years until the free cash flows have paid back what was put in.
    pub payback_years: Option<f64>,
    /// Operating cash flow over interest and principal paid, over the whole run.
    pub debt_service_cover: Option<f64>,
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
        let mut flows: Vec<f64> =
            totals.flows.iter().map(|[operating, investing, _]| usd(operating + investing)).collect();
        if let Some(first) = flows.first_mut() {
            *first -= usd(totals.brought_in);
        }
        let payback = invest::payback(&flows);
        if let Some(last) = flows.last_mut() {
            *last += usd(totals.book_value + totals.working_capital);
        }
        let service: i128 = totals.debt_service.iter().sum();
        let operating: i128 = totals.flows.iter().map(|[operating, ..]| operating).sum();
        let interest_paid: i128 = totals.interest_paid;
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
            book_value: usd(totals.book_value),
            npv: invest::npv(invest::monthly_rate(discount_rate), &flows),
            irr: match flows.len() < 12 {
                true => Vec::new(),
                false => invest::irr(&flows).into_iter().map(invest::yearly_rate).collect(),
            },
            payback_years: payback.map(|months| months / 12.0),
            debt_service_cover: invest::service_cover(usd(operating + interest_paid), usd(service)),
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
