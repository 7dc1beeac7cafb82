//! Operation of one site in one period and scenario, given what is there: who supplies the load in each block, at what cost.
//!
//! A cell knows nothing of decisions: it is a linear programme whose bounds and right-hand sides are multiples of *givens* (load,
//! connection, capacities). The same description becomes rows of the whole model, where givens are sums of columns, and the
//! small subproblem of the decomposition, where they are numbers. Its least cost is convex in the givens and doubles when they
//! double.

use crate::instance::{Instance, Site};

/// Index of the load among the givens of a cell.
pub(crate) const LOAD: usize = 0;
/// Index of the grid connection among the givens of a cell.
pub(crate) const GRID: usize = 1;

/// How the columns and rows of a cell are laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) blocks: usize,
    pub(crate) thermals: usize,
    pub(crate) renewables: usize,
    pub(crate) storages: usize,
    /// Whether the greatest draw is billed.
    pub(crate) metered: bool,
    /// Whether users can be asked to let load go.
    pub(crate) curtails: bool,
    /// Whether carbon is among the givens.
    pub(crate) carbon: bool,
}

/// What a column of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The greatest draw that is billed.
    Peak,
    /// From the grid.
    Import,
    /// From generators.
    Thermal(usize),
    /// From sun and wind.
    Renewable(usize),
    /// Into a store.
    Charge(usize),
    /// Out of a store.
    Discharge(usize),
    /// In a store at the end of the block.
    Stored(usize),
    /// Load let go for money.
    Curtailed,
    /// Load that nobody serves.
    Shed,
}

impl Shape {
    pub(crate) fn new(instance: &Instance, site: &Site, carbon: bool) -> Shape {
        Shape {
            blocks: instance.day_of_block.len(),
            thermals: site.thermals.len(),
            renewables: site.renewables.len(),
            storages: site.storages.len(),
            metered: site.demand_charge_usd_per_kw_month > 0.0 || site.take_or_pay > 0.0,
            curtails: site.curtailable > 0.0,
            carbon,
        }
    }

    /// The flows in their order: each but the peak has one column for each block.
    pub(crate) fn flows(&self) -> Vec<Flow> {
        let mut flows = vec![Flow::Import];
        flows.extend((0..self.thermals).map(Flow::Thermal));
        flows.extend((0..self.renewables).map(Flow::Renewable));
        for k in 0..self.storages {
            flows.extend([Flow::Charge(k), Flow::Discharge(k), Flow::Stored(k)]);
        }
        if self.curtails {
            flows.push(Flow::Curtailed);
        }
        flows.push(Flow::Shed);
        if self.metered {
            flows.push(Flow::Peak);
        }
        flows
    }

    /// Column of a flow in a block, if the cell has it.
    pub(crate) fn column(&self, flow: Flow, block: usize) -> Option<usize> {
        let rank = match flow {
            Flow::Import => 0,
            Flow::Thermal(k) => 1 + k,
            Flow::Renewable(k) => 1 + self.thermals + k,
            Flow::Charge(k) => 1 + self.thermals + self.renewables + 3 * k,
            Flow::Discharge(k) => 2 + self.thermals + self.renewables + 3 * k,
            Flow::Stored(k) => 3 + self.thermals + self.renewables + 3 * k,
            Flow::Curtailed if !self.curtails => return None,
            Flow::Curtailed => self.shed_rank() - 1,
            Flow::Shed => self.shed_rank(),
            Flow::Peak if !self.metered => return None,
            Flow::Peak => return Some((self.shed_rank() + 1) * self.blocks),
        };
        Some(rank * self.blocks + block)
    }

    fn shed_rank(&self) -> usize {
        1 + self.thermals + self.renewables + 3 * self.storages + usize::from(self.curtails)
    }

    pub(crate) fn columns(&self) -> usize {
        (self.shed_rank() + 1) * self.blocks + usize::from(self.metered)
    }

    /// How many givens there are.
    pub(crate) fn givens(&self) -> usize {
        2 + self.thermals + self.renewables + self.storages + usize::from(self.carbon)
    }

    pub(crate) fn thermal(&self, k: usize) -> usize {
        2 + k
    }

