//! Which column is which. Columns of a kind lie together, so that an index is arithmetic and nothing is looked up.

use crate::asset::Asset;
use crate::cell::{Flow, Shape};
use crate::instance::Instance;
use crate::true_up::{Bank, Banks};

/// Whether operation is inside the model or stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every flow of every cell is a column: one model with everything.
    Whole,
    /// Each cell is one column, its cost, held up by cuts.
    Master,
    /// As the master, with the systems of a region in one pool: a site knows how many it has, not which. See [`poolable`].
    Pooled,
}

impl Form {
    /// The form of the master of an instance.
    pub(crate) fn of_master(instance: &Instance) -> Form {
        if poolable(instance) { Form::Pooled } else { Form::Master }
    }
}

/// Whether systems of a region can be counted together: none of them leaves before the end, and all work for the same share of
/// the time. Then it does not matter which of them stand at which site, as they come and stay in one order.
fn poolable(instance: &Instance) -> bool {
    let quarters: u32 = instance.periods.iter().map(|period| period.quarters).sum();
    let first = instance.generations.first().map(|generation| generation.availability);
    instance.generations.iter().all(|generation| {
        generation.resale_musd_per_mw.is_none()
            && generation.life_quarters >= quarters
            && Some(generation.availability) == first
    })
}

/// Region and demand of a stream of served compute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneOf {
    pub(crate) demand: usize,
    pub(crate) region: usize,
    pub(crate) musd_per_unit_year: f64,
}

/// Where each kind of column begins.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) periods: usize,
    pub(crate) scenarios: usize,
    pub(crate) sites: usize,
    /// Pools of systems: one for each site, or for each region.
    pub(crate) pools: usize,
    /// The pool of each site, where sites share them.
    pub(crate) pool_of: Option<Vec<usize>>,
    pub(crate) generations: usize,
    pub(crate) purchases: usize,
    pub(crate) lanes: Vec<LaneOf>,
    /// What commitments can carry from one true-up to another, and the whole numbers that this takes.
    pub(crate) banks: Banks,
    /// Periods whose purchases of systems all scenarios share.
    pub(crate) shared: usize,
    built: usize,
    exit: usize,
    draw: usize,
    delivered: usize,
    installed: usize,
    sold: Option<usize>,
    placed: Option<usize>,
    carry: usize,
    active: usize,
    load: usize,
    served: usize,
    bought: usize,
    paid: usize,
    moved: usize,
    switch: usize,
    owes: Option<usize>,
    emitted: Option<usize>,
    cost: Option<usize>,
    phases: Option<usize>,
    level: usize,
    cells: Option<usize>,
    /// Where the cell of a site begins among the cells of a period and scenario; the last is their sum.
    cell_offset: Vec<usize>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) columns: usize,
}

