//! Power, cooling, weather, price and carbon of the sites; what systems and work draw.

use super::sites::value;
use super::workloads::resolve_path;
use crate::context::Cx;
use crate::keys::PlantPartText;
use crate::keys::{
    CoolingText, GridText, PowerText, ScenarioText, SeriesText, SiteText, SystemText, UnitsText,
};
use crate::language::{Field, Given, One, Rows, listed, meant};
use crate::rules;
use crate::scalar::plain;
use crate::tree::Mark;
use crate::world::energy::{
    Curtailment, DrawnCurtailment, Energy, GridTranche, InParts, SeriesFile, SeriesSource, Shortage,
    SitePower, Tariff, UnitGroup, WorkDraw,
};
use crate::world::{ActivityName, Block, Site, System, Workload};
use base::id::SiteId;
use base::{Diagnostic, Power, SimTime, Span};
use plant::battery::Battery;
use plant::chain::{Converter, Machine};
use plant::cooling::{CoolingKind, CoolingPlant, Overhead};
use plant::generation::{UnitKind, Units, from_btu_per_kwh};
use plant::node::{NodeDraw, NodePower};
use series::Quantity;
use series::normals::{GridNormals, StationNormals};

/// What of the world energy is built on.
pub struct Parts<'a> {
    /// The sites.
    pub sites: &'a [Site],
    /// Their blocks.
    pub blocks: &'a [Block],
    /// The systems in them.
    pub systems: &'a [System],
    /// Accelerator models by name.
    pub accelerators: &'a [String],
    /// The workloads.
    pub workloads: &'a [Workload],
    /// The run.
    pub run: (SimTime, SimTime),
}

/// Air that was ever measured on earth, °C, and a little beyond.
const COLDEST_C: f64 = -90.0;
const HOTTEST_C: f64 = 60.0;

/// Stations farther than this stand for the place badly.
const FAR_STATION_KM: f64 = 300.0;
/// Markets farther than this are others'.
const FAR_GRID_KM: f64 = 1000.0;

/// Everything about energy; `None` where no site has a power section.
pub fn build(text: &ScenarioText, parts: &Parts<'_>, cx: &mut Cx<'_>) -> Option<Energy> {
    let draws = parts.systems.iter().map(|system| draw(text, parts, system, cx)).collect();
    let mut sites = Vec::new();
    for (at, (_, site)) in text.site.0.iter().enumerate() {
        match (&site.power.0, parts.sites.get(at)) {
            (Some(power), Some(_)) => sites.extend(one(SiteId::new(at), site, power, parts, cx)),
            _ => unused(site, cx),
        }
    }
    let work = parts.workloads.iter().map(|workload| {
        let given = text.workload.0.iter().find(|(name, _)| name.value == workload.key);
        WorkDraw::of(given.and_then(|(_, text)| value(&text.activity)).unwrap_or(ActivityName::Training))
    });
    let work = work.collect();
    // In the order of the services of the world: by key, as the sections are.
    let services = text.service.0.iter().map(|(_, text)| value(&text.activity));
    let services = services.map(|activity| WorkDraw::of(activity.unwrap_or(ActivityName::Decode))).collect();
    (!sites.is_empty()).then_some(Energy { sites, draws, work, services })
}

/// What a node of a system draws at its plug.
fn draw(text: &ScenarioText, parts: &Parts<'_>, system: &System, cx: &mut Cx<'_>) -> NodeDraw {
    let given = text.system.0.iter().find(|(name, _)| name.value == system.key).map(|(_, text)| text);
    let (nodes, per_node) = (system.nodes, system.accelerators_per_node);
    let peak = system.it_power.power();
    if let Some(supply) = given.and_then(|text| chain(text, nodes, cx)) {
        let (idle, full) = (supply.power(0, 1.0), supply.power(nodes, 1.0));
        if let Some(power) = given.and_then(|text| text.power_kw.as_ref())
            && (full / peak - 1.0).abs() > 0.01
        {
            let kw = plain((full.watts() / 100.0).round() / 10.0);
            let message =
                format!("its supply draws {kw} kW at full load, and `power_kw` says {}", plain(power.value));
            cx.warn(power.mark, rules::SUPPLY_DIFFERS, message, format!("write `power_kw = {kw}`"));
        }
        return NodeDraw::between(idle, full, nodes, per_node);
    }
    if let Some(idle) = given.and_then(|text| text.idle_kw.as_ref()) {
        if idle.value > peak.watts() / 1000.0 {
            let message = format!(
                "it draws {} kW idle, and {} kW at full load",
                plain(idle.value),
                plain(peak.watts() / 1000.0)
            );
            cx.error(idle.mark, rules::DRAW, message, "write an `idle_kw` below `power_kw`");
        }
        return NodeDraw::between(Power::from_watts(idle.value * 1000.0), peak, nodes, per_node);
    }
    let model = system.accelerator.map(|id| parts.accelerators[id.index()].as_str());
    let known = text.accelerator.0.iter().find(|(name, _)| Some(name.value.as_str()) == model);
    let accelerator = known.and_then(|(_, text)| value(&text.power_w));
    let node_peak = peak / f64::from(nodes.max(1));
    // Where the accelerator's power is not known: seven tenths of the node's, as in nodes of eight.
    let each = accelerator.unwrap_or(node_peak.watts() * 0.7 / f64::from(per_node.max(1)));
    NodeDraw::of(&NodePower::from_published(node_peak, per_node, Power::from_watts(each)))
}

