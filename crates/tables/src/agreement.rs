//! Rows of agreements and offers.

use crate::column::Table;
use crate::declared::{agreements, allotments};
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use crate::manifest::base_name;
use crate::spool::{Spool, SpoolState};
use crate::writer::integer;
use agreement::lease::BackstopFact;
use agreement::milestone::Award;
use agreement::refusal::{self, Party, What};
use base::id::{AgreementId, BlockId, PartnerId};
use base::{Money, SimTime};
use scenario::World;
use scenario::world::agreements::{Offer, Terms, partner};
use serde::{Deserialize, Serialize};
use std::path::Path;
use twin::agreements::{AgreementFact, Allotment, DecidedBy, RungOutcome};

/// Both tables while they are filled.
pub(crate) struct AgreementTables {
    agreements: Spool<agreements::Pending>,
    allotments: Spool<allotments::Pending>,
}

/// What a checkpoint keeps of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct AgreementState<A, B> {
    agreements: SpoolState<A>,
    allotments: SpoolState<B>,
}

pub(crate) type Kept = AgreementState<agreements::Pending, allotments::Pending>;
type Borrowed<'a> = AgreementState<&'a agreements::Pending, &'a allotments::Pending>;

impl AgreementTables {
    /// None where the scenario has neither agreements nor offers.
    pub(crate) fn new(parts: &Path, world: &World) -> Option<AgreementTables> {
        let any = !world.agreements.is_empty() || !world.offers.is_empty();
        any.then(|| AgreementTables { agreements: Spool::new(parts), allotments: Spool::new(parts) })
    }

    pub(crate) fn checkpoint(&mut self) -> Result<Borrowed<'_>, TableError> {
        Ok(AgreementState {
            agreements: self.agreements.checkpoint()?,
            allotments: self.allotments.checkpoint()?,
        })
    }

    pub(crate) fn resume(parts: &Path, state: Kept) -> Result<AgreementTables, TableError> {
        Ok(AgreementTables {
            agreements: Spool::resume(parts, state.agreements)?,
            allotments: Spool::resume(parts, state.allotments)?,
        })
    }

    /// Writes what is left; returns both tables with their rows.
    pub(crate) fn finish(
        self,
        into: &Path,
        dictionaries: &Dictionaries,
    ) -> Result<[(&'static Table, u64); 2], TableError> {
        Ok([
            (&agreements::TABLE, self.agreements.finish(into, dictionaries)?),
            (&allotments::TABLE, self.allotments.finish(into, dictionaries)?),
        ])
    }

    pub(crate) fn add(
        &mut self,
        time: SimTime,
        fact: &AgreementFact,
        world: &World,
        dictionaries: &Dictionaries,
    ) -> Result<(), TableError> {
        if let AgreementFact::Allotted(allotment) = fact {
            self.allotments.pending.push(allotted(time, allotment, world));
            self.allotments.spill_if_full(dictionaries)?;
        }
        self.agreements.pending.push(row(time, fact, world));
        self.agreements.spill_if_full(dictionaries)
    }
}

fn key(world: &World, id: PartnerId) -> String {
    world.partners.get(id.index()).map_or_else(|| format!("partner {}", id.0), |partner| partner.key.clone())
}

fn called(world: &World, id: PartnerId) -> String {
    world.partners.get(id.index()).map_or_else(|| format!("partner {}", id.0), |partner| partner.name.clone())
}

