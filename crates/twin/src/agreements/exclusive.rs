//! Exclusivities: whom they bar from what, for offers and for services.

use super::Agreements;
use agreement::predicate::{Subject, Value};
use base::SimTime;
use base::id::{AgreementId, PartnerId};
use scenario::world::agreements::{Offer, Terms, barred};
use serde::{Deserialize, Serialize};

/// The version, the year and the day of the year of each exclusivity: where they are the same, so is what is barred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing(Vec<(usize, Option<usize>, i16, i16)>);

impl Agreements {
    /// How the exclusivities stand.
    pub(crate) fn standing(&self, now: SimTime) -> Standing {
        let exclusivities = self.agreements.iter().enumerate().filter(|(_, agreement)| {
            agreement.versions.iter().any(|version| matches!(version.terms, Some(Terms::Exclusivity { .. })))
        });
        let stands = exclusivities.map(|(at, agreement)| {
            let version = agreement.versions.iter().rposition(|version| version.acts_from() <= now);
            let day = agreement.clock.zone.local(now).date();
            (at, version, day.year(), day.day_of_year())
        });
        Standing(stands.collect())
    }

    /// The exclusivity that `promised_by` gave and that bars a supplier, if one does.
    pub(crate) fn bars(
        &self,
        now: SimTime,
        promised_by: PartnerId,
        supplier: PartnerId,
        subject: &Subject,
    ) -> Option<AgreementId> {
        barred(&self.agreements, promised_by, supplier, subject, now)
    }

    /// The exclusivity that bars an offer's third party, if one does.
    pub(super) fn barred(&self, now: SimTime, offer: &Offer, third: PartnerId) -> Option<AgreementId> {
        let named = |subject: &Subject| {
            let mut subject = subject.clone();
            let key = self.partners[third.index()].clone();
            subject.insert("third".to_string(), Value::Text(key));
            subject
        };
        let bars = |subject: &Subject| barred(&self.agreements, offer.grantor, third, &named(subject), now);
        offer.blocks.iter().find_map(|(_, subject)| bars(subject))
    }
}