/// The converters of a system, as a machine of one chassis.
fn chain(text: &SystemText, nodes: u32, cx: &mut Cx<'_>) -> Option<Machine> {
    let supply = text.supply.0.as_ref()?;
    if let Some(idle) = &text.idle_kw {
        let message = "`idle_kw` and `supply` say the same in two ways".to_string();
        cx.error(idle.mark, rules::EXCLUDED, message, "keep one of them");
    }
    let (idle, peak) = (supply.node_idle_w.as_ref()?, supply.node_peak_w.as_ref()?);
    if idle.value > peak.value {
        let message =
            format!("its nodes draw {} W idle, and {} W at full load", plain(idle.value), plain(peak.value));
        cx.error(idle.mark, rules::DRAW, message, "write a `node_idle_w` below `node_peak_w`");
    }
    let watts = |field: &Field<f64>| Power::from_watts(value(field).unwrap_or(0.0));
    let converter = |loss: &Field<f64>, efficiency: &Field<f64>| Converter {
        loss: watts(loss),
        efficiency: value(efficiency).unwrap_or(1.0),
    };
    Some(Machine {
        node_idle: Power::from_watts(idle.value),
        node_peak: Power::from_watts(peak.value),
        node_converter: converter(&supply.converter_loss_w, &supply.converter_efficiency),
        nodes_per_chassis: nodes,
        chassis_fixed: watts(&supply.shared_w),
        rectifiers: value(&supply.rectifiers).unwrap_or(1),
        rectifier: converter(&supply.rectifier_loss_w, &supply.rectifier_efficiency),
        chassis: 1,
        fixed: Power::ZERO,
    })
}

/// Sections that bear on nothing.
fn unused(site: &SiteText, cx: &mut Cx<'_>) {
    let marks = [
        ("cooling", site.cooling.0.as_ref().map(|section| section.mark)),
        ("weather", site.weather.0.as_ref().map(|section| section.mark)),
        ("price", site.price.0.as_ref().map(|section| section.mark)),
        ("carbon", site.carbon.0.as_ref().map(|section| section.mark)),
    ];
    for (name, mark) in marks {
        if let Some(mark) = mark {
            let message = format!("`{name}` of a site without `power`: nothing asks for it");
            cx.warn(mark, rules::WITHOUT_POWER, message, "add `[site.NAME.power]`, or leave it out");
        }
    }
}

