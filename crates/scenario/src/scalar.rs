//! Single values: what each type accepts, and what it says when it does not.

use crate::language::{ScalarShape, Spec, did_you_mean, listed};
use crate::rules;
use crate::tree::{Node, Value};
use base::{Rule, SimTime, Span};

pub mod terms;

/// Why a value was refused. The message goes on from the name of the key: "is text, and must be a number".
#[derive(Debug)]
pub struct Fault {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

pub(crate) fn fault<T>(
    rule: &'static Rule,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Result<T, Fault> {
    Err(Fault { rule, message: message.into(), hint: hint.into() })
}

/// A type of single values.
pub trait Scalar: Sized {
    /// What it is, for the schema and the reference.
    const SHAPE: ScalarShape;
    /// Whether it is listed among the figures of the scenario.
    const IS_FIGURE: bool = false;
    /// Whether it is written as a table.
    const IS_TABLE: bool = false;
    /// Reads a value.
    fn parse(node: &Node, spec: &Spec) -> Result<Self, Fault>;
}

/// A number for people: 0.5, 1000000, 1e300.
pub fn plain(number: f64) -> String {
    if number != 0.0 && (number.abs() >= 1e15 || number.abs() < 1e-4) {
        format!("{number:e}")
    } else {
        format!("{number}")
    }
}

/// What the bounds of a key allow: "from 0 to 90 degrees".
pub fn bounds(spec: &Spec) -> String {
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
    let least = if spec.above {
        format!("above {}", plain(spec.least))
    } else {
        format!("from {}", plain(spec.least))
    };
    match (spec.least.is_finite(), spec.most.is_finite()) {
        (true, true) if spec.above => format!("{least}, up to {}{unit}", plain(spec.most)),
        (true, true) => format!("{least} to {}{unit}", plain(spec.most)),
        (true, false) => format!("{least}{unit}"),
        (false, true) => format!("up to {}{unit}", plain(spec.most)),
        (false, false) => unit.trim().to_string(),
    }
}

pub(crate) fn in_bounds(number: f64, spec: &Spec) -> bool {
    let enough = if spec.above { number > spec.least } else { number >= spec.least };
    enough && number <= spec.most
}

fn check_bounds(number: f64, spec: &Spec) -> Result<(), Fault> {
    if in_bounds(number, spec) {
        return Ok(());
    }
    let message = format!("is {}, which is out of range", plain(number));
    fault(rules::OUT_OF_RANGE, message, format!("write a number {}", bounds(spec)))
}

fn wrong_type<T>(node: &Node, wanted: &str, hint: impl Into<String>) -> Result<T, Fault> {
    fault(rules::WRONG_TYPE, format!("is {}, and must be {wanted}", node.value.word()), hint)
}

/// For text that holds a number: the number without its quotes.
fn number_hint(node: &Node, otherwise: &str) -> String {
    match &node.value {
        Value::Text(text) if text.trim().parse::<f64>().is_ok() => {
            format!("write it without quotes: `{}`", text.trim())
        }
        Value::Text(text) if text.trim().starts_with(|c: char| c.is_ascii_digit()) => {
            "write the number alone: the unit is in the name of the key".to_string()
        }
        _ => otherwise.to_string(),
    }
}

impl Scalar for f64 {
    const SHAPE: ScalarShape = ScalarShape::Number;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<f64, Fault> {
        let number = match &node.value {
            Value::Number(number) => *number,
            Value::Integer(Some(whole)) => *whole as f64,
            Value::Integer(None) => f64::INFINITY,
            _ => {
                let otherwise = format!("write a number, such as `{}`", crate::schema::example_number(spec));
                return wrong_type(node, "a number", number_hint(node, &otherwise));
            }
        };
        if !number.is_finite() {
            let limits = bounds(spec);
            return fault(rules::OUT_OF_RANGE, "is not a finite number", format!("write a number {limits}"));
        }
        check_bounds(number, spec)?;
        Ok(number)
    }
}

/// A whole number within the bounds of the key and of the type.
fn whole(node: &Node, spec: &Spec, least: i128, most: i128) -> Result<i128, Fault> {
    // Bounds of the key are small whole numbers: exact in a double.
    let least = if spec.least.is_finite() { spec.least as i128 + i128::from(spec.above) } else { least };
    let most = if spec.most.is_finite() { spec.most as i128 } else { most };
    let number = match &node.value {
        Value::Integer(Some(number)) => Some(*number),
        Value::Integer(None) => None,
        Value::Number(number) if number.is_nan() || number.abs() > 1e30 => None,
        Value::Number(number) if number.trunc() == *number => Some(*number as i128),
        Value::Number(number) => {
            let hint = format!("write `{}` or `{}`", number.floor(), number.ceil());
            return fault(rules::WRONG_TYPE, "is not a whole number", hint);
        }
        _ => {
            let otherwise = format!("write a whole number, such as `{}`", crate::schema::example_whole(spec));
            return wrong_type(node, "a whole number", number_hint(node, &otherwise));
        }
    };
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        _ => {
            let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
            let hint = format!("write a whole number from {least} to {most}{unit}");
            let message = match number {
                Some(number) => format!("is {number}, which is out of range"),
                None => "is out of range".to_string(),
            };
            fault(rules::OUT_OF_RANGE, message, hint)
        }
    }
}

