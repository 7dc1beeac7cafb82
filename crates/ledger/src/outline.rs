//! Who is who in the books: partners, the world outside, who owns and who runs each site. Made from the world once.

use crate::account::AssetClass;
use crate::entry::PartyId;
use crate::statement::Perimeter;
use base::id::{AcceleratorId, BlockId, PartnerId, SiteId, TenantId};
use base::{Money, SimTime};
use buildout::Instrument;
use buildout::plan::Tranche;
use scenario::World;
use scenario::world::agreements::Terms;
use scenario::world::books::Books;
use scenario::world::{Partner, PartnerRole, Site};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first of the partners: it raises the capital of the programme.
pub const PROGRAMME: PartyId = PartyId(0);

/// Those outside that money flows to and from. They have no books.
pub const OUTSIDE: [&str; 6] = ["suppliers", "employees", "utilities", "tax office", "owners", "users"];

/// Somebody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Who sells equipment, spare parts and services.
    Suppliers,
    /// Who works at sites.
    Employees,
    /// Who sells energy and water.
    Utilities,
    /// Who collects taxes.
    TaxOffice,
    /// Who owns the partners.
    Owners,
    /// Who buys tokens.
    Users,
}

/// A block as the books see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockOutline {
    /// Its site.
    pub site: SiteId,
    /// When it was ready by the scenario: before the start of the run for what stands already.
    pub ready: SimTime,
    /// Key in the scenario.
    pub key: String,
    /// IT power in MW.
    pub it_mw: f64,
    /// What it costs by class, where the scenario has no capital that says what was spent.
    pub price: Vec<(AssetClass, Money)>,
}

/// A piece of capital as the books see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrancheOutline {
    /// Key in the scenario.
    pub key: String,
    /// Whose money it is.
    pub partner: PartyId,
    /// Whether it is to be paid back.
    pub debt: bool,
    /// Sites that it may be spent on; empty for all.
    pub sites: Vec<SiteId>,
}

impl TrancheOutline {
    /// Whether it may be spent at a site.
    pub fn goes_to(&self, site: SiteId) -> bool {
        self.sites.is_empty() || self.sites.contains(&site)
    }
}

/// A ladder of capital as the books see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderOutline {
    /// Key of the agreement in the scenario.
    pub key: String,
    /// Who gives.
    pub giver: PartyId,
    /// Who gets.
    pub taker: PartyId,
    /// Names of the rungs, from the lowest.
    pub rungs: Vec<String>,
}

/// Who is who.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// How books are kept.
    pub books: Books,
    /// Names: the programme, which runs sites that name no operator, owns those that name no owner, and raises the
    /// capital; then the other partners, those outside the programme last; then [`OUTSIDE`], lenders, and tenants that are no partner's.
    pub parties: Vec<String>,
    /// So many of them have books.
    pub partners: usize,
    /// So many of those are taken as one in the consolidated statements.
    pub inner: usize,
    /// Who pays for each tenant's jobs.
    pub payers: Vec<PartyId>,
    /// Who owns land, buildings and plant of each site.
    pub owners: Vec<PartyId>,
    /// Who runs each site, owns its systems and networks and sells what they make: who has it on lease, or its operator.
    pub operators: Vec<PartyId>,
    /// All blocks.
    pub blocks: Vec<BlockOutline>,
    /// Keys of sites.
    pub sites: Vec<String>,
    /// Keys of agreements.
    pub agreements: Vec<String>,
    /// All services.
    pub services: Vec<ServiceOutline>,
    /// The accelerator model of each system.
    pub models: Vec<Option<AcceleratorId>>,
    /// What a system of each product costs, where the scenario says so.
    pub prices: Vec<Option<Money>>,
    /// Keys of tenants.
    pub tenants: Vec<String>,
    /// Names of accelerator models.
    pub accelerators: Vec<String>,
    /// Pieces of capital; empty if the scenario does not say who pays for what is built.
    pub tranches: Vec<TrancheOutline>,
    /// Ladders of capital, by the places of agreement and version in the scenario.
    pub ladders: BTreeMap<(u32, u32), LadderOutline>,
    /// By partner of the world: who it is here.
    pub books_of: Vec<PartyId>,
    /// First instant of the run.
    pub start: SimTime,
    /// The run ends before this instant.
    pub end: SimTime,
}

