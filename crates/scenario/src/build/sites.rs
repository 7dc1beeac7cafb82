//! Systems, sites and blocks.

use super::{dangling, find, partners};
use crate::context::Cx;
use crate::keys::{
    AcceleratorText, BlockText, EquipmentText, ReequipText, ScenarioText, SiteText, SystemText,
};
use crate::language::{Field, Given, Map, Rows};
use crate::scalar::{FileName, plain};
use crate::tree::Mark;
use crate::world::{Block, Site, System};
use crate::{InputFile, LIBRARY, rules};
use base::id::{AcceleratorId, SiteId, SystemId};
use base::{AnnouncedPower, Diagnostic, FacilityPower, ItPower, Money, SimTime};
use std::collections::{BTreeMap, BTreeSet};

/// Accelerator models of one scenario: the twin keeps sets of them as 64 bits.
const MAX_MODELS: usize = 64;
/// Nodes of one scenario.
const MAX_NODES: u64 = 16_000_000;

/// A system before its accelerator has a number.
pub struct Draft {
    /// The accelerator that it carries.
    pub model: Option<String>,
    /// The system, its accelerator not numbered.
    pub system: System,
    /// Where it is named; `None` for the shapes of a node list.
    pub mark: Option<Mark>,
}

/// The power that a block has by its own word or by its systems, and the systems.
type Equipped = (Option<f64>, Vec<(usize, u32)>);

/// A block before its systems have numbers.
struct BlockDraft {
    key: String,
    site: SiteId,
    it_mw: f64,
    ready: SimTime,
    equipment: Vec<(usize, u32)>,
    /// Later generations, in the order of the file.
    later: Vec<Vec<(usize, u32)>>,
}

/// What stands in a block later, by block and re-equipping.
pub type Later = Vec<Vec<Vec<(SystemId, u32)>>>;

/// All that stands somewhere.
pub struct Places {
    /// The sites, with the ranges of their blocks.
    pub sites: Vec<Site>,
    /// Where each block is declared.
    pub block_marks: Vec<Mark>,
    /// Every system that is described or listed.
    pub drafts: Vec<Draft>,
    blocks: Vec<BlockDraft>,
    /// Models that workloads ask for.
    wanted: BTreeSet<String>,
    declared_models: BTreeSet<String>,
}

/// Reads systems, sites and blocks.
pub fn build(text: &ScenarioText, start: SimTime, cx: &mut Cx<'_>, files: &mut Vec<InputFile>) -> Places {
    let mut places = Places {
        sites: Vec::new(),
        block_marks: Vec::new(),
        drafts: text
            .system
            .0
            .iter()
            .map(|(name, system)| draft(name, system, &text.accelerator, cx))
            .collect(),
        blocks: Vec::new(),
        wanted: BTreeSet::new(),
        declared_models: text.accelerator.0.iter().map(|(name, _)| name.value.clone()).collect(),
    };
    // What is only planned has candidates instead.
    let none = text.site.0.is_empty() && text.plan.0.is_none();
    if none && cx.complete && !cx.is_spoiled(text.mark) && !cx.is_misspelt(text.mark, "site") {
        let message = "there is no site".to_string();
        cx.error(text.mark, rules::EMPTY, message, "add `[site.NAME]` with `fill`, `systems` or `nodes`");
    }
    for (name, site) in &text.site.0 {
        places.add_site(name, site, text, start, cx, files);
    }
    places
}

