//! Lists of the nodes of a cluster.

use crate::fault::{At, Fault};
use crate::format::Format;
use crate::input::Input;
use crate::lines::Lines;
use crate::philly::header_table;
use crate::reader::{Log, Parser, ReadOptions, TextRows};
use crate::rules;
use crate::table::Table;
use base::Diagnostics;
use std::path::Path;
use std::sync::Arc;

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRecord {
    /// Its name in the list.
    pub name: String,
    /// Processor cores, in thousandths.
    pub cpu_milli: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Accelerators.
    pub gpus: u32,
    /// Their model; `None` for a node without any.
    pub model: Option<Arc<str>>,
}

const NAMES: [&str; 5] = ["sn", "cpu_milli", "memory_mib", "gpu", "model"];

/// Reads a node list of the Alibaba openb trace: `sn,cpu_milli,memory_mib,gpu,model` (Weng et al., USENIX ATC 2023).
///
/// Nodes come in the order of the file. The whole list is in memory: a cluster has thousands of nodes, not millions.
pub fn read_openb_nodes(path: &Path) -> Result<Vec<NodeRecord>, Diagnostics> {
    let mut mistakes = Diagnostics::new();
    let options = ReadOptions::default();
    let name = path.display().to_string();
    let opened = Input::open(path, None).and_then(|input| rows(input, &name, &options));
    let mut nodes = Vec::new();
    match opened {
        Ok(mut rows) => {
            let mut log = Log::default();
            while let Some(row) = rows.next(&mut log) {
                match row {
                    Ok(node) => nodes.push(node),
                    Err(fault) => mistakes.push(*fault),
                }
                if mistakes.0.len() >= options.max_mistakes {
                    break;
                }
            }
        }
        Err(fault) => mistakes.push(*fault),
    }
    if mistakes.is_empty() { Ok(nodes) } else { Err(mistakes) }
}

fn rows(input: Input, name: &str, options: &ReadOptions) -> Result<TextRows<Nodes>, Fault> {
    let mut lines = Lines::new(input, name, options.max_line_bytes);
    let table = header_table(&mut lines, name, Format::Openb, &NAMES, &NAMES)?;
    Ok(TextRows::new(lines, name.to_string(), Nodes { table, models: Vec::new() }))
}

struct Nodes {
    table: Table,
    models: Vec<Arc<str>>,
}

impl Parser for Nodes {
    type Row = NodeRecord;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<NodeRecord>, Fault> {
        if at.text.is_empty() {
            return Ok(None);
        }
        log.rows += 1;
        let fields = self.table.split(at)?;
        let gpus = fields.count_u32(3)?;
        let model = match fields.text(4) {
            "" if gpus > 0 => {
                let message = format!("{gpus} accelerators, but no model");
                return Err(fields.fault(
                    4,
                    rules::CONTRADICTION,
                    message,
                    "name the model, or write 0 accelerators",
                ));
            }
            "" => None,
            text => Some(match self.models.iter().find(|known| ***known == *text) {
                Some(known) => known.clone(),
                None => {
                    let new: Arc<str> = Arc::from(text);
                    self.models.push(new.clone());
                    new
                }
            }),
        };
        Ok(Some(NodeRecord {
            name: fields.text(0).to_string(),
            cpu_milli: fields.count_u32(1)?,
            memory_mib: fields.count_u32(2)?,
            gpus,
            model,
        }))
    }
}