macro_rules! whole_numbers {
    ($($name:ty)+) => {$(
        impl Scalar for $name {
            const SHAPE: ScalarShape = ScalarShape::Integer;
            const IS_FIGURE: bool = true;
            fn parse(node: &Node, spec: &Spec) -> Result<$name, Fault> {
                let number = whole(node, spec, i128::from(<$name>::MIN), i128::from(<$name>::MAX))?;
                <$name>::try_from(number).or_else(|_| fault(rules::OUT_OF_RANGE, "is out of range", ""))
            }
        }
    )+};
}
whole_numbers! { u32 i32 }

/// A whole number that is a name rather than a quantity: a seed, an edition. It is no figure.
#[derive(Clone, Copy, Debug)]
pub struct Code(pub u64);

impl Scalar for Code {
    const SHAPE: ScalarShape = ScalarShape::Integer;
    fn parse(node: &Node, spec: &Spec) -> Result<Code, Fault> {
        let number = whole(node, spec, 0, i128::from(u64::MAX))?;
        u64::try_from(number).map(Code).or_else(|_| fault(rules::OUT_OF_RANGE, "is out of range", ""))
    }
}

/// A number of things that may need more than 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub u64);

impl Scalar for Count {
    const SHAPE: ScalarShape = ScalarShape::Integer;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Count, Fault> {
        Code::parse(node, spec).map(|code| Count(code.0))
    }
}

impl Scalar for bool {
    const SHAPE: ScalarShape = ScalarShape::Bool;
    fn parse(node: &Node, _spec: &Spec) -> Result<bool, Fault> {
        match &node.value {
            Value::Bool(truth) => Ok(*truth),
            _ => wrong_type(node, "true or false", "write `true` or `false`, without quotes"),
        }
    }
}

pub(crate) fn text<'n>(node: &'n Node, wanted: &str) -> Result<&'n str, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text),
        Value::List(_) | Value::Table(_) => wrong_type(node, wanted, "write one text in quotes"),
        _ => wrong_type(node, wanted, "put it in quotes"),
    }
}

impl Scalar for String {
    const SHAPE: ScalarShape = ScalarShape::Text;
    fn parse(node: &Node, _spec: &Spec) -> Result<String, Fault> {
        text(node, "text").map(str::to_string)
    }
}

/// A file, relative to the folder of the text that names it.
#[derive(Clone, Debug)]
pub struct FileName(pub String);

impl Scalar for FileName {
    const SHAPE: ScalarShape = ScalarShape::File;
    fn parse(node: &Node, _spec: &Spec) -> Result<FileName, Fault> {
        match text(node, "the name of a file")? {
            "" => fault(rules::OUT_OF_RANGE, "is empty", "write the name of a file"),
            name if name.contains('\0') => {
                fault(rules::OUT_OF_RANGE, "holds a zero byte", "write the name of a file")
            }
            name => Ok(FileName(name.to_string())),
        }
    }
}

impl Scalar for SimTime {
    const SHAPE: ScalarShape = ScalarShape::Instant;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, _spec: &Spec) -> Result<SimTime, Fault> {
        const HINT: &str = "write `\"2026-01-31\"` or `\"2026-01-31T12:00:00Z\"`; no offset means UTC";
        let written = match &node.value {
            Value::Text(text) | Value::Date(text) => text,
            _ => return wrong_type(node, "a date", HINT),
        };
        match SimTime::parse(written) {
            Some(instant) => Ok(instant),
            None if no_such_day(written) => fault(
                rules::NOT_A_DATE,
                "is a day that its month does not have",
                "write the last day of the month, or another",
            ),
            None => fault(rules::NOT_A_DATE, "is not a date between the years 1678 and 2262", HINT),
        }
    }
}

/// Whether only the day of the month is wrong: with the 28th it would be a date.
fn no_such_day(written: &str) -> bool {
    let day = written.get(8..10).and_then(|day| day.parse::<u8>().ok());
    let with_28 = || format!("{}28{}", &written[..8], &written[10..]);
    matches!(day, Some(29..=31)) && SimTime::parse(&with_28()).is_some()
}

