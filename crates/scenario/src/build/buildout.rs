//! What is built in the run: milestones with their dates, re-equippings, supply.

use super::sites::{Later, value};
use super::{capital, find};
use crate::context::Cx;
use crate::keys::{BlockText, ConstructionText, MilestonesText, ReequipText, ScenarioText, SiteText};
use crate::language::{Field, Given, did_you_mean};
use crate::rules;
use crate::scalar::Vintages;
use crate::tree::Mark;
use crate::world::{Block, Site, System};
use base::id::SiteId;
use base::{Diagnostic, ItPower, Money, Month, SimTime, Span};
use buildout::plan::{BlockPlan, Manner, Plan, Reequip, SitePlan, Slip, Stage, SystemPlan, Vintage};
use buildout::{Milestone, Purpose};

/// People at work by milestone, as shares of the height, where a construction does not say: an assumption.
const PROFILE: [f64; 5] = [0.2, 1.0, 0.8, 0.4, 0.2];

/// Stages from this one on need systems.
const SYSTEMS: usize = 3;

/// What has been read before.
pub struct Ground<'a> {
    /// The run starts here.
    pub start: SimTime,
    /// The run ends before this instant.
    pub end: SimTime,
    /// Seed of the run.
    pub seed: u64,
    /// Systems by their index.
    pub systems: &'a [System],
    /// Sites by their index.
    pub sites: &'a [Site],
    /// Later generations.
    pub later: &'a Later,
    /// The text.
    pub text: &'a ScenarioText,
}

/// The plan, if the scenario builds or pays anything. Blocks get the date on which they are to be energised.
pub fn build(ground: &Ground<'_>, blocks: &mut [Block], cx: &mut Cx<'_>) -> Option<Plan> {
    let text = ground.text;
    let builds = |site: &SiteText| {
        let block = |block: &BlockText| {
            block.milestones.0.is_some()
                || block.construction.is_some()
                || !block.reequip.0.is_empty()
                || block.systems_from.is_some()
        };
        site.milestones.0.is_some()
            || site.construction.is_some()
            || site.block.0.iter().any(|(_, own)| block(own))
    };
    let pays = !text.tranche.0.is_empty() || text.capital.0.is_some() || !text.supply.0.is_empty();
    // Systems that nobody can deliver by then make a block late though nothing is built.
    let late = |block: &Block| {
        let available = block.equipment.iter().filter_map(|(id, _)| ground.systems[id.index()].available);
        available.max().is_some_and(|available| available > block.ready.max(ground.start))
    };
    if !pays && !text.site.0.iter().any(|(_, site)| builds(site)) && !blocks.iter().any(late) {
        return None;
    }
    let mut plan = Plan { seed: ground.seed, start: ground.start, end: ground.end, ..Plan::default() };
    for (at, ((name, site), own)) in text.site.0.iter().zip(ground.sites).enumerate() {
        let manner = construction(site.construction.as_ref(), text, cx);
        let slip = manner.map_or(Slip::default(), slip_of);
        let stages = site_stages(site, ground, cx);
        plan.sites.push(SitePlan { key: name.value.clone(), stages, slip });
        for index in own.blocks.clone().map(|index| index as usize) {
            let said = site.block.0.get(index - own.blocks.start as usize);
            let block = block_plan(ground, SiteId::new(at), site, said, index, &mut blocks[index], cx);
            check_site(&plan.sites[at], &block, said.map_or(site.mark, |(_, said)| said.mark), cx);
            plan.blocks.push(block);
        }
    }
    plan.systems = systems(ground, cx);
    plan.capital = capital::build(ground, &plan, cx);
    if !cx.has_errors() {
        remark(ground, &plan, cx);
    }
    Some(plan)
}

/// The construction that a site or block names.
fn construction<'t>(
    named: Option<&Given<String>>,
    text: &'t ScenarioText,
    cx: &mut Cx<'_>,
) -> Option<&'t ConstructionText> {
    let known = text.construction.0.iter().map(|(name, _)| name.value.as_str());
    find(cx, named?, "construction", known).map(|at| &text.construction.0[at].1)
}

