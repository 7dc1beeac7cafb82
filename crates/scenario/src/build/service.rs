//! Regions, surfaces and services.

use super::{find, only_tenant};
use crate::context::Cx;
use crate::keys::{AutoscaleText, RegionText, ScenarioText, ServiceText, SurfaceText};
use crate::language::{Field, Given};
use crate::rules;
use crate::scalar::plain;
use crate::tree::Mark;
use crate::world::{Region, Replica, Service, Site, System, Tenant, WhenFull};
use base::id::{PartnerId, SiteId, SystemId, TenantId};
use base::{Diagnostic, SimTime, Span};
use service::network::{distance_km, round_trip};
use service::queueing::Replica as Slots;
use service::{Autoscale, Burst, Demand, Measured, Rule, Shape, Surface, SurfaceFault, Targets};
use std::collections::BTreeSet;

/// Shares that should sum to 1 may miss it by so much: a few digits are written.
const SHARE_SLIP: f64 = 1e-6;

/// What is known when services are read.
pub struct Known<'w> {
    /// Start of the run.
    pub start: SimTime,
    /// End of the run.
    pub end: SimTime,
    /// Keys of the partners, by number.
    pub partners: Vec<&'w str>,
    /// By number.
    pub tenants: &'w [Tenant],
    /// By number.
    pub sites: &'w [Site],
    /// Those that stand somewhere.
    pub systems: &'w [System],
    /// Models of accelerators by number.
    pub accelerators: &'w [String],
    /// The systems of each site, by site.
    pub standing: Vec<BTreeSet<SystemId>>,
}

/// The regions with each one's share, by key.
pub fn regions(text: &ScenarioText, sites: &[Site], cx: &mut Cx<'_>) -> (Vec<Region>, Vec<f64>) {
    let rows = &text.region.0;
    let said: f64 = rows.iter().filter_map(|(_, region)| value(&region.share)).sum();
    let silent = rows.iter().filter(|(_, region)| region.share.is_none()).count();
    let wrong = match silent {
        0 => (said - 1.0).abs() > SHARE_SLIP,
        _ => said > 1.0 + SHARE_SLIP,
    };
    // A share that was refused is missing here.
    let spoiled = rows.iter().any(|(_, region)| cx.is_spoiled(region.mark));
    if let Some((_, last)) = rows.last().filter(|_| wrong && !spoiled && cx.complete) {
        let mark = last.share.as_ref().map_or(last.mark, |share| share.mark);
        let message = format!("the shares of the regions sum to {}, not to 1", rounded(said));
        cx.error(mark, rules::SHARES, message, "leave out one `share`: it is what the others leave");
    }
    let rest = ((1.0 - said) / silent.max(1) as f64).max(0.0);
    let shares: Vec<f64> = rows.iter().map(|(_, region)| value(&region.share).unwrap_or(rest)).collect();
    let sum: f64 = shares.iter().sum();
    let shares = shares.iter().map(|share| if sum > 0.0 { share / sum } else { 0.0 }).collect();
    (rows.iter().map(|(name, region)| one_region(name, region, sites, cx)).collect(), shares)
}

fn one_region(name: &Given<String>, text: &RegionText, sites: &[Site], cx: &mut Cx<'_>) -> Region {
    let (latitude_deg, longitude_deg) =
        (value(&text.latitude_deg).unwrap_or(0.0), value(&text.longitude_deg).unwrap_or(0.0));
    let offset_h = value(&text.utc_offset_h).unwrap_or((longitude_deg / 15.0).round());
    let from = (latitude_deg, longitude_deg);
    let far = |site: &Site| round_trip(distance_km(from, (site.latitude_deg, site.longitude_deg)));
    let mut round_trips: Vec<Span> = sites.iter().map(far).collect();
    let mut named = BTreeSet::new();
    for row in &text.round_trip.0 {
        let Some(site) = &row.site else { continue };
        let Some(at) = find(cx, site, "site", sites.iter().map(|site| site.key.as_str())) else { continue };
        if !named.insert(at) {
            let message = format!("the round trip to `{}` is given twice", site.value);
            cx.error(site.mark, rules::NAMED_TWICE, message, "keep one of them");
        }
        if let Some(time) = value(&row.time) {
            round_trips[at] = time;
        }
    }
    Region {
        key: name.value.clone(),
        name: text.name.as_ref().map_or_else(|| name.value.clone(), |name| name.value.clone()),
        latitude_deg,
        longitude_deg,
        utc_offset: Span::from_seconds_f64(offset_h * 3600.0).unwrap_or(Span::ZERO),
        round_trips,
    }
}

