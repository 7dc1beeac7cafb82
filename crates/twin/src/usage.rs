//! What tenants hold at a site, day by day: the meter that books read. Only where the scenario keeps books.

use crate::fact::{Fact, GpuTime, UsageDay};
use base::SimTime;
use base::id::{AcceleratorId, SiteId, TenantId};
use serde::{Deserialize, Serialize};

/// One tenant on one model.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cell {
    /// Accelerators held, in thousandths.
    level: u64,
    /// Counted up to here.
    counted: SimTime,
    held: GpuTime,
}

impl Cell {
    fn advance(&mut self, now: SimTime) {
        self.held += GpuTime::from(self.level) * (now - self.counted).0 as GpuTime;
        self.counted = now;
    }
}

/// The meter of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meter {
    site: SiteId,
    /// The day, or what of it is in the run, began here.
    since: SimTime,
    /// By tenant, then model; the last model stands for none.
    cells: Vec<Cell>,
    models: usize,
}

impl Meter {
    /// A meter that counts from `start` on.
    pub fn new(site: SiteId, start: SimTime, tenants: usize, models: usize) -> Meter {
        let cell = Cell { level: 0, counted: start, held: 0 };
        Meter { site, since: start, cells: vec![cell; tenants * (models + 1)], models }
    }

    fn cell(&mut self, tenant: TenantId, model: Option<AcceleratorId>) -> &mut Cell {
        let model = model.map_or(self.models, AcceleratorId::index);
        &mut self.cells[tenant.index() * (self.models + 1) + model]
    }

    /// A tenant holds more from now on.
    pub fn hold(&mut self, now: SimTime, tenant: TenantId, model: Option<AcceleratorId>, gpu_milli: u64) {
        let cell = self.cell(tenant, model);
        cell.advance(now);
        cell.level += gpu_milli;
    }

    /// A tenant holds less from now on.
    pub fn give_back(
        &mut self,
        now: SimTime,
        tenant: TenantId,
        model: Option<AcceleratorId>,
        gpu_milli: u64,
    ) {
        let cell = self.cell(tenant, model);
        cell.advance(now);
        cell.level -= gpu_milli;
    }

    /// Says what was held since the last reading, by tenant and model.
    pub fn read(&mut self, now: SimTime, emit: &mut impl FnMut(Fact)) {
        for (at, cell) in self.cells.iter_mut().enumerate() {
            cell.advance(now);
            let held = std::mem::take(&mut cell.held);
            if held > 0 {
                let model = at % (self.models + 1);
                emit(Fact::Usage(UsageDay {
                    site: self.site,
                    tenant: TenantId::new(at / (self.models + 1)),
                    accelerator: (model < self.models).then(|| AcceleratorId::new(model)),
                    since: self.since,
                    until: now,
                    held,
                }));
            }
        }
        self.since = now;
    }
}