fn offer(world: &World, number: u64) -> Option<&Offer> {
    world.offers.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

fn allotted(time: SimTime, allotment: &Allotment, world: &World) -> allotments::Row {
    let block = world.blocks.get(allotment.block.index());
    let site = block.and_then(|block| world.sites.get(block.site.index()));
    allotments::Row {
        time,
        offer: integer(allotment.offer),
        offer_key: offer(world, allotment.offer).map_or_else(String::new, |offer| offer.key.clone()),
        agreement: allotment.agreement.and_then(|id| Some(world.agreements.get(id.index())?.key.clone())),
        site: site.map_or_else(String::new, |site| site.key.clone()),
        block: block.map_or_else(String::new, |block| block.key.clone()),
        host: key(world, allotment.host),
        used_by: key(world, allotment.user),
        it_kw: allotment.kw,
        gpus: allotment.gpus.into(),
        usd: allotment.price.usd(),
        months: allotment.months.into(),
    }
}

/// What a row says besides its time.
struct Said {
    what: String,
    clause: String,
    party: Option<PartnerId>,
    kw: Option<i64>,
    price: Option<Money>,
    deadline: Option<SimTime>,
    sentence: String,
}

impl Said {
    fn new(what: &str, clause: &str, sentence: String) -> Said {
        Said {
            what: what.to_owned(),
            clause: clause.to_owned(),
            party: None,
            kw: None,
            price: None,
            deadline: None,
            sentence,
        }
    }
}

fn row(time: SimTime, fact: &AgreementFact, world: &World) -> agreements::Row {
    let (agreement, version, number, notice) = subject(fact);
    let said = said(fact, world);
    let held = agreement.and_then(|id| world.agreements.get(id.index()));
    let offered = number.and_then(|number| offer(world, number));
    let terms = held.and_then(|held| held.versions.get(version.unwrap_or(0) as usize));
    let place = match (terms, offered) {
        (Some(version), _) => version.place.as_str(),
        (None, Some(offer)) => offer.place.as_str(),
        (None, None) => "",
    };
    agreements::Row {
        time,
        what: said.what,
        agreement: held.map(|held| held.key.clone()),
        kind: held.map(|held| held.kind().to_owned()),
        version: version.map(i64::from),
        offer: number.map(integer),
        offer_key: offered.map(|offer| offer.key.clone()),
        blocks: offered.map(|offer| {
            offer.blocks.iter().map(|(block, _)| block_name(world, *block)).collect::<Vec<_>>().join(", ")
        }),
        clause: said.clause,
        party: said.party.map(|id| key(world, id)),
        it_kw: said.kw,
        usd: said.price.map(Money::usd),
        deadline: said.deadline.filter(|deadline| *deadline != SimTime::NEVER),
        notice: Some(notice).filter(|notice| *notice != 0).map(|notice| format!("{notice:032x}")),
        sentence: said.sentence,
        place: base_name(place),
    }
}

/// Agreement, version, offer and notice of a fact.
fn subject(fact: &AgreementFact) -> (Option<AgreementId>, Option<u32>, Option<u64>, u128) {
    match fact {
        AgreementFact::InForce { agreement, version, .. }
        | AgreementFact::Backstop { agreement, version, .. }
        | AgreementFact::Rung { agreement, version, .. } => (Some(*agreement), Some(*version), None, 0),
        AgreementFact::Offered { offer, .. }
        | AgreementFact::NotMade { offer, .. }
        | AgreementFact::Closed { offer, .. }
        | AgreementFact::Withdrawn { offer } => (None, None, Some(*offer), 0),
        AgreementFact::Serving { agreement, .. } => (Some(*agreement), None, None, 0),
        AgreementFact::Barred { offer, agreement } => (Some(*agreement), None, Some(*offer), 0),
        AgreementFact::Decided { agreement, version, offer, .. } => {
            (Some(*agreement), Some(*version), Some(*offer), 0)
        }
        AgreementFact::Right { agreement, version, fact } => {
            (Some(*agreement), Some(*version), fact.offer, fact.notice)
        }
        AgreementFact::Allotted(allotment) => (allotment.agreement, None, Some(allotment.offer), 0),
    }
}

/// Site and block: `abilene.b1`.
fn block_name(world: &World, id: BlockId) -> String {
    match world.blocks.get(id.index()) {
        Some(block) => {
            let site = world.sites.get(block.site.index()).map_or("", |site| site.key.as_str());
            format!("{site}.{}", block.key)
        }
        None => format!("block {}", id.0),
    }
}

fn said(fact: &AgreementFact, world: &World) -> Said {
    let name = |id: PartnerId| called(world, id);
    match fact {
        AgreementFact::InForce { agreement, version, ends } => in_force(world, *agreement, *version, *ends),
        AgreementFact::Offered { third, terms, .. } => Said {
            party: Some(*third),
            kw: Some(terms.kw),
            price: Some(terms.price),
            ..Said::new(
                "offered",
                "offer",
                format!(
                    "{} is offered {} kW for {} months at {}",
                    name(*third),
                    terms.kw,
                    terms.months,
                    terms.price.for_people()
                ),
            )
        },
        AgreementFact::NotMade { block, open, .. } => {
            let why = match open {
                Some(other) => format!("offer {other} on it is open"),
                None => "it is taken".to_owned(),
            };
            Said::new(
                "not_made",
                "offer",
                format!("nothing is offered of {}: {why}", block_name(world, *block)),
            )
        }
        AgreementFact::Barred { agreement, .. } => {
            let key = world.agreements.get(agreement.index()).map_or("", |agreement| agreement.key.as_str());
            Said::new("barred", "exclusivity", format!("`{key}` bars the third party"))
        }
        AgreementFact::Decided { party, rate, shortage_kw, by, takes_kw, .. } => Said {
            party: Some(*party),
            kw: Some(*takes_kw),
            price: Some(*rate),
            ..Said::new("decided", "decision", decided(&name(*party), *rate, *shortage_kw, *by, *takes_kw))
        },
        AgreementFact::Right { fact, .. } => right(fact, world),
        AgreementFact::Closed { party, kw, price, .. } => Said {
            party: Some(*party),
            kw: Some(*kw),
            price: Some(*price),
            ..Said::new(
                "closed_freely",
                "offer",
                format!(
                    "no right takes hold of {kw} kW: they are bound to {} at {}",
                    name(*party),
                    price.for_people()
                ),
            )
        },
        AgreementFact::Withdrawn { .. } => {
            Said::new("withdrawn", "offer", "the offer is withdrawn".to_owned())
        }
        AgreementFact::Allotted(allotment) => Said {
            party: Some(allotment.user),
            kw: Some(allotment.kw),
            price: Some(allotment.price),
            ..Said::new(
                "allotted",
                "outcome",
                format!(
                    "{} kW of {} with {} accelerators, provided by {}, are for the tenants of {}, at {} over {} months",
                    allotment.kw,
                    block_name(world, allotment.block),
                    allotment.gpus,
                    name(allotment.host),
                    name(allotment.user),
                    allotment.price.for_people(),
                    allotment.months
                ),
            )
        },
        AgreementFact::Serving { service, site, barred, .. } => {
            let service = world.services.get(service.index()).map_or("", |service| service.key.as_str());
            let site = world.sites.get(site.index()).map_or("", |site| site.key.as_str());
            match barred {
                true => Said::new(
                    "serving_barred",
                    "exclusivity",
                    format!(
                        "`{service}` may not be served at `{site}`, which another than the beneficiary runs"
                    ),
                ),
                false => Said::new(
                    "serving_freed",
                    "exclusivity",
                    format!("`{service}` may be served at `{site}`"),
                ),
            }
        }
        AgreementFact::Backstop { lease, fact, .. } => backstop(world, *lease, fact),
        AgreementFact::Rung { agreement, version, rung, outcome } => {
            ladder(world, *agreement, *version, *rung, *outcome)
        }
    }
}

/// Why a holder does what it does.
fn decided(name: &str, rate: Money, shortage_kw: i64, by: DecidedBy, takes_kw: i64) -> String {
    let outcome = match takes_kw {
        0 => "it declines".to_owned(),
        kw => format!("it takes {kw} kW"),
    };
    match by {
        DecidedBy::Script => format!("{name} does as the scenario says: {outcome}"),
        DecidedBy::Threshold { highest, shortage_kw: least } => format!(
            "{name} pays at most {} for a megawatt and month, and it costs {}; it wants to be short of \
             {least} kW at least, and is short of {shortage_kw} kW: {outcome}",
            highest.for_people(),
            rate.for_people()
        ),
        DecidedBy::Draw { probability } => format!(
            "{name} exercises with a probability of {}, and by the draw {outcome}",
            f64::from(probability) / 1e6
        ),
    }
}

fn in_force(world: &World, agreement: AgreementId, version: u32, ends: bool) -> Said {
    let held = world.agreements.get(agreement.index());
    let name = held.map_or("", |held| held.name.as_str());
    let document = held
        .and_then(|held| held.versions.get(version as usize)?.document.clone())
        .map_or_else(String::new, |document| format!(" ({document})"));
    match (ends, version) {
        (true, _) => Said::new("ends", "version", format!("`{name}` ends{document}")),
        (false, 0) => Said::new("in_force", "version", format!("`{name}` is in force{document}")),
        (false, n) => {
            Said::new("in_force", "version", format!("amendment {n} of `{name}` is in force{document}"))
        }
    }
}

fn right(fact: &refusal::Fact, world: &World) -> Said {
    let name = |party: Party| called(world, partner(party));
    let what = fact.what.name().replace(' ', "_").to_lowercase();
    let mut said = Said::new(&what, &fact.clause.to_string(), fact.what.sentence(&name));
    let party = |party: &Party| Some(partner(*party));
    match &fact.what {
        What::Triggered { terms } | What::Allocated { terms } => {
            (said.kw, said.price) = (Some(terms.kw), Some(terms.price));
        }
        What::Limited { kw } | What::RoundOpened { kw } => said.kw = Some(*kw),
        What::ClockStarted { party: who, kw, deadline } => {
            (said.party, said.kw, said.deadline) = (party(who), Some(*kw), Some(*deadline));
        }
        What::Contracting { party: who, kw, price, deadline } => {
            (said.party, said.kw, said.price) = (party(who), Some(*kw), Some(*price));
            said.deadline = Some(*deadline);
        }
        What::Bound { party: who, kw, price } | What::Closed { party: who, kw, price, .. } => {
            (said.party, said.kw, said.price) = (party(who), Some(*kw), Some(*price));
        }
        What::Exercised { party: who, kw } | What::SigningFailed { party: who, kw } => {
            (said.party, said.kw) = (party(who), Some(*kw));
        }
        What::TailOpened { kw, until } => (said.kw, said.deadline) = (Some(*kw), Some(*until)),
        What::CapTaken { by, .. } | What::CapReturned { by, .. } => said.price = Some(*by),
        What::WaiverHolds { party: who }
        | What::Skipped { party: who }
        | What::Countered { party: who, .. }
        | What::Declined { party: who }
        | What::Waived { party: who }
        | What::Lapsed { party: who }
        | What::ClockEnded { party: who }
        | What::Fell { party: who }
        | What::Suspended { party: who }
        | What::Resumed { party: who }
        | What::HolderEnded { party: who }
        | What::Assigned { party: who, .. }
        | What::Refused { party: Some(who), .. } => said.party = party(who),
        _ => {}
    }
    said
}

fn backstop(world: &World, lease: AgreementId, fact: &BackstopFact) -> Said {
    let lease = world.agreements.get(lease.index()).map_or("", |lease| lease.name.as_str());
    let name = |party: Party| called(world, partner(party));
    match *fact {
        BackstopFact::Called { deadline } => Said {
            deadline: Some(deadline),
            ..Said::new(
                "called",
                "call",
                format!("the lessee of `{lease}` has left: the guarantor is called"),
            )
        },
        BackstopFact::FeeDue { party, amount, by_silence } => Said {
            party: Some(partner(party)),
            price: Some(amount),
            ..Said::new(
                "fee_due",
                if by_silence { "silence" } else { "choice" },
                format!(
                    "{}{} owes the termination fee of `{lease}`, {}",
                    name(party),
                    if by_silence { " has not chosen in time and" } else { "" },
                    amount.for_people()
                ),
            )
        },
        BackstopFact::SteppedIn { party } => Said {
            party: Some(partner(party)),
            ..Said::new(
                "stepped_in",
                "choice",
                format!("{} steps in: it is the lessee of `{lease}` from now", name(party)),
            )
        },
        BackstopFact::Refused => {
            Said::new("refused", "call", "the guarantor had been called before: nothing follows".to_owned())
        }
    }
}

fn ladder(world: &World, agreement: AgreementId, version: u32, rung: u32, outcome: RungOutcome) -> Said {
    let terms = world
        .agreements
        .get(agreement.index())
        .and_then(|held| held.versions.get(version as usize)?.terms.as_ref());
    let Some(ladder) = terms.and_then(Terms::ladder) else {
        return Said::new("rung", "milestone", format!("rung {rung}"));
    };
    let called_rung =
        ladder.terms.rungs.get(rung as usize).map_or_else(String::new, |rung| format!("`{}`", rung.name));
    let when =
        ladder.terms.rungs.get(rung as usize).map_or_else(String::new, |rung| rung.condition.to_string());
    let taker = called(world, ladder.taker);
    let mut said = match outcome {
        RungOutcome::Released(Award::Capital(money)) => Said {
            price: Some(money),
            ..Said::new(
                "released",
                "milestone",
                format!("{called_rung} is reached ({when}): {} are released to {taker}", money.for_people()),
            )
        },
        RungOutcome::Released(Award::Shares(shares)) => Said::new(
            "released",
            "milestone",
            format!("{called_rung} is reached ({when}): {shares} shares vest for {taker}"),
        ),
        RungOutcome::Lapsed => {
            Said::new("lapsed", "milestone", format!("{called_rung} comes too late: {when}"))
        }
        RungOutcome::Lost => Said::new(
            "lost",
            "milestone",
            format!("{called_rung} can no longer be reached: a rung below it came too late"),
        ),
    };
    said.party = Some(ladder.taker);
    said
}
