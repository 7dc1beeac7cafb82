//! How the language is declared and read. A section is declared once, with [`section!`]: from that come its struct, the
//! check for unknown keys, defaults, bounds, the JSON Schema and the reference page.

use crate::rules;
use crate::scalar::Scalar;
use crate::tree::{Entry, Mark, Node, Table, Texts, Value};
use crate::world::{Figure, FigureKind};
use base::{Diagnostic, Rule};
use std::collections::BTreeMap;

/// A value of the text, and where it stands. A default stands where its table does.
#[derive(Clone, Debug)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub mark: Mark,
}

/// A key's value; `None` where it is not given, or so wrong that it was refused (which has been said by then).
pub type Field<T> = Option<Given<T>>;
/// A list of values.
#[derive(Debug)]
pub struct List<T>(pub Option<Given<Vec<Given<T>>>>);
/// A table of its own: `[policy]`.
#[derive(Debug)]
pub struct One<S>(pub Option<S>);
/// Tables by name: `[site.NAME]`, sorted by name. The mark is that of the name.
#[derive(Debug)]
pub struct Map<S>(pub Vec<(Given<String>, S)>);
/// Tables in a row: `[[link]]`.
#[derive(Debug)]
pub struct Rows<S>(pub Vec<S>);

/// What is declared of a key besides its name, type and text.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Must be there.
    pub required: bool,
    /// Value where it is not given, as TOML.
    pub default: Option<&'static str>,
    /// What holds where it is not given and has no default of its own.
    pub absent: &'static str,
    /// Least value (for durations: in seconds).
    pub least: f64,
    /// Whether the least value itself is refused.
    pub above: bool,
    /// Largest value.
    pub most: f64,
    /// Unit, for people.
    pub unit: &'static str,
    /// What to write, where the kind of value does not say it well.
    pub example: &'static str,
    /// The section whose names it must be one of.
    pub refers: &'static str,
}

/// A key that may be left out.
pub const fn key() -> Spec {
    Spec {
        required: false,
        default: None,
        absent: "",
        least: f64::NEG_INFINITY,
        above: false,
        most: f64::INFINITY,
        unit: "",
        example: "",
        refers: "",
    }
}

impl Spec {
    /// It must be there.
    pub const fn required(self) -> Spec {
        Spec { required: true, ..self }
    }
    /// Its value where it is not given, as TOML.
    pub const fn default(self, default: &'static str) -> Spec {
        Spec { default: Some(default), ..self }
    }
    /// What holds where it is not given.
    pub const fn absent(self, absent: &'static str) -> Spec {
        Spec { absent, ..self }
    }
    /// From `least` to `most`, both included.
    pub const fn range(self, least: f64, most: f64) -> Spec {
        Spec { least, most, ..self }
    }
    /// Above `least`, up to `most`.
    pub const fn above(self, least: f64, most: f64) -> Spec {
        Spec { least, above: true, most, ..self }
    }
    /// Its unit.
    pub const fn unit(self, unit: &'static str) -> Spec {
        Spec { unit, ..self }
    }
    /// What to write, as TOML.
    pub const fn example(self, example: &'static str) -> Spec {
        Spec { example, ..self }
    }
    /// It names one of these sections.
    pub const fn refers(self, refers: &'static str) -> Spec {
        Spec { refers, ..self }
    }
}

/// What kind of value a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One value, with or without its source.
    Figure(ScalarShape),
    /// One value that is no figure.
    Scalar(ScalarShape),
    /// A list of values.
    List(ScalarShape),
    /// A table.
    One(fn() -> &'static Declared),
    /// Tables by name.
    Map(fn() -> &'static Declared),
    /// Tables in a row.
    Rows(fn() -> &'static Declared),
}

/// What kind of single value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarShape {
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// A date, with or without a time.
    Instant,
    /// A length of time.
    Duration,
    /// A file.
    File,
    /// One of these words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// So many numbers.
    Numbers(usize),
    /// A table from whole numbers to numbers.
    Weights,
}

/// A key of a section.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Bounds, unit, default.
    pub spec: Spec,
    /// What it takes.
    pub shape: fn() -> Shape,
}