impl Outline {
    /// The outline of a world that keeps books.
    pub fn of(world: &World) -> Option<Outline> {
        let books = world.books.clone()?;
        let mut parties = vec![books.operator.clone()];
        let enter = |partner: &Partner, parties: &mut Vec<String>| {
            if partner.key == books.operator {
                return PROGRAMME;
            }
            parties.push(partner.key.clone());
            PartyId::new(parties.len() - 1)
        };
        let mut books_of = vec![PROGRAMME; world.partners.len()];
        let stands = |at: usize, partner: &Partner| match partner.role {
            PartnerRole::Lender => Stands::WithoutBooks,
            _ if books.outside.contains(&PartnerId::new(at)) => Stands::Outside,
            _ => Stands::Inside,
        };
        let mut all = |wanted: Stands, parties: &mut Vec<String>| {
            for (at, partner) in
                world.partners.iter().enumerate().filter(|(at, is)| stands(*at, is) == wanted)
            {
                books_of[at] = enter(partner, parties);
            }
            parties.len()
        };
        let inner = all(Stands::Inside, &mut parties);
        let partners = all(Stands::Outside, &mut parties);
        parties.extend(OUTSIDE.iter().map(|name| (*name).to_owned()));
        all(Stands::WithoutBooks, &mut parties);
        let payers = world.tenants.iter().map(|tenant| {
            if let Some(partner) = tenant.partner {
                return books_of[partner.index()];
            }
            parties.push(format!("tenant {}", tenant.key));
            PartyId::new(parties.len() - 1)
        });
        let payers = payers.collect();
        let party = |partner: PartnerId| books_of[partner.index()];
        // The programme is what partners inside own and run: the next of them that is named, in the end the programme itself.
        let first = |named: &[Option<PartnerId>]| {
            let kept = named.iter().copied().flatten().map(party);
            kept.into_iter().find(|party| party.index() < inner).unwrap_or(PROGRAMME)
        };
        let operator = |site: &Site| first(&[site.lessee, site.operator]);
        let owner = |site: &Site| first(&[site.owner, site.lessee, site.operator]);
        let tranche = |tranche: &Tranche| TrancheOutline {
            key: tranche.key.clone(),
            partner: party(tranche.partner),
            debt: tranche.instrument == Instrument::Debt,
            sites: tranche.sites.clone(),
        };
        let users = PartyId::new(partners + Outside::Users as usize);
        let service = |service: &scenario::world::Service| ServiceOutline {
            key: service.key.clone(),
            tenant: service.tenant,
            buyer: service.buyer.map_or(users, party),
        };
        Some(Outline {
            payers,
            owners: world.sites.iter().map(owner).collect(),
            operators: world.sites.iter().map(operator).collect(),
            tranches: capital(world).into_iter().flat_map(|capital| &capital.tranches).map(tranche).collect(),
            blocks: blocks(world, &books),
            sites: world.sites.iter().map(|site| site.key.clone()).collect(),
            agreements: world.agreements.iter().map(|agreement| agreement.key.clone()).collect(),
            services: world.services.iter().map(service).collect(),
            models: world.systems.iter().map(|system| system.accelerator).collect(),
            prices: world.systems.iter().map(|system| system.price).collect(),
            tenants: world.tenants.iter().map(|tenant| tenant.key.clone()).collect(),
            accelerators: world.accelerators.clone(),
            parties,
            partners,
            inner,
            start: world.start,
            end: world.end,
            ladders: ladders(world, &books_of),
            books_of: books_of.clone(),
            books,
        })
    }

