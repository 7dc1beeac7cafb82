//! Agreements and offers.

use crate::column::table;

table! {
    /// One row for each thing that happened under an agreement or to an offer, in order. Only where the scenario has either.
    agreements {
        /// When it happened.
        time "": Instant,
        /// What happened: `offered`, `clockstarted`, `exercised`, `tailopened`, `closed`.
        what "": Text,
        /// Key of the agreement; none for what happens to an offer of which no right takes hold.
        agreement "": Optional<Text>,
        /// Its kind: `first_refusal`.
        kind "": Optional<Text>,
        /// The version that is acted on, counted from 0.
        version "": Optional<Integer>,
        /// Number of the offer, counted by the time at which they are made, then by key.
        offer "": Optional<Integer>,
        /// Its key in the scenario.
        offer_key "": Optional<Text>,
        /// Blocks that the offer is about, each with its site: `abilene.b1`, parted by commas.
        blocks "": Optional<Text>,
        /// The clause that it follows from.
        clause "": Text,
        /// Key of the partner that acts, or that it happens to.
        party "": Optional<Text>,
        /// Power that it is about.
        it_kw "kW": Optional<Integer>,
        /// Money that it is about.
        usd "USD": Optional<Number>,
        /// First instant that is too late, of a clock, a signature or a tail.
        deadline "": Optional<Instant>,
        /// Digest of the complete notice that it rests on, in 32 hexadecimal digits.
        notice "": Optional<Text>,
        /// The same in a sentence.
        sentence "": Text,
        /// File (without its folder) and line of the terms or of the offer.
        place "": Text,
    }
}

table! {
    /// One row for each block, or part of one, that an offer has bound. Only where the scenario has agreements or offers.
    allotments {
        /// When.
        time "": Instant,
        /// Number of the offer.
        offer "": Integer,
        /// Its key in the scenario.
        offer_key "": Text,
        /// Key of the right under which it was bound; none if it went to the third party.
        agreement "": Optional<Text>,
        /// Site of the block.
        site "": Text,
        /// Block.
        block "": Text,
        /// Partner that provides it.
        host "": Text,
        /// Partner that it is bound to, whose tenants use it.
        used_by "": Text,
        /// Power.
        it_kw "kW": Integer,
        /// Accelerators.
        gpus "GPU": Integer,
        /// What it comes to at the rate of the offer, over all months. The books post none of it: they bill use by
        /// tariff.
        usd "USD": Number,
        /// For how many months.
        months "": Integer,
    }
}