fn one(
    id: SiteId,
    text: &SiteText,
    power: &PowerText,
    parts: &Parts<'_>,
    cx: &mut Cx<'_>,
) -> Option<SitePower> {
    let micro = |field: &Field<f64>| (value(field).unwrap_or(0.0) * 1e6).round() as i64;
    let tariff = Tariff {
        fixed: power.usd_per_mwh.as_ref().map(|given| (given.value * 1e6).round() as i64),
        adder: micro(&power.adder_usd_per_mwh),
        demand: micro(&power.demand_usd_per_kw_month),
        export: Power::from_mw(value(&power.export_mw).unwrap_or(0.0)),
        export_share: value(&power.export_share).unwrap_or(1.0),
    };
    if let (Some(fixed), Some(section)) = (&power.usd_per_mwh, &text.price.0) {
        let diagnostic =
            Diagnostic::error(rules::EXCLUDED, "`usd_per_mwh` and a `price` section".to_string())
                .with_hint("keep one of them: a fixed price, or an hourly one")
                .with_related(cx.texts.place(section.mark), "the hourly price is named here");
        cx.report(fixed.mark, diagnostic);
    }
    let adder = power.adder_usd_per_mwh.as_ref().filter(|given| given.mark != power.mark);
    if let (Some(fixed), Some(adder)) = (&power.usd_per_mwh, adder) {
        let diagnostic = Diagnostic::warning(
            rules::EXCLUDED,
            "`adder_usd_per_mwh` beside `usd_per_mwh`: it is paid on top of an hourly price only".to_string(),
        )
        .with_hint("add it to `usd_per_mwh`, or leave it out")
        .with_related(cx.texts.place(fixed.mark), "the fixed price is given here");
        cx.report(adder.mark, diagnostic);
    }
    let here = (&parts.sites[id.index()], text.mark);
    let weather = source(&text.weather, Quantity::DryBulb, here, cx);
    still_weather(text, power, cx);
    let price = match (tariff.fixed, site_has_grid(power)) {
        (None, true) => Some(source(&text.price, Quantity::Price, here, cx)),
        _ => None,
    };
    let carbon = source(&text.carbon, Quantity::Carbon, here, cx);
    let share = |field: &Field<f64>, otherwise: f64| value(field).unwrap_or(otherwise);
    let site = SitePower {
        site: id,
        grid: tranches(&power.grid.0, cx),
        tariff,
        units: power.units.0.iter().filter_map(|(name, text)| units(name, text, power)).collect(),
        solar: power.solar.0.as_ref().and_then(|text| in_parts((&text.mw, &text.ready), &text.more)),
        wind: power.wind.0.as_ref().and_then(|text| in_parts((&text.mw, &text.ready), &text.more)),
        battery: power.battery.0.as_ref().and_then(|text| {
            let parts = in_parts((&text.mw, &text.ready), &text.more)?;
            let duration = value(&text.duration).unwrap_or(Span::from_hours(4));
            Some((Battery::new(parts.total(), duration, share(&text.efficiency, 0.85)), parts))
        }),
        other_it: mw(&power.other_it_mw).unwrap_or(Power::ZERO),
        overhead: Overhead {
            no_load: share(&power.no_load_loss, 0.012),
            linear: share(&power.linear_loss, 0.025),
            square: share(&power.square_loss, 0.018),
            house: share(&power.house, 0.01),
        },
        cooling: cooling(text.cooling.0.as_ref()),
        water_price: text.cooling.0.as_ref().map_or(0, |cooling| micro(&cooling.water_usd_per_m3)),
        accelerator_cap: share(&power.accelerator_cap, 1.0),
        shortage: value(&power.shortage).unwrap_or(Shortage::Stop),
        least_cap: share(&power.least_cap, 0.5),
        events: events(power, parts.run, cx),
        drawn: power.curtailment.0.as_ref().and_then(|text| {
            Some(DrawnCurtailment {
                per_year: value(&text.per_year)?,
                length: value(&text.length)?,
                share: value(&text.share)?,
                notice: value(&text.notice).unwrap_or(Span::ZERO),
            })
        }),
        price_response: power.price_response.0.as_ref().and_then(|text| {
            let above = value(&text.above_usd_per_mwh)?;
            Some(((above * 1e6).round() as i64, share(&text.share, 1.0)))
        }),
        weather: weather?,
        price: match price {
            Some(price) => Some(price?),
            None => None,
        },
        carbon: carbon?,
    };
    check(&site, power, parts, cx);
    Some(site)
}

/// A site that buys nothing has no price.
fn site_has_grid(power: &PowerText) -> bool {
    !power.grid.0.is_empty()
}

fn mw(field: &Field<f64>) -> Option<Power> {
    value(field).map(Power::from_mw)
}

/// "From when", where leaving it out means always.
fn since(field: &Field<SimTime>) -> SimTime {
    value(field).unwrap_or(SimTime(i64::MIN))
}

fn tranches(rows: &[GridText], cx: &mut Cx<'_>) -> Vec<GridTranche> {
    let mut tranches: Vec<(GridTranche, Mark)> = Vec::new();
    for row in rows {
        let Some(limit) = mw(&row.mw) else { continue };
        let from = since(&row.from);
        if tranches.iter().any(|(known, _)| known.from == from) {
            let message = "two tranches of the grid begin at the same time".to_string();
            cx.error(row.mark, rules::NAMED_TWICE, message, "write one with the sum, or another `from`");
        }
        tranches.push((GridTranche { from, limit }, row.mark));
    }
    tranches.sort_by_key(|(tranche, _)| tranche.from);
    tranches.into_iter().map(|(tranche, _)| tranche).collect()
}

