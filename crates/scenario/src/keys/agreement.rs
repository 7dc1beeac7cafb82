//! Sections of agreements and offers.
//!
//! An agreement has one section of its kind inside: `[agreement.NAME.first_refusal]`. No term of a kind has a default in
//! the language, so that an amendment changes what it names and nothing else; what holds where a term is not given is
//! said here and filled in when the world is built.

use crate::language::{Field, List, One, Rows, key, section};
use crate::scalar::terms::{Condition, Day, DecidesName, EventName, GuarantorName};
use crate::world::agreements::{Counts, Revenue};
use agreement::amount::{Rounding, Share};
use agreement::loan::Kind as LoanKind;
use agreement::notice::Period;
use agreement::refusal::{Assignment, CounterOffer, Matching, Mode, Package, Part, Side};
use agreement::share::{Base, Loss, TierBasis};
use base::{Money, SimTime, Span};

section! {
    /// An agreement between partners. It has exactly one of the sections of kinds, from `first_refusal` to `loan`.
    AgreementText at "[agreement.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Business calendar of its periods of notice: `every_day`, `monday_to_friday`, `us_federal`, `target`, `england`.
        calendar: Field<String> = key().absent("every day is a business day").example("\"us_federal\"");
        /// Further days on which business is closed.
        holidays: List<Day> = key();
        /// Time zone in which its days begin and end, by its IANA name.
        zone: Field<String> = key().absent("UTC").example("\"America/New_York\"");
        /// From which day it is in force.
        effective: Field<Day> = key().absent("its first day by its terms, or the start of the run");
        /// The day on which it became known: before it, nobody acts on it.
        known: Field<Day> = key().absent("`effective`");
        /// A right of first refusal: its holders may match a third party's offer.
        first_refusal: One<RefusalText> = key();
        /// A right of first offer: its holders are asked before the market.
        first_offer: One<RefusalText> = key();
        /// Take-or-pay.
        commitment: One<CommitmentText> = key();
        /// A share of revenue.
        revenue_share: One<RevenueShareText> = key();
        /// Only one partner may supply something.
        exclusivity: One<ExclusivityText> = key();
        /// Capital that is released by milestones.
        milestone_capital: One<LadderText> = key();
        /// Shares that vest by milestones.
        warrant: One<LadderText> = key();
        /// Credits for missed availability.
        service_credit: One<ServiceCreditText> = key();
        /// A contract for the power of a site.
        power_contract: One<PowerContractText> = key();
        /// A lease of a site.
        lease: One<LeaseText> = key();
        /// A guarantor's promise for a lease: the fee, or step in.
        backstop: One<BackstopText> = key();
        /// A loan by the ACTUS standard.
        loan: One<LoanText> = key();
        /// Amendments, by rising `effective`. Each says what it changes; the rest stays.
        version: Rows<VersionText> = key();
    }

    /// An amendment: the day, and in the section of the agreement's kind what changes.
    VersionText at "[[agreement.NAME.version]]" {
        /// From which day it is in force.
        effective: Field<Day> = key().required();
        /// The day on which it became known: before it, nobody acts on it.
        known: Field<Day> = key().absent("`effective`");
        /// Where it is written.
        document: Field<String> = key().absent("not said");
        /// The agreement ends.
        ends: Field<bool> = key().absent("it goes on");
        /// What changes in a right of first refusal.
        first_refusal: One<RefusalText> = key();
        /// What changes in a right of first offer.
        first_offer: One<RefusalText> = key();
        /// What changes in a commitment.
        commitment: One<CommitmentText> = key();
        /// What changes in a revenue share.
        revenue_share: One<RevenueShareText> = key();
        /// What changes in an exclusivity.
        exclusivity: One<ExclusivityText> = key();
        /// What changes in milestone capital.
        milestone_capital: One<LadderText> = key();
        /// What changes in a warrant.
        warrant: One<LadderText> = key();
        /// What changes in service credits.
        service_credit: One<ServiceCreditText> = key();
        /// What changes in a power contract.
        power_contract: One<PowerContractText> = key();
        /// What changes in a lease.
        lease: One<LeaseText> = key();
        /// What changes in a backstop.
        backstop: One<BackstopText> = key();
        /// What changes in a loan.
        loan: One<LoanText> = key();
    }

    /// A right of first refusal or first offer on blocks. Terms and transitions: `docs/agreements.md`.
    RefusalText at "[agreement.NAME.first_refusal]" {
        /// Whose offers it burdens.
        grantor: Field<String> = key().refers("partner");
        /// Whether the grantor sells or buys capacity.
        side: Field<Side> = key().absent("sells");
        /// Who has the right.
        holders: Rows<HolderText> = key();
        /// Which blocks it burdens: a condition over `site`, `block`, `it_mw`, `ready`, `third` and what the offer says.
        scope: Field<Condition> = key().absent("every block").example("\"purpose is service\"");
        /// Which of them it leaves free all the same.
        carve_out: Field<Condition> = key().absent("none").example("\"purpose in (research, training)\"");
        /// Its first day.
        from: Field<Day> = key();
        /// The day on which it no longer is in force.
        until: Field<Day> = key();
        /// It does not apply when less than this is left of its window.
        remaining_floor: Field<Span> = key().range(0.0, f64::INFINITY).absent("it applies to its last day");
        /// The most that can be exercised in all.
        cap_usd: Field<Money> = key().unit("US dollars").absent("no cap");
        /// Once or continuing.
        mode: Field<Mode> = key().absent("continuing");
        /// What an exercise must match.
        matches: Field<Matching> = key().absent("all terms");
        /// The least part that can be exercised.
        least_part_mw: Field<f64> = key().above(0.0, 1e7).unit("MW").absent("parts are not allowed");
        /// The clock of a second round among holders of one rank, for what is left.
        second_round: Field<Period> = key().absent("no second round").example("\"5 business days\"");
        /// How long a holder has to answer.
        election: Field<Period> = key().example("\"10 business days\"");
        /// How long it then has to sign.
        signing: Field<Period> = key().absent("an exercise binds at once").example("\"60 days\"");
        /// How long the grantor may close with the third party afterwards.
        tail: Field<Period> = key().example("\"90 days\"");
        /// Up to which share of the price a change in the third party's favour is not material.
        materiality: Field<Share> = key().range(0.0, 1.0).absent("every improvement is material");
        /// What a counter-offer does.
        counter_offer: Field<CounterOffer> = key().absent("the clock runs on");
        /// To whom a holder may assign the right.
        assignment: Field<Assignment> = key().absent("personal: to nobody");
        /// What of a package with free blocks the right takes hold of.
        package: Field<Package> = key().absent("the burdened blocks, at an allocated price");
        /// What a notice must contain for the clock to start.
        notice: List<Part> = key().absent("price, length, capacity; the identity too under a first refusal");
        /// What happens to holders.
        event: Rows<HolderEventText> = key();
    }

    /// A holder of a right and how it decides.
    HolderText at "holders = [{ partner = \"NAME\" }]" {
        /// Who.
        partner: Field<String> = key().required().refers("partner");
        /// The lowest is asked first; holders of one rank are asked together.
        rank: Field<u32> = key().range(1.0, 1000.0).absent("1");
        /// Weight among holders of one rank.
        weight: Field<u32> = key().range(1.0, 1e9).absent("1");
        /// Partners to which it may assign the right.
        affiliates: List<String> = key().refers("partner");
        /// How it decides.
        decides: Field<DecidesName> = key().absent("silent");
        /// Offers that it exercises, under `script`.
        exercises: List<String> = key().refers("offer");
        /// Offers that it declines, under `script`.
        declines: List<String> = key().refers("offer");
        /// The most that it pays for a megawatt and month, under `threshold`.
        usd_per_mw_month_at_most: Field<Money> = key().unit("US dollars");
        /// The least shortage at which it exercises, under `threshold`: the power of the accelerators for which jobs of its
        /// tenants wait.
        shortage_mw_at_least: Field<f64> = key().range(0.0, 1e7).unit("MW").absent("it takes whatever is cheap enough");
        /// The probability that it exercises, under `drawn`.
        probability: Field<f64> = key().range(0.0, 1.0);
        /// The most that it takes of one offer, where parts are allowed.
        takes_at_most_mw: Field<f64> = key().above(0.0, 1e7).unit("MW").absent("all that it may");
        /// How long after the notice it answers.
        answers_after: Field<Span> = key().range(0.0, f64::INFINITY).absent("at once");
        /// How long after an exercise it signs.
        signs_after: Field<Span> = key().range(0.0, f64::INFINITY).absent("at once");
        /// Whether it signs at all.
        signs: Field<bool> = key().absent("true");
    }

    /// Something that happens to a holder of a right.
    HolderEventText at "[[agreement.NAME.first_refusal.event]]" {
        /// When.
        at: Field<Day> = key().required();
        /// What.
        what: Field<EventName> = key().required();
        /// To whom.
        partner: Field<String> = key().required().refers("partner");
        /// To whom it assigns.
        to: Field<String> = key().refers("partner");
    }

    /// Take-or-pay: so much is committed for each period, and a share of it is paid for whether taken or not.
    CommitmentText at "[agreement.NAME.commitment]" {
        /// Who has committed itself.
        payer: Field<String> = key().refers("partner");
        /// To whom.
        payee: Field<String> = key().refers("partner");
        /// In what it is counted.
        counts: Field<Counts> = key().absent("usd");
        /// With `counts = "mwh"`: the payer's sites whose energy from the grid is bought under it.
        sites: List<String> = key().refers("site").absent("all that it runs");
        /// The first day of the first period.
        from: Field<Day> = key();
        /// Length of a period in months.
        period_months: Field<u32> = key().range(1.0, 1200.0).absent("12");
        /// What is committed, for each period: the ramp.
        committed: List<f64> = key().range(0.0, 9e12).example("5e9");
        /// The share of it that is paid for in any case.
        minimum: Field<Share> = key().range(0.0, 1.0).absent("all of it");
        /// Price of a unit up to the commitment.
        usd_per_unit: Field<Money> = key().unit("US dollars").absent("1 where money is counted");
        /// Price of a unit above it.
        excess_usd_per_unit: Field<Money> = key().unit("US dollars").absent("the same");
        /// The minimum is paid when a true-up group begins.
        upfront: Field<bool> = key().absent("it is paid as it is taken");
        /// So many periods are compared with their minimum together.
        true_up: Field<u32> = key().range(1.0, 1000.0).absent("1");
        /// What was paid for and not taken can be taken within so many true-ups.
        make_up: Field<u32> = key().range(1.0, 1000.0).absent("it is lost");
        /// What was taken above the commitment counts for so many true-ups.
        carry_forward: Field<u32> = key().range(1.0, 1000.0).absent("it does not count later");
        /// Leaving early costs this share of the minimum of the next periods.
        exit_share: Field<Share> = key().range(0.0, 1.0).absent("it cannot be left");
        /// Of at most so many.
        exit_periods: Field<u32> = key().range(1.0, 1000.0).absent("all that are left");
        /// The payer leaves on this day.
        exits: Field<Day> = key().absent("never");
        /// What of the minimum need not be taken.
        excuse: Rows<ExcuseText> = key();
        /// How amounts are rounded.
        rounding: Field<Rounding> = key().absent("half_away");
    }

    /// A part of the minimum that need not be taken: force majeure, a fault of the supplier.
    ExcuseText at "[[agreement.NAME.commitment.excuse]]" {
        /// A day of the period that it is for.
        on: Field<Day> = key().required();
        /// How much, in what the commitment counts.
        quantity: Field<f64> = key().required().above(0.0, 9e12);
    }

    /// A share of revenue: `min(share x base, cap - paid)` until the sunset.
    RevenueShareText at "[agreement.NAME.revenue_share]" {
        /// Whose revenue, and who pays.
        payer: Field<String> = key().refers("partner");
        /// Who gets it.
        payee: Field<String> = key().refers("partner");
        /// Which revenue.
        revenue: Field<Revenue> = key().absent("all");
        /// Gross or net.
        base: Field<Base> = key().absent("gross");
        /// Revenue shares that a net base is net of.
        net_of: List<String> = key().refers("agreement");
        /// The revenue share that flows the other way: both become one payment.
        netted_with: Field<String> = key().refers("agreement");
        /// Its first day.
        from: Field<Day> = key();
        /// The sunset: periods that begin on or after it bear no share.
        until: Field<Day> = key();
        /// The share.
        share: Field<Share> = key().range(0.0, 1.0);
        /// The share above a threshold, by rising thresholds from 0, instead of `share`.
        tier: Rows<TierText> = key();
        /// Over what thresholds are counted.
        basis: Field<TierBasis> = key().absent("cumulative");
        /// At most so much in all.
        cap_usd: Field<Money> = key().unit("US dollars").absent("no cap");
        /// What a negative base does.
        loss: Field<Loss> = key().absent("forgotten");
        /// How payments are rounded.
        rounding: Field<Rounding> = key().absent("half_away");
    }

    /// The share of revenue above a threshold.
    TierText at "[[agreement.NAME.revenue_share.tier]]" {
        /// The threshold.
        above_usd: Field<Money> = key().required().unit("US dollars");
        /// The share of what lies above it, up to the next.
        share: Field<Share> = key().required().range(0.0, 1.0);
    }

    /// Only the beneficiary may supply what the scope says.
    ExclusivityText at "[agreement.NAME.exclusivity]" {
        /// Who may supply.
        beneficiary: Field<String> = key().refers("partner");
        /// Who has promised it: what this partner buys or sells through others is barred.
        promised_by: Field<String> = key().refers("partner");
        /// What: a condition over `product`, `purpose`, `channel`, `launch`, `supported`, `willing`, `date`, `site`, `block`, `it_mw`, `ready`, `third`.
        scope: Field<Condition> = key().absent("everything").example("\"product is api\"");
        /// What of that is left free.
        carve_out: Field<Condition> = key().absent("nothing");
        /// Its first day.
        from: Field<Day> = key();
        /// The day on which it no longer holds.
        until: Field<Day> = key().absent("no end");
    }

    /// A ladder: what its rungs say is released when their conditions hold.
    LadderText at "[agreement.NAME.milestone_capital]" {
        /// Who gives.
        giver: Field<String> = key().refers("partner");
        /// Who gets.
        taker: Field<String> = key().refers("partner");
        /// Whether a rung waits for the one below it.
        in_order: Field<bool> = key().absent("true");
        /// What exercising one share of a warrant costs.
        usd_per_share: Field<Money> = key().unit("US dollars").absent("nothing");
        /// The rungs, from the lowest.
        rung: Rows<RungText> = key();
        /// What is known of the world besides what the run says itself.
        observed: Rows<ObservedText> = key();
    }

    /// A rung of a ladder.
    RungText at "[[agreement.NAME.milestone_capital.rung]]" {
        /// Its name.
        name: Field<String> = key().required();
        /// When it is reached: a condition over `energised_mw`, `energised_gpus`, `energised_blocks`, `date` and what is observed.
        when: Field<Condition> = key().required().example("\"energised_mw at least 1000\"");
        /// The capital that it releases.
        usd: Field<Money> = key().unit("US dollars");
        /// The shares that it vests.
        shares: Field<u32> = key().range(1.0, 4e9);
        /// The day from which it is too late.
        until: Field<Day> = key().absent("it is never too late");
    }

    /// A fact of the world that a run does not say: a share price, an approval.
    ObservedText at "[[agreement.NAME.milestone_capital.observed]]" {
        /// From when.
        at: Field<Day> = key().required();
        /// What is observed.
        attribute: Field<String> = key().required();
        /// Its value: a whole number or a word.
        is: Field<String> = key().required().example("\"600\"");
    }

    /// Service credits: a share of the fee for months below the promised availability.
    ServiceCreditText at "[agreement.NAME.service_credit]" {
        /// Who serves.
        provider: Field<String> = key().refers("partner");
        /// Who is credited.
        customer: Field<String> = key().refers("partner");
        /// The site whose availability counts.
        site: Field<String> = key().refers("site").absent("all sites");
        /// Credits by availability.
        tier: Rows<CreditTierText> = key();
        /// At most this share of a month's fee.
        monthly_cap: Field<Share> = key().range(0.0, 1.0).absent("1");
        /// At most this share of the fees of twelve months.
        rolling_cap: Field<Share> = key().range(0.0, 1.0).absent("1");
        /// Outage in a month that does not count.
        excluded: Field<Span> = key().range(0.0, f64::INFINITY).absent("all counts");
        /// How credits are rounded.
        rounding: Field<Rounding> = key().absent("half_away");
    }

    /// The credit below an availability.
    CreditTierText at "[[agreement.NAME.service_credit.tier]]" {
        /// The availability.
        below: Field<Share> = key().required().range(0.0, 1.0);
        /// The share of the month's fee that is credited.
        credit: Field<Share> = key().required().range(0.0, 1.0);
    }

    /// A contract for power: a billing demand that never falls below a share of the contract.
    PowerContractText at "[agreement.NAME.power_contract]" {
        /// Who supplies.
        supplier: Field<String> = key().refers("partner");
        /// Who pays.
        customer: Field<String> = key().refers("partner");
        /// The site that it supplies.
        site: Field<String> = key().refers("site");
        /// The first day of its first month.
        from: Field<Day> = key();
        /// How long it runs, in months.
        months: Field<u32> = key().range(1.0, 1200.0);
        /// Contract demand.
        contract_mw: Field<f64> = key().above(0.0, 1e7).unit("MW");
        /// Contract demand by month, instead of `contract_mw`.
        ramp: Rows<RampText> = key();
        /// The share of the contract demand that is billed in any case.
        minimum: Field<Share> = key().range(0.0, 1.0).absent("0");
        /// The share of the highest demand of the months before that is billed in any case.
        ratchet: Field<Share> = key().range(0.0, 1.0).absent("no ratchet");
        /// Of how many months before.
        ratchet_months: Field<u32> = key().range(1.0, 1200.0).absent("11");
        /// Price of a kilowatt of billing demand for a month.
        usd_per_kw_month: Field<Money> = key().unit("US dollars").absent("0");
        /// Price of energy.
        usd_per_mwh: Field<Money> = key().unit("US dollars").absent("0");
        /// Leaving early costs the minimum of so many months, at most those that are left.
        exit_months: Field<u32> = key().range(0.0, 1200.0).absent("0");
        /// The customer leaves on this day.
        exits: Field<Day> = key().absent("never");
        /// Whether this load is shed before others in an emergency.
        shed_first: Field<bool> = key().absent("false");
        /// How amounts are rounded.
        rounding: Field<Rounding> = key().absent("half_away");
    }

    /// Contract demand from a month on.
    RampText at "[[agreement.NAME.power_contract.ramp]]" {
        /// The month, counted from 0.
        month: Field<u32> = key().required().range(0.0, 1200.0);
        /// Contract demand from then on.
        contract_mw: Field<f64> = key().required().range(0.0, 1e7).unit("MW");
    }

    /// A lease of a site, with an escalator and options to extend.
    LeaseText at "[agreement.NAME.lease]" {
        /// Who lets.
        lessor: Field<String> = key().refers("partner");
        /// Who rents.
        lessee: Field<String> = key().refers("partner");
        /// The site.
        site: Field<String> = key().refers("site");
        /// The first day of its first month.
        from: Field<Day> = key();
        /// Its length without options.
        months: Field<u32> = key().range(1.0, 1200.0);
        /// Months at the beginning without rent.
        free_months: Field<u32> = key().range(0.0, 1200.0).absent("0");
        /// Rent of a month of the first year.
        usd_per_month: Field<Money> = key().unit("US dollars");
        /// By which share the rent rises each year.
        escalator: Field<Share> = key().range(0.0, 1.0).absent("0");
        /// Options to extend, in months, one after the other.
        options: List<u32> = key().range(1.0, 1200.0);
        /// An option is exercised at least so many months before the end.
        option_notice_months: Field<u32> = key().range(1.0, 1200.0).absent("6");
        /// How many options the lessee exercises.
        extends: Field<u32> = key().range(0.0, 1000.0).absent("0");
        /// Leaving early costs so many months of rent, at most those that are left.
        termination_months: Field<u32> = key().range(0.0, 1200.0).absent("0");
        /// The lessee leaves, or defaults, on this day.
        terminated: Field<Day> = key().absent("never");
        /// How rents are rounded.
        rounding: Field<Rounding> = key().absent("half_away");
    }

    /// A guarantor's promise for a lease: after a default it pays the termination fee or becomes the tenant.
    BackstopText at "[agreement.NAME.backstop]" {
        /// Who promises.
        guarantor: Field<String> = key().refers("partner");
        /// The lease.
        lease: Field<String> = key().refers("agreement");
        /// How long the guarantor has to choose.
        notice: Field<Period> = key().example("\"30 days\"");
        /// What it chooses.
        chooses: Field<GuarantorName> = key().absent("silent");
        /// How long after the call it chooses.
        chooses_after: Field<Span> = key().range(0.0, f64::INFINITY).absent("at once");
    }

    /// A loan by the ACTUS standard. What these keys do not say can be said in the words of its dictionary, in `actus`.
    LoanText at "[agreement.NAME.loan]" {
        /// Who lends.
        lender: Field<String> = key().refers("partner");
        /// Who borrows.
        borrower: Field<String> = key().refers("partner");
        /// How it is paid back.
        pattern: Field<LoanKind> = key();
        /// The principal.
        usd: Field<Money> = key().unit("US dollars");
        /// Interest, a year.
        rate: Field<f64> = key().range(-1.0, 10.0);
        /// The day on which it is paid out.
        from: Field<Day> = key();
        /// The day on which the rest is paid back.
        until: Field<Day> = key();
        /// Day count: `A360`, `A365`, `AA`, `30E360`, `30E360ISDA`, `28E336`.
        day_count: Field<String> = key().absent("30E360").example("\"30E360\"");
        /// Months between payments of interest.
        interest_months: Field<u32> = key().range(1.0, 1200.0).absent("3");
        /// Months between payments of principal, but for `bullet`.
        redemption_months: Field<u32> = key().range(1.0, 1200.0).absent("`interest_months`");
        /// Principal (`linear`) or payment (`negative_amortiser`, `annuity`) each time.
        payment_usd: Field<Money> = key().unit("US dollars").absent("what pays it back by `until`");
        /// Further terms in the words of the ACTUS dictionary, `NAME = VALUE`; they win over the keys above.
        actus: List<String> = key().example("\"calendar = MF\"");
    }

    /// An offer on blocks: the grantor means to close with a third party. Each right of first refusal or first offer whose
    /// grantor it is takes hold of it as its scope says. It names `blocks` (one offer for all of them), or says in `each`
    /// which blocks are offered, one by one.
    OfferText at "[offer.NAME]" {
        /// Who sells or buys.
        grantor: Field<String> = key().required().refers("partner");
        /// Which of the two.
        side: Field<Side> = key().default("\"sells\"");
        /// The third party.
        third: Field<String> = key().required().refers("partner");
        /// Blocks, as `site.block`: one offer for all.
        blocks: List<String> = key().example("\"abilene.building-7\"");
        /// One offer for each block for which this holds: a condition over `site`, `block`, `it_mw`, `ready`.
        each: Field<Condition> = key().example("\"site is abilene\"");
        /// When it is made.
        at: Field<SimTime> = key().absent("the start of the run: when the block is planned");
        /// It is made so long before the (first) block is to be ready, instead of `at`.
        before_ready: Field<Span> = key().range(0.0, f64::INFINITY);
        /// The price of a megawatt for a month.
        usd_per_mw_month: Field<Money> = key().required().unit("US dollars");
        /// The price is drawn: lognormal about `usd_per_mw_month`, with this standard deviation of the logarithm.
        price_sigma: Field<f64> = key().range(0.0, 3.0).default("0.0");
        /// Length of the contract in months.
        months: Field<u32> = key().required().range(1.0, 1200.0);
        /// All other terms; two texts that differ are other terms.
        other_terms: Field<String> = key().absent("none");
        /// What the capacity is for.
        purpose: Field<String> = key().absent("not said");
        /// The product that it carries.
        product: Field<String> = key().absent("not said");
        /// The channel through which it is sold.
        channel: Field<String> = key().absent("not said");
        /// Attribute `launch` of the subject.
        launch: Field<String> = key().absent("not said");
        /// Attribute `supported` of the subject.
        supported: Field<String> = key().absent("not said");
        /// Attribute `willing` of the subject.
        willing: Field<String> = key().absent("not said");
        /// How long after the offer the grantor gives notice to the holders.
        notice_after: Field<Span> = key().range(0.0, f64::INFINITY).default("\"0 s\"");
        /// What the first notice contains.
        notice: List<Part> = key().absent("everything");
        /// A notice that lacked something is given again, whole, after this.
        notice_again_after: Field<Span> = key().above(0.0, f64::INFINITY).absent("never");
        /// How long after the grantor is free it closes with the third party.
        closes_after: Field<Span> = key().range(0.0, f64::INFINITY).default("\"0 s\"");
        /// The terms change.
        change: Rows<ChangeText> = key();
        /// It is withdrawn.
        withdrawn: Field<SimTime> = key().absent("never");
    }

    /// A change of an open offer; what it does not say stays.
    ChangeText at "[[offer.NAME.change]]" {
        /// When.
        at: Field<SimTime> = key().required();
        /// The third party now.
        third: Field<String> = key().refers("partner");
        /// The price now.
        usd_per_mw_month: Field<Money> = key().unit("US dollars");
        /// The length now.
        months: Field<u32> = key().range(1.0, 1200.0);
        /// The other terms now.
        other_terms: Field<String> = key();
    }
}
