//! Charges and commitments in the form of FOCUS, the FinOps Open Cost and Usage Specification (focus.finops.org): the
//! cost and usage dataset with the columns of version 1.1, and `InvoiceId` of 1.2; the contract commitment dataset of
//! version 1.3.
//!
//! One charge is one thing that a customer owes: usage of a day, a purchase, the shortfall of a commitment.

use super::Row;
use crate::month::{Day, Month};
use agreement::amount::{Price, Rounding};
use agreement::commitment::{CommittedPeriod, Fact, Terms};
use base::{Money, SimTime};
use scenario::World;
use scenario::world::agreements::{Counts, Terms as Agreed};

macro_rules! columns {
    ($($column:literal)*) => {
        /// Columns of the cost and usage dataset, in their order.
        pub const COLUMNS: &[&str] = &[$($column),*];
    };
}

columns! {
    "AvailabilityZone" "BilledCost" "BillingAccountId" "BillingAccountName" "BillingCurrency" "BillingPeriodEnd"
    "BillingPeriodStart" "CapacityReservationId" "CapacityReservationStatus" "ChargeCategory" "ChargeClass"
    "ChargeDescription" "ChargeFrequency" "ChargePeriodEnd" "ChargePeriodStart" "CommitmentDiscountCategory"
    "CommitmentDiscountId" "CommitmentDiscountName" "CommitmentDiscountQuantity" "CommitmentDiscountStatus"
    "CommitmentDiscountType" "CommitmentDiscountUnit" "ConsumedQuantity" "ConsumedUnit" "ContractedCost"
    "ContractedUnitPrice" "EffectiveCost" "InvoiceId" "InvoiceIssuerName" "ListCost" "ListUnitPrice"
    "PricingCategory" "PricingQuantity" "PricingUnit" "ProviderName" "PublisherName" "RegionId" "RegionName"
    "ResourceId" "ResourceName" "ResourceType" "ServiceCategory" "ServiceName" "ServiceSubcategory" "SkuId"
    "SkuMeter" "SkuPriceDetails" "SkuPriceId" "SubAccountId" "SubAccountName" "Tags"
}

/// Columns of the contract commitment dataset, in their order.
pub const COMMITMENT_COLUMNS: &[&str] = &[
    "BillingCurrency",
    "ContractCommitmentCategory",
    "ContractCommitmentCost",
    "ContractCommitmentDescription",
    "ContractCommitmentId",
    "ContractCommitmentPeriodEnd",
    "ContractCommitmentPeriodStart",
    "ContractCommitmentQuantity",
    "ContractCommitmentType",
    "ContractCommitmentUnit",
    "ContractId",
    "ContractPeriodEnd",
    "ContractPeriodStart",
];

/// A quantity in millionths, so that a charge stays in integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity(pub i128);

impl Quantity {
    /// Of whole units.
    pub fn whole(count: i64) -> Quantity {
        Quantity(i128::from(count) * 1_000_000)
    }
    /// `part / whole`, rounded half up to the millionth; nothing of nothing is 0.
    pub fn ratio(part: i64, whole: i64) -> Quantity {
        let (part, whole) = (i128::from(part) * 1_000_000, i128::from(whole));
        Quantity((2 * part + whole).checked_div_euclid(2 * whole).unwrap_or(0))
    }
}

/// What kind of charge it is: `ChargeCategory` and `ChargeFrequency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was used.
    Usage,
    /// Something was bought once.
    Purchase,
    /// What was not used of a commitment.
    Unused,
    /// A credit.
    Credit,
}

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What kind.
    pub kind: Kind,
    /// In words.
    pub description: String,
    /// What is invoiced for it.
    pub billed: Money,
    /// What it cost, whenever that was paid.
    pub effective: Money,
    /// By the contract, before commitments.
    pub contracted: Money,
    /// For one unit by the contract.
    pub contracted_unit: Money,
    /// By the public list.
    pub list: Money,
    /// For one unit by the public list.
    pub list_unit: Money,
    /// In units of the price.
    pub quantity: Quantity,
    /// The unit of the price.
    pub unit: String,
    /// The period that it is for.
    pub period: (SimTime, SimTime),
    /// The period in which it is billed.
    pub billing: (SimTime, SimTime),
    /// Who pays.
    pub account: String,
    /// Who sells, and sends the invoice.
    pub provider: String,
    /// Where.
    pub region: Option<String>,
    /// `ServiceCategory` and `ServiceName`.
    pub service: Option<(&'static str, String)>,
    /// The price line or clause.
    pub sku: String,
}