/// A section of the language.
#[derive(Debug)]
pub struct Declared {
    /// Its name in the JSON Schema.
    pub name: &'static str,
    /// Its heading: `[site.NAME]`.
    pub heading: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A section that can be read from a table.
pub trait Section: Sized {
    /// Its declaration.
    fn declared() -> &'static Declared;
    /// Reads what is there and reports what is wrong.
    fn read(cx: &mut Cx<'_>, table: &Table, mark: Mark) -> Self;
}

/// Something that can stand behind a key.
pub trait Readable: Sized {
    /// What it takes.
    fn shape() -> Shape;
    /// Reads the key from its table.
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self;
}

/// Declares sections: heading, docs, and each key with docs, type and [`Spec`].
macro_rules! section {
    ($($(#[doc = $about:literal])+ $name:ident at $heading:literal {
        $($(#[doc = $doc:literal])+ $key:ident: $type:ty = $spec:expr;)+
    })+) => {$(
        $(#[doc = $about])+
        // Some keys are read before there are sections (`include`) or only shown (`name`).
        #[allow(dead_code)]
        #[derive(Debug)]
        pub struct $name {
            /// Where its heading stands.
            pub mark: $crate::tree::Mark,
            $($(#[doc = $doc])+ pub $key: $type,)+
        }
        impl $crate::language::Section for $name {
            fn declared() -> &'static $crate::language::Declared {
                static DECLARED: $crate::language::Declared = $crate::language::Declared {
                    name: stringify!($name),
                    heading: $heading,
                    doc: concat!($($about, "\n"),+),
                    keys: &[$($crate::language::Key {
                        name: stringify!($key),
                        doc: concat!($($doc, "\n"),+),
                        spec: $spec,
                        shape: <$type as $crate::language::Readable>::shape,
                    }),+],
                };
                &DECLARED
            }
            fn read(
                cx: &mut $crate::language::Cx<'_>,
                table: &$crate::tree::Table,
                mark: $crate::tree::Mark,
            ) -> Self {
                let mut keys = Self::declared().keys.iter();
                $(let $key = match keys.next() {
                    Some(key) => <$type as $crate::language::Readable>::read(cx, table, key, mark),
                    None => unreachable!("one declaration for each field"),
                };)+
                $name { mark, $($key),+ }
            }
        }
    )+};
}
pub(crate) use section;

/// Keys that every section takes: where its figures come from.
pub const PROVENANCE_KEYS: [&str; 2] = ["source", "kind"];

/// Errors after which a reader has learnt enough.
const MAX_DIAGNOSTICS: usize = 500;

#[derive(Clone, Debug)]
struct Provenance {
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
    paths: BTreeMap<Mark, String>,
    path: Vec<String>,
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
        self.report(mark, Diagnostic::warning(rule, message).with_hint(hint));
    }

    /// The figures read so far, in the order of the files.
    pub fn take_figures(&mut self) -> Vec<(Mark, Figure)> {
        let mut figures = std::mem::take(&mut self.figures);
        figures.sort_by_key(|(mark, _)| *mark);
        figures
    }

    fn dotted(&self, last: &str) -> String {
        let mut path = self.path.join(".");
        if !path.is_empty() && !last.is_empty() {
            path.push('.');
        }
        path + last
    }

    /// Reads a table as a section, one level down.
    fn enter<S: Section>(&mut self, name: &str, table: &Table, mark: Mark) -> S {
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

    fn spoil(&mut self, key: &str) {
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

    fn refuse(&mut self, node: &Node, name: &str, field: String, fault: crate::scalar::Fault) {
        self.spoil(name);
        let shown = self.texts.shown(node.mark);
        let diagnostic = Diagnostic::error(fault.rule, format!("`{name}` {}", fault.message));
        self.report(node.mark, diagnostic.with_field(field).with_value(shown).with_hint(fault.hint));
    }

    /// Reads one value, plain or as `{ value = ..., source = ..., kind = ... }`.
    fn scalar<T: Scalar>(&mut self, entry: &Entry, key: &Key) -> Field<T> {
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
                if T::IS_FIGURE {
                    self.figure(node.mark, &field, said);
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
                let hint = match did_you_mean(name, ["value", "source", "kind"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a figure takes `value`, `source` and `kind`".to_string(),
                };
                let message = format!("unknown key `{name}` in the figure `{}`", key.name);
                let field = self.dotted(key.name);
                let diagnostic = Diagnostic::error(rules::UNKNOWN_KEY, message);
                self.report(inner.key, diagnostic.with_field(field).with_hint(hint));
            }
        }
        Some(self.provenance_of(table, entry.key.file))
    }

    /// Records a figure. What is said beside the number counts first, then what its tables say in the same file.
    fn figure(&mut self, mark: Mark, path: &str, said: Option<Provenance>) {
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

    fn missing(&mut self, key: &Key, owner: Mark) {
        if key.spec.required && self.complete && !self.is_misspelt(owner, key.name) {
            self.spoil(key.name);
            let field = self.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::MISSING_KEY, format!("`{}` is missing", key.name));
            self.report(owner, diagnostic.with_field(field).with_hint(crate::schema::example(key)));
        }
    }

    fn default_of<T: Scalar>(&self, key: &Key, owner: Mark) -> Field<T> {
        let node = crate::tree::parse_value(owner.file, 0, key.spec.default?)?;
        T::parse(&node, &key.spec).ok().map(|value| Given { value, mark: owner })
    }

    fn expect_table<'n>(&mut self, entry: &'n Entry, name: &str) -> Option<&'n Table> {
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

/// The known word that a wrong one is a slip of.
pub fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    (word.len() <= MAX_NAME).then(|| base::closest(word, known)).flatten()
}

/// Words for a message: `` `a`, `b`, `c` ``.
pub fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Reads a whole document.
pub fn read_document<S: Section>(cx: &mut Cx<'_>, table: &Table, mark: Mark) -> S {
    cx.enter("", table, mark)
}

impl<T: Scalar> Readable for Field<T> {
    fn shape() -> Shape {
        if T::IS_FIGURE { Shape::Figure(T::SHAPE) } else { Shape::Scalar(T::SHAPE) }
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        match table.0.get(key.name) {
            Some(entry) => cx.scalar(entry, key),
            None => {
                cx.missing(key, owner);
                cx.default_of(key, owner)
            }
        }
    }
}

impl<T: Scalar> Readable for List<T> {
    fn shape() -> Shape {
        Shape::List(T::SHAPE)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return List(None);
        };
        let Value::List(items) = &entry.node.value else {
            cx.spoil(key.name);
            let message = format!("`{}` is {}, and must be a list", key.name, entry.node.value.word());
            let shown = cx.texts.shown(entry.node.mark);
            let field = cx.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message).with_field(field);
            let hint = format!("write `{} = [{shown}]`", key.name);
            cx.report(entry.node.mark, diagnostic.with_value(shown).with_hint(hint));
            return List(None);
        };
        let mut values = Vec::new();
        for (at, node) in items.iter().enumerate() {
            let field = cx.dotted(&format!("{}.{at}", key.name));
            match T::parse(node, &key.spec) {
                Ok(value) => {
                    if T::IS_FIGURE {
                        cx.figure(node.mark, &field, None);
                    }
                    cx.paths.insert(node.mark, field);
                    values.push(Given { value, mark: node.mark });
                }
                Err(fault) => cx.refuse(node, key.name, field, fault),
            }
        }
        List(Some(Given { value: values, mark: entry.node.mark }))
    }
}

impl<S: Section> Readable for One<S> {
    fn shape() -> Shape {
        Shape::One(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return One(None);
        };
        let inner = cx.expect_table(entry, key.name);
        One(inner.map(|inner| cx.enter(key.name, inner, entry.key)))
    }
}

impl<S: Section> Readable for Map<S> {
    fn shape() -> Shape {
        Shape::Map(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return Map(Vec::new());
        };
        let Some(names) = cx.expect_table(entry, key.name) else { return Map(Vec::new()) };
        let mut sections = Vec::new();
        cx.path.push(key.name.to_string());
        for (name, entry) in &names.0 {
            let Some(inner) = cx.expect_table(entry, name) else { continue };
            if !is_name(name) {
                let message = format!("`{name}` cannot be the name of a {}", key.name);
                let hint = "a name has letters, digits, `-` and `_`, at most 64 of them";
                cx.error(entry.key, rules::BAD_NAME, message, hint);
            }
            let section = cx.enter(name, inner, entry.key);
            sections.push((Given { value: name.clone(), mark: entry.key }, section));
        }
        cx.path.pop();
        Map(sections)
    }
}

/// Bytes of the longest name.
const MAX_NAME: usize = 64;

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl<S: Section> Readable for Rows<S> {
    fn shape() -> Shape {
        Shape::Rows(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return Rows(Vec::new());
        };
        let Value::List(items) = &entry.node.value else {
            cx.spoil(key.name);
            let message =
                format!("`{}` is {}, and must be a list of tables", key.name, entry.node.value.word());
            let hint = format!("write `{}`", S::declared().heading);
            let field = cx.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message).with_field(field);
            cx.report(entry.key, diagnostic.with_hint(hint));
            return Rows(Vec::new());
        };
        let mut rows = Vec::new();
        cx.path.push(key.name.to_string());
        for (at, node) in items.iter().enumerate() {
            match &node.value {
                Value::Table(table) => rows.push(cx.enter(&at.to_string(), table, node.mark)),
                other => {
                    let message =
                        format!("an item of `{}` is {}, and must be a table", key.name, other.word());
                    let hint = format!("write `{}`", S::declared().heading);
                    let value = cx.texts.shown(node.mark);
                    let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message);
                    cx.report(node.mark, diagnostic.with_value(value).with_hint(hint));
                }
            }
        }
        cx.path.pop();
        Rows(rows)
    }
}
