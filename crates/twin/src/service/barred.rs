//! Who may serve a service: exclusivities that its partner has promised bar sites that another than the beneficiary runs.

use super::Services;
use crate::agreements::AgreementFact;
use crate::fact::Fact;
use crate::twin::{Event, Twin};
use agreement::predicate::{Subject, Value};
use base::SimTime;
use base::id::{AgreementId, PartnerId, ServiceId, SiteId};
use kernel::Context;
use scenario::World;
use scenario::world::Service;
use serde::{Deserialize, Serialize};

/// The sites of a service, with who runs them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Suppliers {
    /// Whose service it is.
    partner: Option<PartnerId>,
    sites: Vec<Supplier>,
}

/// A site that may serve, and what it serves.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Supplier {
    site: SiteId,
    /// Who runs it; `None`: nobody in particular, and then nobody is barred.
    runs: Option<PartnerId>,
    /// What conditions ask for.
    subject: Subject,
    barred: Option<AgreementId>,
}

impl Suppliers {
    /// Before anything is barred.
    pub(super) fn of(world: &World, service: &Service) -> Suppliers {
        let partner = world.tenants.get(service.tenant.index()).and_then(|tenant| tenant.partner);
        let supplier = |&at: &SiteId| {
            let site = &world.sites[at.index()];
            let runs = site.lessee.or(site.operator);
            let text = |name: &str, value: &str| (name.to_string(), Value::Text(value.to_string()));
            let mut subject = Subject::from([
                text("site", &site.key),
                text("purpose", "service"),
                text("product", &service.product),
            ]);
            subject.extend(service.channel.as_ref().map(|channel| text("channel", channel)));
            subject.extend(runs.map(|runs| text("third", &world.partners[runs.index()].key)));
            Supplier { site: at, runs, subject, barred: None }
        };
        Suppliers { partner, sites: service.sites.iter().map(supplier).collect() }
    }

    /// Whether who runs a site may not serve it.
    pub(super) fn is_barred(&self, site: SiteId) -> bool {
        self.sites.iter().any(|supplier| supplier.site == site && supplier.barred.is_some())
    }
}

impl Services {
    /// Looks at the exclusivities of this hour, and says what changes.
    pub(super) fn bar(&mut self, twin: &Twin, now: SimTime, context: &mut Context<Event, Fact>) {
        let Some(agreements) = &twin.agreements else { return };
        let standing = agreements.standing(now);
        if standing == self.standing {
            return;
        }
        self.standing = standing;
        for (at, state) in self.services.iter_mut().enumerate() {
            let Some(partner) = state.suppliers.partner else { continue };
            for supplier in &mut state.suppliers.sites {
                // What its partner serves itself is not bought from others.
                let others = supplier.runs.filter(|runs| *runs != partner);
                let bars = |runs| agreements.bars(now, partner, runs, &supplier.subject);
                let barred = others.and_then(bars);
                let before = std::mem::replace(&mut supplier.barred, barred);
                let changed = if before.is_some() == barred.is_some() { None } else { barred.or(before) };
                let Some(agreement) = changed else { continue };
                let (service, site) = (ServiceId::new(at), supplier.site);
                let barred = barred.is_some();
                context.emit(Fact::Agreement(AgreementFact::Serving { agreement, service, site, barred }));
            }
        }
    }
}