fn slip_of(text: &ConstructionText) -> Slip {
    let none = Slip::default();
    Slip {
        median: value(&text.slip_median).unwrap_or(none.median),
        sigma: value(&text.slip_sigma).unwrap_or(none.sigma),
        delay: value(&text.delay).unwrap_or(none.delay),
        delay_sigma: value(&text.delay_sigma).unwrap_or(none.delay_sigma),
        correlation: value(&text.correlation).unwrap_or(none.correlation),
    }
}

fn leads(text: &ConstructionText) -> [Option<Span>; 5] {
    [&text.land_cleared, &text.shell, &text.power_on, &text.systems_installed, &text.energised].map(value)
}

/// The dates that were known by the day that the scenario takes its knowledge from.
fn dates(given: &Field<Vintages>, ground: &Ground<'_>) -> Option<(Vec<Vintage>, Mark)> {
    let given = given.as_ref()?;
    let as_of = ground.text.buildout.0.as_ref().and_then(|text| value(&text.as_of));
    let known = |&(due, known): &(SimTime, Option<SimTime>)| {
        // A date that does not say when it was known is known when the run starts, or when it comes if that is before.
        Vintage { due, known: known.unwrap_or(due.min(ground.start)) }
    };
    let counts = |(_, known): &&(SimTime, Option<SimTime>)| {
        known.zip(as_of).is_none_or(|(known, as_of)| known <= as_of)
    };
    let mut dates: Vec<Vintage> = given.value.0.iter().filter(counts).map(known).collect();
    dates.sort_by_key(|date| (date.known, date.due));
    (!dates.is_empty()).then_some((dates, given.mark))
}

fn site_stages(site: &SiteText, ground: &Ground<'_>, cx: &mut Cx<'_>) -> Vec<Stage> {
    let Some(text) = &site.milestones.0 else { return Vec::new() };
    let mut stages = Vec::new();
    let mut before: Option<(SimTime, Mark)> = None;
    for (milestone, given) in
        [(Milestone::LandCleared, &text.land_cleared), (Milestone::PowerOn, &text.power_on)]
    {
        let Some((vintages, mark)) = dates(given, ground) else { continue };
        let due = vintages[vintages.len() - 1].due;
        refuse_backwards(milestone, (due, mark), before, cx);
        before = Some((due, mark));
        stages.push(Stage { milestone, vintages });
    }
    stages
}

/// A milestone that comes before the one before it.
fn refuse_backwards(
    milestone: Milestone,
    (due, mark): (SimTime, Mark),
    before: Option<(SimTime, Mark)>,
    cx: &mut Cx<'_>,
) {
    if let Some((earlier, other)) = before
        && due < earlier
    {
        let message = format!("`{}` is due at {due}, before what comes before it", milestone.name());
        let diagnostic = Diagnostic::error(rules::MILESTONES, message)
            .with_hint(format!("write a date at or after {earlier}"))
            .with_related(cx.texts.place(other), "this comes first");
        cx.report(mark, diagnostic);
    }
}

fn given_dates(text: Option<&MilestonesText>, ground: &Ground<'_>) -> [Option<(Vec<Vintage>, Mark)>; 5] {
    let Some(text) = text else { return Default::default() };
    [&text.land_cleared, &text.shell, &text.power_on, &text.systems_installed, &text.energised]
        .map(|given| dates(given, ground))
}

