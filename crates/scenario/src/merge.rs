//! Joining trees: `include` adds without contradiction, `extends` and `--set` replace.

use crate::tree::{Entry, Mark, Node, Table, Value};

/// Two files say different things of one key.
#[derive(Debug)]
pub struct Clash {
    /// Dotted path of the key.
    pub path: String,
    /// Where it is first said.
    pub first: Mark,
    /// Where it is said otherwise.
    pub second: Mark,
}

/// Adds `from` to `into`. Rows at the top (`[[link]]`) are joined; other values must agree.
pub fn join(into: &mut Table, from: Table, path: &str, clashes: &mut Vec<Clash>) {
    for (name, entry) in from.0 {
        let Some(present) = into.0.get_mut(&name) else {
            into.0.insert(name, entry);
            continue;
        };
        let here = dotted(path, &name);
        match (&mut present.node.value, entry.node.value) {
            (Value::Table(a), Value::Table(b)) => join(a, b, &here, clashes),
            (Value::List(a), Value::List(b)) if path.is_empty() && rows(a) && rows(&b) => a.extend(b),
            (a, b) if agree(a, &b) => {}
            _ => clashes.push(Clash { path: here, first: present.key, second: entry.key }),
        }
    }
}

/// Puts `over` on top of `base`: tables are merged, all else is replaced.
pub fn replace(base: &mut Table, over: Table) {
    drop_alternatives(base, over.0.keys().map(String::as_str));
    for (name, entry) in over.0 {
        match base.0.get_mut(&name) {
            Some(Entry { node: Node { value: Value::Table(below), mark }, key }) => match entry.node.value {
                Value::Table(above) if !is_value(below) && !is_value(&above) => {
                    (*mark, *key) = (entry.node.mark, entry.key);
                    replace(below, above);
                }
                value => {
                    base.0
                        .insert(name, Entry { key: entry.key, node: Node { mark: entry.node.mark, value } });
                }
            },
            _ => {
                base.0.insert(name, entry);
            }
        }
    }
}

/// Keys that exclude each other: who gives one of the first list replaces those of the second.
const ALTERNATIVES: &[(&[&str], &[&str])] = &[
    (&["end"], &["length"]),
    (&["length"], &["end"]),
    (&["fill"], &["systems", "nodes"]),
    (&["systems"], &["fill", "nodes"]),
    (&["nodes"], &["fill", "systems"]),
    (
        &["trace"],
        &[
            "arrivals",
            "sizes",
            "durations",
            "jobs",
            "estimate_factor",
            "estimate_up_to",
            "cores_per_gpu",
            "memory_gib_per_gpu",
        ],
    ),
    (&["arrivals", "sizes", "durations"], &["trace", "format", "time_scale", "repeat"]),
    (&["estimate_factor"], &["estimate_up_to"]),
    (&["estimate_up_to"], &["estimate_factor"]),
    (&["gaps"], &["cv", "shape"]),
    (&["at"], &["before_ready"]),
    (&["before_ready"], &["at"]),
    (&["blocks"], &["each"]),
    (&["each"], &["blocks"]),
    (&["share"], &["tier"]),
    (&["tier"], &["share"]),
    (&["contract_mw"], &["ramp"]),
    (&["ramp"], &["contract_mw"]),
    (
        &["distribution"],
        &["weights", "median", "sigma", "most", "mean", "scale", "shape", "quantiles", "class", "up_to"],
    ),
];

/// Takes from a table what the new keys replace by their presence. (`nodes` in a system is a number of nodes: it has
/// no neighbours of these names.)
pub fn drop_alternatives<'n>(base: &mut Table, new: impl Iterator<Item = &'n str> + Clone) {
    for (given, replaced) in ALTERNATIVES {
        if new.clone().any(|name| given.contains(&name)) {
            base.0.retain(|name, _| !replaced.contains(&name.as_str()) || new.clone().any(|n| n == name));
        }
    }
}

/// A figure with its source, or weights by number: replaced as a whole.
fn is_value(table: &Table) -> bool {
    table.0.contains_key("value")
        || !table.0.is_empty() && table.0.keys().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

fn rows(items: &[Node]) -> bool {
    items.iter().all(|item| matches!(item.value, Value::Table(_)))
}

fn agree(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) | (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Integer(Some(a)), Value::Integer(Some(b))) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Integer(Some(a)), Value::Number(b)) | (Value::Number(b), Value::Integer(Some(a))) => {
            *a as f64 == *b
        }
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(&a.value, &b.value))
        }
        (Value::Table(a), Value::Table(b)) => {
            a.0.len() == b.0.len()
                && a.0.iter().zip(&b.0).all(|((x, a), (y, b))| x == y && agree(&a.node.value, &b.node.value))
        }
        _ => false,
    }
}

fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::parse;

    fn tree(text: &str) -> Table {
        let (table, faults) = parse(0, text);
        assert!(faults.is_empty(), "{text}");
        table
    }

    fn joined(a: &str, b: &str) -> (Table, Vec<String>) {
        let (mut table, mut clashes) = (tree(a), Vec::new());
        join(&mut table, tree(b), "", &mut clashes);
        (table, clashes.into_iter().map(|clash| clash.path).collect())
    }

    fn same(a: &Table, b: &str) -> bool {
        agree(&Value::Table(a.clone()), &Value::Table(tree(b)))
    }

    #[test]
    fn files_join_where_they_agree() {
        let (table, clashes) = joined("[a]\nx = 1\n[[link]]\nn = 1", "[a]\nx = 1.0\ny = 2\n[[link]]\nn = 2");
        assert!(clashes.is_empty());
        assert!(same(&table, "[a]\nx = 1\ny = 2\n[[link]]\nn = 1\n[[link]]\nn = 2"));
        let (_, clashes) = joined("a.x = 1\na.l = [1]\nb = 1", "a.x = 2\na.l = [2]\n[b]");
        assert_eq!(clashes, ["a.l", "a.x", "b"]);
    }

    #[test]
    fn what_is_on_top_wins() {
        let mut base =
            tree("[a]\nx = { value = 1, source = \"s\" }\ny = 1\n[[link]]\nn = 1\n[w]\n1 = 2\n3 = 4");
        replace(&mut base, tree("a.x = { value = 2 }\na.z = 3\nw = { 1 = 5 }\n[[link]]\nn = 2"));
        assert!(same(&base, "[a]\nx = { value = 2 }\ny = 1\nz = 3\n[[link]]\nn = 2\n[w]\n1 = 5"));
    }

    #[test]
    fn what_excludes_the_base_takes_its_place() {
        let mut base =
            tree("[horizon]\nstart = 1\nend = 2\n[sizes]\ndistribution = \"weighted\"\nweights = { 1 = 1 }");
        replace(
            &mut base,
            tree("horizon.length = \"1 h\"\nsizes = { distribution = \"power_of_two\", median = 4 }"),
        );
        assert!(same(
            &base,
            "[horizon]\nstart = 1\nlength = \"1 h\"\n[sizes]\ndistribution = \"power_of_two\"\nmedian = 4"
        ));
    }
}