fn units(name: &Given<String>, text: &UnitsText, power: &PowerText) -> Option<UnitGroup> {
    let kind = value(&text.technology)?;
    let mut units = Units::new(kind, value(&text.count)?, mw(&text.mw_each)?);
    if let Some(btu) = value(&text.btu_per_kwh) {
        units.heat_rate = from_btu_per_kwh(btu);
    }
    units.least = value(&text.least_load).unwrap_or(units.least);
    units.start = value(&text.start).unwrap_or(units.start);
    units.outage = value(&text.outage).unwrap_or(units.outage);
    units.repair = value(&text.repair).unwrap_or(units.repair);
    let site = match kind {
        UnitKind::Diesel => value(&power.diesel_usd_per_mmbtu).unwrap_or(20.0),
        _ => value(&power.gas_usd_per_mmbtu).unwrap_or(3.5),
    };
    let fuel_usd_per_mmbtu = value(&text.fuel_usd_per_mmbtu).unwrap_or(site);
    Some(UnitGroup { key: name.value.clone(), units, ready: since(&text.ready), fuel_usd_per_mmbtu })
}

pub(super) fn cooling(text: Option<&CoolingText>) -> CoolingPlant {
    let kind = text.and_then(|text| value(&text.plant)).unwrap_or(CoolingKind::ClosedLoop);
    let wet = matches!(kind, CoolingKind::WaterCooledChiller | CoolingKind::Evaporative);
    let design = text.and_then(|text| value(&text.design_c)).unwrap_or(if wet { 28.0 } else { 40.0 });
    let mut plant = CoolingPlant::new(kind, design);
    let Some(text) = text else { return plant };
    plant.size = value(&text.size).unwrap_or(plant.size);
    plant.supply_c = value(&text.supply_c).unwrap_or(plant.supply_c);
    plant.range_k = value(&text.range_k).unwrap_or(plant.range_k);
    plant.approach_k = value(&text.approach_k).unwrap_or(plant.approach_k);
    plant.cycles = value(&text.cycles).unwrap_or(plant.cycles);
    plant
}

fn events(power: &PowerText, (start, end): (SimTime, SimTime), cx: &mut Cx<'_>) -> Vec<Curtailment> {
    let mut events = Vec::new();
    for row in &power.event.0 {
        let (Some(begin), Some(length), Some(share)) = (&row.start, &row.length, &row.share) else {
            continue;
        };
        if begin.value >= end || begin.value.saturating_add(length.value) <= start {
            let message = format!("an event from {} on, outside of the run", begin.value);
            cx.warn(
                begin.mark,
                rules::EVENT_OUTSIDE,
                message,
                format!("the run lasts from {start} to {end}"),
            );
        }
        let notice = value(&row.notice).unwrap_or(Span::ZERO);
        events.push(Curtailment { start: begin.value, length: length.value, share: share.value, notice });
    }
    events.sort_by_key(|event| event.start);
    events
}

/// The normals that stand for a place that names none: the nearest station, market or grid.
fn nearest(quantity: Quantity, site: &Site, mark: Mark, cx: &mut Cx<'_>) -> SeriesSource {
    let (latitude, longitude) = (site.latitude_deg, site.longitude_deg);
    let (key, km, far) = match quantity {
        Quantity::DryBulb => {
            let (station, km) = StationNormals::nearest(latitude, longitude);
            (station.key, km, FAR_STATION_KM)
        }
        _ => {
            let (grid, km) = GridNormals::nearest(quantity, latitude, longitude);
            (grid.key, km, FAR_GRID_KM)
        }
    };
    if km > far {
        let (what, section) = words(quantity);
        let message =
            format!("the nearest built-in {what} is `{key}`, {} km from `{}`", km.round(), site.key);
        let hint =
            format!("name a file in `[site.{}.{section}]`, or `normals = \"{key}\"` if it will do", site.key);
        cx.warn(mark, rules::FAR_NORMALS, message, hint);
    }
    SeriesSource::Normals(key.to_string())
}