/// A surface that holds together.
struct Found<'t> {
    key: &'t str,
    text: &'t SurfaceText,
    surface: Surface,
}

/// The services, by key.
pub fn services(
    text: &ScenarioText,
    regions: (&[Region], &[f64]),
    known: &Known<'_>,
    cx: &mut Cx<'_>,
) -> Vec<Service> {
    let surfaces: Vec<Option<Found<'_>>> =
        text.surface.0.iter().map(|(name, row)| surface(&name.value, row, cx)).collect();
    if let (Some((_, first)), true) = (text.service.0.first(), regions.0.is_empty() && cx.complete) {
        let message = "there is a service, and no region with users".to_string();
        cx.error(first.mark, rules::NO_REGION, message, "add `[region.NAME]` with its position");
    }
    let names: Vec<&str> = text.surface.0.iter().map(|(name, _)| name.value.as_str()).collect();
    let mut reader = Reader { regions, known, names, surfaces: &surfaces, cx };
    let services: Vec<Service> =
        text.service.0.iter().filter_map(|(name, row)| reader.service(name, row)).collect();
    if !cx.has_errors() {
        remark(text, &services, regions.0, cx);
    }
    services
}

/// Regions that nobody is in, surfaces that nothing uses.
fn remark(text: &ScenarioText, services: &[Service], regions: &[Region], cx: &mut Cx<'_>) {
    for (at, ((name, row), region)) in text.region.0.iter().zip(regions).enumerate() {
        if services.iter().all(|service| service.shares[at] == 0.0) && row.mark.file == 0 {
            let message = format!("nobody in `{}` uses a service", region.key);
            cx.warn(name.mark, rules::EMPTY_REGION, message, "give it a `share`, or leave it out");
        }
    }
}

fn surface<'t>(key: &'t str, text: &'t SurfaceText, cx: &mut Cx<'_>) -> Option<Found<'t>> {
    let mut points = Vec::new();
    let mut marks = Vec::new();
    for row in &text.point.0 {
        let tokens = |own: &Field<u32>, common: &Field<u32>| value(own).or(value(common)).map(f64::from);
        let (tokens_in, tokens_out) =
            (tokens(&row.tokens_in, &text.tokens_in), tokens(&row.tokens_out, &text.tokens_out));
        let (Some(tokens_in), Some(tokens_out)) = (tokens_in, tokens_out) else {
            let message = format!("a point of `{key}` does not say how long prompts and answers were");
            cx.lack(
                row.mark,
                rules::MISSING_KEY,
                message,
                "write `tokens_in` and `tokens_out`, here or in the surface",
            );
            return None;
        };
        let (concurrency, ttft, tpot) = (value(&row.concurrency)?, value(&row.ttft)?, value(&row.tpot)?);
        let (ttft_s, tpot_s) = (ttft.seconds(), tpot.seconds());
        points.push(Measured { tokens_in, tokens_out, concurrency, ttft_s, tpot_s });
        marks.push(row.mark);
    }
    match Surface::new(&points) {
        Ok(surface) => Some(Found { key, text, surface }),
        Err(fault) => {
            refuse(key, text.mark, fault, &marks, cx);
            None
        }
    }
}

