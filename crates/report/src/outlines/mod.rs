//! The ground under the map: coarse outlines of land.
//!
//! The outlines are our own: we walked the coasts and borders through places whose coordinates are public knowledge
//! (capes, harbours, river mouths, border posts; GeoNames and the USGS Geographic Names Information System list them),
//! to about a tenth of a degree for the United States and half a degree elsewhere. They are there to say where a site
//! lies, not to survey anything. Lakes other than the Great Lakes and islands below some 200 km are left out.

mod elsewhere;
mod united_states;

use elsewhere::*;
pub use united_states::UNITED_STATES;

/// Degrees east and north.
pub type Place = (f64, f64);

/// All other land, each outline closed by itself.
pub const OTHER_LAND: &[&[Place]] = &[
    CANADA_AND_ALASKA,
    MEXICO_AND_ISTHMUS,
    SOUTH_AMERICA,
    EUROPE_AND_ASIA,
    AFRICA,
    AUSTRALIA,
    BRITAIN,
    IRELAND,
    ICELAND,
    GREENLAND,
    JAPAN,
    SUMATRA_AND_JAVA,
    BORNEO,
    NEW_GUINEA,
    PHILIPPINES,
    NEW_ZEALAND,
    MADAGASCAR,
    CUBA,
    HISPANIOLA,
    NEWFOUNDLAND,
    VANCOUVER_ISLAND,
    BAFFIN,
    VICTORIA,
    ELLESMERE,
    SICILY,
    CEYLON,
    TAIWAN,
    SAKHALIN,
];