/// One block, and the date on which it is to be energised.
fn block_plan(
    ground: &Ground<'_>,
    id: SiteId,
    site: &SiteText,
    said: Option<&(Given<String>, BlockText)>,
    index: usize,
    block: &mut Block,
    cx: &mut Cx<'_>,
) -> BlockPlan {
    let own = said.map(|(_, text)| text);
    let mark = own.map_or(site.mark, |text| text.mark);
    let named = own.and_then(|text| text.construction.as_ref()).or(site.construction.as_ref());
    let construction = construction(named, ground.text, cx);
    let lead = construction.map_or([None; 5], leads);
    let text = own.and_then(|text| text.milestones.0.as_ref());
    let mut given = given_dates(text, ground);
    let ready = own.and_then(|text| text.ready.as_ref()).or(site.ready.as_ref());
    match (&given[4], own.and_then(|text| text.ready.as_ref())) {
        (Some(_), Some(ready)) => {
            let message = "`ready` and the milestone `energised` say the same thing".to_string();
            cx.error(ready.mark, rules::EXCLUDED, message, "keep the milestone");
        }
        (None, _) if text.is_none_or(|_| ready.is_some()) => {
            let vintage = Vintage { due: block.ready, known: block.ready.min(ground.start) };
            given[4] = Some((vec![vintage], ready.map_or(mark, |ready| ready.mark)));
        }
        _ => {}
    }
    let mut before = None;
    for (milestone, date) in Milestone::ALL.into_iter().zip(&given) {
        if let Some((vintages, mark)) = date {
            let due = vintages[vintages.len() - 1].due;
            refuse_backwards(milestone, (due, *mark), before, cx);
            before = Some((due, *mark));
        }
    }
    // Without milestones and without a construction a block is there when it is ready.
    let built = text.is_some() || construction.is_some();
    let begun = text.and_then(|text| text.begun.as_ref());
    let systems_from = own.and_then(|text| text.systems_from.as_ref());
    let stages = stages(given, lead, (begun.map(|begun| begun.value), systems_from.map(|from| from.value)));
    let Some(last) = stages.last().filter(|stage| stage.milestone == Milestone::Energised) else {
        if cx.complete && !cx.is_spoiled(mark) {
            let message = "nothing says when it is energised".to_string();
            let hint = "write `energised = \"2027-01-15\"` under its milestones, or give the construction lead times";
            cx.error(mark, rules::NOT_ENERGISED, message, hint);
        }
        return BlockPlan::default();
    };
    block.ready = last.last().due;
    let first = &stages[0];
    let first_lead = lead[first.milestone.index()].filter(|_| built);
    let by_lead = first_lead.map_or(first.last().due.min(ground.start), |lead| first.last().due - lead);
    if let Some(begun) = begun
        && begun.value > first.last().due
    {
        let message = format!("work begins at {}, after its first milestone", begun.value);
        cx.error(begun.mark, rules::MILESTONES, message, format!("write a date before {}", first.last().due));
    }
    if let Some(from) = systems_from
        && from.value > last.last().due
    {
        let message = format!("its systems come from {} on, after they are to work", from.value);
        let hint = format!("write a date up to {}", last.last().due);
        cx.error(from.mark, rules::MILESTONES, message, hint);
    }
    let install = lead[3].unwrap_or(Span::ZERO) + lead[4].unwrap_or(Span::ZERO);
    let rows = own.map_or(&[][..], |text| &text.reequip.0);
    BlockPlan {
        key: block.key.clone(),
        site: id,
        building: own.and_then(|text| value(&text.building)),
        systems_from: systems_from.map(|from| from.value),
        it_power: block.it_power,
        begun: begun.map_or(by_lead, |begun| begun.value),
        equipment: block.equipment.clone(),
        reequip: reequips(rows, &ground.later[index], install, block.ready, cx),
        priority: own.and_then(|text| value(&text.priority)).unwrap_or(0),
        manner: construction.map_or_else(still, |text| manner(text, block.it_power, cx)),
        stages,
    }
}

/// A block of which nothing is said but when it is there.
fn still() -> Manner {
    Manner { overrun_median: 1.0, ..Manner::default() }
}