/// One temperature for all hours says nothing of sun and wind, and is one of the earth's.
fn still_weather(site: &SiteText, power: &PowerText, cx: &mut Cx<'_>) {
    let Some(given) = site.weather.0.as_ref().and_then(|weather| weather.value.as_ref()) else { return };
    let solar = power.solar.0.as_ref().map(|_| ("solar", "sun"));
    let wind = power.wind.0.as_ref().map(|_| ("wind", "wind"));
    for (section, what) in solar.into_iter().chain(wind) {
        let message = format!("`{section}` in weather that is one `value`: there is no {what} in it");
        let hint = "name a weather `file`, or built-in `normals`";
        cx.error(given.mark, rules::STILL_WEATHER, message, hint);
    }
    if !(COLDEST_C..=HOTTEST_C).contains(&given.value) {
        let message = format!("the air has {} °C in every hour", plain(given.value));
        let hint = format!("between {COLDEST_C} and {HOTTEST_C} °C");
        cx.error(given.mark, rules::OUT_OF_RANGE, message, hint);
    }
}

/// What a quantity is called, and its section.
fn words(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::Price => ("market", "price"),
        Quantity::Carbon => ("grid", "carbon"),
        _ => ("station", "weather"),
    }
}

/// Where a series comes from.
pub(super) fn source(
    section: &One<SeriesText>,
    quantity: Quantity,
    site: (&Site, Mark),
    cx: &mut Cx<'_>,
) -> Option<SeriesSource> {
    let Some(text) = &section.0 else { return Some(nearest(quantity, site.0, site.1, cx)) };
    let given = [
        text.file.as_ref().map(|given| ("file", given.mark)),
        text.normals.as_ref().map(|given| ("normals", given.mark)),
        text.value.as_ref().map(|given| ("value", given.mark)),
    ];
    let mut given = given.into_iter().flatten();
    let first = given.next();
    for (name, mark) in given {
        let message =
            format!("`{name}` beside `{}`: a series has one source", first.map_or("", |(name, _)| name));
        cx.error(mark, rules::EXCLUDED, message, "keep one of them");
    }
    if text.file.is_none() {
        let marks = [
            ("format", text.format.as_ref().map(|given| given.mark)),
            ("column", text.column.as_ref().map(|given| given.mark)),
            ("utc_offset_hours", text.utc_offset_hours.as_ref().map(|given| given.mark)),
        ];
        for (name, mark) in marks {
            if let Some(mark) = mark {
                cx.error(
                    mark,
                    rules::EXCLUDED,
                    format!("`{name}` without a `file`"),
                    "leave it out, or name a `file`",
                );
            }
        }
    }
    if let Some(file) = &text.file {
        let format = match &text.format {
            None => None,
            Some(given) => Some(format(given, cx)?),
        };
        let path = resolve_path(file, cx)?;
        if !path.is_file() {
            let message = format!("the series `{}` cannot be read: there is no such file", path.display());
            cx.error(
                file.mark,
                rules::UNREADABLE,
                message,
                "paths count from the folder of the file that names them",
            );
            return None;
        }
        return Some(SeriesSource::File(SeriesFile {
            path,
            format,
            column: value(&text.column),
            offset: value(&text.utc_offset_hours).and_then(|hours| Span::from_seconds_f64(hours * 3600.0)),
            longest_gap: value(&text.longest_gap).unwrap_or(Span::DAY * 3),
            place: cx.texts.short(file.mark),
        }));
    }
    if let Some(given) = &text.normals {
        let known: Vec<&str> = match quantity {
            Quantity::DryBulb => series::normals::stations::ALL.iter().map(|station| station.key).collect(),
            _ => {
                let grids = series::normals::grids::ALL.iter();
                grids.filter(|grid| grid.quantity == quantity).map(|grid| grid.key).collect()
            }
        };
        if !known.contains(&given.value.as_str()) {
            let hint = meant(&given.value, known.iter().copied(), || {
                format!("known: {}", listed(known.iter().copied()))
            });
            let message = format!("there is no built-in {} `{}`", words(quantity).0, given.value);
            let diagnostic = Diagnostic::error(rules::NO_NORMALS, message).with_value(&given.value);
            cx.report(given.mark, diagnostic.with_hint(hint));
            return None;
        }
        return Some(SeriesSource::Normals(given.value.clone()));
    }
    match &text.value {
        Some(given) => Some(SeriesSource::Value(given.value)),
        None => Some(nearest(quantity, site.0, text.mark, cx)),
    }
}