fn draft(name: &Given<String>, text: &SystemText, models: &Map<AcceleratorText>, cx: &mut Cx<'_>) -> Draft {
    let nodes = value(&text.nodes).unwrap_or(1);
    let per_node = value(&text.accelerators_per_node).unwrap_or(0);
    let model = text.accelerator.as_ref().map(|model| model.value.clone());
    match (&text.accelerator, &text.accelerators_per_node) {
        (Some(model), _) if per_node == 0 && !cx.is_spoiled(text.mark) => {
            let message =
                format!("`{}` carries `{}`, and no `accelerators_per_node`", name.value, model.value);
            cx.error(model.mark, rules::ACCELERATOR, message, "write `accelerators_per_node = 8`");
        }
        (None, Some(count)) if per_node > 0 && !cx.is_spoiled(text.mark) => {
            let message = format!("`{}` has {per_node} accelerators in each node, of no model", name.value);
            cx.error(count.mark, rules::ACCELERATOR, message, "write `accelerator = \"h100\"`");
        }
        _ => {}
    }
    let all = nodes * per_node;
    let domain = value(&text.scale_up_domain).unwrap_or(all.max(1));
    if let Some(given) = &text.scale_up_domain
        && given.value > all.max(1)
        && !cx.is_spoiled(text.mark)
    {
        let message = format!("a scale-up domain of {} in a system of {all} accelerators", given.value);
        cx.error(given.mark, rules::ACCELERATOR, message, format!("write a number from 1 to {}", all.max(1)));
    }
    let facts = models.0.iter().find(|(key, _)| Some(&key.value) == model.as_ref()).map(|(_, facts)| facts);
    let system = System {
        key: name.value.clone(),
        name: value(&text.name).unwrap_or_else(|| name.value.clone()),
        accelerator: None,
        nodes,
        accelerators_per_node: per_node,
        cpu_milli: (value(&text.cores_per_node).unwrap_or(0.0) * 1000.0).round() as u32,
        memory_mib: (value(&text.memory_gib_per_node).unwrap_or(0.0) * 1024.0).round() as u32,
        accelerator_memory_gb: facts.and_then(|facts| value(&facts.memory_gb)).unwrap_or(0.0),
        it_power: ItPower::from_mw(value(&text.power_kw).unwrap_or(1.0) / 1000.0),
        scale_up_domain: domain,
        price: value(&text.usd_each).and_then(Money::from_usd),
        available: value(&text.available),
    };
    Draft { model, system, mark: Some(name.mark) }
}

/// The value of a field without its place.
pub fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value.clone())
}

/// What a block or a one-block site says about itself.
struct Said<'t> {
    mark: Mark,
    site: Mark,
    it_mw: Option<&'t Given<f64>>,
    ready: Option<&'t Given<SimTime>>,
    fill: Option<&'t Given<String>>,
    systems: &'t Rows<EquipmentText>,
    nodes: Option<&'t Given<FileName>>,
    empty: bool,
    reequip: Option<&'t Rows<ReequipText>>,
}

impl<'t> Said<'t> {
    fn block(text: &'t BlockText, site: &'t SiteText) -> Said<'t> {
        let empty = value(&text.empty).unwrap_or(false);
        let own = !text.systems.0.is_empty() || text.nodes.is_some() || empty;
        Said {
            mark: text.mark,
            site: site.mark,
            it_mw: text.it_mw.as_ref(),
            ready: text.ready.as_ref().or(site.ready.as_ref()),
            fill: text.fill.as_ref().or(site.fill.as_ref().filter(|_| !own)),
            systems: &text.systems,
            nodes: text.nodes.as_ref(),
            empty,
            reequip: Some(&text.reequip),
        }
    }
    fn site(text: &'t SiteText) -> Said<'t> {
        Said {
            mark: text.mark,
            site: text.mark,
            it_mw: text.it_mw.as_ref(),
            ready: text.ready.as_ref(),
            fill: text.fill.as_ref(),
            systems: &text.systems,
            nodes: text.nodes.as_ref(),
            empty: false,
            reequip: None,
        }
    }
}

impl Said<'_> {
    fn is_spoiled(&self, cx: &Cx<'_>) -> bool {
        cx.is_spoiled(self.mark) || cx.is_spoiled(self.site)
    }
}

