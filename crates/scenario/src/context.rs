//! What is carried along while sections are read: the place in the text, mistakes, figures and their sources.

use crate::language::{
    Field, Given, Key, PROVENANCE_KEYS, ScalarShape, Section, did_you_mean, key, listed, meant,
};
use crate::rules;
use crate::scalar::Scalar;
use crate::tree::{Entry, Mark, Node, Table, Texts, Value};
use crate::world::{Choice, Figure, FigureKind};
use base::{Diagnostic, Rule};
use std::collections::BTreeMap;

/// Errors after which a reader has learnt enough.
const MAX_DIAGNOSTICS: usize = 500;

/// What a table says of the figures in it.
#[derive(Clone, Debug)]
pub struct Provenance {
    file: u32,
    source: Option<String>,
    kind: Option<FigureKind>,
}

/// What is carried along while a scenario is read: the texts, the mistakes and the figures found so far.
pub struct Cx<'a> {
    /// The texts that marks point into.
    pub texts: &'a Texts,
    /// What was found wrong.
    pub diagnostics: Vec<(Mark, Diagnostic)>,
    /// Whether missing keys are reported: not where part of the text could not be parsed.
    pub complete: bool,
    figures: Vec<(Mark, Figure)>,
    choices: Vec<Choice>,
    /// Dotted paths of the values that were read.
    pub paths: BTreeMap<Mark, String>,
    /// The names of the sections being read, outermost first.
    pub path: Vec<String>,
    provenance: Vec<Provenance>,
    /// The sections being read, innermost last.
    open: Vec<Mark>,
    /// Sections in which a key was refused, with the key that it should have been, if one is near.
    spoiled: BTreeMap<Mark, Vec<String>>,
}

impl<'a> Cx<'a> {
    /// Nothing read yet.
    pub fn new(texts: &'a Texts, complete: bool) -> Cx<'a> {
        Cx {
            texts,
            diagnostics: Vec::new(),
            complete,
            figures: Vec::new(),
            choices: Vec::new(),
            paths: BTreeMap::new(),
            path: Vec::new(),
            provenance: Vec::new(),
            open: Vec::new(),
            spoiled: BTreeMap::new(),
        }
    }

    /// Reports at a mark; the field's path is looked up.
    pub fn report(&mut self, mark: Mark, diagnostic: Diagnostic) {
        if self.diagnostics.len() >= MAX_DIAGNOSTICS {
            return;
        }
        let mut diagnostic = crate::tree::on_one_line(diagnostic.with_place(self.texts.place(mark)));
        if diagnostic.field.is_none() {
            diagnostic.field = self.paths.get(&mark).cloned();
        }
        // What a site says once can be wrong in each of its blocks.
        let again = |(known, said): &(Mark, Diagnostic)| *known == mark && said.message == diagnostic.message;
        if !self.diagnostics.iter().any(again) {
            self.diagnostics.push((mark, diagnostic));
        }
    }

    /// Passes on a diagnostic that has a place in another file, which the mark names.
    pub fn report_elsewhere(&mut self, mark: Mark, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push((mark, diagnostic));
        }
    }

    /// An error about something that a section lacks: not said where one of its keys was refused.
    pub fn lack(&mut self, section: Mark, rule: &'static Rule, message: String, hint: impl Into<String>) {
        if self.complete && !self.is_spoiled(section) {
            self.error(section, rule, message, hint);
        }
    }

    /// An error with a hint.
    pub fn error(&mut self, mark: Mark, rule: &'static Rule, message: String, hint: impl Into<String>) {
        self.report(mark, Diagnostic::error(rule, message).with_hint(hint));
    }

    /// A warning with a hint.
    pub fn warn(&mut self, mark: Mark, rule: &'static Rule, message: String, hint: impl Into<String>) {
        // Of a text with holes nobody knows what it would say without them.
        if self.complete {
            self.report(mark, Diagnostic::warning(rule, message).with_hint(hint));
        }
    }

    /// The figures read so far, in the order of the files.
    pub fn take_figures(&mut self) -> Vec<Figure> {
        let mut all = std::mem::take(&mut self.figures);
        all.sort_by_key(|(mark, _)| *mark);
        all.into_iter().map(|(_, figure)| figure).collect()
    }

