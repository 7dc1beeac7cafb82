//! Commitments as they are settled: what is taken in the periods of a true-up together, what is owed beyond it, and what one true-up
//! leaves to later ones.

use crate::asset::GIGA;
use crate::decisions::Decisions;
use crate::instance::{Instance, Purchase};
use crate::limit::{Kind, Limit};
use crate::master::{Converged, Master};
use crate::model::Model;
use crate::terms::Frame;
use solver::{Refused, Solver};
use std::collections::VecDeque;
use std::ops::Range;

/// Periods that are settled together.
#[derive(Clone, Debug)]
struct Group {
    periods: Range<usize>,
    /// The number of their true-up, where something is committed.
    number: Option<u32>,
}

fn groups(purchase: &Purchase, periods: usize) -> Vec<Group> {
    let number = |t: usize| purchase.true_up.number.get(t).copied().flatten();
    let mut groups: Vec<Group> = Vec::new();
    for t in 0..periods {
        match groups.last_mut() {
            Some(last) if number(t).is_some() && last.number == number(t) => last.periods.end = t + 1,
            _ => groups.push(Group { periods: t..t + 1, number: number(t) }),
        }
    }
    groups
}

/// What a true-up leaves to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bank {
    /// Paid for and not taken.
    MakeUp,
    /// Taken above the whole commitment.
    Carry,
}

/// An amount of money that one true-up may leave to a later one.
#[derive(Clone, Debug)]
pub(crate) struct MoveOf {
    pub(crate) purchase: usize,
    pub(crate) bank: Bank,
    pub(crate) from: Range<usize>,
    pub(crate) to: Range<usize>,
}

/// Whether less than the minimum is taken in a true-up, or, if `above`, more than the whole commitment: what is left to others and
/// what is used hangs on it, so that it is a whole number of the model.
#[derive(Clone, Debug)]
pub(crate) struct SwitchOf {
    pub(crate) purchase: usize,
    pub(crate) above: bool,
    pub(crate) group: Range<usize>,
}

/// What the commitments of an instance can carry over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Banks {
    pub(crate) moves: Vec<MoveOf>,
    pub(crate) switches: Vec<SwitchOf>,
}

impl Banks {
    pub(crate) fn new(instance: &Instance) -> Banks {
        let mut banks = Banks::default();
        for (p, purchase) in instance.purchases.iter().enumerate() {
            let groups = groups(purchase, instance.periods.len());
            for (bank, window) in
                [(Bank::MakeUp, purchase.true_up.make_up), (Bank::Carry, purchase.true_up.carry_forward)]
            {
                let Some(window) = window else { continue };
                for (k, from) in groups.iter().enumerate() {
                    for to in &groups[k + 1..] {
                        let (Some(first), Some(later)) = (from.number, to.number) else { continue };
                        if later - first <= window {
                            let (from, to) = (from.periods.clone(), to.periods.clone());
                            banks.moves.push(MoveOf { purchase: p, bank, from, to });
                        }
                    }
                }
            }
            for group in &groups {
                let (range, touched) = (&group.periods, |m: &MoveOf| m.purchase == p);
                let of_it = || banks.moves.iter().filter(|m| touched(m));
                let short = of_it().any(|m| m.from == *range || m.to == *range);
                let above = of_it().any(|m| m.bank == Bank::Carry && m.from == *range);
                for (is_there, above) in [(short, false), (above, true)] {
                    if is_there {
                        banks.switches.push(SwitchOf { purchase: p, above, group: range.clone() });
                    }
                }
            }
        }
        banks
    }
}

/// What is bought in a period, in millions of dollars.
fn price(instance: &Instance, purchase: &Purchase, t: usize) -> f64 {
    purchase.musd_per_unit_year[t] * f64::from(instance.periods[t].quarters) / 4.0
}

