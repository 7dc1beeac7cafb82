//! Power, cooling, weather, price and carbon of a site; what systems and work draw.

use crate::language::{Field, List, Map, One, Rows, key, section};
use crate::scalar::FileName;
use crate::world::energy::{CoolingName, Shortage, UnitName};
use base::{SimTime, Span};

/// Largest power in megawatts: all electricity on earth.
const MOST_MW: f64 = 1e7;
/// Largest price of energy in US dollars.
const MOST_USD: f64 = 1e5;

section! {
    /// What a site's power comes from and what it costs. With this section a site has energy books, hour by hour, and
    /// runs only what its power and its cooling carry; without it, power is no limit and is not counted.
    PowerText at "[site.NAME.power]" {
        /// What the grid gives, from which date on: each tranche replaces the one before.
        grid: Rows<GridText> = key();
        /// Price of energy at the meter, the same in every hour.
        usd_per_mwh: Field<f64> = key().range(-MOST_USD, MOST_USD).unit("US dollars").absent("the price of `[site.NAME.price]`");
        /// Paid on top of the hourly price: network, taxes, the retailer.
        adder_usd_per_mwh: Field<f64> = key().range(-MOST_USD, MOST_USD).unit("US dollars").default("0.0");
        /// Charge on the largest hourly mean of the month, for a kilowatt and month.
        demand_usd_per_kw_month: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// The most that may be sold to the grid.
        export_mw: Field<f64> = key().range(0.0, MOST_MW).unit("MW").default("0.0");
        /// What the grid pays, as a share of the hourly price (without `adder_usd_per_mwh`).
        export_share: Field<f64> = key().range(0.0, 1.0).default("1.0");
        /// Price of natural gas, for a million British thermal units.
        gas_usd_per_mmbtu: Field<f64> = key().range(0.0, 1e4).unit("US dollars").default("3.5");
        /// Price of diesel, for a million British thermal units.
        diesel_usd_per_mmbtu: Field<f64> = key().range(0.0, 1e4).unit("US dollars").default("20.0");
        /// IT equipment beside the systems: network, storage, coolant distribution; drawn always once a block is
        /// energised.
        other_it_mw: Field<f64> = key().range(0.0, MOST_MW).unit("MW").default("0.0");
        /// Electrical losses at no load, as a share of full IT power.
        no_load_loss: Field<f64> = key().range(0.0, 0.5).default("0.012");
        /// Electrical losses in proportion to the load, as a share of it.
        linear_loss: Field<f64> = key().range(0.0, 0.5).default("0.025");
        /// Electrical losses that go with the square of the load, as a share of full IT power at full load.
        square_loss: Field<f64> = key().range(0.0, 0.5).default("0.018");
        /// Lights, offices, controls: a share of full IT power, always.
        house: Field<f64> = key().range(0.0, 0.5).default("0.01");
        /// Cap on accelerators, as a share of their power limit: work that would draw more runs slower.
        accelerator_cap: Field<f64> = key().range(0.2, 1.0).default("1.0");
        /// What gives way where power or cooling is short.
        shortage: Field<Shortage> = key().default("\"stop\"");
        /// With `shortage = \"slow\"`: the deepest cap on accelerators, as a share of their power limit.
        least_cap: Field<f64> = key().range(0.2, 1.0).default("0.5");
        /// Groups of equal units that burn fuel on site.
        units: Map<UnitsText> = key();
        /// Solar modules on site.
        solar: One<SolarText> = key();
        /// Wind turbines on site.
        wind: One<WindText> = key();
        /// A battery on site.
        battery: One<BatteryText> = key();
        /// Hours in which the grid gives less: curtailment, calls of demand response.
        event: Rows<CurtailmentText> = key();
        /// The same, drawn at random.
        curtailment: One<DrawnCurtailmentText> = key();
        /// The site gives way by itself where the price is high: preemptible work stops, the rest goes on.
        price_response: One<PriceResponseText> = key();
    }

    /// What the grid gives from a date on.
    GridText at "[[site.NAME.power.grid]]" {
        /// The most that may be drawn.
        mw: Field<f64> = key().required().range(0.0, MOST_MW).unit("MW");
        /// From when.
        from: Field<SimTime> = key().absent("always");
    }

    /// Equal units that burn fuel on site. What is left out is usual for the kind (see `docs/concepts/power.md`).
    UnitsText at "[site.NAME.power.units.NAME]" {
        /// What burns the fuel.
        technology: Field<UnitName> = key().required();
        /// How many.
        count: Field<u32> = key().required().range(1.0, 1e5);
        /// Output of one at full load, at 15 °C.
        mw_each: Field<f64> = key().required().above(0.0, 1e5).unit("MW");
        /// From when they can run.
        ready: Field<SimTime> = key().absent("always");
        /// Fuel of one at full load over its output, higher heating value.
        btu_per_kwh: Field<f64> = key().range(3412.0, 1e5).unit("Btu").absent("usual for the kind");
        /// The least that one can give while it runs, as a share of its output.
        least_load: Field<f64> = key().range(0.0, 1.0).absent("usual for the kind");
        /// From the order to full load.
        start: Field<Span> = key().absent("usual for the kind");
        /// Share of the time that a unit is down unplanned.
        outage: Field<f64> = key().range(0.0, 0.99).absent("usual for the kind");
        /// Mean time of a repair.
        repair: Field<Span> = key().above(0.0, f64::INFINITY).absent("usual for the kind");
        /// Price of its fuel, for a million British thermal units.
        fuel_usd_per_mmbtu: Field<f64> = key().range(0.0, 1e4).unit("US dollars").absent("the site's price of gas or diesel");
    }

    /// Solar modules on site, turned after the sun about one axis.
    SolarText at "[site.NAME.power.solar]" {
        /// Output of the inverters.
        mw: Field<f64> = key().required().above(0.0, MOST_MW).unit("MW");
        /// From when.
        ready: Field<SimTime> = key().absent("always");
        /// What comes later.
        more: Rows<PlantPartText> = key();
    }

    /// Wind turbines on site.
    WindText at "[site.NAME.power.wind]" {
        /// Rated output.
        mw: Field<f64> = key().required().above(0.0, MOST_MW).unit("MW");
        /// From when.
        ready: Field<SimTime> = key().absent("always");
        /// What comes later.
        more: Rows<PlantPartText> = key();
    }

    /// More of the same plant, on top of what is there.
    PlantPartText at "more = [{ mw = 100.0, ready = \"2028-01-01\" }]" {
        /// So much.
        mw: Field<f64> = key().required().above(0.0, MOST_MW).unit("MW");
        /// From when.
        ready: Field<SimTime> = key().required();
    }

    /// A battery at the site's bus: it charges in cheap hours and from sun and wind that nobody takes, and gives in dear hours and before
    /// work has to stop.
    BatteryText at "[site.NAME.power.battery]" {
        /// The most that it takes or gives.
        mw: Field<f64> = key().required().above(0.0, MOST_MW).unit("MW");
        /// How long it gives that, from full to empty.
        duration: Field<Span> = key().above(0.0, 1e7).default("\"4h\"");
        /// Share of the energy taken that it gives back.
        efficiency: Field<f64> = key().range(0.1, 1.0).default("0.85");
        /// From when; it begins empty.
        ready: Field<SimTime> = key().absent("always");
        /// What comes later, of the same duration.
        more: Rows<PlantPartText> = key();
    }

    /// A time in which the grid gives less.
    CurtailmentText at "[[site.NAME.power.event]]" {
        /// When it begins.
        start: Field<SimTime> = key().required();
        /// How long it lasts.
        length: Field<Span> = key().required().above(0.0, f64::INFINITY);
        /// The share of what the grid gives that cannot be had.
        share: Field<f64> = key().required().above(0.0, 1.0);
        /// How long before it the site is told. Work that can write a checkpoint in that time loses nothing.
        notice: Field<Span> = key().default("\"30 min\"");
    }

    /// An emergency of a grid: so much load has to go. Sites under a contract for power with `shed_first` go first, in
    /// proportion to what the grid gives them; the others bear what is left, in the same way.
    EmergencyText at "[[emergency]]" {
        /// When it begins.
        start: Field<SimTime> = key().required();
        /// How long it lasts.
        length: Field<Span> = key().required().above(0.0, f64::INFINITY);
        /// How much load these sites must shed together.
        shed_mw: Field<f64> = key().required().above(0.0, 1e7).unit("MW");
        /// The sites on that grid.
        sites: List<String> = key().refers("site").absent("all that draw from a grid");
        /// How long before it the sites are told. Work that can write a checkpoint in that time loses nothing.
        notice: Field<Span> = key().default("\"30 min\"");
    }

    /// Times in which the grid gives less, drawn as a Poisson process.
    DrawnCurtailmentText at "[site.NAME.power.curtailment]" {
        /// How many in a year, on average.
        per_year: Field<f64> = key().required().above(0.0, 8766.0);
        /// How long each lasts.
        length: Field<Span> = key().required().above(0.0, f64::INFINITY);
        /// The share of what the grid gives that cannot be had.
        share: Field<f64> = key().required().above(0.0, 1.0);
        /// How long before the site is told.
        notice: Field<Span> = key().default("\"30 min\"");
    }

    /// The site gives way where the price is high.
    PriceResponseText at "[site.NAME.power.price_response]" {
        /// In hours whose price is above this.
        above_usd_per_mwh: Field<f64> = key().required().range(-MOST_USD, MOST_USD).unit("US dollars");
        /// The share of full IT power that gives way, as far as preemptible work does.
        share: Field<f64> = key().above(0.0, 1.0).default("1.0");
    }

    /// How heat leaves the site. What is left out is usual for the kind (see `docs/concepts/cooling.md`).
    CoolingText at "[site.NAME.cooling]" {
        /// How heat leaves the site.
        plant: Field<CoolingName> = key().default("\"closed_loop\"");
        /// Dry bulb (wet bulb where the heat leaves by evaporation) for which the plant is sized.
        design_c: Field<f64> = key().range(-20.0, 60.0).unit("°C").absent("40 (28 where the heat leaves by evaporation)");
        /// Heat that it can reject there, over the heat at full IT load.
        size: Field<f64> = key().range(0.1, 10.0).default("1.1");
        /// Water that the loop supplies to the hall.
        supply_c: Field<f64> = key().range(2.0, 60.0).unit("°C").absent("usual for the kind");
        /// How much warmer it comes back at full load.
        range_k: Field<f64> = key().range(1.0, 40.0).unit("K").absent("usual for the kind");
        /// Between outdoor air and the water that a closed loop or a tower makes. What a dry cooler can do follows from `design_c` and `supply_c`.
        approach_k: Field<f64> = key().range(0.0, 40.0).unit("K").absent("usual for the kind");
        /// Cycles of concentration of an open tower.
        cycles: Field<f64> = key().range(1.5, 20.0).default("4.0");
        /// Price of water, for a cubic metre.
        water_usd_per_m3: Field<f64> = key().range(0.0, 1e4).unit("US dollars").default("0.0");
    }

    /// Where an hourly series comes from: a file, built-in normals, or one value for all hours.
    SeriesText at "[site.NAME.weather], [site.NAME.price], [site.NAME.carbon]" {
        /// A file of one of the forms of `docs/concepts/weather.md`; it may be gzipped.
        file: Field<FileName> = key();
        /// Form of the file: `tmy3`, `epw`, `open-meteo`, `eia`, `carbon`, `grid-mix`, `avert` or `csv`.
        format: Field<String> = key().absent("told from its first lines");
        /// Column of the file, in the words of its header.
        column: Field<String> = key().absent("the form's own choice");
        /// Local time less UTC, for stamps that do not say.
        utc_offset_hours: Field<f64> = key().range(-14.0, 14.0).unit("hours").absent("0, with a note");
        /// The longest gap of the file that is filled; a longer one is a mistake.
        longest_gap: Field<Span> = key().default("\"3 days\"");
        /// Built-in normals: a station (`abilene`), a market (`ercot-west`) or a grid (`ercot`) by name.
        normals: Field<String> = key().absent("the nearest station; the market or grid of the place");
        /// One value for all hours: °C, US dollars for a MWh, g for a kWh.
        value: Field<f64> = key().range(-MOST_USD, MOST_USD);
    }

    /// What one system draws, as its maker or a measurement says, in front of its converters.
    PartsText at "[system.NAME.supply]" {
        /// Draw of a node's parts when nothing runs.
        node_idle_w: Field<f64> = key().required().range(0.0, 1e6).unit("W");
        /// Draw of a node's parts at full load.
        node_peak_w: Field<f64> = key().required().above(0.0, 1e6).unit("W");
        /// Loss of each node's converter at no load.
        converter_loss_w: Field<f64> = key().range(0.0, 1e5).unit("W").default("0.0");
        /// Efficiency of the rest of it.
        converter_efficiency: Field<f64> = key().above(0.0, 1.0).default("1.0");
        /// Draw of the system beside its nodes, behind the rectifiers: switches.
        shared_w: Field<f64> = key().range(0.0, 1e7).unit("W").default("0.0");
        /// Rectifiers that share the load of the system equally.
        rectifiers: Field<u32> = key().range(1.0, 1e4).default("1");
        /// Loss of each at no load.
        rectifier_loss_w: Field<f64> = key().range(0.0, 1e5).unit("W").default("0.0");
        /// Efficiency of the rest of it.
        rectifier_efficiency: Field<f64> = key().above(0.0, 1.0).default("1.0");
    }
}
