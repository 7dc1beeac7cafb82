//! Interest on debt, month by month: while building it is part of what the building costs. On money in hand that is so as
//! long as anything that it may be spent on does not work yet.

use super::{Funds, Kept, Payee};
use crate::fact::CapitalFact;
use crate::plan::{Accrual, Capital, DayCount, Tranche};
use crate::word::{Instrument, InterestPart, Purpose};
use base::id::{BlockId, SiteId, TrancheId};
use base::{Money, Month, SimTime, Span};
use serde::{Deserialize, Serialize};

/// What is owed of one tranche on one block, or in hand.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Owed {
    /// Micro-dollars owed, capitalised interest included.
    balance: i64,
    /// What was owed when the month began.
    at_month: i64,
    /// Micro-dollars times seconds of this month, up to `since`: while building, and since the block works.
    building: i128,
    working: i128,
    since: SimTime,
}

/// What is owed of every tranche on every block; the last column is what is in hand.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Debts {
    /// By tranche (empty for equity), then block.
    owed: Vec<Vec<Owed>>,
    works: Vec<bool>,
    /// By tranche: blocks that do not work yet and that it may be spent on.
    waiting: Vec<usize>,
    /// The month that is not charged yet began here, or the run did.
    since: SimTime,
}

impl Debts {
    /// `sites` are those of the blocks.
    pub fn new(plan: &Capital, sites: &[SiteId], start: SimTime) -> Debts {
        let blocks = sites.len();
        let waiting = |tranche: &Tranche| sites.iter().filter(|site| tranche.goes_to(**site)).count();
        let columns = |tranche: &Tranche| match tranche.instrument {
            Instrument::Debt => vec![Owed { since: start, ..Owed::default() }; blocks + 1],
            Instrument::Equity => Vec::new(),
        };
        Debts {
            owed: plan.tranches.iter().map(columns).collect(),
            works: vec![false; blocks],
            waiting: plan.tranches.iter().map(waiting).collect(),
            since: start,
        }
    }

    fn in_hand(&mut self, at: usize) -> Option<&mut Owed> {
        self.owed[at].last_mut()
    }

    /// Money was called and is in hand.
    pub fn called(&mut self, now: SimTime, at: usize, amount: i64) {
        let is_idle = self.waiting[at] == 0;
        if let Some(owed) = self.in_hand(at) {
            owed.until(now, is_idle);
            owed.balance += amount;
        }
    }

    /// Money in hand went into a block. What went into none is owed as if it were in hand.
    pub fn spent(&mut self, now: SimTime, at: usize, block: Option<BlockId>, amount: i64) {
        let Some(block) = block else { return };
        let (works, is_idle) = (self.works[block.index()], self.waiting[at] == 0);
        if let Some(owed) = self.in_hand(at) {
            owed.until(now, is_idle);
            owed.balance -= amount;
        }
        if let Some(owed) = self.owed[at].get_mut(block.index()) {
            owed.until(now, works);
            owed.balance += amount;
        }
    }

    /// From now interest on this block is an expense of its operation; and on money in hand that could go to no other
    /// block that is being built.
    pub fn block_works(&mut self, now: SimTime, plan: &Capital, (site, block): (SiteId, BlockId)) {
        if std::mem::replace(&mut self.works[block.index()], true) {
            return;
        }
        for (at, column) in self.owed.iter_mut().enumerate() {
            if let Some(owed) = column.get_mut(block.index()) {
                owed.until(now, false);
            }
            if plan.tranches[at].goes_to(site) {
                self.waiting[at] -= 1;
                if let Some(owed) = column.last_mut().filter(|_| self.waiting[at] == 0) {
                    owed.until(now, false);
                }
            }
        }
    }
}

impl Owed {
    /// Counts what was owed up to now.
    fn until(&mut self, now: SimTime, works: bool) {
        let seconds = i128::from((now - self.since).0 / Span::SECOND.0);
        // Whole seconds are counted, so that nothing is lost between two counts.
        self.since += Span::from_seconds(seconds as i64);
        let more = i128::from(self.balance) * seconds;
        match works {
            true => self.working += more,
            false => self.building += more,
        }
    }
}

/// Interest on so many micro-dollars times seconds of a month that is `month_seconds` long, to the micro-dollar.
fn interest(owed_seconds: i128, month_seconds: i128, tranche: &Tranche) -> i64 {
    // A year in the seconds of this count.
    let year_seconds = match tranche.day_count {
        DayCount::Actual360 => 360 * 86_400,
        DayCount::Actual365 => 365 * 86_400,
        DayCount::Thirty360 => 12 * month_seconds,
    };
    let divisor = year_seconds * 1_000_000_000;
    let product = owed_seconds * i128::from(tranche.rate_ppb);
    ((product + divisor / 2).div_euclid(divisor)) as i64
}