    /// What is said besides figures, by path: the order of the files means nothing.
    pub fn take_choices(&mut self) -> Vec<Choice> {
        let mut all = std::mem::take(&mut self.choices);
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    pub fn dotted(&self, last: &str) -> String {
        let mut path = self.path.join(".");
        if !path.is_empty() && !last.is_empty() {
            path.push('.');
        }
        path + last
    }

    /// Reads a table as a section, one level down.
    pub fn enter<S: Section>(&mut self, name: &str, table: &Table, mark: Mark) -> S {
        if !name.is_empty() {
            self.path.push(name.to_string());
        }
        self.paths.insert(mark, self.dotted(""));
        let keys = S::declared().keys;
        self.open.push(mark);
        self.refuse_unknown(table, keys);
        let provenance = self.provenance_of(table, mark.file);
        self.provenance.push(provenance);
        let section = S::read(self, table, mark);
        self.provenance.pop();
        self.open.pop();
        if !name.is_empty() {
            self.path.pop();
        }
        section
    }

    fn refuse_unknown(&mut self, table: &Table, keys: &[Key]) {
        for (name, entry) in &table.0 {
            if keys.iter().all(|key| key.name != name) && !PROVENANCE_KEYS.contains(&name.as_str()) {
                let known = || keys.iter().map(|key| key.name).chain(PROVENANCE_KEYS);
                let near = did_you_mean(name, known());
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", listed(known())),
                };
                self.spoil(near.unwrap_or_default());
                let field = self.dotted(name);
                let diagnostic = Diagnostic::error(rules::UNKNOWN_KEY, format!("unknown key `{name}`"));
                self.report(entry.key, diagnostic.with_field(field).with_hint(hint));
            }
        }
    }

    pub fn spoil(&mut self, key: &str) {
        if let Some(mark) = self.open.last() {
            self.spoiled.entry(*mark).or_default().push(key.to_string());
        }
    }

    /// Whether a key of this section was refused, so that what seems to be missing may only be wrong.
    pub fn is_spoiled(&self, section: Mark) -> bool {
        self.spoiled.contains_key(&section)
    }

    /// Whether this key of a section was refused, or another that looks like a slip of it.
    pub fn is_misspelt(&self, section: Mark, key: &str) -> bool {
        self.spoiled.get(&section).is_some_and(|keys| keys.iter().any(|known| known == key))
    }

    /// Where a section or key stands, by its path.
    pub fn mark_of(&self, path: &str) -> Option<Mark> {
        self.paths.iter().find(|(_, known)| *known == path).map(|(mark, _)| *mark)
    }

    /// Where a key stands that begins with `key`, in the section that begins at `section`.
    pub fn mark_below(&self, section: Mark, key: &str) -> Option<Mark> {
        let prefix = format!("{}.{key}", self.paths.get(&section)?);
        self.paths
            .iter()
            .find(|(_, path)| !key.is_empty() && path.starts_with(&prefix))
            .map(|(mark, _)| *mark)
    }