    pub(crate) fn renewable(&self, k: usize) -> usize {
        2 + self.thermals + k
    }

    pub(crate) fn storage(&self, k: usize) -> usize {
        2 + self.thermals + self.renewables + k
    }

    pub(crate) fn carbon(&self) -> usize {
        self.givens() - 1
    }
}

/// A column of a cell: `low * given <= x <= high * given`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CellColumn {
    /// Millions of dollars of a gigawatt of it.
    pub(crate) cost: f64,
    /// Megatonnes of a gigawatt of it.
    pub(crate) carbon: f64,
    pub(crate) given: usize,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether the rows imply the bound, so that the whole model can do without it.
    pub(crate) implied: bool,
}

/// A row of a cell: `entries = rhs * given`, or `<=`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CellRow {
    pub(crate) entries: Vec<(usize, f64)>,
    pub(crate) given: usize,
    pub(crate) rhs: f64,
    pub(crate) equal: bool,
}

/// The linear programme of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) shape: Shape,
    pub(crate) columns: Vec<CellColumn>,
    pub(crate) rows: Vec<CellRow>,
}

/// What makes cells of a site differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Prices {
    pub(crate) profile: usize,
    pub(crate) quarters: f64,
    /// Factor on the grid price.
    pub(crate) grid: f64,
    /// Factor on fuel.
    pub(crate) fuel: f64,
    /// Price of a tonne of carbon.
    pub(crate) usd_per_t: f64,
}

impl Prices {
    /// The same bits: the same cell.
    pub(crate) fn key(&self, site: usize) -> [u64; 6] {
        let bits = [self.quarters, self.grid, self.fuel, self.usd_per_t].map(f64::to_bits);
        [site as u64, self.profile as u64, bits[0], bits[1], bits[2], bits[3]]
    }
}

impl Cell {
    pub(crate) fn new(instance: &Instance, site: &Site, shape: &Shape, prices: &Prices) -> Cell {
        let mut cell =
            Cell { shape: shape.clone(), columns: Vec::with_capacity(shape.columns()), rows: Vec::new() };
        for flow in shape.flows() {
            let blocks = if flow == Flow::Peak { 1 } else { shape.blocks };
            for b in 0..blocks {
                cell.columns.push(column(instance, site, shape, prices, flow, b));
            }
        }
        cell.balances(site, prices);
        cell.stores(instance, site);
        if shape.carbon {
            let emits =
                |(j, column): (usize, &CellColumn)| (column.carbon != 0.0).then_some((j, column.carbon));
            let entries = cell.columns.iter().enumerate().filter_map(emits).collect();
            cell.rows.push(CellRow { entries, given: shape.carbon(), rhs: 1.0, equal: false });
        }
        cell
    }

    /// Counts load that is not served, and nothing else: the least is zero exactly where all of it can be.
    pub(crate) fn only_feasible(&mut self) {
        let lost = self.lost();
        for (j, column) in self.columns.iter_mut().enumerate() {
            column.cost = if lost.contains(&j) { 1.0 } else { 0.0 };
        }
    }

    /// The columns of load that is let go or not served.
    pub(crate) fn lost(&self) -> Vec<usize> {
        let flows = [Flow::Curtailed, Flow::Shed];
        let blocks = 0..self.shape.blocks;
        flows
            .iter()
            .flat_map(|&flow| blocks.clone().filter_map(move |b| self.shape.column(flow, b)))
            .collect()
    }

    /// Whether no flow earns anything, so that the cost of the cell is never negative.
    pub(crate) fn never_below_zero(&self) -> bool {
        self.columns.iter().all(|column| column.cost >= 0.0)
    }

    /// Supply is demand in each block, and the billed peak is above each draw.
    fn balances(&mut self, site: &Site, prices: &Prices) {
        let shape = self.shape.clone();
        for b in 0..shape.blocks {
            let sign = |flow| match flow {
                Flow::Charge(_) => -1.0,
                Flow::Stored(_) | Flow::Peak => 0.0,
                _ => 1.0,
            };
            let entry = |flow| Some((shape.column(flow, b)?, sign(flow))).filter(|(_, sign)| *sign != 0.0);
            let entries = shape.flows().into_iter().filter_map(entry).collect();
            let pue = site.profiles[prices.profile].pue[b];
            self.rows.push(CellRow { entries, given: LOAD, rhs: pue, equal: true });
        }
        let Some(peak) = shape.column(Flow::Peak, 0) else { return };
        for b in 0..shape.blocks {
            self.rows.push(CellRow {
                entries: vec![(b, 1.0), (peak, -1.0)],
                given: GRID,
                rhs: 0.0,
                equal: false,
            });
        }
    }

