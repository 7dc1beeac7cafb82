//! The agreements of a scenario that settle on money, as deals of the books. Each version of an agreement is a deal of its
//! own, in force until the next one is.

use crate::deal::{Counts, Deal, Guarantee, Machine, Revenue};
use crate::entry::PartyId;
use crate::month::Month;
use crate::outline::Outline;
use agreement::{lease, loan, power, service, share};
use base::id::{AgreementId, PartnerId, SiteId};
use base::{SimTime, Span};
use scenario::World;
use scenario::world::agreements::{self as agreed, Terms};

/// The deals of a world. Rights, exclusivities, ladders and warrants move no money at the close of a month; a
/// backstop is a guarantee of its lease.
pub fn deals(world: &World, outline: &Outline) -> Vec<Deal> {
    let mut deals = Vec::new();
    let mut of_agreement: Vec<Vec<u32>> = vec![Vec::new(); world.agreements.len()];
    for (at, agreement) in world.agreements.iter().enumerate() {
        for (number, version) in agreement.versions.iter().enumerate() {
            let until = agreement.versions.get(number + 1).map_or(SimTime::NEVER, |next| next.effective);
            let Some(terms) = version.terms.as_ref().filter(|_| until > world.start) else { continue };
            let guarantor =
                guarantor(world, AgreementId::new(at), terms).map(|of| outline.books_of[of.index()]);
            let begins = version.effective.max(outline.start);
            let Some(made) = make(terms, begins, guarantor, outline) else { continue };
            let (payer, payee) = (outline.books_of[made.payer.index()], outline.books_of[made.payee.index()]);
            let (key, since) = (agreement.key.clone(), version.effective);
            let Made { site, leaves, machine, .. } = made;
            let excuses = match terms {
                Terms::Commitment(of) => of.excuses.clone(),
                _ => Vec::new(),
            };
            let continues = of_agreement[at].last().copied();
            of_agreement[at].push(deals.len() as u32);
            deals.push(Deal {
                key,
                payer,
                payee,
                site,
                since,
                until,
                leaves,
                excuses,
                continues,
                machine,
                count: 0,
            });
        }
    }
    refer(world, &of_agreement, &mut deals);
    deals
}

/// What terms come to.
struct Made {
    payer: PartnerId,
    payee: PartnerId,
    site: Option<SiteId>,
    leaves: Option<SimTime>,
    machine: Machine,
}