impl Places {
    fn add_site(
        &mut self,
        name: &Given<String>,
        text: &SiteText,
        all: &ScenarioText,
        start: SimTime,
        cx: &mut Cx<'_>,
        files: &mut Vec<InputFile>,
    ) {
        let id = SiteId::new(self.sites.len());
        let first = self.blocks.len() as u32;
        let mut said: Vec<(String, Said<'_>)> =
            text.block.0.iter().map(|(key, block)| (key.value.clone(), Said::block(block, text))).collect();
        let total = match said.is_empty() {
            true => {
                said.push(("all".into(), Said::site(text)));
                None
            }
            false => {
                self.refuse_site_equipment(text, cx);
                text.it_mw.as_ref()
            }
        };
        let drafts: Vec<Equipped> =
            said.iter().map(|(_, said)| self.equip(said, &all.accelerator, cx, files)).collect();
        let powers = share(total, &said, &drafts, cx);
        for (((key, said), (own, mut equipment)), power) in said.iter().zip(drafts).zip(powers) {
            if let (Some(power), Some(own)) = (power, own)
                && power != own
            {
                for (_, count) in &mut equipment {
                    *count = (f64::from(*count) * (power / own) + 1e-9).floor() as u32;
                }
            }
            let fill = said.fill.and_then(|fill| Some((fill, self.system(fill, cx)?)));
            if let (Some((fill, at)), Some(power)) = (fill, power) {
                equipment.extend(self.filled(fill, at, power, cx));
            }
            let ready = said.ready.map_or(start, |ready| ready.value);
            let it_mw = power.unwrap_or(0.0);
            let rows = said.reequip.into_iter().flat_map(|rows| &rows.0);
            let later = rows.map(|row| self.later(row, power, cx)).collect();
            self.block_marks.push(said.mark);
            self.blocks.push(BlockDraft { key: key.clone(), site: id, it_mw, ready, equipment, later });
        }
        self.sites.push(Site {
            key: name.value.clone(),
            name: value(&text.name).unwrap_or_else(|| name.value.clone()),
            latitude_deg: value(&text.latitude_deg).unwrap_or(0.0),
            longitude_deg: value(&text.longitude_deg).unwrap_or(0.0),
            usd_per_gpu_hour: value(&text.usd_per_gpu_hour),
            spares: value(&text.spares).unwrap_or(0.0),
            operator: partners::named(&text.operator, &all.partner, cx),
            owner: partners::named(&text.owner, &all.partner, cx),
            lessee: partners::named(&text.lessee, &all.partner, cx),
            announced: value(&text.announced_mw)
                .map(|mw| (AnnouncedPower::from_mw(mw), value(&text.announced).unwrap_or(start))),
            facility_power: value(&text.facility_mw).map(FacilityPower::from_mw),
            blocks: first..self.blocks.len() as u32,
        });
    }

    /// Equipment of a site that has blocks belongs to one of them.
    fn refuse_site_equipment(&self, text: &SiteText, cx: &mut Cx<'_>) {
        let mark = text.nodes.as_ref().map(|nodes| nodes.mark).or(text.systems.0.first().map(|row| row.mark));
        if let Some(mark) = mark {
            let message = "a site with blocks has systems of its own".to_string();
            cx.error(mark, rules::EQUIPMENT, message, "move them into one of its blocks");
        }
    }

    /// The systems that a block names, and the power that it has by its own word or by theirs.
    fn equip(
        &mut self,
        said: &Said<'_>,
        models: &Map<AcceleratorText>,
        cx: &mut Cx<'_>,
        files: &mut Vec<InputFile>,
    ) -> Equipped {
        let ways = [said.fill.is_some(), !said.systems.0.is_empty(), said.nodes.is_some(), said.empty];
        if ways.iter().filter(|way| **way).count() != 1 {
            let (message, hint) = match ways.contains(&true) {
                true => ("`fill`, `systems`, `nodes` and `empty` exclude each other", "keep one of them"),
                false => (
                    "nothing stands in it",
                    "write `fill = \"gb200-nvl72\"`, `systems = [...]` or `nodes = \"...\"`",
                ),
            };
            if ways.contains(&true) || cx.complete && !said.is_spoiled(cx) {
                cx.error(said.mark, rules::EQUIPMENT, message.to_string(), hint);
            }
        }
        let mut equipment: BTreeMap<usize, u32> = BTreeMap::new();
        for row in &said.systems.0 {
            let at = row.system.as_ref().and_then(|system| self.system(system, cx));
            let (Some(at), Some(count)) = (at, &row.count) else { continue };
            let sum = equipment.entry(at).or_insert(0);
            *sum = sum.saturating_add(count.value);
        }
        if let Some(list) = said.nodes {
            for (at, count) in self.node_list(list, models, cx, files) {
                *equipment.entry(at).or_insert(0) += count;
            }
        }
        let draw: f64 =
            equipment.iter().map(|(at, n)| self.drafts[*at].system.it_power.mw() * f64::from(*n)).sum();
        if let Some(given) = said.it_mw
            && draw > given.value * (1.0 + 1e-9)
        {
            let message =
                format!("its systems draw {} MW, and it carries {} MW", rounded(draw), plain(given.value));
            let hint = format!("write `it_mw = {}`, or fewer systems", rounded_up(draw));
            cx.error(given.mark, rules::OVER_POWER, message, hint);
        }
        let own = said.it_mw.map(|given| given.value).or((draw > 0.0).then_some(draw));
        (own, equipment.into_iter().collect())
    }

    /// The systems of a re-equipping.
    fn later(&mut self, row: &ReequipText, power: Option<f64>, cx: &mut Cx<'_>) -> Vec<(usize, u32)> {
        let ways = (row.fill.is_some(), !row.systems.0.is_empty());
        if ways.0 == ways.1 && !cx.is_spoiled(row.mark) {
            let message = match ways.0 {
                true => "`fill` and `systems` exclude each other",
                false => "no system comes",
            };
            let hint = "write `fill = \"vr-nvl144\"` or `systems = [...]`";
            cx.error(row.mark, rules::EQUIPMENT, message.to_string(), hint);
        }
        let mut equipment: BTreeMap<usize, u32> = BTreeMap::new();
        for row in &row.systems.0 {
            let at = row.system.as_ref().and_then(|system| self.system(system, cx));
            let (Some(at), Some(count)) = (at, &row.count) else { continue };
            let sum = equipment.entry(at).or_insert(0);
            *sum = sum.saturating_add(count.value);
        }
        let draw: f64 =
            equipment.iter().map(|(at, n)| self.drafts[*at].system.it_power.mw() * f64::from(*n)).sum();
        if let Some(power) = power
            && draw > power * (1.0 + 1e-9)
        {
            let message =
                format!("its systems draw {} MW, and the block carries {} MW", rounded(draw), plain(power));
            cx.error(row.mark, rules::OVER_POWER, message, "write fewer systems");
        }
        let mut equipment: Vec<(usize, u32)> = equipment.into_iter().collect();
        let fill = row.fill.as_ref().and_then(|fill| Some((fill, self.system(fill, cx)?)));
        if let (Some((fill, at)), Some(power)) = (fill, power) {
            equipment.extend(self.filled(fill, at, power, cx));
        }
        equipment
    }

    /// As many of a system as the power carries.
    fn filled(&self, fill: &Given<String>, at: usize, power: f64, cx: &mut Cx<'_>) -> Option<(usize, u32)> {
        let each = self.drafts[at].system.it_power.mw();
        let count = (power / each * (1.0 + 1e-12)).floor();
        if count > f64::from(u32::MAX) {
            let message = format!("{} MW hold {} of `{}`", plain(power), plain(count), fill.value);
            cx.error(fill.mark, rules::TOO_MANY, message, "check the power of the block and of the system");
            return None;
        }
        (count > 0.0).then_some((at, count as u32))
    }

    fn system(&self, name: &Given<String>, cx: &mut Cx<'_>) -> Option<usize> {
        let found = self.drafts.iter().position(|draft| draft.system.key == name.value);
        if found.is_none() {
            let heading = format!("[system.{}]", name.value);
            let library = LIBRARY.iter().find(|(_, text)| text.lines().any(|line| line.trim() == heading));
            let advice = match library {
                Some((library, _)) => Some(format!("add `include = [\"builtin:{library}\"]`")),
                None if self.drafts.is_empty() => Some(format!(
                    "add `{heading}`, or `include = [\"builtin:systems\"]` and name one of those"
                )),
                None => None,
            };
            let known = self.drafts.iter().filter(|draft| draft.mark.is_some());
            dangling(cx, name, "system", known.map(|draft| draft.system.key.as_str()), advice);
        }
        found
    }

    /// A model that a workload asks for; `None` and a report if no system carries it.
    pub fn want(&mut self, name: &Given<String>, cx: &mut Cx<'_>) -> Option<String> {
        let known: BTreeSet<&str> = self
            .drafts
            .iter()
            .filter_map(|draft| draft.model.as_deref())
            .chain(self.declared_models.iter().map(String::as_str))
            .collect();
        find(cx, name, "accelerator", known.iter().copied())?;
        self.wanted.insert(name.value.clone());
        Some(name.value.clone())
    }

    fn used(&self) -> BTreeSet<usize> {
        let all = |block: &'_ BlockDraft| -> Vec<usize> {
            block.equipment.iter().chain(block.later.iter().flatten()).map(|(at, _)| *at).collect()
        };
        self.blocks.iter().flat_map(all).collect()
    }