impl Layout {
    pub(crate) fn new(instance: &Instance, assets: &[Asset], form: Form, carbon: bool) -> Layout {
        let (t, s, i) = (instance.periods.len(), instance.scenarios.len(), instance.sites.len());
        let (g, p) = (instance.generations.len(), instance.purchases.len());
        let lanes: Vec<LaneOf> = instance
            .demands
            .iter()
            .enumerate()
            .flat_map(|(demand, wanted)| {
                wanted.served_from.iter().map(move |lane| LaneOf {
                    demand,
                    region: lane.region,
                    musd_per_unit_year: lane.musd_per_unit_year,
                })
            })
            .collect();
        let shapes: Vec<Shape> =
            instance.sites.iter().map(|site| Shape::new(instance, site, carbon)).collect();
        let mut cell_offset = vec![0];
        for shape in &shapes {
            cell_offset.push(cell_offset[cell_offset.len() - 1] + shape.columns());
        }
        let shared = instance.here_and_now.min(t);
        let slots = shared + s * (t - shared);
        let resale = instance.generations.iter().any(|generation| generation.resale_musd_per_mw.is_some());
        let shared_pools = form == Form::Pooled;
        let pools = if shared_pools { instance.regions.len() } else { i };
        let pool_of = shared_pools.then(|| instance.sites.iter().map(|site| site.region).collect());
        let mut next = 0;
        let mut take = |count: usize| {
            next += count;
            next - count
        };
        let built = take(assets.len() * t);
        let exit = take(p * t);
        // Whole numbers come first: they are where they are in every form.
        let banks = Banks::new(instance);
        let switch = take(s * banks.switches.len());
        let covered = instance.capital.debt.as_ref().is_some_and(|debt| debt.coverage.is_some());
        let owes = covered.then(|| take(t));
        let draw = take(t);
        let delivered = take(slots * pools * g);
        let installed = take(slots * pools * g);
        let sold = resale.then(|| take(slots * pools * g));
        let placed = shared_pools.then(|| take(slots * i));
        let carry = take(slots);
        let active = take(s * t * pools * g);
        let load = take(s * t * i);
        let served = take(s * t * lanes.len());
        let bought = take(s * t * p);
        let paid = take(s * t * p);
        let moved = take(s * banks.moves.len());
        let emitted = carbon.then(|| take(s * t * i));
        let level = take(1 + s);
        let cost = (form != Form::Whole).then(|| take(s * t * i));
        let phases = (form != Form::Whole).then(|| take(t));
        let cells = (form == Form::Whole).then(|| take(s * t * cell_offset[i]));
        Layout {
            periods: t,
            scenarios: s,
            sites: i,
            pools,
            pool_of,
            generations: g,
            purchases: p,
            lanes,
            banks,
            shared,
            built,
            exit,
            draw,
            delivered,
            installed,
            sold,
            placed,
            carry,
            active,
            load,
            served,
            bought,
            paid,
            moved,
            switch,
            owes,
            emitted,
            cost,
            phases,
            level,
            cells,
            cell_offset,
            shapes,
            columns: next,
        }
    }

    /// The place of a period in a scenario among purchases: shared at first, then by scenario.
    pub(crate) fn slot(&self, s: usize, t: usize) -> usize {
        if t < self.shared { t } else { self.shared + s * (self.periods - self.shared) + t - self.shared }
    }