/// The minimum and the whole of a commitment in a period, if it has not been left.
fn committed(purchase: &Purchase, t: usize, left: Option<usize>) -> (f64, f64) {
    if left.is_some_and(|left| left <= t) {
        return (0.0, 0.0);
    }
    let minimum = purchase.commitment_musd[t];
    (minimum, purchase.true_up.whole_musd.get(t).copied().unwrap_or(minimum).max(minimum))
}

/// Takes up to `wanted` out of lots, the oldest first.
fn draw(lots: &mut VecDeque<(u32, f64)>, wanted: f64) -> f64 {
    let mut left = wanted;
    while let Some((_, amount)) = lots.front_mut().filter(|_| left > 0.0) {
        let used = amount.min(left);
        left -= used;
        *amount -= used;
        if *amount <= 0.0 {
            lots.pop_front();
        }
    }
    wanted - left
}

/// Millions of dollars paid in each period for `bought` units, if the purchase is left in period `left`: what is taken as it is taken
/// (beyond what was paid in advance), what is owed beyond it, or comes back, with the last period of its true-up.
pub fn paid(instance: &Instance, purchase: &Purchase, bought: &[f64], left: Option<usize>) -> Vec<f64> {
    let terms = &purchase.true_up;
    let mut paid = vec![0.0; bought.len()];
    let (mut to_make_up, mut carried) = (VecDeque::new(), VecDeque::new());
    for group in groups(purchase, bought.len()) {
        let taken = |t: usize| bought[t] * price(instance, purchase, t);
        let all: f64 = group.periods.clone().map(taken).sum();
        let sum = |of: &dyn Fn((f64, f64)) -> f64| -> f64 {
            group.periods.clone().map(|t| of(committed(purchase, t, left))).sum()
        };
        let (minimum, whole) = (sum(&|both| both.0), sum(&|both| both.1));
        let mut owed = all.max(minimum);
        if let Some(number) = group.number {
            let alive = |window: Option<u32>, lots: &mut VecDeque<(u32, f64)>| {
                lots.retain(|(from, _)| window.is_some_and(|window| number - from <= window));
            };
            alive(terms.make_up, &mut to_make_up);
            alive(terms.carry_forward, &mut carried);
            owed -= draw(&mut carried, owed - all);
            if terms.make_up.is_some() && owed > all {
                to_make_up.push_back((number, owed - all));
            }
            let above = (all - minimum).max(0.0);
            let made_up = draw(&mut to_make_up, above);
            owed -= made_up;
            let beyond = (all - whole).min(above - made_up);
            if terms.carry_forward.is_some() && beyond > 0.0 {
                carried.push_back((number, beyond));
            }
        }
        let (mut so_far, mut due) = (0.0, if terms.upfront { minimum } else { 0.0 });
        let mut used = 0.0;
        for t in group.periods.clone() {
            used += taken(t);
            due = if t + 1 == group.periods.end { owed } else { f64::max(due, used) };
            paid[t] = due - so_far;
            so_far = due;
        }
    }
    paid
}

/// What is paid in each period of a future of these decisions under a purchase.
pub(crate) fn paid_in(instance: &Instance, decisions: &Decisions, s: usize, p: usize) -> Vec<f64> {
    let bought: Vec<f64> = decisions.futures[s].periods.iter().map(|now| now.bought_units[p]).collect();
    paid(instance, &instance.purchases[p], &bought, decisions.left[p])
}

/// The whole numbers of [`Banks::switches`] in decisions.
pub(crate) fn switched(frame: &Frame, decisions: &Decisions) -> Vec<(usize, f64)> {
    switches(frame, &decisions.left, &|s, p, t| decisions.futures[s].periods[t].bought_units[p])
}

/// The whole numbers of [`Banks::switches`] where so many units are bought: future, purchase, period.
fn switches(
    frame: &Frame,
    left: &[Option<usize>],
    bought: &dyn Fn(usize, usize, usize) -> f64,
) -> Vec<(usize, f64)> {
    let (instance, layout) = (frame.instance, &frame.layout);
    let mut settled = Vec::new();
    for s in 0..layout.scenarios {
        for (k, switch) in layout.banks.switches.iter().enumerate() {
            let is_on = on(instance, switch, &|p, t| bought(s, p, t), left[switch.purchase]);
            settled.push((layout.switch(s, k), is_on));
        }
    }
    settled
}