/// `begins` is when the terms come into force, or the run starts with them.
fn make(terms: &Terms, begins: SimTime, guarantor: Option<PartyId>, outline: &Outline) -> Option<Made> {
    let made = match terms {
        Terms::Commitment(of) => Made {
            payer: of.payer,
            payee: of.payee,
            site: None,
            leaves: of.exits,
            machine: Machine::Commitment {
                counts: counts(of.counts),
                machine: None,
                terms: of.terms.clone(),
                sites: of.sites.clone(),
            },
        },
        Terms::RevenueShare(of) => {
            let revenue = match of.revenue {
                agreed::Revenue::All => Revenue::All,
                agreed::Revenue::Jobs => Revenue::Compute,
                agreed::Revenue::Tokens => Revenue::Tokens,
            };
            let machine = share::RevenueShare::new(of.terms.clone());
            let machine = Machine::Share { revenue, net_of: Vec::new(), netted_with: None, machine };
            Made { payer: of.payer, payee: of.payee, site: None, leaves: None, machine }
        }
        Terms::ServiceCredit(of) => {
            let excluded = of.excluded.0 / (Span::HOUR.0 / 60);
            let machine = service::ServiceCredits::new(of.terms.clone());
            let machine = Machine::Credit { excluded, machine };
            Made { payer: of.provider, payee: of.customer, site: of.site, leaves: None, machine }
        }
        Terms::PowerContract(of) => {
            let mut machine = power::PowerContract::new(of.terms.clone());
            (0..months_before(of.from, begins)).for_each(|_| {
                let _ = machine.bill(0, 0);
            });
            if of.exits.is_some_and(|exits| exits < begins) {
                // What leaving cost was paid before the run.
                let _ = machine.exit();
            }
            let machine = Machine::Power { from: Month::of(of.from), machine };
            Made { payer: of.customer, payee: of.supplier, site: Some(of.site), leaves: of.exits, machine }
        }
        Terms::Lease(of) => {
            let mut machine = lease::Lease::new(of.terms.clone());
            (0..of.extends).for_each(|_| {
                machine.extend();
            });
            (0..months_before(of.from, begins)).for_each(|_| {
                let _ = machine.close_month();
            });
            if of.terminated.is_some_and(|left| left < begins) {
                let _ = machine.terminate();
            }
            let guarantee = guarantor.map(|guarantor| Guarantee {
                guarantor,
                arrears: None,
                answer: None,
                settled: false,
            });
            let machine = Machine::Lease { from: Month::of(of.from), machine, guarantee };
            Made { payer: of.lessee, payee: of.lessor, site: Some(of.site), leaves: of.terminated, machine }
        }
        Terms::Loan(of) => {
            // The reader has built it once: terms that make no loan do not come here.
            let machine = Machine::Loan { machine: loan::Loan::new(of.terms.clone()).ok()? };
            Made { payer: of.borrower, payee: of.lender, site: None, leaves: None, machine }
        }
        Terms::Refusal(_)
        | Terms::Exclusivity { .. }
        | Terms::MilestoneCapital(_)
        | Terms::Warrant(_)
        | Terms::Backstop(_) => return None,
    };
    let known = |partner: PartnerId| partner.index() < outline.books_of.len();
    (known(made.payer) && known(made.payee)).then_some(made)
}

/// Who answers for a lessee on the day on which it leaves.
fn guarantor(world: &World, lease: AgreementId, terms: &Terms) -> Option<PartnerId> {
    let Terms::Lease(of) = terms else { return None };
    let leaves = of.terminated.filter(|_| of.termination_fee().is_some())?;
    agreed::backstop_of(&world.agreements, lease, leaves).map(|(_, backstop)| backstop.guarantor)
}

/// Months of a contract that were over when its terms came into force.
fn months_before(from: SimTime, begins: SimTime) -> i32 {
    (Month::of(begins).0 - Month::of(from).0).max(0)
}

fn counts(of: agreed::Counts) -> Counts {
    match of {
        agreed::Counts::Usd => Counts::Money,
        agreed::Counts::GpuHours => Counts::GpuHours,
        agreed::Counts::MillionTokens => Counts::Tokens,
        agreed::Counts::Mwh => Counts::Energy,
    }
}

/// Shares name others: those of their versions that are in force together.
fn refer(world: &World, of_agreement: &[Vec<u32>], deals: &mut [Deal]) {
    let spans: Vec<(SimTime, SimTime)> = deals.iter().map(|deal| (deal.since, deal.until)).collect();
    let together = |one: usize, other: u32| {
        let (one, other) = (spans[one], spans[other as usize]);
        one.0 < other.1 && other.0 < one.1
    };
    for (at, agreement) in world.agreements.iter().enumerate() {
        let mut own = of_agreement[at].iter();
        for terms in agreement.versions.iter().filter_map(|version| version.terms.as_ref()) {
            let Terms::RevenueShare(of) = terms else { continue };
            let Some(&deal) = own.next() else { continue };
            let versions = |other: &AgreementId| {
                let all = of_agreement[other.index()].iter().copied();
                all.filter(|&other| together(deal as usize, other)).collect::<Vec<u32>>()
            };
            if let Machine::Share { net_of, netted_with, .. } = &mut deals[deal as usize].machine {
                *net_of = of.net_of.iter().flat_map(versions).collect();
                *netted_with = of.netted_with.as_ref().and_then(|other| versions(other).first().copied());
            }
        }
    }
}