/// An amount in dollars without zeros at its end: `48`, `0.5`.
pub fn dollars(amount: Money) -> String {
    decimal(i128::from(amount.0))
}

/// Millionths as a decimal number without zeros at its end.
fn decimal(micro: i128) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let micro = micro.unsigned_abs();
    let text = format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Charge {
    /// The value of a column; empty where there is none. Instants are written as RFC 3339 has them.
    pub fn cell(&self, column: &str) -> String {
        let usage = self.kind == Kind::Usage;
        match column {
            "BilledCost" => dollars(self.billed),
            "BillingAccountId" | "BillingAccountName" => self.account.clone(),
            "BillingCurrency" => "USD".to_owned(),
            "BillingPeriodStart" => self.billing.0.to_string(),
            "BillingPeriodEnd" => self.billing.1.to_string(),
            "ChargeCategory" => match self.kind {
                Kind::Usage | Kind::Unused => "Usage".to_owned(),
                Kind::Purchase => "Purchase".to_owned(),
                Kind::Credit => "Credit".to_owned(),
            },
            "ChargeDescription" => self.description.clone(),
            "ChargeFrequency" => if usage { "Usage-Based" } else { "One-Time" }.to_owned(),
            "ChargePeriodStart" => self.period.0.to_string(),
            "ChargePeriodEnd" => self.period.1.to_string(),
            "ConsumedQuantity" if usage => decimal(self.quantity.0),
            "ConsumedUnit" if usage => self.unit.clone(),
            "ContractedCost" => dollars(self.contracted),
            "ContractedUnitPrice" => dollars(self.contracted_unit),
            "EffectiveCost" => dollars(self.effective),
            "InvoiceId" => format!("{}/{}/{}", self.provider, self.account, Month::of(self.billing.0)),
            "InvoiceIssuerName" | "ProviderName" | "PublisherName" => self.provider.clone(),
            "ListCost" => dollars(self.list),
            "ListUnitPrice" => dollars(self.list_unit),
            "PricingCategory" => "Standard".to_owned(),
            "PricingQuantity" => decimal(self.quantity.0),
            "PricingUnit" => self.unit.clone(),
            "RegionId" | "RegionName" => self.region.clone().unwrap_or_default(),
            "ServiceCategory" => {
                self.service.as_ref().map_or_else(String::new, |(category, _)| (*category).to_owned())
            }
            "ServiceName" => self.service.as_ref().map_or_else(String::new, |(_, name)| name.clone()),
            "SkuId" | "SkuPriceId" => self.sku.clone(),
            _ => String::new(),
        }
    }
}