/// Converges a master in which what all futures share is held; what a commitment's true-ups come to is settled as what is taken says.
pub(crate) fn converge_held<S: Solver>(
    master: &mut Master<'_, S>,
    decisions: &Decisions,
    (tolerance, rounds): (f64, u32),
) -> Result<Converged, Refused> {
    let found = master.converge(tolerance, rounds, &mut |_| {})?;
    if found.best.is_empty() || master.model.frame.layout.banks.switches.is_empty() {
        return Ok(found);
    }
    let (frame, x) = (&master.model.frame, &found.best);
    let nearest = switches(frame, &decisions.left, &|s, p, t| x[frame.layout.bought(s, t, p)] * GIGA);
    for (column, value) in nearest {
        master.solver.set_bounds(column, &[value], &[value])?;
    }
    master.converge(tolerance, rounds, &mut |_| {})
}

fn on(
    instance: &Instance,
    switch: &SwitchOf,
    bought: &dyn Fn(usize, usize) -> f64,
    left: Option<usize>,
) -> f64 {
    let purchase = &instance.purchases[switch.purchase];
    let taken = |t: usize| bought(switch.purchase, t) * price(instance, purchase, t);
    let all: f64 = switch.group.clone().map(taken).sum();
    let sum = |of: fn((f64, f64)) -> f64| -> f64 {
        switch.group.clone().map(|t| of(committed(purchase, t, left))).sum()
    };
    let is_on = if switch.above { all > sum(|both| both.1) } else { all < sum(|both| both.0) };
    if is_on { 1.0 } else { 0.0 }
}

