//! Node lists: each shape becomes a system of one node.

use super::sites::{Draft, Places, value};
use super::workloads::resolve_path;
use crate::context::Cx;
use crate::keys::AcceleratorText;
use crate::language::{Given, Map};
use crate::load::{MAX_BYTES, read_bounded};
use crate::scalar::FileName;
use crate::world::System;
use crate::{InputFile, rules};
use base::ItPower;
use base::digest::sha256_hex;
use std::collections::BTreeMap;

/// Bytes of a node list: a million nodes and more.
const NODE_LIST_BYTES: usize = 16 * MAX_BYTES;

/// Accelerators of one node.
const MAX_PER_NODE: u32 = 16;

impl Places {
    /// The shapes of a node list, each a system of one node, with how many there are.
    pub fn node_list(
        &mut self,
        list: &Given<FileName>,
        models: &Map<AcceleratorText>,
        cx: &mut Cx<'_>,
        files: &mut Vec<InputFile>,
    ) -> Vec<(usize, u32)> {
        let Some(path) = resolve_path(list, cx) else { return Vec::new() };
        let shown = path.to_string_lossy().into_owned();
        match read_bounded(&path, NODE_LIST_BYTES) {
            Ok(bytes) => files.push(InputFile { path: shown, sha256: sha256_hex(&bytes) }),
            Err(fault) => {
                cx.report(list.mark, fault.diagnostic(&shown, &path));
                return Vec::new();
            }
        }
        let nodes = match trace::nodes::read_openb_nodes(&path) {
            Ok(nodes) => nodes,
            Err(mistakes) => {
                for mistake in mistakes.0 {
                    cx.report_elsewhere(list.mark, mistake);
                }
                return Vec::new();
            }
        };
        let mut shapes: BTreeMap<(Option<String>, u32, u32, u32), u32> = BTreeMap::new();
        for node in nodes {
            if node.gpus > MAX_PER_NODE {
                let message = format!("`{}` has {} accelerators in one node", node.name, node.gpus);
                cx.error(list.mark, rules::TOO_MANY, message, format!("at most {MAX_PER_NODE} are possible"));
                return Vec::new();
            }
            let model = node.model.filter(|_| node.gpus > 0).map(|model| model.to_string());
            *shapes.entry((model, node.gpus, node.cpu_milli, node.memory_mib)).or_insert(0) += 1;
        }
        shapes.into_iter().map(|(shape, count)| (self.shape(shape, models), count)).collect()
    }

    fn shape(
        &mut self,
        (model, gpus, cpu_milli, memory_mib): (Option<String>, u32, u32, u32),
        models: &Map<AcceleratorText>,
    ) -> usize {
        let lower = model.as_deref().unwrap_or("cpu").to_ascii_lowercase();
        let key = format!("{lower}-{gpus}x-{}c-{}g", cpu_milli / 1000, memory_mib / 1024);
        let facts =
            models.0.iter().find(|(name, _)| Some(&name.value) == model.as_ref()).map(|(_, facts)| facts);
        let watts = facts.and_then(|facts| value(&facts.power_w)).unwrap_or(0.0) * f64::from(gpus);
        let system = System {
            name: key.clone(),
            key,
            accelerator: None,
            nodes: 1,
            accelerators_per_node: gpus,
            cpu_milli,
            memory_mib,
            accelerator_memory_gb: facts.and_then(|facts| value(&facts.memory_gb)).unwrap_or(0.0),
            it_power: ItPower::from_mw(watts / 1e6),
            scale_up_domain: gpus.max(1),
            ..System::default()
        };
        let same = |draft: &Draft| draft.model == model && draft.system == system;
        if let Some(at) = self.drafts.iter().position(same) {
            return at;
        }
        let mut draft = Draft { model, system, mark: None };
        let taken = |key: &str| self.drafts.iter().any(|draft| draft.system.key == key);
        let mut again = 2;
        while taken(&draft.system.key) {
            draft.system.key = format!("{}-{again}", draft.system.name);
            again += 1;
        }
        draft.system.name = draft.system.key.clone();
        self.drafts.push(draft);
        self.drafts.len() - 1
    }
}
