//! From an origin to one tree: files are read with limits, `include` and `extends` followed, `--set` applied.

use crate::given_twice;
use crate::language::{did_you_mean, listed, meant};
use crate::merge::{drop_alternatives, join, replace};
use crate::tree::{
    Entry, Mark, Node, SyntaxFault, Table, Texts, Value, on_one_line, parse, parse_value, too_deep,
};
use crate::{BUILTINS, InputFile, LIBRARY, Origin, Overlay, rules};
use base::digest::sha256_hex;
use base::{Diagnostic, Place, Rule};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of one scenario file. Job logs and node lists are files of their own.
pub const MAX_BYTES: usize = 8 << 20;
/// Files of one scenario.
const MAX_FILES: usize = 256;
/// Files that include each other in a chain.
const MAX_CHAIN: usize = 24;
const BUILTIN: &str = "builtin:";

/// What has been read so far.
#[derive(Default)]
pub struct Loader {
    /// The texts, in the order of reading.
    pub texts: Texts,
    /// What was wrong with them.
    pub diagnostics: Vec<(Mark, Diagnostic)>,
    /// The files, with their digests.
    pub files: Vec<InputFile>,
    /// Whether a part of a text could not be parsed or found.
    pub incomplete: bool,
    chain: Vec<(Identity, Mark)>,
    seen: BTreeSet<Identity>,
}

/// What makes two names the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    File(PathBuf),
    Builtin(String),
    Text,
    Overlay,
}

/// The head of a text without any.
pub const NOWHERE: Mark = Mark { file: 0, start: 0, end: 0 };

impl Loader {
    /// Reads the origin and all that it names. `None` where nothing could be read.
    pub fn load(&mut self, origin: &Origin) -> Option<Table> {
        match origin {
            Origin::File(path) => match path.to_str().and_then(|name| name.strip_prefix(BUILTIN)) {
                Some(name) => self.builtin(name, None),
                None => self.file(path.clone(), None),
            },
            Origin::Builtin(name) => self.builtin(name, None),
            Origin::Text { name, text } => {
                self.whole(Identity::Text, name.clone(), None, text.as_bytes().to_vec(), None)
            }
        }
    }