/// The stages of a block: dates that are given, and what lead times make of them; back from later dates first.
fn stages(
    given: [Option<(Vec<Vintage>, Mark)>; 5],
    lead: [Option<Span>; 5],
    (begun, systems_from): (Option<SimTime>, Option<SimTime>),
) -> Vec<Stage> {
    let shifted = |dates: &[Vintage], by: Span| -> Vec<Vintage> {
        dates.iter().map(|date| Vintage { due: date.due + by, known: date.known }).collect()
    };
    let is_given: Vec<bool> = given.iter().map(Option::is_some).collect();
    let mut dates: Vec<Option<Vec<Vintage>>> =
        given.into_iter().map(|date| date.map(|(dates, _)| dates)).collect();
    let exists = |at: usize| is_given[at] || lead[at].is_some();
    // A building that begins on its own date and whose systems come on theirs may be done long before they come.
    let apart = begun.is_some() && systems_from.is_some();
    for at in (0..4).rev().filter(|&at| exists(at)) {
        let next = (at + 1..5).find(|&next| exists(next) && !(apart && at < SYSTEMS && next >= SYSTEMS));
        if let (None, Some(next)) = (&dates[at], next)
            && let (Some(later), Some(lead)) = (&dates[next], lead[next])
        {
            dates[at] = Some(shifted(later, Span(-lead.0)));
        }
    }
    let mut before: Option<Vec<Vintage>> = begun.map(|begun| vec![Vintage { due: begun, known: begun }]);
    let mut before_systems = true;
    for at in (0..5).filter(|&at| exists(at)) {
        if let (None, Some(earlier), Some(lead)) = (&dates[at], &before, lead[at]) {
            let from = systems_from.filter(|_| at >= SYSTEMS && before_systems);
            let after =
                |date: &Vintage| Vintage { due: from.map_or(date.due, |from| from.max(date.due)), ..*date };
            dates[at] = Some(shifted(&earlier.iter().map(after).collect::<Vec<_>>(), lead));
        }
        before_systems &= at < SYSTEMS;
        // What a lead time gives is not to come before what is given.
        if let (Some(own), Some(earlier)) = (&mut dates[at], &before)
            && !is_given[at]
        {
            let floor = earlier[earlier.len() - 1].due;
            own.iter_mut().for_each(|date| date.due = date.due.max(floor));
        }
        before = dates[at].clone().or(before);
    }
    let stage =
        |(milestone, dates): (Milestone, Option<Vec<Vintage>>)| Some(Stage { milestone, vintages: dates? });
    let mut stages: Vec<Stage> = Milestone::ALL.into_iter().zip(dates).filter_map(stage).collect();
    // Dates that a lead time put after a given one are moved to it.
    for at in (0..stages.len().saturating_sub(1)).rev() {
        let ceiling = stages[at + 1].last().due;
        for date in &mut stages[at].vintages {
            date.due = date.due.min(ceiling);
        }
    }
    stages
}

fn manner(text: &ConstructionText, power: ItPower, cx: &mut Cx<'_>) -> Manner {
    let mut cost = [Money::ZERO; 8];
    let costs = [
        (Purpose::Land, &text.land_usd_per_mw),
        (Purpose::Shell, &text.shell_usd_per_mw),
        (Purpose::Power, &text.power_usd_per_mw),
        (Purpose::Cooling, &text.cooling_usd_per_mw),
        (Purpose::Network, &text.network_usd_per_mw),
    ];
    for (purpose, given) in costs {
        let Some(given) = given else { continue };
        match Money::from_usd(given.value * power.mw()).filter(|cost| cost.0 < i64::MAX / 16) {
            Some(amount) => cost[purpose.index()] = amount,
            None => {
                let message = format!("comes to more than the books hold, for {} MW", power.mw());
                cx.error(
                    given.mark,
                    rules::OUT_OF_RANGE,
                    message,
                    "check the power of the block and this cost",
                );
            }
        }
    }
    let profile = value(&text.people_profile).map_or(PROFILE, |profile| profile.0);
    let height = value(&text.people_per_mw).unwrap_or(0.0);
    Manner {
        slip: slip_of(text),
        install: value(&text.systems_installed).unwrap_or(Span::ZERO)
            + value(&text.energised).unwrap_or(Span::ZERO),
        people_per_mw: profile.map(|share| share * height),
        permanent_per_mw: value(&text.permanent_per_mw).unwrap_or(0.0),
        cost,
        contingency: value(&text.contingency).unwrap_or(0.0),
        overrun_median: value(&text.overrun_median).unwrap_or(1.0),
        overrun_sigma: value(&text.overrun_sigma).unwrap_or(0.0),
        draw: value(&text.draw).unwrap_or_default(),
    }
}

fn reequips(
    rows: &[ReequipText],
    later: &[Vec<(base::id::SystemId, u32)>],
    install: Span,
    ready: SimTime,
    cx: &mut Cx<'_>,
) -> Vec<Reequip> {
    let mut all = Vec::new();
    let mut after = ready;
    for (row, equipment) in rows.iter().zip(later) {
        let Some(date) = &row.date else { continue };
        let drain = value(&row.drain).unwrap_or(Span::ZERO);
        let install = value(&row.install).unwrap_or(install);
        if date.value < after {
            let message = format!("the block gets other systems at {}, before it has those", date.value);
            cx.error(date.mark, rules::REEQUIP, message, format!("write a date at or after {after}"));
        }
        after = date.value + drain + install;
        all.push(Reequip { date: date.value, drain, install, equipment: equipment.clone() });
    }
    all
}