fn refuse(key: &str, section: Mark, fault: SurfaceFault, marks: &[Mark], cx: &mut Cx<'_>) {
    let (index, message) = match fault {
        SurfaceFault::Empty => {
            let message = format!("`{key}` has no point");
            cx.lack(
                section,
                rules::EMPTY,
                message,
                "write `point = [{ concurrency = 1, ttft = \"100 ms\", tpot = \"5 ms\" }]`",
            );
            return;
        }
        SurfaceFault::Twice(index) => (index, "has the concurrency of another point".to_string()),
        SurfaceFault::Faster(index) => (index, "is faster than a point with less load".to_string()),
        SurfaceFault::NoGain(index) => {
            (index, "finishes no more requests than a point with less load".to_string())
        }
    };
    let mark = marks.get(index).copied().unwrap_or(section);
    let message = format!("a point of `{key}` {message}");
    cx.error(
        mark,
        rules::NOT_MONOTONE,
        message,
        "leave the point out, or take the mean of several measurements",
    );
}

struct Reader<'r, 'a, 't> {
    regions: (&'r [Region], &'r [f64]),
    known: &'r Known<'r>,
    names: Vec<&'t str>,
    surfaces: &'r [Option<Found<'t>>],
    cx: &'r mut Cx<'a>,
}

