//! Markets and grids. The files beside this one were written by the example `derive_normals`.

mod azps_carbon;
mod ercot_carbon;
mod ercot_price;
mod ercot_west_price;
mod miso_carbon;
mod miso_michigan_price;
mod pjm_carbon;
mod pjm_dominion_price;

use super::GridNormals;

/// All grids.
#[rustfmt::skip]
pub static ALL: &[&GridNormals] = &[
    &ercot_price::ERCOT_PRICE,
    &ercot_west_price::ERCOT_WEST_PRICE,
    &miso_michigan_price::MISO_MICHIGAN_PRICE,
    &pjm_dominion_price::PJM_DOMINION_PRICE,
    &ercot_carbon::ERCOT_CARBON,
    &pjm_carbon::PJM_CARBON,
    &miso_carbon::MISO_CARBON,
    &azps_carbon::AZPS_CARBON,
];