impl Scalar for Span {
    const SHAPE: ScalarShape = ScalarShape::Duration;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Span, Fault> {
        const HINT: &str = "write a number with its unit in quotes: `\"90 s\"`, `\"1h 30m\"`, `\"2 weeks\"`";
        let Value::Text(written) = &node.value else {
            return wrong_type(node, "a duration", HINT);
        };
        let Some(span) = Span::parse(written) else {
            let hint = match written.contains("month") || written.contains("year") {
                true => "months and years have no fixed length: count in days or weeks",
                false => HINT,
            };
            return fault(rules::NOT_A_DURATION, "is not a duration of up to 292 years", hint);
        };
        if !in_bounds(span.seconds(), spec) || span < Span::ZERO {
            let limits = match (spec.above, spec.most.is_finite()) {
                (true, _) => "longer than nothing".to_string(),
                (false, true) => format!("from 0 to {} s", plain(spec.most)),
                (false, false) => "of zero or more".to_string(),
            };
            let message = format!("is {span}, which is out of range");
            return fault(rules::OUT_OF_RANGE, message, format!("write a duration {limits}"));
        }
        Ok(span)
    }
}

/// `N` numbers, at least one of them above zero, none below.
#[derive(Clone, Copy, Debug)]
pub struct Profile<const N: usize>(pub [f64; N]);

impl<const N: usize> Scalar for Profile<N> {
    const SHAPE: ScalarShape = ScalarShape::Numbers(N);
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Profile<N>, Fault> {
        let Value::List(items) = &node.value else {
            return wrong_type(node, "a list of numbers", format!("write {N} numbers in brackets"));
        };
        if items.len() != N {
            let message = format!("has {} numbers, and must have {N}", items.len());
            return fault(rules::OUT_OF_RANGE, message, format!("write {N} numbers in brackets"));
        }
        let mut numbers = [0.0; N];
        for (number, item) in numbers.iter_mut().zip(items) {
            *number = f64::parse(item, spec)?;
        }
        if numbers.iter().all(|number| *number == 0.0) {
            return fault(rules::EMPTY, "is zero throughout", "give at least one number above 0");
        }
        Ok(Profile(numbers))
    }
}

/// Weights of whole numbers: `{ 1 = 0.7, 8 = 0.3 }`, sorted by the number.
#[derive(Clone, Debug)]
pub struct Weights(pub Vec<(u32, f64)>);

impl Scalar for Weights {
    const SHAPE: ScalarShape = ScalarShape::Weights;
    const IS_FIGURE: bool = true;
    const IS_TABLE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Weights, Fault> {
        const HINT: &str = "write `{ 1 = 0.7, 8 = 0.3 }`: 7 of 10 ask for 1, 3 of 10 for 8";
        let Value::Table(table) = &node.value else {
            return wrong_type(node, "a table of weights", HINT);
        };
        let mut weights = Vec::new();
        for (name, entry) in table.0.iter().filter(|(name, _)| *name != "source" && *name != "kind") {
            match name.parse::<u32>() {
                Ok(size) if size > 0 => {
                    let weight = f64::parse(&entry.node, spec).map_err(|refused| Fault {
                        message: format!("holds a weight for `{size}` that {}", refused.message),
                        ..refused
                    })?;
                    weights.push((size, weight));
                }
                _ => {
                    let message = format!("holds `{name}`, which is no whole number of at least 1");
                    return fault(rules::OUT_OF_RANGE, message, HINT);
                }
            }
        }
        weights.sort_by_key(|(size, _)| *size);
        if weights.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return fault(rules::NAMED_TWICE, "holds the same number twice", HINT);
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            return fault(rules::EMPTY, "holds no weight above 0", HINT);
        }
        Ok(Weights(weights))
    }
}

mod vintages;

pub use vintages::Vintages;

/// One of some words.
pub trait Choice: Copy + Sized + 'static {
    /// Each word with what it means.
    const WORDS: &'static [(&'static str, &'static str)];
    /// The values, in the order of the words.
    const VALUES: &'static [Self];
}

/// The choice that a word stands for.
pub fn choose<C: Choice>(node: &Node) -> Result<C, Fault> {
    let words = || C::WORDS.iter().map(|(word, _)| *word);
    let written = text(node, "one of some words")?;
    match words().position(|word| word == written) {
        Some(at) => Ok(C::VALUES[at]),
        None => {
            let hint = match did_you_mean(written, words()) {
                Some(near) => format!("did you mean `{near}`? known: {}", listed(words())),
                None => format!("known: {}", listed(words())),
            };
            fault(rules::UNKNOWN_CHOICE, format!("has no choice `{written}`"), hint)
        }
    }
}