    /// Puts a text on top of a tree, after what it replaces as a whole is gone.
    pub fn lay_over(&mut self, table: &mut Table, overlay: &Overlay) {
        for path in &overlay.replaces {
            take_out(table, &path.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let bytes = overlay.text.as_bytes().to_vec();
        if let Some(over) = self.whole(Identity::Overlay, overlay.name.clone(), None, bytes, None) {
            replace(table, over);
        }
    }

    fn say(&mut self, mark: Mark, diagnostic: Diagnostic) {
        let placed = diagnostic.with_place(self.texts.place(mark));
        self.diagnostics.push((mark, on_one_line(placed)));
    }

    fn error(&mut self, mark: Mark, rule: &'static Rule, message: String, hint: impl Into<String>) {
        self.say(mark, Diagnostic::error(rule, message).with_hint(hint));
    }

    /// A fault of a file as a whole: shown where it is named, or with its name alone.
    fn file_error(&mut self, from: Option<Mark>, name: &str, diagnostic: Diagnostic) {
        self.incomplete = true;
        match from {
            Some(mark) => self.say(mark, diagnostic),
            None => self.diagnostics.push((NOWHERE, diagnostic.with_place(Place::file(name)))),
        }
    }

    fn named(&mut self, written: &str, from: Mark) -> Option<Table> {
        if let Some(name) = written.strip_prefix(BUILTIN) {
            return self.builtin(name, Some(from));
        }
        let text = self.texts.get(from.file);
        if text.name.starts_with(BUILTIN) {
            let message = format!("a built-in text names the file `{written}`");
            self.error(from, rules::UNREADABLE, message, "built-in texts name only `builtin:` texts");
            return None;
        }
        let path = text.folder.as_deref().unwrap_or(Path::new("")).join(written);
        self.file(path, Some(from))
    }

    fn builtin(&mut self, name: &str, from: Option<Mark>) -> Option<Table> {
        let known = || BUILTINS.iter().chain(LIBRARY);
        let shown = format!("{BUILTIN}{name}");
        match known().find(|(known, _)| *known == name) {
            Some((_, text)) => {
                let identity = Identity::Builtin(name.to_string());
                self.whole(identity, shown, None, text.as_bytes().to_vec(), from)
            }
            None => {
                let words = known().map(|(name, _)| *name);
                let hint = match did_you_mean(name, words.clone()) {
                    Some(near) => format!("did you mean `{BUILTIN}{near}`?"),
                    None => format!("known: {}", listed(words)),
                };
                let message = format!("there is no built-in `{name}`");
                let diagnostic = Diagnostic::error(rules::UNKNOWN_BUILTIN, message).with_hint(hint);
                self.file_error(from, &shown, diagnostic);
                None
            }
        }
    }

    fn file(&mut self, path: PathBuf, from: Option<Mark>) -> Option<Table> {
        let name = path.to_string_lossy().into_owned();
        match read_bounded(&path, MAX_BYTES) {
            Ok(bytes) => {
                let identity = Identity::File(path.canonicalize().unwrap_or_else(|_| path.clone()));
                let folder = path.parent().map(Path::to_path_buf);
                self.whole(identity, name, folder, bytes, from)
            }
            Err(fault) => {
                self.file_error(from, &name, fault.diagnostic(&name, &path));
                None
            }
        }
    }

    /// One text with all that it includes and extends.
    fn whole(
        &mut self,
        identity: Identity,
        name: String,
        folder: Option<PathBuf>,
        bytes: Vec<u8>,
        from: Option<Mark>,
    ) -> Option<Table> {
        let here = from.unwrap_or(NOWHERE);
        if let Some(at) = self.chain.iter().position(|(known, _)| *known == identity) {
            let mut diagnostic = Diagnostic::error(rules::CYCLE, format!("`{name}` includes itself"))
                .with_hint("leave one of them out");
            for (_, mark) in self.chain[at..].iter().skip(1) {
                diagnostic = diagnostic.with_related(self.texts.place(*mark), "on the way");
            }
            self.incomplete = true;
            self.say(here, diagnostic);
            return None;
        }
        if !self.seen.insert(identity.clone()) {
            return Some(Table::default());
        }
        if self.files.len() >= MAX_FILES || self.chain.len() >= MAX_CHAIN {
            let message = format!("more than {MAX_FILES} files, or {MAX_CHAIN} that include one another");
            self.error(here, rules::TOO_LARGE, message, "join some of them");
            return None;
        }
        self.files.push(InputFile { path: name.clone(), sha256: sha256_hex(&bytes) });
        let text = self.decode(&name, bytes, from)?;
        self.chain.push((identity, here));
        let table = self.parsed(name, folder, text).map(|table| self.follow(table));
        self.chain.pop();
        table
    }

    fn decode(&mut self, name: &str, bytes: Vec<u8>, from: Option<Mark>) -> Option<String> {
        if bytes.len() > MAX_BYTES {
            let fault = ReadFault::TooLarge(MAX_BYTES);
            self.file_error(from, name, fault.diagnostic(name, Path::new(name)));
            return None;
        }
        String::from_utf8(bytes)
            .map_err(|error| {
                self.incomplete = true;
                let good = error.utf8_error().valid_up_to();
                let bytes = error.into_bytes();
                let byte = bytes.get(good).copied().unwrap_or(0);
                let lossy = String::from_utf8_lossy(&bytes);
                // The replacement character stands for the first bad byte: the good text before it is unchanged.
                let place = Place::in_text(name, &lossy, good..good + '\u{fffd}'.len_utf8());
                let hint = match bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                    true => "the file is UTF-16: save it as UTF-8",
                    false => "save the file as UTF-8",
                };
                let message = format!("byte 0x{byte:02x} is not UTF-8");
                let diagnostic =
                    Diagnostic::error(rules::NOT_UTF8, message).with_hint(hint).with_place(place);
                self.diagnostics.push((NOWHERE, diagnostic));
            })
            .ok()
    }

    fn parsed(&mut self, name: String, folder: Option<PathBuf>, text: String) -> Option<Table> {
        let deep = too_deep(&text);
        let file = self.texts.add(name.clone(), folder, text.clone());
        if let Some(range) = deep {
            let mark = Mark { file, start: range.start as u32, end: range.end as u32 };
            let message = "tables and lists inside each other, too many to be meant".to_string();
            self.incomplete = true;
            self.error(mark, rules::TOO_DEEP, message, "look for a bracket that is not closed");
            return None;
        }
        let (table, faults) = parse(file, &text);
        self.incomplete |= !faults.is_empty();
        let mut table_twice = None;
        for fault in faults.into_iter().take(MAX_SYNTAX) {
            let (rule, message, hint) = self.in_words(&fault);
            let mut diagnostic = Diagnostic::error(rule, message).with_hint(hint);
            if rule == rules::GIVEN_TWICE {
                let (start, end) = (fault.mark.start as usize, fault.mark.end as usize);
                if table_twice.is_some_and(|table| given_twice::follows(&text, table, start)) {
                    continue;
                }
                table_twice = Some(start);
                if let Some(first) = given_twice::first(&text, start..end) {
                    let mark = Mark { file, start: first.start as u32, end: first.end as u32 };
                    diagnostic = diagnostic.with_related(self.texts.place(mark), "first given here");
                }
            }
            self.say(fault.mark, diagnostic);
        }
        if table.0.is_empty() && !self.incomplete {
            self.incomplete = true;
            let message = format!("`{name}` says nothing");
            let hint = "begin with `edition = 2026` and `extends = \"builtin:abilene\"`";
            let diagnostic = Diagnostic::error(rules::EMPTY, message).with_hint(hint);
            self.diagnostics.push((NOWHERE, diagnostic.with_place(Place::file(&name))));
        }
        Some(table)
    }

    /// A syntax fault with the advice that fits it.
    fn in_words(&self, fault: &SyntaxFault) -> (&'static Rule, String, &'static str) {
        let message = &fault.message;
        if message.starts_with("duplicate key") {
            let message = format!("`{}` is given twice", self.texts.slice(fault.mark));
            return (rules::GIVEN_TWICE, message, "keep one of them");
        }
        if message.starts_with("string values must be quoted") && fault.mark.start == fault.mark.end {
            let message = "the value is left out".to_string();
            return (rules::SYNTAX, message, "write a value, or leave the line out");
        }
        let hint = match message {
            m if m.contains("string") => "close the text with the quote that it begins with",
            m if m.starts_with("unclosed") => "close the bracket",
            m if m.contains("expected newline") => {
                "one key and value on a line: text in quotes, decimals with a point, `#` before a remark"
            }
            m if m.contains("expected `=`") => "write `key = value`",
            _ => "a value is `1.5`, `\"text\"`, `true`, `[1, 2]` or `{ key = 1 }`",
        };
        (rules::SYNTAX, message.clone(), hint)
    }

    /// Joins what a text includes to it, and puts both on top of what it extends.
    fn follow(&mut self, mut table: Table) -> Table {
        let extends = table.0.remove("extends");
        let include = table.0.remove("include");
        let remove = table.0.remove("remove");
        for (written, mark) in self.names(include, "include") {
            if let Some(further) = self.named(&written, mark) {
                let mut clashes = Vec::new();
                join(&mut table, further, "", &mut clashes);
                for clash in clashes {
                    let message = format!("`{}` is given twice, with different values", clash.path);
                    let diagnostic = Diagnostic::error(rules::CONTRADICTION, message)
                        .with_field(clash.path)
                        .with_hint("keep one, or use `extends` to change what a file says")
                        .with_related(self.texts.place(clash.first), "first given here");
                    self.say(clash.second, diagnostic);
                }
            }
        }
        let mut base = Table::default();
        let based = extends.is_some();
        for (written, mark) in self.name(extends, "extends") {
            base = self.named(&written, mark).unwrap_or_default();
        }
        for (path, mark) in self.names(remove, "remove") {
            let taken = based && take_out(&mut base, &path.split('.').collect::<Vec<_>>());
            if !taken && !self.incomplete {
                let message = format!("`remove` names `{path}`, which the base does not have");
                let hint = "write a path such as `site.milam`, and `extends` with the base";
                self.error(mark, rules::REMOVES_NOTHING, message, hint);
            }
        }
        replace(&mut base, table);
        base
    }

    fn name(&mut self, entry: Option<Entry>, key: &str) -> Vec<(String, Mark)> {
        let Some(entry) = entry else { return Vec::new() };
        match entry.node.value {
            Value::Text(name) if !name.is_empty() => vec![(name, entry.node.mark)],
            _ => {
                let message = format!("`{key}` must be the name of one text");
                self.error(
                    entry.node.mark,
                    rules::WRONG_TYPE,
                    message,
                    format!("write `{key} = \"base.toml\"`"),
                );
                Vec::new()
            }
        }
    }

    fn names(&mut self, entry: Option<Entry>, key: &str) -> Vec<(String, Mark)> {
        let Some(entry) = entry else { return Vec::new() };
        let Value::List(items) = entry.node.value else {
            let message = format!("`{key}` must be a list of texts");
            self.error(entry.node.mark, rules::WRONG_TYPE, message, format!("write `{key} = [\"...\"]`"));
            return Vec::new();
        };
        let mut names = Vec::new();
        for item in items {
            match item.value {
                Value::Text(name) if !name.is_empty() => names.push((name, item.mark)),
                _ => {
                    let message = format!("`{key}` must be a list of texts");
                    self.error(item.mark, rules::WRONG_TYPE, message, format!("write `{key} = [\"...\"]`"));
                }
            }
        }
        names
    }

    /// Applies one `--set path=value`.
    pub fn set(&mut self, table: &mut Table, argument: &str) {
        let file = self.texts.add("--set".into(), None, argument.into());
        let all = Mark { file, start: 0, end: argument.len() as u32 };
        const HINT: &str = "write `--set site.abilene.it_mw=60`";
        let Some((path, written)) = argument.split_once('=') else {
            return self.error(all, rules::BAD_SET, "`--set` has no `=`".into(), HINT);
        };
        let path_mark = Mark { end: path.len() as u32, ..all };
        let base = path.len() + 1;
        let mark = Mark { start: base as u32, ..all };
        let trimmed = written.trim();
        let quoted = trimmed.starts_with(['"', '\'', '[', '{']);
        let node = match parse_value(file, base, written.trim_end()) {
            Some(node) => node,
            None if quoted || written.len() > MAX_BYTES => {
                return self.error(
                    mark,
                    rules::BAD_SET,
                    "the value is not TOML".into(),
                    "check quotes and brackets",
                );
            }
            None => Node { mark, value: Value::Text(trimmed.to_string()) },
        };
        let parts: Vec<&str> = path.trim().split('.').map(str::trim).collect();
        if parts.iter().any(|part| part.is_empty()) || parts.len() > crate::tree::MAX_DEPTH {
            return self.error(path_mark, rules::BAD_SET, "the path is not a dotted path".into(), HINT);
        }
        // They were followed when the texts were read.
        if let Some(word) = parts.first().filter(|word| TOGETHER.contains(word)) {
            let message = format!("`{word}` says how texts are put together: it is no value of the scenario");
            return self.error(path_mark, rules::BAD_SET, message, "write it in the file");
        }
        if let Err((message, hint)) = set_in(table, &parts, path_mark, node) {
            self.error(path_mark, rules::BAD_SET, message, hint);
        }
    }
}

/// What a text says of other texts and of what it takes from them.
const TOGETHER: [&str; 3] = ["include", "extends", "remove"];

/// Syntax faults that are shown of one text: the later ones mostly follow from the first.
const MAX_SYNTAX: usize = 20;

fn take_out(table: &mut Table, path: &[&str]) -> bool {
    match path {
        [] => false,
        [name] => table.0.remove(*name).is_some(),
        [first, rest @ ..] => match table.0.get_mut(*first).map(|entry| &mut entry.node.value) {
            Some(Value::Table(inner)) => take_out(inner, rest),
            _ => false,
        },
    }
}

/// Sections whose members have names of their own: `--set` changes members, it does not invent them.
const NAMED: [&str; 8] =
    ["accelerator", "system", "site", "block", "tenant", "workload", "agreement", "offer"];

fn set_in(table: &mut Table, parts: &[&str], mark: Mark, node: Node) -> Result<(), (String, String)> {
    let [first, rest @ ..] = parts else { return Ok(()) };
    if rest.is_empty() {
        drop_alternatives(table, std::iter::once(*first));
        table.0.insert(first.to_string(), Entry { key: mark, node });
        return Ok(());
    }
    let fresh = || Entry { key: mark, node: Node { mark, value: Value::Table(Table::default()) } };
    let entry = table.0.entry(first.to_string()).or_insert_with(fresh);
    if let (true, Value::Table(members), [name, ..]) = (NAMED.contains(first), &entry.node.value, rest)
        && !members.0.contains_key(*name)
    {
        let names = || members.0.keys().map(String::as_str);
        let hint = meant(name, names(), || format!("known: {}", listed(names().take(20))));
        return Err((format!("there is no {first} `{name}`"), hint));
    }
    set_below(&mut entry.node, first, rest, mark, node)
}

fn set_below(
    target: &mut Node,
    name: &str,
    rest: &[&str],
    mark: Mark,
    node: Node,
) -> Result<(), (String, String)> {
    match (&mut target.value, rest) {
        (Value::Table(table), _) => set_in(table, rest, mark, node),
        (Value::List(items), [index, below @ ..]) => {
            let length = items.len();
            let Some(item) = index.parse::<usize>().ok().and_then(|index| items.get_mut(index)) else {
                let hint = format!("it has {length}, counted from 0");
                return Err((format!("`{name}` has no item `{index}`"), hint));
            };
            if below.is_empty() {
                *item = node;
                return Ok(());
            }
            set_below(item, index, below, mark, node)
        }
        (value, _) => Err((
            format!("`{name}` is {}, and has no keys of its own", value.word()),
            "leave out what follows it".to_string(),
        )),
    }
}

/// Why a file could not be read.
pub enum ReadFault {
    /// It is larger than this.
    TooLarge(usize),
    /// The system says no.
    Io(std::io::Error),
}

impl ReadFault {
    /// As a diagnostic without a place.
    pub fn diagnostic(&self, name: &str, path: &Path) -> Diagnostic {
        match self {
            ReadFault::TooLarge(most) => {
                let message = format!("`{name}` is larger than {} MiB", most >> 20);
                let hint = "job logs are named by `trace`, node lists by `nodes`: they have no such limit";
                Diagnostic::error(rules::TOO_LARGE, message).with_hint(hint)
            }
            ReadFault::Io(error) => {
                let diagnostic = Diagnostic::error(
                    rules::UNREADABLE,
                    format!("`{name}` cannot be read: {}", reason(error)),
                );
                match neighbour(path) {
                    Some(near) => diagnostic.with_hint(format!("did you mean `{near}`?")),
                    None => diagnostic.with_hint("paths count from the folder of the file that names them"),
                }
            }
        }
    }
}

/// Why the system said no, in words that do not depend on it.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string().to_lowercase(),
    }
}

/// A file beside the missing one whose name is nearly the same.
fn neighbour(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(1000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let near = did_you_mean(wanted, names.iter().map(String::as_str).filter(|name| *name != wanted))?;
    Some(path.with_file_name(near).to_string_lossy().into_owned())
}

/// A file's bytes, at most `most` of them: a device or a growing file ends there too.
pub fn read_bounded(path: &Path, most: usize) -> Result<Vec<u8>, ReadFault> {
    let file = File::open(path).map_err(ReadFault::Io)?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(ReadFault::Io)?;
    if bytes.len() > most {
        return Err(ReadFault::TooLarge(most));
    }
    Ok(bytes)
}
