//! Who is who in the books: partners, the world outside, who owns and who runs each site. Made from the world once.

use crate::account::AssetClass;
use crate::entry::PartyId;
use base::id::{BlockId, SiteId, TenantId};
use base::{Money, SimTime};
use scenario::World;
use scenario::world::Site;
use scenario::world::books::Books;
use serde::{Deserialize, Serialize};

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

/// Who is who.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// How books are kept.
    pub books: Books,
    /// Names: partners, then [`OUTSIDE`], then tenants that are no partner's.
    pub parties: Vec<String>,
    /// So many of them have books.
    pub partners: usize,
    /// Who pays for each tenant's jobs.
    pub payers: Vec<PartyId>,
    /// Who owns what stands at each site.
    pub owners: Vec<PartyId>,
    /// Who runs each site and sells what it makes.
    pub operators: Vec<PartyId>,
    /// All blocks.
    pub blocks: Vec<BlockOutline>,
    /// Keys of sites.
    pub sites: Vec<String>,
    /// Keys of tenants.
    pub tenants: Vec<String>,
    /// Names of accelerator models.
    pub accelerators: Vec<String>,
    /// First instant of the run.
    pub start: SimTime,
}

impl Outline {
    /// The outline of a world that keeps books.
    pub fn of(world: &World) -> Option<Outline> {
        let books = world.books.clone()?;
        let mut parties = vec![books.operator.clone()];
        let partners = parties.len();
        parties.extend(OUTSIDE.iter().map(|name| (*name).to_owned()));
        let payers = world.tenants.iter().map(|tenant| {
            parties.push(format!("tenant {}", tenant.key));
            PartyId::new(parties.len() - 1)
        });
        let payers = payers.collect();
        let programme = |_: &Site| PartyId(0);
        Some(Outline {
            payers,
            owners: world.sites.iter().map(programme).collect(),
            operators: world.sites.iter().map(programme).collect(),
            blocks: blocks(world, &books),
            sites: world.sites.iter().map(|site| site.key.clone()).collect(),
            tenants: world.tenants.iter().map(|tenant| tenant.key.clone()).collect(),
            accelerators: world.accelerators.clone(),
            parties,
            partners,
            start: world.start,
            books,
        })
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
    /// Who owns a site.
    pub fn owner(&self, site: SiteId) -> PartyId {
        self.owners[site.index()]
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
        let price = prices.into_iter().filter_map(cost).collect();
        BlockOutline { site: block.site, ready: block.ready, key: block.key.clone(), it_mw, price }
    };
    world.blocks.iter().map(block).collect()
}
