//! Entries in words: which fact, which rule.

use super::Keeper;
use crate::books::Books;
use crate::deal::Deal;
use crate::entry::{Basis, Cause, Entry};
use crate::outline::Outline;

/// An entry with its fact and its rule in words.
#[derive(Clone, Debug)]
pub struct Described<'a> {
    /// The entry.
    pub entry: Entry<'a>,
    /// Which fact: `research, h100, east, 2026-01-31`.
    pub subject: String,
    /// Which rule: `tariff list`.
    pub rule: String,
}

impl Keeper {
    /// Gives the entries since the last call, each in words, and forgets them.
    pub fn describe(&mut self, mut write: impl FnMut(Described<'_>)) {
        let Keeper { books, outline, deals, .. } = self;
        books.drain(|entry| {
            let (subject, rule) = (subject(&entry.cause, outline, deals), rule(&entry, outline, deals));
            write(Described { entry, subject, rule });
        });
    }

    /// Gives the entries since the last call, and forgets them.
    pub fn drain(&mut self, write: impl FnMut(Entry<'_>)) {
        Books::drain(&mut self.books, write);
    }
}

fn named(names: &[String], at: usize) -> &str {
    names.get(at).map_or("", String::as_str)
}

fn subject(cause: &Cause, outline: &Outline, deals: &[Deal]) -> String {
    let site = |site: base::id::SiteId| named(&outline.sites, site.index());
    let block = |block: base::id::BlockId| {
        let block = outline.block(block);
        format!("{}/{}", site(block.site), block.key)
    };
    let tranche = |at: u32| {
        format!("tranche {}", outline.tranches.get(at as usize).map_or("", |tranche| tranche.key.as_str()))
    };
    match *cause {
        Cause::Opening => "start of the run".to_owned(),
        Cause::Called { tranche: at } => tranche(at),
        Cause::Spent { site: at, block: None, class, tranche: of } => {
            format!("{}, {}, {}", site(at), class.name(), tranche(of))
        }
        Cause::Spent { block: Some(at), class, tranche: of, .. } => {
            format!("{}, {}, {}", block(at), class.name(), tranche(of))
        }
        Cause::Interest { tranche: of, block: None } => format!("{}, in hand", tranche(of)),
        Cause::Interest { tranche: of, block: Some(at) } => format!("{}, {}", tranche(of), block(at)),
        Cause::Energised { block: at } | Cause::TakenOut { block: at } => block(at),
        Cause::Usage { site: at, tenant, accelerator, day } => {
            let tenant = named(&outline.tenants, tenant.index());
            let model =
                accelerator.map_or("no accelerator", |model| named(&outline.accelerators, model.index()));
            format!("{tenant}, {model}, {}, {day}", site(at))
        }
        Cause::Served { service, site: at, day } => {
            let service = outline.services.get(service as usize).map_or("", |service| service.key.as_str());
            format!("{service}, {}, {day}", site(at))
        }
        Cause::Drawn { site: at, day } => format!("{}, {day}", site(at)),
        Cause::Deal { deal, number } => {
            format!("{}, {number}", deals.get(deal.index()).map_or("", |deal| deal.key.as_str()))
        }
        Cause::Close { month } => format!("{month}"),
        Cause::Due { month } => format!("invoice of {month}"),
        Cause::Released { agreement, version, rung } => {
            let ladder = outline.ladders.get(&(agreement, version));
            let (key, rungs) = ladder.map_or(("", &[][..]), |ladder| (ladder.key.as_str(), &ladder.rungs));
            format!("{key}, {}", named(rungs, rung as usize))
        }
    }
}

fn rule(entry: &Entry<'_>, outline: &Outline, deals: &[Deal]) -> String {
    match entry.basis {
        Basis::Fact => "fact".to_owned(),
        Basis::Tariff(line) => {
            format!("tariff {}", outline.books.tariffs.get(line.index()).map_or("", |line| line.key.as_str()))
        }
        Basis::Cost(line) => {
            format!("cost {}", outline.books.costs.get(line.index()).map_or("", |line| line.key.as_str()))
        }
        Basis::Equipment => "price of equipment".to_owned(),
        Basis::Clause(deal, clause) => {
            format!("agreement {}: {clause}", deals.get(deal.index()).map_or("", |deal| deal.key.as_str()))
        }
        Basis::Life(class) => format!("life of {}", class.name()),
        Basis::Invoice => "invoice".to_owned(),
        Basis::Terms => "terms of payment".to_owned(),
        Basis::TaxRate => "tax rate".to_owned(),
    }
}
