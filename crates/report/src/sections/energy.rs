//! Power, cooling and what they cost.

use super::{maybe, thinning, time_axis};
use crate::chart::{Axis, Bar, Bars, Chart, Ink, Mark, SERIES, Series, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{COSTS, EnergyBin, EnergyHours, Run, SOURCES};
use crate::scale::{Reads, Scale};

/// Temperatures with fewer hours than this say little.
const LEAST_HOURS: f64 = 3.0;

pub(super) fn section(run: &Run) -> Option<Section> {
    // A scenario without power has nothing to say here.
    let energy = run.energy.as_ref()?;
    let all = energy.total();
    let lead = "What the sites draw, hour by hour: the IT equipment by what runs on it, cooling and losses by the weather \
                of the hour. The cheapest supply of each hour meets it; what power, the grid or the heat does not allow \
                is withheld from work."
        .to_string();
    if all.used <= 0.0 {
        let text = "No site with power used any energy during the run: there is nothing to show.";
        let blocks = vec![Block::Text(text.to_string())];
        return Some(Section { id: "energy", title: "Power, cooling and cost".to_string(), lead, blocks });
    }
    let mut blocks = vec![Block::Numbers(numbers(run, &all)), Block::Figure(mix(run, energy))];
    blocks.push(Block::Figure(pue_over_time(run, energy)));
    blocks.extend(pue_by_degree(energy).map(Block::Figure));
    blocks.push(Block::Figure(over_time(
        run,
        energy,
        "fig-power-price",
        "What did a megawatt-hour cost at the grid?",
        "Price at the meter, the mean over the hours of all sites with power.",
        ("USD/MWh", "price"),
        EnergyBin::price,
    )));
    blocks.push(Block::Figure(over_time(
        run,
        energy,
        "fig-grid-carbon",
        "How much carbon did the grid carry?",
        "CO2 for a kilowatt-hour of the grid, the mean over the hours of all sites with power.",
        ("g/kWh", "carbon intensity"),
        EnergyBin::grid_carbon,
    )));
    blocks.extend(cost(run, &all).map(Block::Figure));
    if all.shed + all.curtailed + all.derated > 0.0 {
        blocks.push(Block::Figure(withheld(run, energy)));
    }
    Some(Section { id: "energy", title: "Power, cooling and cost".to_string(), lead, blocks })
}

fn numbers(run: &Run, all: &EnergyBin) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    vec![
        key(
            format::quantity(all.used, "MWh"),
            "energy used",
            format!("at a peak of {}", maybe(run.result("power_peak_mw"), |mw| format::quantity(mw, "MW"))),
        ),
        key(
            maybe(all.pue(), |pue| format!("{pue:.3}")),
            "PUE",
            format!(
                "energy used over that of the IT equipment; {} in the worst hour",
                maybe(run.result("pue_max"), |pue| format!("{pue:.3}"))
            ),
        ),
        key(
            format::dollars(all.cost()),
            "cost of energy",
            format!(
                "{} for each MWh used{}",
                maybe(run.result("energy_usd_per_mwh"), |usd| format::quantity(usd, "USD")),
                before_contracts(run)
            ),
        ),
        key(
            format::quantity(all.carbon / 1000.0, "t CO2"),
            "carbon",
            format!(
                "{} used",
                maybe(run.result("carbon_g_per_kwh"), |grams| format::quantity(grams, "g for each kWh"))
            ),
        ),
        key(
            format::quantity(all.water / 1000.0, "m³"),
            "water",
            maybe(run.result("wue_l_per_kwh"), |litres| format!("{litres:.2} l for each kWh of IT")),
        ),
        key(
            format::share((all.shed + all.curtailed + all.derated) / all.capacity.max(f64::MIN_POSITIVE)),
            "withheld",
            "of what all systems could draw: for want of power, for the grid, for heat".to_string(),
        ),
    ]
}

/// What to say at a cost of energy where the books pay another one.
pub(super) fn before_contracts(run: &Run) -> &'static str {
    let settles = |path: &str| path.starts_with("agreement.") && path.contains(".power_contract.");
    match run.books.is_some() && run.figures.iter().any(|figure| settles(&figure.path)) {
        true => "; at the sites' own prices, before power contracts: the books have what they make of it",
        false => "",
    }
}