fn format(given: &Given<String>, cx: &mut Cx<'_>) -> Option<series::Format> {
    let names = || series::Format::ALL.iter().map(|format| format.name());
    let found = series::Format::parse(&given.value);
    if found.is_none() {
        let hint = meant(&given.value, names(), || format!("known: {}", listed(names())));
        cx.error(given.mark, rules::UNKNOWN_CHOICE, format!("there is no form `{}`", given.value), hint);
    }
    found
}

/// The first part of a plant, and what comes later.
fn in_parts((mw, ready): (&Field<f64>, &Field<SimTime>), more: &Rows<PlantPartText>) -> Option<InParts> {
    let always = SimTime(i64::MIN);
    let first = (Power::from_mw(value(mw)?), value(ready).unwrap_or(always));
    let later =
        more.0.iter().filter_map(|part| Some((Power::from_mw(value(&part.mw)?), value(&part.ready)?)));
    Some(InParts::new(std::iter::once(first).chain(later).collect()))
}

/// Whether the power that there will be carries the site.
fn check(site: &SitePower, text: &PowerText, parts: &Parts<'_>, cx: &mut Cx<'_>) {
    let place = &parts.sites[site.site.index()];
    let sun_and_wind = site.solar.is_some() || site.wind.is_some();
    if site.grid.is_empty() && site.units.is_empty() && !sun_and_wind {
        let message = format!("`{}` has no source of power", place.key);
        let hint = "write `grid = [{ mw = 500.0 }]`, or `[site.NAME.power.units.NAME]`";
        cx.lack(text.mark, rules::NO_SUPPLY, message, hint);
        return;
    }
    // What one can count on at an instant: the grid and the units.
    let firm = |at: SimTime| -> f64 {
        let grid =
            site.grid.iter().rfind(|tranche| tranche.from <= at).map_or(0.0, |tranche| tranche.limit.mw());
        let ready = site.units.iter().filter(|group| group.ready <= at);
        grid + ready.map(|group| group.units.capacity.mw() * f64::from(group.units.count)).sum::<f64>()
    };
    let (start, end) = parts.run;
    let blocks: Vec<&Block> =
        place.block_ids().map(|id| &parts.blocks[id.index()]).filter(|block| block.ready < end).collect();
    // Their systems may draw less than they can carry.
    let systems = |block: &&Block| -> f64 {
        let draw = |(id, count): &(base::id::SystemId, u32)| {
            parts.systems[id.index()].it_power.mw() * f64::from(*count)
        };
        block.equipment.iter().map(draw).sum()
    };
    let it: f64 = blocks.iter().map(systems).sum::<f64>() + site.other_it.mw();
    let least = it * (site.overhead.house + site.overhead.no_load);
    let last = firm(SimTime(end.0 - 1));
    if !blocks.is_empty() && last <= least && !sun_and_wind {
        let message = format!(
            "`{}` has {} MW by the end of the run, and its house and idle losses alone take {} MW: nothing can ever run",
            place.key,
            plain(last),
            plain((least * 1e3).round() / 1e3)
        );
        cx.lack(
            text.mark,
            rules::NEVER_ENOUGH,
            message,
            "give the grid or the units more `mw`, or the blocks less",
        );
        return;
    }
    // Without cooling: what is short here is short in any weather.
    let full = it * (1.0 + site.overhead.losses(1.0) + site.overhead.house);
    if last < full * 0.999 && !sun_and_wind {
        let message = format!(
            "`{}` can have {} MW by the end of the run, and its systems at full load take {} MW before any cooling",
            place.key,
            plain(last),
            plain((full * 10.0).round() / 10.0)
        );
        cx.warn(
            text.mark,
            rules::SHORT_POWER,
            message,
            "part of them will stand still: give more `mw`, or mean it",
        );
    }
    let first =
        site.grid.iter().map(|tranche| tranche.from).chain(site.units.iter().map(|group| group.ready)).min();
    if let (Some(first), Some(block)) = (first, blocks.iter().min_by_key(|block| block.ready))
        && first > block.ready.max(start)
        && !sun_and_wind
    {
        let message =
            format!("`{}` is ready at {}, and its site has no power before {first}", block.key, block.ready);
        cx.warn(text.mark, rules::LATE_POWER, message, "its systems stand still until then");
    }
}
