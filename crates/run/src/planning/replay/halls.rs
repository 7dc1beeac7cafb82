//! Halls of a plan as blocks of a scenario: each delivery of systems is a block, those of one hall are one building.

use super::words::quoted;
use super::{MOST_NAME, Writer, quarters_after};
use base::SimTime;
use scenario::world::planning::Candidate;
use std::collections::BTreeMap;

/// Systems by the hall that takes them, the period and its quarter, and the generation.
pub(super) type Deliveries = BTreeMap<(usize, (usize, usize), usize), u32>;

impl Writer<'_> {
    /// Systems delivered to a site, by the hall that takes them, period and its quarter, and generation.
    pub(super) fn deliveries(&mut self, i: usize) -> Deliveries {
        let instance = self.instance;
        let room = |(k, from): (usize, usize)| (from, k, instance.sites[i].phases[k].mw);
        let mut halls: Vec<(usize, usize, f64)> = self.stands(i).into_iter().map(room).collect();
        halls.sort_by_key(|(ready, k, _)| (*ready, *k));
        let periods = &self.decisions.futures[self.out.future].periods;
        let mut found = BTreeMap::new();
        let mut stands = vec![(0.0_f64, 0_u32); self.hardware.len()];
        let parts = (0..periods.len()).flat_map(|t| (0..self.parts(t)).map(move |quarter| (t, quarter)));
        for (t, quarter) in parts.collect::<Vec<_>>() {
            for (g, hardware) in self.hardware.iter().enumerate() {
                let (sum, placed) = &mut stands[g];
                *sum += periods[t].delivered_mw[i][g] / self.parts(t) as f64;
                // Whole systems; what is left over comes with the next.
                let all = libm::round(*sum / hardware.mw).min(f64::from(u32::MAX)) as u32;
                let mut left = all.saturating_sub(*placed);
                *placed += left;
                let now = instance.quarters_before(t) + quarter;
                let last = halls.iter().rposition(|(ready, ..)| *ready <= now);
                for (at, (ready, k, room)) in halls.iter_mut().enumerate() {
                    if *ready > now || left == 0 {
                        continue;
                    }
                    let fit = match last == Some(at) {
                        true => left,
                        false => left.min(libm::round(*room / hardware.mw).max(0.0) as u32),
                    };
                    *room -= f64::from(fit) * hardware.mw;
                    left -= fit;
                    if fit > 0 {
                        *found.entry((*k, (t, quarter), g)).or_insert(0) += fit;
                    }
                }
            }
        }
        found
    }

    /// The deliveries as blocks. The time that the plan has for a hall, from the beginning of work until its systems work,
    /// is building here, and systems work as they come: so a delivery waits for its hall where that slips.
    pub(super) fn halls(&mut self, i: usize, candidate: &Candidate, deliveries: &Deliveries) {
        let mut taken: BTreeMap<usize, f64> = BTreeMap::new();
        for (&(k, _, g), &count) in deliveries {
            *taken.entry(k).or_insert(0.0) += self.draw(g, count);
        }
        let mut built = usize::MAX;
        for (&(k, (t, quarter), g), &count) in deliveries {
            let (system, phase) = (&self.hardware[g].key, &self.instance.sites[i].phases[k]);
            let part = if self.parts(t) > 1 { format!("-q{}", quarter + 1) } else { String::new() };
            let long = format!("{}-{}{part}-{system}", phase.name, self.period(t));
            let name = if long.len() <= MOST_NAME { long } else { format!("hall-{k}-{t}{part}-{g}") };
            let came = self.start_of(t, quarter);
            // What no delivery fills of a hall is built with the first.
            let own = self.draw(g, count);
            let mw = (built != k).then(|| own + (phase.mw - taken[&k]).max(own * 1e-9));
            built = k;
            self.block((i, k), (&name, mw), came, candidate, |writer| {
                writer.set("systems_from", quoted(&came.to_string()));
                writer.set("systems", format!("[{{ system = {}, count = {count} }}]", quoted(system)));
            });
        }
        for (k, from) in self.stands(i).into_iter().filter(|(k, _)| !taken.contains_key(k)) {
            let phase = &self.instance.sites[i].phases[k];
            let hall = (phase.name.as_str(), Some(phase.mw));
            self.block((i, k), hall, self.start_of(0, from), candidate, |writer| writer.set("empty", true));
        }
    }

    /// Power of so many systems, MW.
    fn draw(&self, g: usize, count: u32) -> f64 {
        f64::from(count) * self.hardware[g].mw
    }

    /// A block of a hall of the site, with its name and, if it is said, its power; systems come at `came`.
    fn block(
        &mut self,
        (i, k): (usize, usize),
        (name, mw): (&str, Option<f64>),
        came: SimTime,
        candidate: &Candidate,
        equipment: impl FnOnce(&mut Self),
    ) {
        let key = &candidate.site.key;
        self.line(&format!("\n[site.{key}.block.{name}]"));
        if let Some(mw) = mw {
            self.set("it_mw", mw);
        }
        self.set("building", quoted(&self.instance.sites[i].phases[k].name));
        self.set("construction", quoted(&candidate.construction));
        equipment(self);
        self.line(&format!("\n[site.{key}.block.{name}.milestones]"));
        let (begun, built) = self.building((i, k), candidate);
        for (milestone, at) in [
            ("begun", begun.min(came)),
            ("power_on", built.min(came)),
            ("systems_installed", came),
            ("energised", came),
        ] {
            self.set(milestone, quoted(&at.to_string()));
        }
    }

    /// Halls of a site that stand within the plan, each with the quarter from which it does in the future that comes.
    pub(super) fn stands(&self, i: usize) -> Vec<(usize, usize)> {
        let late = self.instance.scenarios[self.out.future].late_halls.get(i).copied().unwrap_or(0);
        let end = self.instance.quarters_before(self.instance.periods.len());
        let phases = self.decisions.sites[i].phases.iter().enumerate();
        let from = |ready: usize| self.instance.quarters_before(ready).saturating_add(late);
        phases.filter_map(|(k, ready)| Some((k, from((*ready)?)))).filter(|(_, from)| *from < end).collect()
    }

    /// When work on a hall begins, and when it is done if lead times are as stated.
    fn building(&self, (i, k): (usize, usize), candidate: &Candidate) -> (SimTime, SimTime) {
        let ready = self.decisions.sites[i].phases[k].unwrap_or(0);
        let lead = self.instance.sites[i].phases[k].lead_quarters;
        let quarters = self.instance.quarters_before(ready) as i64 - i64::from(lead);
        let start = self.out.starts[0];
        let begun = i32::try_from(quarters)
            .ok()
            .and_then(|quarters| quarters_after(start, quarters))
            .unwrap_or(start);
        (begun, begun.saturating_add(candidate.stated))
    }
}