/// A block that is to reach something before its site does.
fn check_site(site: &SitePlan, block: &BlockPlan, mark: Mark, cx: &mut Cx<'_>) {
    for stage in &site.stages {
        let needs = block.stages.iter().find(|own| own.milestone >= stage.milestone);
        if let Some(own) = needs
            && own.last().due < stage.last().due
        {
            let message = format!(
                "`{}` has `{}` at {}, and its site `{}` only at {}",
                block.key,
                own.milestone.name(),
                own.last().due,
                stage.milestone.name(),
                stage.last().due
            );
            cx.error(
                mark,
                rules::BEFORE_SITE,
                message,
                "give the block a later date, or the site an earlier one",
            );
        }
    }
}

/// Prices, availability and limits of the systems that stand somewhere.
fn systems(ground: &Ground<'_>, cx: &mut Cx<'_>) -> Vec<SystemPlan> {
    let plan = |system: &System| SystemPlan {
        nodes: system.nodes,
        gpus: system.nodes * system.accelerators_per_node,
        price: system.price,
        available: system.available,
        supply: Vec::new(),
    };
    let mut plans: Vec<SystemPlan> = ground.systems.iter().map(plan).collect();
    for row in &ground.text.supply.0 {
        let (Some(name), Some(limit)) = (&row.system, &row.per_quarter) else { continue };
        let described = ground.text.system.0.iter().map(|(name, _)| name.value.as_str());
        if find(cx, name, "system", described).is_none() {
            continue;
        }
        // A limit of what stands nowhere limits nothing.
        let Some(at) = ground.systems.iter().position(|system| system.key == name.value) else { continue };
        let from = value(&row.from).unwrap_or(ground.start.min(SimTime(0)));
        let quarter = |from: SimTime| Month::of(from).quarter();
        if plans[at].supply.iter().any(|&(other, _)| quarter(other) == quarter(from)) {
            let message = format!("`{}` has two limits for the quarter from {}", name.value, quarter(from));
            cx.error(
                name.mark,
                rules::TWO_LIMITS,
                message,
                "keep one of them, or give the other another `from`",
            );
        }
        plans[at].supply.push((from, limit.value));
        plans[at].supply.sort_unstable();
    }
    plans
}

/// What is legal and probably not meant.
fn remark(ground: &Ground<'_>, plan: &Plan, cx: &mut Cx<'_>) {
    let text = ground.text;
    let named = text.site.0.iter().flat_map(|(_, site)| {
        site.construction
            .iter()
            .chain(site.block.0.iter().filter_map(|(_, block)| block.construction.as_ref()))
    });
    let named = named.chain(text.candidate.0.iter().filter_map(|(_, place)| place.construction.as_ref()));
    let named: Vec<&str> = named.map(|given| given.value.as_str()).collect();
    for (name, _) in &text.construction.0 {
        if !named.contains(&name.value.as_str()) && name.mark.file == 0 {
            let hint = match did_you_mean(&name.value, named.iter().copied()) {
                Some(near) => format!("sites and blocks name `{near}`"),
                None => "name it in a site or block, or leave it out".to_string(),
            };
            cx.warn(name.mark, rules::UNUSED, format!("nothing is built as `{}`", name.value), hint);
        }
    }
    let blocks = text.site.0.iter().flat_map(|(_, site)| match site.block.0.is_empty() {
        true => vec![site.mark],
        false => site.block.0.iter().map(|(name, _)| name.mark).collect(),
    });
    for (block, mark) in plan.blocks.iter().zip(blocks) {
        let due = block.stages.last().map_or(plan.end, |stage| stage.last().due);
        for &(id, _) in &block.equipment {
            let system = &ground.systems[id.index()];
            if let Some(available) = system.available.filter(|&available| available > due && due > plan.start)
            {
                let message = format!(
                    "`{}` is due at {due}, and `{}` is available from {available}",
                    block.key, system.key
                );
                cx.warn(
                    mark,
                    rules::LATE_SYSTEMS,
                    message,
                    "the block will be late: give it another system or date",
                );
            }
        }
    }
    capital::remark(ground, plan, cx);
}