/// The charge of a posting, if it is one: what is sold, seen by who buys.
pub fn charge(row: &Row<'_>) -> Option<Charge> {
    let (service, kind): (Option<(&'static str, &str)>, Kind) = match row.account {
        "income:compute" if matches!(row.fact, "usage" | "served") => {
            (Some(("Compute", "accelerator-hours of jobs")), Kind::Usage)
        }
        "income:compute" => (Some(("Compute", "accelerator-hours of jobs")), Kind::Credit),
        "income:tokens" if row.fact == "served" => {
            (Some(("AI and Machine Learning", "tokens of services")), Kind::Usage)
        }
        "income:tokens" => (Some(("AI and Machine Learning", "tokens of services")), Kind::Credit),
        "income:minimum" => (None, Kind::Unused),
        "liabilities:deferred" if row.rule.ends_with("prepayment") => (None, Kind::Purchase),
        "expenses:credit" => (None, Kind::Credit),
        _ => return None,
    };
    let owed = Money(row.amount.0.checked_neg()?);
    let sold = row.quantity.unwrap_or(0).checked_neg()?;
    let (quantity, unit) = match row.unit {
        "GPU s" => (Quantity(i128::from(sold) * 1_000_000 / 3600), "GPU-Hours"),
        "tokens" => (Quantity(i128::from(sold)), "1000000 Tokens"),
        _ => (Quantity::whole(1), "Count"),
    };
    let unit_price =
        if quantity.0 == 0 { owed } else { Money((i128::from(owed.0) * 1_000_000 / quantity.0) as i64) };
    let (day, month) = (Day::of(row.time), Month::of(row.time));
    let period = if kind == Kind::Usage { (day.start(), day.end()) } else { (month.start(), month.end()) };
    Some(Charge {
        kind,
        description: row.subject.to_owned(),
        billed: owed,
        effective: if kind == Kind::Purchase { Money::ZERO } else { owed },
        contracted: owed,
        contracted_unit: unit_price,
        list: owed,
        list_unit: unit_price,
        quantity,
        unit: unit.to_owned(),
        period,
        billing: (month.start(), month.end()),
        account: row.counterparty.unwrap_or_default().to_owned(),
        provider: row.partner.to_owned(),
        region: row.site.map(str::to_owned),
        service: service.map(|(category, name)| (category, name.to_owned())),
        sku: row.rule.to_owned(),
    })
}

/// What a spend commitment is about, for its charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The customer's account.
    pub account: String,
    /// The seller.
    pub provider: String,
    /// What is used: `ServiceCategory`, `ServiceName`.
    pub service: (&'static str, String),
    /// The line of the price of usage, and that of the commitment.
    pub skus: (String, String),
    /// Price of a unit by the contract, and by the public list.
    pub unit_prices: (Money, Money),
    /// The unit.
    pub unit: String,
}

/// The charges of what a commitment to spend said in a month: usage is `taken` units; the rest follows from the facts.
/// `None` if an amount leaves the range.
pub fn spend_charges(
    spend: &Spend,
    terms: &Terms,
    taken: i64,
    month: Month,
    facts: &[Fact],
) -> Option<Vec<Charge>> {
    let (first, last) = (terms.periods.first()?, terms.periods.last()?);
    let contract = (crate::month::start_of(first.from), crate::month::start_of(last.to));
    let billing = (month.start(), month.end());
    let committed = first.committed;
    let base = Charge {
        kind: Kind::Usage,
        description: "Monthly usage charge".to_owned(),
        billed: Money::ZERO,
        effective: Money::ZERO,
        contracted: Money::ZERO,
        contracted_unit: spend.unit_prices.0,
        list: Money::ZERO,
        list_unit: spend.unit_prices.1,
        quantity: Quantity::whole(taken),
        unit: spend.unit.clone(),
        period: billing,
        billing,
        account: spend.account.clone(),
        provider: spend.provider.clone(),
        region: None,
        service: Some(spend.service.clone()),
        sku: spend.skus.0.clone(),
    };
    let one_time = |kind, description: &str, amount: Money, billed, effective| Charge {
        kind,
        description: description.to_owned(),
        billed,
        effective,
        contracted: amount,
        contracted_unit: Money(committed),
        list: amount,
        list_unit: Money(committed),
        quantity: Quantity::ratio(amount.0, committed),
        unit: "Count".to_owned(),
        period: contract,
        service: base.service.clone().filter(|_| kind != Kind::Purchase),
        sku: spend.skus.1.clone(),
        ..base.clone()
    };
    let mut charges = Vec::new();
    for fact in facts {
        charges.extend(match *fact {
            Fact::Taken { billed, effective, .. } => {
                let price = |unit: Money| Price { amount: unit, per: 1 }.of(taken, Rounding::HalfAway);
                let (contracted, list) = (price(spend.unit_prices.0)?, price(spend.unit_prices.1)?);
                Some(Charge { billed, effective, contracted, list, ..base.clone() })
            }
            Fact::Prepaid { billed, .. } => {
                let words = "Upfront payment covering usage for a 12-month period";
                let months = Month::of_date(last.to).0 - Month::of_date(first.from).0;
                let words = words.replace("12", &months.to_string());
                Some(one_time(Kind::Purchase, &words, billed, billed, Money::ZERO))
            }
            Fact::Deficiency { billed, effective, .. } => {
                Some(one_time(Kind::Unused, "End of contract unused fee", effective, billed, effective))
            }
            _ => None,
        });
    }
    Some(charges)
}

/// A period of a commitment of the scenario: a row of the contract commitment dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Key of the agreement.
    pub contract: String,
    /// Number of the period, counted from 1 over the periods of the version.
    pub number: i64,
    /// Money that is committed, where it is counted in money.
    pub money: Option<Money>,
    /// What is committed, where it is not money.
    pub quantity: Option<Quantity>,
    /// What the quantity counts; empty for money.
    pub unit: String,
    /// First instant of the period, and the first after it.
    pub period: (SimTime, SimTime),
    /// The same of all periods of the version.
    pub contract_period: (SimTime, SimTime),
}

