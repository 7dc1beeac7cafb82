//! Books, prices and running costs.

use crate::language::{Field, List, key, section};
use crate::scalar::Code;
use base::{SimTime, Span};

/// Largest amount in dollars: a million million.
const MOST_USD: f64 = 1e12;

section! {
    /// Keeps books in double entry for every partner: jobs, tokens, energy, capital and agreements become postings, months
    /// are closed, statements are drawn up. Without this section there are no books.
    BooksText at "[books]" {
        /// Who runs sites that name no operator, and owns those that name no owner.
        operator: Field<String> = key().default("\"programme\"");
        /// Partners that have books of their own and are no part of the programme: what the others sell to them is revenue of
        /// all as one. Lenders are outside too, and have no books.
        outside: List<String> = key().absent("lenders").refers("partner");
        /// Share of a year's profit that is paid as tax, by each partner.
        tax_rate: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// The most of a year's profit that losses of earlier years may offset, as a share of it. Losses are carried
        /// forward without an end.
        loss_offset_share: Field<f64> = key().range(0.0, 1.0).default("1.0");
        /// Customers pay so long after the end of the month that an invoice is for.
        payment_terms: Field<Span> = key().default("\"30 days\"");
        /// Suppliers are paid so long after the end of the month that an invoice is for.
        supplier_terms: Field<Span> = key().default("\"30 days\"");
        /// Yearly rate at which cash flows are discounted.
        discount_rate: Field<f64> = key().range(-0.5, 10.0).default("0.1");
        /// Cash of the operator when the run starts.
        opening_cash_usd: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Years over which buildings are depreciated, in a straight line.
        shell_life_years: Field<f64> = key().above(0.0, 200.0).default("30.0");
        /// Years over which power plant is depreciated.
        power_life_years: Field<f64> = key().above(0.0, 200.0).default("20.0");
        /// Years over which cooling plant is depreciated.
        cooling_life_years: Field<f64> = key().above(0.0, 200.0).default("15.0");
        /// Years over which networks are depreciated.
        network_life_years: Field<f64> = key().above(0.0, 200.0).default("6.0");
        /// Years over which nodes and racks are depreciated.
        systems_life_years: Field<f64> = key().above(0.0, 200.0).default("6.0");
        /// Land of a block, for each MW of IT power. This and the next four are what a block costs where the scenario has
        /// no capital that says what was spent; they count when the block is energised.
        land_usd_per_mw: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Building of a block, for each MW of IT power.
        shell_usd_per_mw: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Power plant of a block, for each MW of IT power.
        power_usd_per_mw: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Cooling plant of a block, for each MW of IT power.
        cooling_usd_per_mw: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Network of a block, for each MW of IT power.
        network_usd_per_mw: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// The accounting year ends with this month, 1 to 12: taxes are computed by the year.
        year_ends: Field<Code> = key().range(1.0, 12.0).default("12");
    }

    /// A line of prices that customers pay. Of the lines that apply to a job, the one that names the most of tenant,
    /// accelerator and site counts; of equals the first by name. What no line prices is free.
    TariffText at "[tariff.NAME]" {
        /// For jobs of these tenants.
        tenants: List<String> = key().absent("all").refers("tenant");
        /// For jobs on these accelerator models.
        accelerators: List<String> = key().absent("all").refers("accelerator");
        /// For jobs at these sites.
        sites: List<String> = key().absent("all").refers("site");
        /// For tokens of these services.
        services: List<String> = key().absent("all");
        /// In force from here.
        from: Field<SimTime> = key().absent("always");
        /// In force before here.
        until: Field<SimTime> = key().absent("always");
        /// Price of an accelerator-hour that a job holds.
        usd_per_gpu_hour: Field<f64> = key().range(0.0, 1e6).unit("US dollars");
        /// Price of a million tokens that a model reads.
        usd_per_million_input_tokens: Field<f64> = key().range(0.0, 1e6).unit("US dollars");
        /// Price of a million tokens that a model writes.
        usd_per_million_output_tokens: Field<f64> = key().range(0.0, 1e6).unit("US dollars");
    }

    /// What running sites costs, by the year of 365.25 days. Every line that applies to a site counts.
    CostText at "[cost.NAME]" {
        /// At these sites.
        sites: List<String> = key().absent("all").refers("site");
        /// People at each site.
        staff_usd_per_year: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// People, for each MW of IT power that is energised.
        staff_usd_per_mw_year: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Maintenance in a year as a share of what buildings, plant and systems cost.
        maintenance_share: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// Everything else at each site.
        overhead_usd_per_year: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
    }
}
