//! Parties to the programme, and who names them.

use super::find;
use crate::context::Cx;
use crate::keys::PartnerText;
use crate::language::{Field, Map};
use crate::world::{Partner, PartnerRole};
use base::id::PartnerId;

/// The partners, by the order of their keys.
pub fn build(text: &Map<PartnerText>) -> Vec<Partner> {
    let partner = |(name, text): &(crate::language::Given<String>, PartnerText)| Partner {
        key: name.value.clone(),
        name: text.name.as_ref().map_or_else(|| name.value.clone(), |given| given.value.clone()),
        role: text.role.as_ref().map_or(PartnerRole::Other, |given| given.value),
    };
    text.0.iter().map(partner).collect()
}

/// The partner that a key names; one that there is not is reported.
pub fn named(given: &Field<String>, partners: &Map<PartnerText>, cx: &mut Cx<'_>) -> Option<PartnerId> {
    let known = partners.0.iter().map(|(name, _)| name.value.as_str());
    find(cx, given.as_ref()?, "partner", known).map(PartnerId::new)
}