    /// What a store holds follows from what went in and out, and each day ends as it began.
    fn stores(&mut self, instance: &Instance, site: &Site) {
        let shape = self.shape.clone();
        let days = &instance.day_of_block;
        for k in 0..shape.storages {
            let efficiency = instance.storages[site.storages[k].kind].efficiency;
            for b in 0..shape.blocks {
                let day_ends = |b: &usize| days.get(b + 1) != Some(&days[*b]);
                let before = match b.checked_sub(1).filter(|&before| days[before] == days[b]) {
                    Some(before) => before,
                    None => (b..shape.blocks).find(day_ends).unwrap_or(b),
                };
                let at = |flow, b| shape.column(flow, b).unwrap_or(0);
                let mut entries = vec![
                    (at(Flow::Charge(k), b), -instance.block_hours * efficiency),
                    (at(Flow::Discharge(k), b), instance.block_hours / efficiency),
                ];
                if before != b {
                    entries.push((at(Flow::Stored(k), b), 1.0));
                    entries.push((at(Flow::Stored(k), before), -1.0));
                }
                self.rows.push(CellRow { entries, given: shape.storage(k), rhs: 0.0, equal: true });
            }
        }
    }
}

fn column(
    instance: &Instance,
    site: &Site,
    shape: &Shape,
    prices: &Prices,
    flow: Flow,
    b: usize,
) -> CellColumn {
    let profile = &site.profiles[prices.profile];
    // A gigawatt over the hours of the block, in gigawatt-hours; a thousand dollars a gigawatt-hour is a dollar a megawatt-hour.
    let hours = profile.hours[b] * prices.quarters;
    let money = |usd_per_mwh: f64, t_per_mwh: f64| hours * (usd_per_mwh + prices.usd_per_t * t_per_mwh) / 1e3;
    let carbon = |t_per_mwh: f64| hours * t_per_mwh / 1e3;
    let plain = |cost, given, high| CellColumn { cost, carbon: 0.0, given, low: 0.0, high, implied: false };
    match flow {
        Flow::Peak => {
            let cost = site.demand_charge_usd_per_kw_month * 3.0 * prices.quarters;
            CellColumn { low: site.take_or_pay, ..plain(cost, GRID, 1.0) }
        }
        Flow::Import => {
            let emits = profile.carbon_t_per_mwh[b];
            let cost = money(prices.grid * profile.usd_per_mwh[b], emits);
            CellColumn { carbon: carbon(emits), implied: shape.metered, ..plain(cost, GRID, 1.0) }
        }
        Flow::Thermal(k) => {
            let here = &site.thermals[k];
            let kind = &instance.thermals[here.kind];
            let fuel = kind.mmbtu_per_mwh * here.fuel_usd_per_mmbtu * prices.fuel;
            let cost = money(fuel + kind.usd_per_mwh, kind.carbon_t_per_mwh);
            CellColumn { carbon: carbon(kind.carbon_t_per_mwh), ..plain(cost, shape.thermal(k), 1.0) }
        }
        Flow::Renewable(k) => plain(0.0, shape.renewable(k), profile.renewable[k][b]),
        Flow::Charge(k) | Flow::Discharge(k) => plain(0.0, shape.storage(k), 1.0),
        Flow::Stored(k) => plain(0.0, shape.storage(k), instance.storages[site.storages[k].kind].hours),
        Flow::Curtailed => {
            plain(money(site.curtailment_usd_per_mwh, 0.0), LOAD, site.curtailable * profile.pue[b])
        }
        Flow::Shed => {
            CellColumn { implied: true, ..plain(money(site.shedding_usd_per_mwh, 0.0), LOAD, profile.pue[b]) }
        }
    }
}