/// Hours of each bin.
fn lengths(run: &Run) -> Vec<f64> {
    run.hours.bins.edges().windows(2).map(|edge| (edge[1] - edge[0]) / 3600.0).collect()
}

/// Where the power came from.
fn mix(run: &Run, energy: &EnergyHours) -> Figure {
    let all = energy.total();
    let lengths = lengths(run);
    let mut used: Vec<usize> = (0..SOURCES.len()).filter(|place| all.sources[*place] > 0.0).collect();
    used.sort_by(|a, b| all.sources[*b].total_cmp(&all.sources[*a]).then(a.cmp(b)));
    let mean = |bin: usize, places: &[usize]| {
        let hours = lengths.get(bin).copied().filter(|hours| *hours > 0.0)?;
        let sum: f64 = places.iter().map(|place| energy.network[bin].sources[*place]).sum();
        Some(sum / hours)
    };
    let own = if used.len() <= SERIES { used.len() } else { SERIES - 1 };
    let mut entries: Vec<(String, Ink, Vec<usize>)> = used[..own]
        .iter()
        .enumerate()
        .map(|(colour, place)| (SOURCES[*place].1.to_string(), Ink::Series(colour), vec![*place]))
        .collect();
    if own < used.len() {
        entries.push(("others".to_string(), Ink::Others, used[own..].to_vec()));
    }
    let count = energy.network.len();
    let highest = (0..count).filter_map(|bin| mean(bin, &used)).fold(0.0, f64::max);
    let series = entries
        .into_iter()
        .map(|(name, ink, places)| Series {
            name,
            ink,
            mark: Mark::Area,
            values: (0..count).map(|bin| mean(bin, &places)).collect(),
            low: Vec::new(),
        })
        .collect();
    let whole: f64 = all.sources.iter().sum();
    let mut table = Table::new(&["source", "#energy", "#share"]);
    for place in used {
        let mwh = all.sources[place];
        table.push([SOURCES[place].1.to_string(), format::quantity(mwh, "MWh"), format::share(mwh / whole)]);
    }
    Figure {
        id: "fig-power-mix".to_string(),
        title: "Where did the power come from?".to_string(),
        caption: format!(
            "Mean power of all sites by source; what charges a battery or is sold is in it. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: "MW".to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
            places: run.hours.bins.edges(),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// An axis for PUE: from 1 to a round value.
fn pue_scale(highest: f64) -> Scale {
    let above = (highest - 1.0).max(0.05);
    let Scale::Linear { high, .. } = Scale::from_zero(above) else {
        return Scale::Linear { low: 1.0, high: 2.0 };
    };
    Scale::Linear { low: 1.0, high: 1.0 + high }
}

fn pue_series(bins: &[&EnergyBin], line: Mark) -> Vec<Series> {
    let range = |pick: fn((f64, f64)) -> f64| bins.iter().map(|bin| bin.pue_range.map(pick)).collect();
    vec![
        Series {
            name: "least to largest of an hour".to_string(),
            ink: Ink::Idle,
            mark: Mark::Band,
            values: range(|(_, most)| most),
            low: range(|(least, _)| least),
        },
        Series {
            name: "PUE".to_string(),
            ink: Ink::Busy,
            mark: line,
            values: bins.iter().map(|bin| bin.pue_range.and(bin.pue())).collect(),
            low: Vec::new(),
        },
    ]
}

fn highest_pue<'b>(bins: impl Iterator<Item = &'b EnergyBin>) -> f64 {
    bins.filter_map(|bin| bin.pue_range).map(|(_, most)| most).fold(1.0, f64::max)
}

fn pue_over_time(run: &Run, energy: &EnergyHours) -> Figure {
    let bins: Vec<&EnergyBin> = energy.network.iter().collect();
    let mut table = Table::new(&["site", "#PUE", "#least", "#largest", "#water for each kWh of IT"]);
    for (site, bin) in run.sites.iter().zip(&energy.sites).filter(|(_, bin)| bin.site_hours > 0.0) {
        let range = |pick: fn((f64, f64)) -> f64| maybe(bin.pue_range.map(pick), |pue| format!("{pue:.3}"));
        let litres = (bin.it > 0.0).then(|| bin.water / (bin.it * 1000.0));
        table.push([
            site.name.clone(),
            maybe(bin.pue(), |pue| format!("{pue:.3}")),
            range(|(least, _)| least),
            range(|(_, most)| most),
            maybe(litres, |litres| format!("{litres:.2} l")),
        ]);
    }
    Figure {
        id: "fig-pue".to_string(),
        title: "How much power went into cooling and losses?".to_string(),
        caption: format!(
            "Power usage effectiveness: energy used over that of the IT equipment. The band spans the single hours of the \
             sites with at least a tenth of their capacity at work. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "PUE".to_string(),
                scale: pue_scale(highest_pue(energy.network.iter())),
                reads: Reads::Number,
            },
            places: run.hours.bins.edges(),
            series: pue_series(&bins, Mark::Step),
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// PUE against the temperature outside.
fn pue_by_degree(energy: &EnergyHours) -> Option<Figure> {
    let enough = |bin: &EnergyBin| bin.site_hours >= LEAST_HOURS && bin.pue_range.is_some();
    let first = *energy.by_degree.iter().find(|(_, bin)| enough(bin))?.0;
    let last = *energy.by_degree.iter().rfind(|(_, bin)| enough(bin))?.0;
    if last - first < 2 {
        return None;
    }
    let nothing = EnergyBin::default();
    let of = |degree: i32| energy.by_degree.get(&degree).filter(|bin| enough(bin)).unwrap_or(&nothing);
    let bins: Vec<&EnergyBin> = (first..=last).map(of).collect();
    let mut table = Table::new(&["dry bulb, °C", "#hours of sites", "#PUE", "#least", "#largest"]);
    for degree in (first..=last).step_by(((last - first) as usize / 12).max(1)) {
        let bin = of(degree);
        let range = |pick: fn((f64, f64)) -> f64| maybe(bin.pue_range.map(pick), |pue| format!("{pue:.3}"));
        table.push([
            format!("{degree} to {}", degree + 1),
            format::number(bin.site_hours),
            maybe(bin.pue(), |pue| format!("{pue:.3}")),
            range(|(least, _)| least),
            range(|(_, most)| most),
        ]);
    }
    let scale = pue_scale(highest_pue(bins.iter().copied()));
    Some(Figure {
        id: "fig-pue-temperature".to_string(),
        title: "How does the heat outside show in the PUE?".to_string(),
        caption: format!(
            "The same by the dry bulb of the hour, in whole degrees with at least {LEAST_HOURS} hours. The band is wide where \
             load, humidity and plant differ between hours of one temperature."
        ),
        chart: Chart::Xy(Xy {
            x: Axis {
                title: "dry bulb, °C".to_string(),
                scale: Scale::Linear { low: f64::from(first), high: f64::from(last + 1) },
                reads: Reads::Number,
            },
            y: Axis { title: "PUE".to_string(), scale, reads: Reads::Number },
            places: (first..=last + 1).map(f64::from).collect(),
            series: pue_series(&bins, Mark::Step),
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    })
}

/// One quantity over the run.
fn over_time(
    run: &Run,
    energy: &EnergyHours,
    id: &str,
    title: &str,
    about: &str,
    (unit, name): (&str, &str),
    value: fn(&EnergyBin) -> Option<f64>,
) -> Figure {
    let values: Vec<Option<f64>> = energy.network.iter().map(value).collect();
    let given = || values.iter().flatten().copied();
    let (low, high) = (given().fold(0.0, f64::min), given().fold(0.0, f64::max));
    let scale = match Scale::from_zero(high) {
        Scale::Linear { high, .. } if low < 0.0 => Scale::Linear { low, high },
        scale => scale,
    };
    let mut table = Table::new(&["site", "#mean", "#weighted by what was bought"]);
    for (site, bin) in run.sites.iter().zip(&energy.sites).filter(|(_, bin)| bin.site_hours > 0.0) {
        let weighted = match id {
            "fig-power-price" => (bin.sources[0] > 0.0).then(|| bin.costs[0] / bin.sources[0]),
            _ => None,
        };
        table.push([
            site.name.clone(),
            maybe(value(bin), |mean| format::quantity(mean, unit)),
            maybe(weighted, |mean| format::quantity(mean, unit)),
        ]);
    }
    Figure {
        id: id.to_string(),
        title: title.to_string(),
        caption: format!("{about} {}", thinning(&run.hours)),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: unit.to_string(), scale, reads: Reads::Number },
            places: run.hours.bins.edges(),
            series: vec![Series {
                name: name.to_string(),
                ink: Ink::Series(0),
                mark: Mark::Step,
                values,
                low: Vec::new(),
            }],
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// What energy cost, by part.
fn cost(run: &Run, all: &EnergyBin) -> Option<Figure> {
    let energy = run.energy.as_ref()?;
    let most = all.costs.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let used = (0..COSTS.len()).filter(|place| all.costs[*place] != 0.0);
    let bars = used.map(|place| Bar {
        name: COSTS[place].1.to_string(),
        values: vec![(all.costs[place] / most, format::dollars(all.costs[place]))],
    });
    let mut table =
        Table::new(&["site", "#bought", "#fuel", "#demand charge", "#water", "#sold", "#for each MWh used"]);
    for (site, bin) in run.sites.iter().zip(&energy.sites).filter(|(_, bin)| bin.site_hours > 0.0) {
        let [bought, fuel, demand, water, sold] = bin.costs.map(format::dollars);
        let each = (bin.used > 0.0).then(|| bin.cost() / bin.used);
        let each = maybe(each, |usd| format::quantity(usd, "USD"));
        table.push([site.name.clone(), bought, fuel, demand, water, sold, each]);
    }
    Some(Figure {
        id: "fig-energy-cost".to_string(),
        title: "What did the energy cost?".to_string(),
        caption: "All sites over the whole run. The demand charge is on the largest hour of each month; what is sold is \
                  income."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "part of the cost".to_string(),
            measures: vec![("US dollars".to_string(), Ink::Busy)],
            bars: bars.collect(),
        }),
        table,
    })
}

/// What could not be had, by cause.
fn withheld(run: &Run, energy: &EnergyHours) -> Figure {
    type Cause = (&'static str, Ink, fn(&EnergyBin) -> f64);
    const CAUSES: [Cause; 3] = [
        ("want of power", Ink::Series(0), |bin| bin.shed),
        ("for the grid", Ink::Series(1), |bin| bin.curtailed),
        ("heat", Ink::Series(2), |bin| bin.derated),
    ];
    let share = |bin: &EnergyBin, part: f64| (bin.capacity > 0.0).then(|| part / bin.capacity);
    let used = CAUSES.into_iter().filter(|(_, _, of)| energy.network.iter().any(|bin| of(bin) > 0.0));
    let series: Vec<Series> = used
        .map(|(name, ink, of)| Series {
            name: name.to_string(),
            ink,
            mark: Mark::Area,
            values: energy.network.iter().map(|bin| share(bin, of(bin))).collect(),
            low: Vec::new(),
        })
        .collect();
    let highest = energy
        .network
        .iter()
        .filter_map(|bin| share(bin, bin.shed + bin.curtailed + bin.derated))
        .fold(0.0, f64::max);
    let scale = match Scale::from_zero(highest) {
        Scale::Linear { high, .. } if high < 1.0 => Scale::Linear { low: 0.0, high },
        _ => Scale::shares(),
    };
    let mut table = Table::new(&["site", "#want of power", "#for the grid", "#heat"]);
    for (site, bin) in run.sites.iter().zip(&energy.sites).filter(|(_, bin)| bin.site_hours > 0.0) {
        let [shed, curtailed, derated] = CAUSES.map(|(_, _, of)| maybe(share(bin, of(bin)), format::share));
        table.push([site.name.clone(), shed, curtailed, derated]);
    }
    Figure {
        id: "fig-withheld".to_string(),
        title: "How much of the capacity could not be had, and why?".to_string(),
        caption: format!(
            "IT power of all systems at work that was withheld: the interconnection is late or small and units are in repair \
             (want of power), the grid curtails or is too dear (for the grid), the heat cannot be rejected. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: "share of the IT power".to_string(), scale, reads: Reads::Share },
            places: run.hours.bins.edges(),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}