impl Committed {
    /// The value of a column of [`COMMITMENT_COLUMNS`]; empty where there is none.
    pub fn cell(&self, column: &str) -> String {
        match column {
            "BillingCurrency" => "USD".to_owned(),
            "ContractCommitmentCategory" => if self.money.is_some() { "Spend" } else { "Usage" }.to_owned(),
            "ContractCommitmentCost" => self.money.map_or_else(String::new, dollars),
            "ContractCommitmentDescription" => {
                format!("period {} of the commitment `{}`", self.number, self.contract)
            }
            "ContractCommitmentId" => format!("{}/{}", self.contract, self.number),
            "ContractCommitmentPeriodEnd" => self.period.1.to_string(),
            "ContractCommitmentPeriodStart" => self.period.0.to_string(),
            "ContractCommitmentQuantity" => {
                self.quantity.map_or_else(String::new, |quantity| decimal(quantity.0))
            }
            "ContractCommitmentType" => "take-or-pay".to_owned(),
            "ContractCommitmentUnit" => self.unit.clone(),
            "ContractId" => self.contract.clone(),
            "ContractPeriodEnd" => self.contract_period.1.to_string(),
            "ContractPeriodStart" => self.contract_period.0.to_string(),
            _ => String::new(),
        }
    }
}

/// Every period that the scenario commits somebody to, by agreement and time. Where an agreement was amended, a period is
/// that of the version in force at its end, as it is in the books.
pub fn commitments(world: &World) -> Vec<Committed> {
    let mut rows = Vec::new();
    for agreement in &world.agreements {
        for (at, version) in agreement.versions.iter().enumerate() {
            let Some(Agreed::Commitment(of)) = &version.terms else { continue };
            let until = agreement.versions.get(at + 1).map_or(SimTime::NEVER, |next| next.effective);
            let in_force = |row: &Committed| {
                let last = SimTime(row.period.1.0 - 1);
                version.effective <= last && last < until
            };
            rows.extend(committed(&agreement.key, &of.terms, of.counts).into_iter().filter(in_force));
        }
    }
    rows
}

fn committed(key: &str, terms: &Terms, counts: Counts) -> Vec<Committed> {
    let (Some(first), Some(last)) = (terms.periods.first(), terms.periods.last()) else { return Vec::new() };
    let span = |from, to| (crate::month::start_of(from), crate::month::start_of(to));
    let contract_period = span(first.from, last.to);
    let row = |(number, period): (i64, &CommittedPeriod)| {
        let exact = i128::from(period.committed);
        let (money, quantity, unit) = match counts {
            Counts::Usd => (Some(Money(period.committed)), None, ""),
            // Counted in thousandths.
            Counts::GpuHours => (None, Some(Quantity(exact * 1000)), "GPU-Hours"),
            // Counted in tokens.
            Counts::MillionTokens => (None, Some(Quantity(exact)), "1000000 Tokens"),
            // Counted in kilowatt-hours.
            Counts::Mwh => (None, Some(Quantity(exact * 1000)), "MWh"),
        };
        Committed {
            contract: key.to_owned(),
            number,
            money,
            quantity,
            unit: unit.to_owned(),
            period: span(period.from, period.to),
            contract_period,
        }
    };
    (1..).zip(&terms.periods).map(row).collect()
}

/// A cell of a CSV file.
pub fn csv_cell(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}