    /// Whose books are taken as one.
    pub fn perimeter(&self) -> Perimeter {
        Perimeter { partners: self.partners, inner: self.inner }
    }
    /// Somebody outside.
    pub fn outside(&self, who: Outside) -> PartyId {
        PartyId::new(self.partners + who as usize)
    }
    /// Whether somebody has books.
    pub fn has_books(&self, party: PartyId) -> bool {
        party.index() < self.partners
    }
    /// The name of somebody.
    pub fn name(&self, party: PartyId) -> &str {
        self.parties.get(party.index()).map_or("", String::as_str)
    }
    /// Who owns what is of a class at a site.
    pub fn owner(&self, site: SiteId, class: AssetClass) -> PartyId {
        match class {
            AssetClass::Systems | AssetClass::Network => self.operators[site.index()],
            _ => self.owners[site.index()],
        }
    }
    /// Who runs a site.
    pub fn operator(&self, site: SiteId) -> PartyId {
        self.operators[site.index()]
    }
    /// Who pays for a tenant.
    pub fn payer(&self, tenant: TenantId) -> PartyId {
        self.payers[tenant.index()]
    }
    /// A block.
    pub fn block(&self, block: BlockId) -> &BlockOutline {
        &self.blocks[block.index()]
    }
}

/// A service, as far as the books know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceOutline {
    /// Key.
    pub key: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who buys its tokens.
    pub buyer: PartyId,
}

/// Where a partner stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It is one of those that are taken as one.
    Inside,
    /// It has books of its own and is no part of the programme.
    Outside,
    /// It lends.
    WithoutBooks,
}

fn ladders(world: &World, books_of: &[PartyId]) -> BTreeMap<(u32, u32), LadderOutline> {
    let mut ladders = BTreeMap::new();
    for (at, agreement) in world.agreements.iter().enumerate() {
        for (number, version) in agreement.versions.iter().enumerate() {
            let Some(Terms::MilestoneCapital(ladder)) = &version.terms else { continue };
            let outline = LadderOutline {
                key: agreement.key.clone(),
                giver: books_of[ladder.giver.index()],
                taker: books_of[ladder.taker.index()],
                rungs: ladder.terms.rungs.iter().map(|rung| rung.name.clone()).collect(),
            };
            ladders.insert((at as u32, number as u32), outline);
        }
    }
    ladders
}

fn capital(world: &World) -> Option<&buildout::plan::Capital> {
    world.buildout.as_ref()?.capital.as_ref()
}

/// What the systems of a block cost, as far as their prices are known.
fn systems(world: &World, block: &scenario::world::Block) -> Option<Money> {
    let cost = |(system, count): &(base::id::SystemId, u32)| {
        let price = world.systems[system.index()].price?;
        Some(i128::from(price.0) * i128::from(*count))
    };
    let sum: i128 = block.equipment.iter().filter_map(cost).sum();
    i64::try_from(sum).ok().filter(|sum| *sum != 0).map(Money)
}

fn blocks(world: &World, books: &Books) -> Vec<BlockOutline> {
    let per_mw = &books.block_per_mw;
    let prices = [
        (AssetClass::Land, per_mw.land),
        (AssetClass::Shell, per_mw.shell),
        (AssetClass::Power, per_mw.power),
        (AssetClass::Cooling, per_mw.cooling),
        (AssetClass::Network, per_mw.network),
    ];
    let block = |block: &scenario::world::Block| {
        let it_mw = block.it_power.mw();
        let cost = |(class, per_mw): (AssetClass, Money)| {
            Money::from_usd(per_mw.usd() * it_mw)
                .filter(|cost| *cost != Money::ZERO)
                .map(|cost| (class, cost))
        };
        let price = match capital(world) {
            // What was spent is posted when it is.
            Some(_) => Vec::new(),
            None => {
                let systems = systems(world, block).map(|cost| (AssetClass::Systems, cost));
                prices.into_iter().filter_map(cost).chain(systems).collect()
            }
        };
        BlockOutline { site: block.site, ready: block.ready, key: block.key.clone(), it_mw, price }
    };
    world.blocks.iter().map(block).collect()
}