impl Funds {
    /// The month that ends at `now` (or the part of one in which the run ends) is charged with its interest.
    pub fn charge_interest(&mut self, now: SimTime, sites: &[SiteId], out: &mut Vec<CapitalFact>) {
        let month = Month::of(SimTime(now.0 - 1));
        let length = (month.next().start() - month.start()).0 / Span::SECOND.0;
        let counted = (now - self.debts.since).0 / Span::SECOND.0;
        let lengths = (i128::from(length), i128::from(counted));
        self.debts.since = now;
        for at in 0..self.purses.len() {
            for column in 0..self.debts.owed[at].len() {
                self.charge(now, at, column, lengths, sites, out);
            }
        }
    }

    fn charge(
        &mut self,
        now: SimTime,
        at: usize,
        column: usize,
        (length, counted): (i128, i128),
        sites: &[SiteId],
        out: &mut Vec<CapitalFact>,
    ) {
        let block = sites.get(column).map(|_| BlockId::new(column));
        let works = block.map_or(self.debts.waiting[at] == 0, |block| self.debts.works[block.index()]);
        let owed = &mut self.debts.owed[at][column];
        owed.until(now, works);
        let (mut building, mut working) = (owed.building, owed.working);
        if self.plan.accrual == Accrual::Monthly {
            // The parts of the month keep their proportion; what is counted is what was owed when it began.
            let all = building + working;
            let counted = i128::from(owed.at_month) * counted;
            working = if all > 0 { part(counted, working, all) } else { 0 };
            building = if all > 0 { counted - working } else { 0 };
        }
        (owed.building, owed.working) = (0, 0);
        let tranche = &self.plan.tranches[at];
        let (building, working) = (interest(building, length, tranche), interest(working, length, tranche));
        let (partner, id, pays) = (tranche.partner, TrancheId::new(at), tranche.pays_interest);
        let said =
            |part, amount| CapitalFact::Interest { partner, tranche: id, block, part, amount: Money(amount) };
        if working > 0 {
            out.push(said(InterestPart::Operating, working));
        }
        if building > 0 {
            let to = block.map(|block| Payee { site: sites[column], block });
            // Interest on money in hand is paid with what may go where that money may go.
            let sites = to.map_or_else(|| tranche.sites.clone(), |to| vec![to.site]);
            let bill = [(Purpose::Interest, Money(building))];
            let paid = pays && self.pay_at(now, &sites, to, &bill, &Kept::default(), out).is_ok();
            if !paid {
                self.debts.owed[at][column].balance += building;
            }
            out.push(said(if paid { InterestPart::Paid } else { InterestPart::Capitalised }, building));
        }
        let owed = &mut self.debts.owed[at][column];
        owed.at_month = owed.balance;
    }

    /// All that is owed, capitalised interest included; micro-dollars.
    pub fn owed(&self) -> i128 {
        self.debts.owed.iter().flatten().map(|owed| i128::from(owed.balance)).sum()
    }
}

/// `whole * some / all` without leaving the range: `whole` is up to 2^85, the ratio keeps 40 bits.
fn part(whole: i128, some: i128, all: i128) -> i128 {
    let shift = (128 - all.leading_zeros()).saturating_sub(40);
    whole * (some >> shift) / (all >> shift).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tranche(day_count: DayCount) -> Tranche {
        Tranche {
            key: "loan".into(),
            partner: base::id::PartnerId(0),
            instrument: Instrument::Debt,
            amount: Money(0),
            from: SimTime(0),
            until: None,
            conditions: Vec::new(),
            sites: Vec::new(),
            purposes: Vec::new(),
            at_once: false,
            lot: Money(0),
            rate_ppb: 65_800_000,
            day_count,
            pays_interest: false,
        }
    }

    #[test]
    fn a_month_of_interest_is_what_the_hand_computes() {
        // 1 B$ at 6.58 % for January: 31 days.
        let (owed, month) = (1_000_000_000_000_000 * 31 * 86_400, 31 * 86_400);
        assert_eq!(
            interest(owed, month, &tranche(DayCount::Actual360)),
            5_666_111_111_111,
            "1e9 * 0.0658 * 31 / 360"
        );
        assert_eq!(
            interest(owed, month, &tranche(DayCount::Actual365)),
            5_588_493_150_685,
            "1e9 * 0.0658 * 31 / 365"
        );
        assert_eq!(
            interest(owed, month, &tranche(DayCount::Thirty360)),
            5_483_333_333_333,
            "1e9 * 0.0658 / 12"
        );
    }

    #[test]
    fn the_largest_sums_stay_in_range() {
        let all = i128::from(i64::MAX) * 31 * 86_400;
        let mut dear = tranche(DayCount::Thirty360);
        dear.rate_ppb = 1_000_000_000;
        assert_eq!(interest(all, 31 * 86_400, &dear), i64::MAX / 12 + 1);
        assert!((part(all, all / 4, all / 2) - all / 2).abs() < all >> 38);
    }
}
