//! How the language is declared. A section is declared once, with [`section!`]: from that come its struct, the
//! check for unknown keys, defaults, bounds, the JSON Schema and the reference page.

use crate::context::Cx;
use crate::tree::{Mark, Table};

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
    /// Dates of a milestone, each with the day on which it was known.
    Vintages,
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

/// A key of an amendment over the same key of what it amends: what is given holds, the rest stays.
pub trait Over: Sized {
    /// `self` where it says something, else `base`.
    fn over(self, base: Self) -> Self;
}

impl<T> Over for Field<T> {
    fn over(self, base: Self) -> Self {
        self.or(base)
    }
}
impl<T> Over for List<T> {
    fn over(self, base: Self) -> Self {
        List(self.0.or(base.0))
    }
}
impl<S: Over> Over for One<S> {
    fn over(self, base: Self) -> Self {
        match (self.0, base.0) {
            (Some(ours), Some(base)) => One(Some(ours.over(base))),
            (ours, base) => One(ours.or(base)),
        }
    }
}
impl<S> Over for Map<S> {
    fn over(self, base: Self) -> Self {
        if self.0.is_empty() { base } else { self }
    }
}
impl<S> Over for Rows<S> {
    fn over(self, base: Self) -> Self {
        if self.0.is_empty() { base } else { self }
    }
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
        impl $crate::language::Over for $name {
            fn over(self, base: Self) -> Self {
                $name { mark: self.mark, $($key: $crate::language::Over::over(self.$key, base.$key)),+ }
            }
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
                cx: &mut $crate::context::Cx<'_>,
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

/// Bytes of the longest name.
pub const MAX_NAME: usize = 64;

/// The known word that a wrong one is a slip of.
pub fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    (word.len() <= MAX_NAME).then(|| base::closest(word, known)).flatten()
}

/// The hint for a word that is not known: the one that it is a slip of, or what `otherwise` says.
pub fn meant<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    did_you_mean(word, known).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// Words for a message: `` `a`, `b`, `c` ``.
pub fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