    /// The models that stand somewhere or are asked for, sorted.
    pub fn accelerators(&self) -> Vec<String> {
        let standing = self.used().into_iter().filter_map(|at| self.drafts[at].model.clone());
        standing.chain(self.wanted.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Numbers the systems that stand somewhere, and the blocks' equipment by them.
    pub fn resolve(&self, models: &[String], cx: &mut Cx<'_>) -> Option<(Vec<System>, Vec<Block>, Later)> {
        if models.len() > MAX_MODELS {
            let message =
                format!("{} accelerator models, and at most {MAX_MODELS} are possible", models.len());
            let mark = self.block_marks.first().copied()?;
            cx.error(mark, rules::TOO_MANY, message, "split the scenario");
            return None;
        }
        let mut used: Vec<usize> = self.used().into_iter().collect();
        used.sort_by(|a, b| self.drafts[*a].system.key.cmp(&self.drafts[*b].system.key));
        let number: BTreeMap<usize, u32> = used.iter().enumerate().map(|(id, at)| (*at, id as u32)).collect();
        let systems: Vec<System> = used
            .iter()
            .map(|at| {
                let draft = &self.drafts[*at];
                let model =
                    draft.model.as_ref().and_then(|name| models.iter().position(|known| known == name));
                System { accelerator: model.map(AcceleratorId::new), ..draft.system.clone() }
            })
            .collect();
        let mut nodes: u64 = 0;
        let (mut blocks, mut later) = (Vec::new(), Vec::new());
        for (draft, mark) in self.blocks.iter().zip(&self.block_marks) {
            let numbered = |equipment: &Vec<(usize, u32)>| {
                let mut equipment: Vec<(SystemId, u32)> = equipment
                    .iter()
                    .filter(|(_, count)| *count > 0)
                    .map(|(at, count)| (SystemId(number.get(at).copied().unwrap_or(0)), *count))
                    .collect();
                equipment.sort();
                equipment
            };
            let equipment = numbered(&draft.equipment);
            later.push(draft.later.iter().map(numbered).collect());
            let standing = equipment.iter().chain(later.last().into_iter().flatten().flatten());
            let here: u64 =
                standing.map(|(id, n)| u64::from(systems[id.index()].nodes) * u64::from(*n)).sum();
            nodes = nodes.saturating_add(here);
            if nodes > MAX_NODES {
                let message = format!("more than {MAX_NODES} nodes, counted up to this block");
                cx.error(*mark, rules::TOO_MANY, message, "check `it_mw`, `count` and the system's `nodes`");
                return None;
            }
            let it_power = ItPower::from_mw(draft.it_mw);
            blocks.push(Block {
                key: draft.key.clone(),
                site: draft.site,
                it_power,
                ready: draft.ready,
                equipment,
            });
        }
        Some((systems, blocks, later))
    }

    /// Systems of the first file that stand nowhere.
    pub fn unused(&self) -> Vec<(&str, Mark)> {
        let used = self.used();
        let drafts = self.drafts.iter().enumerate().filter(|(at, _)| !used.contains(at));
        drafts
            .filter_map(|(_, draft)| Some((draft.system.key.as_str(), draft.mark?)))
            .filter(|(_, mark)| mark.file == 0)
            .collect()
    }
}

/// The power of each block of a site: its own, its share of what the site has left, or its own in proportion.
fn share(
    total: Option<&Given<f64>>,
    said: &[(String, Said<'_>)],
    drafts: &[Equipped],
    cx: &mut Cx<'_>,
) -> Vec<Option<f64>> {
    let own: Vec<Option<f64>> = drafts.iter().map(|(own, _)| *own).collect();
    let Some(total) = total else {
        for ((_, said), own) in said.iter().zip(&own) {
            if own.is_none() && said.fill.is_some() && cx.complete && !said.is_spoiled(cx) {
                let message = "`fill` without `it_mw`: there is no power to fill".to_string();
                cx.error(
                    said.mark,
                    rules::MISSING_KEY,
                    message,
                    "write `it_mw = 100.0` in the block or its site",
                );
            }
        }
        return own;
    };
    let sum: f64 = own.iter().flatten().sum();
    let silent = own.iter().filter(|own| own.is_none()).count();
    if silent == 0 {
        return own.iter().map(|own| own.map(|own| own * (total.value / sum))).collect();
    }
    if total.value <= sum {
        let message = format!(
            "the blocks take {} MW of its {} MW, and leave nothing for the others",
            rounded(sum),
            plain(total.value)
        );
        let diagnostic = Diagnostic::error(rules::OVER_POWER, message);
        cx.report(total.mark, diagnostic.with_hint(format!("write an `it_mw` above {}", rounded(sum))));
        return own;
    }
    own.iter().map(|own| own.or(Some((total.value - sum) / silent as f64))).collect()
}

fn rounded(mw: f64) -> String {
    plain((mw * 1e6).round() / 1e6)
}

fn rounded_up(mw: f64) -> String {
    // A hair less, or 118.8 that came out a hair too large would become 118.801.
    plain((mw * 1e3 - 1e-6).ceil() / 1e3)
}