    /// Scenarios that a period's purchases belong to: the first alone stands for all where they are shared.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let first = (0..self.shared).map(|t| (0, t));
        first.chain((0..self.scenarios).flat_map(move |s| (self.shared..self.periods).map(move |t| (s, t))))
    }

    pub(crate) fn built(&self, asset: usize, t: usize) -> usize {
        self.built + asset * self.periods + t
    }

    pub(crate) fn exit(&self, purchase: usize, t: usize) -> usize {
        self.exit + purchase * self.periods + t
    }

    pub(crate) fn draw(&self, t: usize) -> usize {
        self.draw + t
    }

    fn machine(&self, first: usize, s: usize, t: usize, pool: usize, g: usize) -> usize {
        first + (self.slot(s, t) * self.pools + pool) * self.generations + g
    }

    /// Systems at a site, where pools are shared.
    pub(crate) fn placed(&self, s: usize, t: usize, i: usize) -> Option<usize> {
        self.placed.map(|first| first + self.slot(s, t) * self.sites + i)
    }

    /// The columns that add up to the systems at a site.
    pub(crate) fn installed_at(&self, s: usize, t: usize, i: usize) -> Vec<usize> {
        match self.placed(s, t, i) {
            Some(placed) => vec![placed],
            None => (0..self.generations).map(|g| self.installed(s, t, i, g)).collect(),
        }
    }

    /// The pools whose systems work in a region.
    pub(crate) fn pools_in<'a>(
        &'a self,
        instance: &'a Instance,
        r: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let region = move |&pool: &usize| match &self.pool_of {
            Some(_) => pool == r,
            None => instance.sites[pool].region == r,
        };
        (0..self.pools).filter(region)
    }

    pub(crate) fn delivered(&self, s: usize, t: usize, pool: usize, g: usize) -> usize {
        self.machine(self.delivered, s, t, pool, g)
    }

    pub(crate) fn installed(&self, s: usize, t: usize, pool: usize, g: usize) -> usize {
        self.machine(self.installed, s, t, pool, g)
    }

    pub(crate) fn sold(&self, s: usize, t: usize, pool: usize, g: usize) -> Option<usize> {
        self.sold.map(|first| self.machine(first, s, t, pool, g))
    }

    pub(crate) fn carry(&self, s: usize, t: usize) -> usize {
        self.carry + self.slot(s, t)
    }

    pub(crate) fn active(&self, s: usize, t: usize, pool: usize, g: usize) -> usize {
        self.active + ((s * self.periods + t) * self.pools + pool) * self.generations + g
    }

    /// The number of a cell: scenario, then period, then site.
    pub(crate) fn cell(&self, s: usize, t: usize, i: usize) -> usize {
        (s * self.periods + t) * self.sites + i
    }

    pub(crate) fn load(&self, s: usize, t: usize, i: usize) -> usize {
        self.load + self.cell(s, t, i)
    }

    pub(crate) fn served(&self, s: usize, t: usize, lane: usize) -> usize {
        self.served + (s * self.periods + t) * self.lanes.len() + lane
    }

    pub(crate) fn bought(&self, s: usize, t: usize, p: usize) -> usize {
        self.bought + (s * self.periods + t) * self.purchases + p
    }

    pub(crate) fn paid(&self, s: usize, t: usize, p: usize) -> usize {
        self.paid + (s * self.periods + t) * self.purchases + p
    }

    /// What a move of [`Banks::moves`] carries.
    pub(crate) fn moved(&self, s: usize, m: usize) -> usize {
        self.moved + s * self.banks.moves.len() + m
    }

    /// A whole number of [`Banks::switches`].
    pub(crate) fn switch(&self, s: usize, k: usize) -> usize {
        self.switch + s * self.banks.switches.len() + k
    }

    /// Whether anything is owed in a period, where income must cover the interest then.
    pub(crate) fn owes(&self, t: usize) -> Option<usize> {
        self.owes.map(|first| first + t)
    }

    pub(crate) fn emitted(&self, s: usize, t: usize, i: usize) -> Option<usize> {
        self.emitted.map(|first| first + self.cell(s, t, i))
    }

    /// The cost of a cell, where cells stand behind the model.
    pub(crate) fn cost(&self, s: usize, t: usize, i: usize) -> Option<usize> {
        self.cost.map(|first| first + self.cell(s, t, i))
    }

    /// Phases that are ready everywhere, where cells stand behind the model: see [`crate::model::Model::phases`].
    pub(crate) fn phases(&self, t: usize) -> Option<usize> {
        self.phases.map(|first| first + t)
    }

    pub(crate) fn level(&self) -> usize {
        self.level
    }

    pub(crate) fn excess(&self, s: usize) -> usize {
        self.level + 1 + s
    }

    /// The first column of a cell, where cells are inside the model.
    pub(crate) fn flows(&self, s: usize, t: usize, i: usize) -> Option<usize> {
        let stride = self.cell_offset[self.sites];
        self.cells.map(|first| first + (s * self.periods + t) * stride + self.cell_offset[i])
    }

    /// A readable name of each column of the whole model, without spaces.
    pub(crate) fn names(&self, instance: &Instance, assets: &[Asset]) -> Vec<String> {
        let mut names = vec![String::new(); self.columns];
        let plain = |text: &str| text.replace(|c: char| c.is_whitespace() || "[],:".contains(c), "_");
        let period = |t: usize| plain(&instance.periods[t].name);
        let site = |i: usize| plain(&instance.sites[i].name);
        for (a, asset) in assets.iter().enumerate() {
            for t in 0..self.periods {
                names[self.built(a, t)] =
                    format!("built[{},{},{}]", site(asset.site), plain(&asset.name), period(t));
            }
        }
        for t in 0..self.periods {
            names[self.draw(t)] = format!("draw[{}]", period(t));
            if let Some(column) = self.owes(t) {
                names[column] = format!("owes[{}]", period(t));
            }
            for (p, purchase) in instance.purchases.iter().enumerate() {
                names[self.exit(p, t)] = format!("left[{},{}]", plain(&purchase.name), period(t));
            }
        }
        names[self.level()] = "value_at_risk".into();
        for s in 0..self.scenarios {
            let future = plain(&instance.scenarios[s].name);
            names[self.excess(s)] = format!("excess[{future}]");
            let purchase = |p: usize| plain(&instance.purchases[p].name);
            for (m, moved) in self.banks.moves.iter().enumerate() {
                let word = if moved.bank == Bank::MakeUp { "made_up" } else { "carried_forward" };
                let (from, to) = (period(moved.from.start), period(moved.to.start));
                names[self.moved(s, m)] =
                    format!("{word}[{},{from},{to},{future}]", purchase(moved.purchase));
            }
            for (k, switch) in self.banks.switches.iter().enumerate() {
                let word = if switch.above { "above_commitment" } else { "short_of_commitment" };
                let when = period(switch.group.start);
                names[self.switch(s, k)] = format!("{word}[{},{when},{future}]", purchase(switch.purchase));
            }
            for t in 0..self.periods {
                let when = format!("{},{future}", period(t));
                names[self.carry(s, t)] = format!("carry[{when}]");
                for (l, lane) in self.lanes.iter().enumerate() {
                    let demand = plain(&instance.demands[lane.demand].name);
                    let region = plain(&instance.regions[lane.region].name);
                    names[self.served(s, t, l)] = format!("served[{demand},{region},{when}]");
                }
                for (p, purchase) in instance.purchases.iter().enumerate() {
                    let from = plain(&purchase.name);
                    names[self.bought(s, t, p)] = format!("bought[{from},{when}]");
                    names[self.paid(s, t, p)] = format!("paid[{from},{when}]");
                }
                for i in 0..self.sites {
                    self.name_cell(&mut names, instance, (s, t, i), &format!("{},{when}", site(i)), &plain);
                }
            }
        }
        names
    }

    fn name_cell(
        &self,
        names: &mut [String],
        instance: &Instance,
        (s, t, i): (usize, usize, usize),
        at: &str,
        plain: &dyn Fn(&str) -> String,
    ) {
        names[self.load(s, t, i)] = format!("load[{at}]");
        for (g, generation) in instance.generations.iter().enumerate() {
            let machine = format!("{},{at}", plain(&generation.name));
            names[self.delivered(s, t, i, g)] = format!("delivered[{machine}]");
            names[self.installed(s, t, i, g)] = format!("installed[{machine}]");
            names[self.active(s, t, i, g)] = format!("active[{machine}]");
            if let Some(column) = self.sold(s, t, i, g) {
                names[column] = format!("sold[{machine}]");
            }
        }
        if let Some(column) = self.emitted(s, t, i) {
            names[column] = format!("emitted[{at}]");
        }
        let Some(first) = self.flows(s, t, i) else { return };
        let here = &instance.sites[i];
        for flow in self.shapes[i].flows() {
            let word = match flow {
                Flow::Peak => "peak".into(),
                Flow::Import => "import".into(),
                Flow::Thermal(k) => plain(&instance.thermals[here.thermals[k].kind].equipment.name),
                Flow::Renewable(k) => plain(&instance.renewables[here.renewables[k].kind].equipment.name),
                Flow::Charge(k) => {
                    format!("charge_{}", plain(&instance.storages[here.storages[k].kind].equipment.name))
                }
                Flow::Discharge(k) => {
                    format!("discharge_{}", plain(&instance.storages[here.storages[k].kind].equipment.name))
                }
                Flow::Stored(k) => {
                    format!("stored_{}", plain(&instance.storages[here.storages[k].kind].equipment.name))
                }
                Flow::Curtailed => "curtailed".into(),
                Flow::Shed => "shed".into(),
            };
            let blocks = if flow == Flow::Peak { 1 } else { self.shapes[i].blocks };
            for b in 0..blocks {
                if let Some(j) = self.shapes[i].column(flow, b) {
                    names[first + j] = format!("{word}[{at},{b}]");
                }
            }
        }
    }
}