impl Model<'_> {
    /// What a purchase offers and what is paid for it in a scenario.
    pub(crate) fn purchase(&mut self, s: usize, p: usize) {
        for t in 0..self.frame.layout.periods {
            let layout = &self.frame.layout;
            let (bought, exit) = (layout.bought(s, t, p), layout.exit(p, t));
            let most = self.frame.instance.purchases[p].most_units[t] / GIGA;
            self.entry(bought, 1.0);
            self.entry(exit, most);
            self.below(Limit::new(Kind::Offer, p, t, s), most);
        }
        for group in groups(&self.frame.instance.purchases[p], self.frame.layout.periods) {
            let (made_up, carried) = (Bank::MakeUp, Bank::Carry);
            let into = [made_up, carried].map(|bank| self.moved(s, p, bank, |m| m.to == group.periods));
            self.payment(s, p, &group.periods, &into);
            let out = [made_up, carried].map(|bank| self.moved(s, p, bank, |m| m.from == group.periods));
            if into.iter().chain(&out).any(|columns| !columns.is_empty()) {
                self.banks(s, p, &group.periods, &into, &out);
            }
        }
    }

    fn moved(&self, s: usize, p: usize, bank: Bank, which: impl Fn(&MoveOf) -> bool) -> Vec<usize> {
        let layout = &self.frame.layout;
        let moves = layout.banks.moves.iter().enumerate();
        let of_it = moves.filter(|(_, m)| m.purchase == p && m.bank == bank && which(m));
        of_it.map(|(m, _)| layout.moved(s, m)).collect()
    }

    fn entries(&mut self, columns: &[usize], value: f64) {
        columns.iter().for_each(|&column| self.entry(column, value));
    }

    /// Paid less taken, of some periods.
    fn paid_less_taken(&mut self, s: usize, p: usize, periods: Range<usize>, sign: f64) {
        for t in periods {
            let layout = &self.frame.layout;
            let (bought, paid) = (layout.bought(s, t, p), layout.paid(s, t, p));
            let price = price(self.frame.instance, &self.frame.instance.purchases[p], t) * GIGA;
            self.entry(bought, -sign * price);
            self.entry(paid, sign);
        }
    }

    /// What is taken is paid, and what is committed.
    fn payment(&mut self, s: usize, p: usize, group: &Range<usize>, [made_up, carried]: &[Vec<usize>; 2]) {
        for t in group.clone() {
            self.paid_less_taken(s, p, group.start..t + 1, -1.0);
            if t + 1 == group.end {
                self.entries(made_up, -1.0);
            }
            self.below(Limit::new(Kind::Price, p, t, s), 0.0);
        }
        let purchase = &self.frame.instance.purchases[p];
        let minimum: f64 = purchase.commitment_musd[group.clone()].iter().sum();
        let upfront = purchase.true_up.upfront && group.len() > 1;
        let banked = !carried.is_empty() || !made_up.is_empty();
        if minimum > 0.0 || banked {
            for last in [group.start, group.end - 1].into_iter().skip(usize::from(!upfront)) {
                for t in group.clone() {
                    let (paid, exit) = (self.frame.layout.paid(s, t, p), self.frame.layout.exit(p, t));
                    if t <= last {
                        self.entry(paid, 1.0);
                    }
                    self.entry(exit, self.frame.instance.purchases[p].commitment_musd[t]);
                }
                if last + 1 == group.end {
                    self.entries(carried, 1.0);
                }
                self.row(Limit::new(Kind::Commitment, p, last, s), minimum, f64::INFINITY);
            }
        }
    }

    /// What a true-up leaves to others, and uses: paid and not taken where less than the minimum is taken, and only there is anything
    /// carried forward of use; what was paid before is made up where more is taken.
    fn banks(
        &mut self,
        s: usize,
        p: usize,
        group: &Range<usize>,
        [made_up, carried]: &[Vec<usize>; 2],
        [to_make_up, to_carry]: &[Vec<usize>; 2],
    ) {
        let (layout, instance) = (&self.frame.layout, self.frame.instance);
        let purchase = &instance.purchases[p];
        let at = Limit::new(Kind::Bank, p, group.end - 1, s);
        let switch = |above: bool| {
            let of_it = |w: &SwitchOf| w.purchase == p && w.above == above && w.group == *group;
            layout.banks.switches.iter().position(of_it).map(|k| layout.switch(s, k))
        };
        let (short, above) = (switch(false), switch(true));
        let (mut minimum, mut whole, mut most) = (0.0, 0.0, 0.0);
        for t in group.clone() {
            let (least, all) = committed(purchase, t, None);
            (minimum, whole) = (minimum + least, whole + all);
            most += purchase.most_units[t] * price(instance, purchase, t);
        }
        let Some(short) = short else { return };
        if !made_up.is_empty() {
            self.entries(made_up, 1.0);
            self.entry(short, most);
            self.below(at, most);
        }
        if !to_make_up.is_empty() {
            self.entries(to_make_up, 1.0);
            self.entries(made_up, -1.0);
            self.paid_less_taken(s, p, group.clone(), -1.0);
            self.below(at, 0.0);
        }
        for columns in [to_make_up, carried] {
            if !columns.is_empty() {
                self.entries(columns, 1.0);
                self.entry(short, -minimum);
                self.below(at, 0.0);
            }
        }
        let Some(above) = above else { return };
        self.entry(above, 1.0);
        self.entry(short, 1.0);
        self.below(at, 1.0);
        self.entries(to_carry, 1.0);
        self.entry(above, -(most - whole).max(0.0));
        self.below(at, 0.0);
        // Above the whole commitment, and of that no more than what is paid above the minimum.
        self.entries(to_carry, 1.0);
        for t in group.clone() {
            let bought = self.frame.layout.bought(s, t, p);
            self.entry(bought, -price(instance, purchase, t) * GIGA);
        }
        self.entry(above, whole);
        self.below(at, 0.0);
        self.entries(to_carry, 1.0);
        for t in group.clone() {
            let paid = self.frame.layout.paid(s, t, p);
            self.entry(paid, -1.0);
        }
        self.entry(above, minimum);
        self.below(at, 0.0);
    }
}
