//! Weather stations. The files beside this one were written by the example `derive_normals`.

mod abilene;
mod ann_arbor;
mod dallas;
mod el_paso;
mod georgetown;
mod las_cruces;
mod leesburg;
mod milwaukee;
mod phoenix;
mod youngstown;

use super::StationNormals;

/// All stations.
#[rustfmt::skip]
pub static ALL: &[&StationNormals] = &[
    &abilene::ABILENE,
    &ann_arbor::ANN_ARBOR,
    &dallas::DALLAS,
    &el_paso::EL_PASO,
    &georgetown::GEORGETOWN,
    &las_cruces::LAS_CRUCES,
    &leesburg::LEESBURG,
    &milwaukee::MILWAUKEE,
    &phoenix::PHOENIX,
    &youngstown::YOUNGSTOWN,
];