    /// Whether there is an error so far.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|(_, diagnostic)| diagnostic.severity == base::Severity::Error)
    }

    fn provenance_of(&mut self, table: &Table, file: u32) -> Provenance {
        let source = table.0.get("source").and_then(|entry| self.bare::<String>(entry, "source"));
        let kind = table.0.get("kind").and_then(|entry| self.bare::<FigureKind>(entry, "kind"));
        let file = table.0.get("source").or(table.0.get("kind")).map_or(file, |entry| entry.key.file);
        Provenance { file, source, kind }
    }

    /// Reads `source` and `kind`, which are no figures themselves.
    fn bare<T: Scalar>(&mut self, entry: &Entry, name: &str) -> Option<T> {
        match T::parse(&entry.node, &key()) {
            Ok(value) => Some(value),
            Err(fault) => {
                let field = self.dotted(name);
                self.refuse(&entry.node, name, field, fault);
                None
            }
        }
    }

    pub fn refuse(&mut self, node: &Node, name: &str, field: String, fault: crate::scalar::Fault) {
        self.spoil(name);
        let shown = self.texts.shown(node.mark);
        let diagnostic = Diagnostic::error(fault.rule, format!("`{name}` {}", fault.message));
        self.report(node.mark, diagnostic.with_field(field).with_value(shown).with_hint(fault.hint));
    }

    /// Reads one value, plain or as `{ value = ..., source = ..., kind = ... }`.
    pub fn scalar<T: Scalar>(&mut self, entry: &Entry, key: &Key) -> Field<T> {
        let mut said = None;
        let node = match &entry.node.value {
            Value::Table(table) if T::IS_FIGURE && (!T::IS_TABLE || table.0.contains_key("value")) => {
                said = Some(self.annotation(table, entry, key)?);
                match table.0.get("value") {
                    Some(inner) => &inner.node,
                    None => {
                        self.spoil(key.name);
                        let message = format!("`{}` is a table without a `value`", key.name);
                        let hint = format!("write `{} = {{ value = ..., source = \"...\" }}`", key.name);
                        self.error(entry.key, rules::MISSING_KEY, message, hint);
                        return None;
                    }
                }
            }
            _ => &entry.node,
        };
        let field = self.dotted(key.name);
        match T::parse(node, &key.spec) {
            Ok(value) => {
                match T::IS_FIGURE {
                    true => self.figure(node.mark, &field, said),
                    false => self.choice::<T>(node, &field, key),
                }
                self.paths.insert(node.mark, field);
                Some(Given { value, mark: node.mark })
            }
            Err(fault) => {
                self.refuse(node, key.name, field, fault);
                None
            }
        }
    }

    fn annotation(&mut self, table: &Table, entry: &Entry, key: &Key) -> Option<Provenance> {
        for (name, inner) in &table.0 {
            if !["value", "source", "kind"].contains(&name.as_str()) {
                let hint = meant(name, ["value", "source", "kind"], || {
                    "a figure takes `value`, `source` and `kind`".to_string()
                });
                let message = format!("unknown key `{name}` in the figure `{}`", key.name);
                let field = self.dotted(key.name);
                let diagnostic = Diagnostic::error(rules::UNKNOWN_KEY, message);
                self.report(inner.key, diagnostic.with_field(field).with_hint(hint));
            }
        }
        Some(self.provenance_of(table, entry.key.file))
    }

    /// Records a figure. What is said beside the number counts first, then what its tables say in the same file.
    pub fn figure(&mut self, mark: Mark, path: &str, said: Option<Provenance>) {
        let near = said
            .into_iter()
            .chain(self.provenance.iter().rev().filter(|provenance| provenance.file == mark.file).cloned());
        let (mut source, mut kind) = (None, None);
        for provenance in near {
            if source.is_none() && kind.is_none() {
                (source, kind) = (provenance.source, provenance.kind);
            } else if source.is_none() {
                source = provenance.source;
            } else if kind.is_none() {
                kind = provenance.kind;
            }
        }
        let kind = kind.unwrap_or(match source {
            Some(_) => FigureKind::Published,
            None => FigureKind::Assumed,
        });
        let value = self.texts.shown(mark);
        let place = self.texts.short(mark);
        self.figures.push((mark, Figure { path: path.to_string(), value, kind, source, place }));
    }

    /// Records what is no figure, with what its word means or else the first sentence about its key.
    pub fn choice<T: Scalar>(&mut self, node: &Node, path: &str, key: &Key) {
        let written = match &node.value {
            Value::Text(text) => text.clone(),
            _ => self.texts.shown(node.mark),
        };
        let value = match T::SHAPE {
            ScalarShape::File => written.rsplit(['/', '\\']).next().unwrap_or_default().to_string(),
            _ => written,
        };
        let meaning = match T::SHAPE {
            ScalarShape::Choice(words) => words.iter().find(|(word, _)| *word == value).map(|(_, doc)| *doc),
            _ => None,
        };
        let about = || key.doc.trim().lines().next().unwrap_or_default().trim();
        let doc = meaning.unwrap_or_else(about).to_string();
        self.choices.push(Choice { path: path.to_string(), value, doc });
    }

    pub fn missing(&mut self, key: &Key, owner: Mark) {
        if key.spec.required && self.complete && !self.is_misspelt(owner, key.name) {
            self.spoil(key.name);
            let field = self.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::MISSING_KEY, format!("`{}` is missing", key.name));
            self.report(owner, diagnostic.with_field(field).with_hint(crate::schema::example(key)));
        }
    }

    pub fn default_of<T: Scalar>(&self, key: &Key, owner: Mark) -> Field<T> {
        let node = crate::tree::parse_value(owner.file, 0, key.spec.default?)?;
        T::parse(&node, &key.spec).ok().map(|value| Given { value, mark: owner })
    }

    pub fn expect_table<'n>(&mut self, entry: &'n Entry, name: &str) -> Option<&'n Table> {
        match &entry.node.value {
            Value::Table(table) => Some(table),
            other => {
                self.spoil(name);
                let message = format!("`{name}` is {}, and must be a table", other.word());
                let field = self.dotted(name);
                let value = self.texts.shown(entry.node.mark);
                let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message).with_field(field);
                let hint = format!("write `[{name}]` on a line of its own, and its keys below");
                self.report(entry.node.mark, diagnostic.with_value(value).with_hint(hint));
                None
            }
        }
    }
}