impl Reader<'_, '_, '_> {
    fn service(&mut self, name: &Given<String>, text: &ServiceText) -> Option<Service> {
        let tenant = self.tenant(text);
        let buyer = self.buyer(name, text, tenant);
        let demand = self.demand(text);
        let shares = self.shares(text);
        let sites = self.sites(text);
        let autoscale = self.autoscale(text.autoscale.0.as_ref());
        let (start, end) = (value(&text.start), value(&text.end));
        if let (Some(start), Some(end)) = (&text.start, &text.end)
            && end.value <= start.value
        {
            let message = format!("`{}` ends at {}, which is not after its start", name.value, end.value);
            self.cx.error(end.mark, rules::DATES, message, "write an `end` after `start`");
        }
        let (tokens_in, tokens_out) = (value(&text.tokens_in)?, value(&text.tokens_out)?);
        let targets = Targets {
            ttft_s: value(&text.ttft)?.seconds(),
            tpot_s: value(&text.tpot)?.seconds(),
            quantile: value(&text.quantile).unwrap_or(0.95),
        };
        let sites = sites?;
        let replicas =
            self.replicas(name, text, &sites, f64::from(tokens_in), f64::from(tokens_out), &targets)?;
        let most_round_trip = value(&text.most_round_trip).unwrap_or(Span::FOREVER);
        let shares = shares?;
        self.reachable(text, &shares, &sites, most_round_trip);
        let own = self.known.tenants.get(tenant.index()).map_or(0, |tenant| tenant.priority);
        Some(Service {
            key: name.value.clone(),
            name: text.name.as_ref().map_or_else(|| name.value.clone(), |name| name.value.clone()),
            tenant,
            buyer,
            product: text.product.as_ref().unwrap_or(name).value.clone(),
            channel: text.channel.as_ref().map(|given| given.value.clone()),
            priority: own.saturating_add(value(&text.priority).unwrap_or(0)),
            start: start.unwrap_or(self.known.start),
            end: end.unwrap_or(self.known.end),
            tokens_in,
            tokens_out,
            demand: demand?,
            shares,
            targets,
            routing: value(&text.routing).unwrap_or(Rule::Nearest),
            most_round_trip,
            sites,
            when_full: value(&text.when_full).unwrap_or(WhenFull::Wait),
            autoscale,
            replicas,
        })
    }

    fn tenant(&mut self, text: &ServiceText) -> TenantId {
        let names: Vec<&str> = self.known.tenants.iter().map(|tenant| tenant.key.as_str()).collect();
        match &text.tenant {
            Some(tenant) => {
                find(self.cx, tenant, "tenant", names.iter().copied()).map_or(TenantId(0), TenantId::new)
            }
            None if self.cx.is_misspelt(text.mark, "tenant") => TenantId(0),
            None => only_tenant(&names, text.mark, self.cx),
        }
    }

    /// Who buys the tokens: somebody else than whose service it is.
    fn buyer(&mut self, name: &Given<String>, text: &ServiceText, tenant: TenantId) -> Option<PartnerId> {
        let given = text.buyer.as_ref()?;
        let buyer =
            find(self.cx, given, "partner", self.known.partners.iter().copied()).map(PartnerId::new)?;
        let seller = self.known.tenants.get(tenant.index()).and_then(|tenant| tenant.partner);
        if seller == Some(buyer) {
            let message = format!("`{}` would buy the tokens of `{}` from itself", given.value, name.value);
            let hint = "name another partner, or leave `buyer` out: users buy them";
            self.cx.error(given.mark, rules::WITH_ITSELF, message, hint);
        }
        Some(buyer)
    }

    fn demand(&mut self, text: &ServiceText) -> Option<Demand> {
        let start = value(&text.start).unwrap_or(self.known.start);
        let rows = &text.demand.0;
        let level: Vec<(SimTime, f64)> = match (&text.requests_per_hour, rows.first()) {
            (Some(rate), None) => vec![(start, rate.value)],
            (None, Some(_)) => rows
                .iter()
                .filter_map(|row| Some((value(&row.from)?, value(&row.requests_per_hour)?)))
                .collect(),
            (Some(rate), Some(_)) => {
                let message = "`requests_per_hour` and `demand` say the same thing twice".to_string();
                self.cx.error(rate.mark, rules::EXCLUDED, message, "keep one of them");
                return None;
            }
            (None, None) => {
                let message = "nobody is said to ask for anything".to_string();
                self.cx.lack(text.mark, rules::MISSING_KEY, message, "write `requests_per_hour = 100000.0`");
                return None;
            }
        };
        for pair in rows.windows(2) {
            if let (Some(first), Some(next)) = (&pair[0].from, &pair[1].from)
                && next.value <= first.value
            {
                let message = format!("`demand` goes back in time, from {} to {}", first.value, next.value);
                self.cx.error(next.mark, rules::DATES, message, "write the dates in their order, each once");
                return None;
            }
        }
        let shape = self.shape(text)?;
        let burst = Burst {
            sigma: value(&text.burst_sigma).unwrap_or(0.0),
            correlation: value(&text.burst_correlation).unwrap_or(Span::ZERO),
        };
        Some(Demand { level, growth_per_year: value(&text.growth_per_year).unwrap_or(1.0), shape, burst })
    }

    fn shape(&mut self, text: &ServiceText) -> Option<Shape> {
        let hours = text.hour_of_day.as_ref().map_or([1.0; 24], |given| given.value.0);
        let days = text.day_of_week.as_ref().map_or([1.0; 7], |given| given.value.0);
        Shape::new(hours, days)
    }

    /// By region; `None` if they are wrong.
    fn shares(&mut self, text: &ServiceText) -> Option<Vec<f64>> {
        let (regions, common) = self.regions;
        let Some(last) = text.region.0.last() else { return Some(common.to_vec()) };
        let mut shares = vec![0.0; regions.len()];
        let (mut sum, mut whole) = (0.0, true);
        let mut named = BTreeSet::new();
        for row in &text.region.0 {
            let found = row.region.as_ref().and_then(|region| {
                let at = find(self.cx, region, "region", regions.iter().map(|region| region.key.as_str()))?;
                if !named.insert(at) {
                    let message = format!("`{}` is named twice", region.value);
                    self.cx.error(region.mark, rules::NAMED_TWICE, message, "keep one of them");
                    return None;
                }
                Some(at)
            });
            match (found, value(&row.share)) {
                (Some(at), Some(share)) => {
                    shares[at] = share;
                    sum += share;
                }
                _ => whole = false,
            }
        }
        if whole && (sum - 1.0).abs() > SHARE_SLIP {
            let message = format!("the shares of the regions sum to {}, not to 1", rounded(sum));
            let mark = last.share.as_ref().map_or(last.mark, |share| share.mark);
            self.cx.error(mark, rules::SHARES, message, "change one of them");
            whole = false;
        }
        whole.then(|| shares.iter().map(|share| share / sum).collect())
    }

    fn sites(&mut self, text: &ServiceText) -> Option<Vec<SiteId>> {
        let Some(list) = &text.sites.0 else {
            return Some((0..self.known.sites.len()).map(SiteId::new).collect());
        };
        let mut sites = Vec::new();
        for name in &list.value {
            let known = self.known.sites.iter().map(|site| site.key.as_str());
            sites.extend(find(self.cx, name, "site", known).map(SiteId::new));
        }
        sites.sort_unstable();
        sites.dedup();
        if list.value.is_empty() {
            let message = "no site may serve it".to_string();
            self.cx.error(
                list.mark,
                rules::EMPTY,
                message,
                "name a site, or leave `sites` out: then all may",
            );
        }
        (!sites.is_empty()).then_some(sites)
    }

    fn autoscale(&mut self, text: Option<&AutoscaleText>) -> Autoscale {
        let field = |get: fn(&AutoscaleText) -> &Field<u32>| text.and_then(|text| value(get(text)));
        let number = |get: fn(&AutoscaleText) -> &Field<f64>, otherwise: f64| {
            text.and_then(|text| value(get(text))).unwrap_or(otherwise)
        };
        let (least, most) = (field(|text| &text.least).unwrap_or(0), field(|text| &text.most));
        if let (Some(most), Some(mark)) = (
            most.filter(|&most| most < least),
            text.and_then(|text| text.most.as_ref()).map(|most| most.mark),
        ) {
            let message = format!("at least {least} replicas, and at most {most}");
            self.cx.error(mark, rules::AUTOSCALE, message, format!("write a `most` of at least {least}"));
        }
        let unlimited = |limit: Option<u32>| limit.map_or(u64::from(u32::MAX), u64::from);
        Autoscale {
            utilisation: number(|text| &text.utilisation, 0.8),
            least: u64::from(least),
            most: unlimited(most),
            start_up: text.and_then(|text| value(&text.start_up)).unwrap_or(Span::from_seconds(300)),
            step_up: unlimited(field(|text| &text.step_up)),
            slack: number(|text| &text.slack, 0.05),
        }
    }

    /// Every way in which a replica can stand at one of the sites, the best surface first.
    fn replicas(
        &mut self,
        name: &Given<String>,
        text: &ServiceText,
        sites: &[SiteId],
        tokens_in: f64,
        tokens_out: f64,
        targets: &Targets,
    ) -> Option<Vec<Replica>> {
        let list = text.surfaces.0.as_ref()?;
        let mut replicas = Vec::new();
        let (mut whole, mut slow, mut large) = (true, None, None);
        for given in &list.value {
            let Some(at) = find(self.cx, given, "surface", self.names.iter().copied()) else {
                whole = false;
                continue;
            };
            let Some(found) = &self.surfaces[at] else {
                whole = false;
                continue;
            };
            let (Some(gpus), Some(model)) = (value(&found.text.gpus), &found.text.accelerator) else {
                whole = false;
                continue;
            };
            let serving = found.surface.serving(tokens_in, tokens_out);
            let Some(slots) = Slots::of(&serving, targets) else {
                slow = slow.or(Some((given.mark, serving.latency(0.0), found.key)));
                continue;
            };
            self.remark_length(found, text, tokens_in);
            for (index, system) in self.known.systems.iter().enumerate() {
                let carries =
                    system.accelerator.is_some_and(|own| self.known.accelerators[own.index()] == model.value);
                let stands = sites
                    .iter()
                    .any(|site| self.known.standing[site.index()].contains(&SystemId::new(index)));
                if !carries || !stands {
                    continue;
                }
                if gpus > system.scale_up_domain {
                    large = large.or(Some((given.mark, gpus, system)));
                    continue;
                }
                let per_node = system.accelerators_per_node.max(1);
                replicas.push(Replica {
                    surface: found.key.to_string(),
                    system: SystemId::new(index),
                    gpus,
                    pack_nodes: gpus.div_ceil(per_node),
                    pack_replicas: (per_node / gpus).max(1),
                    serving: serving.clone(),
                    slots,
                });
            }
        }
        if !replicas.is_empty() || !whole || !self.cx.complete {
            return (!replicas.is_empty()).then_some(replicas);
        }
        match (slow, large) {
            (Some((mark, least, surface)), _) => {
                let message = format!(
                    "no measured load of `{surface}` is within the targets: at the lightest, {} ms to the first token and {} ms \
                     between tokens",
                    rounded(least.ttft_s * 1e3),
                    rounded(least.tpot_s * 1e3)
                );
                self.cx.error(
                    mark,
                    rules::TOO_SLOW,
                    message,
                    "allow a longer `ttft` or `tpot`, or name a faster surface",
                );
            }
            (None, Some((mark, gpus, system))) => {
                let message = format!(
                    "a replica of `{}` needs {gpus} accelerators, and `{}` joins {}",
                    name.value, system.key, system.scale_up_domain
                );
                self.cx.error(mark, rules::NO_REPLICA, message, "name a surface of a smaller replica");
            }
            (None, None) => {
                let message = format!("no replica of `{}` fits on any system of its sites", name.value);
                let standing = self.known.accelerators.iter().map(String::as_str);
                let hint = format!(
                    "name a surface that was measured on one of {}",
                    crate::language::listed(standing.take(8))
                );
                self.cx.error(list.mark, rules::NO_REPLICA, message, hint);
            }
        }
        None
    }

    /// Prompts much shorter or longer than what was measured: the surface is a guess there.
    fn remark_length(&mut self, found: &Found<'_>, text: &ServiceText, tokens_in: f64) {
        let (least, most) = found.surface.prompts();
        let Some(given) = &text.tokens_in else { return };
        if tokens_in < least / 2.0 || tokens_in > most * 2.0 {
            let message = format!(
                "prompts of {} tokens are far from those that `{}` was measured with ({} to {})",
                plain(tokens_in),
                found.key,
                plain(least),
                plain(most)
            );
            self.cx.warn(
                given.mark,
                rules::FAR_LENGTH,
                message,
                "add measured points of such prompts to the surface",
            );
        }
    }

    fn reachable(&mut self, text: &ServiceText, shares: &[f64], sites: &[SiteId], limit: Span) {
        for (region, share) in self.regions.0.iter().zip(shares) {
            let nearest =
                sites.iter().map(|site| region.round_trips[site.index()]).min().unwrap_or(Span::FOREVER);
            if *share > 0.0 && nearest > limit {
                let message = format!(
                    "no site is near enough to serve `{}`: the nearest is {} ms away",
                    region.key,
                    rounded(nearest.seconds() * 1e3)
                );
                let mark = text.most_round_trip.as_ref().map_or(text.mark, |given| given.mark);
                let diagnostic = Diagnostic::error(rules::TOO_FAR, message);
                self.cx.report(mark, diagnostic.with_hint("allow a longer `most_round_trip`"));
            }
        }
    }
}

fn value<T: Copy>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value)
}

fn rounded(number: f64) -> String {
    plain((number * 1e6).round() / 1e6)
}

/// The names of surfaces that a service uses.
pub fn used_surfaces(services: &[Service]) -> BTreeSet<String> {
    services
        .iter()
        .flat_map(|service| service.replicas.iter().map(|replica| replica.surface.clone()))
        .collect()
}
