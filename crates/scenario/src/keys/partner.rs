//! Parties to the programme.

use crate::language::{Field, key, section};
use crate::world::PartnerRole;

section! {
    /// A party to the programme: sites, tenants, tranches and agreements name partners.
    PartnerText at "[partner.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// What it is.
        role: Field<PartnerRole> = key().default("\"other\"");
    }
}
