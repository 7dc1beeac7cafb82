//! What a table and a column are, and the columns that are being filled.

use crate::dictionary::{Dictionaries, Dictionary};
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray};
use arrow_array::{TimestampNanosecondArray, types::Int32Type};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use base::{SimTime, Span};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// Bumped whenever a column changes its name, unit, type or meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number: Arrow and Parquet `INT64`.
    Integer,
    /// A number: `DOUBLE`.
    Number,
    /// An instant: nanoseconds since 1970-01-01T00:00:00Z, `TIMESTAMP(NANOS, UTC)`.
    Instant,
    /// One of a fixed list of names: text with a dictionary.
    Key(Dictionary),
    /// Text.
    Text,
}

impl Kind {
    /// The word for it in the reference: `integer`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Instant => "instant",
            Kind::Key(_) => "key",
            Kind::Text => "text",
        }
    }

    /// Its Arrow type.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Integer => DataType::Int64,
            Kind::Number => DataType::Float64,
            Kind::Instant => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Kind::Key(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::Text => DataType::Utf8,
        }
    }
}

/// A column as it is declared: the one place where its name, unit and meaning stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in Parquet, CSV and JSON, with the unit at its end where it has one: `wait_s`.
    pub name: &'static str,
    /// Its unit: `s`, `GPU h`, `MW`; empty for counts, names and instants.
    pub unit: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether rows may leave it out.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
}

impl Column {
    /// Its Arrow field, with `unit` and `doc` as metadata.
    pub fn field(&self) -> Field {
        let mut metadata = vec![("doc", self.doc)];
        if !self.unit.is_empty() {
            metadata.push(("unit", self.unit));
        }
        Field::new(self.name, self.kind.data_type(), self.optional)
            .with_metadata(metadata.into_iter().collect::<arrow_schema::Metadata>())
    }
}

/// A table as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, and that of its file: `jobs` for `jobs.parquet`.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    /// Its columns in their order.
    pub columns: &'static [Column],
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Its Arrow schema.
    pub fn schema(&self) -> Schema {
        let metadata = [("doc", self.doc.to_owned()), ("table", self.name.to_owned())];
        Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>())
            .with_metadata(metadata.into_iter().collect::<arrow_schema::Metadata>())
    }

    /// `jobs.parquet`.
    pub fn parquet_name(&self) -> String {
        format!("{}.parquet", self.name)
    }

    /// `jobs.csv`.
    pub fn csv_name(&self) -> String {
        format!("{}.csv", self.name)
    }
}

/// The type of a column while it is filled: what a row gives for it, and how a run of those becomes an array.
pub trait ColumnType {
    /// What a row gives.
    type Value: Clone + Serialize + DeserializeOwned;
    /// What it holds.
    const KIND: Kind;
    /// Whether rows may leave it out.
    const OPTIONAL: bool = false;
    /// The array of these values.
    fn array(values: &[Self::Value], dictionaries: &Dictionaries) -> Result<ArrayRef, ArrowError>;
}

/// A whole number.
pub enum Integer {}
/// A number.
pub enum Number {}
/// An instant.
pub enum Instant {}
/// A length of time in seconds, given as a [`Span`].
pub enum Seconds {}
/// A count of accelerators, given in thousandths.
pub enum Gpus {}
/// Text.
pub enum Text {}
/// One name of a dictionary, given by its index.
pub struct Key<K>(std::marker::PhantomData<K>);
/// A column that rows may leave out.
pub struct Optional<T>(std::marker::PhantomData<T>);

/// A column type whose values are plain numbers in Arrow.
pub trait Plain: ColumnType {
    /// The array of values of which some are missing.
    fn optional_array(
        values: &[Option<Self::Value>],
        dictionaries: &Dictionaries,
    ) -> Result<ArrayRef, ArrowError>;
}

fn milli(value: u64) -> f64 {
    value as f64 / 1000.0
}

macro_rules! plain_columns {
    ($($name:ident, $kind:expr, $value:ty, $array:ident, $convert:expr $(, $zone:literal)?;)*) => {$(
        impl ColumnType for $name {
            type Value = $value;
            const KIND: Kind = $kind;
            fn array(values: &[$value], _: &Dictionaries) -> Result<ArrayRef, ArrowError> {
                let array = $array::from_iter_values(values.iter().copied().map($convert));
                Ok(Arc::new(array $(.with_timezone($zone))?))
            }
        }
        impl Plain for $name {
            fn optional_array(values: &[Option<$value>], _: &Dictionaries) -> Result<ArrayRef, ArrowError> {
                let array = $array::from_iter(values.iter().map(|value| value.map($convert)));
                Ok(Arc::new(array $(.with_timezone($zone))?))
            }
        }
    )*};
}

plain_columns! {
    Integer, Kind::Integer, i64, Int64Array, |value| value;
    Number, Kind::Number, f64, Float64Array, |value| value;
    Instant, Kind::Instant, SimTime, TimestampNanosecondArray, SimTime::nanos, "UTC";
    Seconds, Kind::Number, Span, Float64Array, Span::seconds;
    Gpus, Kind::Number, u64, Float64Array, milli;
}

/// What a [`Key`] column takes: an index into one of the dictionaries.
pub trait Named {
    /// The dictionary.
    const DICTIONARY: Dictionary;
    /// The index.
    type Id: Copy + Serialize + DeserializeOwned;
    /// The index as a number.
    fn code(id: Self::Id) -> u32;
}

fn dictionary_array(codes: Int32Array, names: ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(codes, names)?))
}

/// An index above `i32::MAX` is not in any dictionary, and neither is -1: `try_new` refuses it.
fn code(code: u32) -> i32 {
    i32::try_from(code).unwrap_or(-1)
}

impl<K: Named> ColumnType for Key<K> {
    type Value = K::Id;
    const KIND: Kind = Kind::Key(K::DICTIONARY);
    fn array(values: &[K::Id], dictionaries: &Dictionaries) -> Result<ArrayRef, ArrowError> {
        let codes = Int32Array::from_iter_values(values.iter().map(|&id| code(K::code(id))));
        dictionary_array(codes, dictionaries.names(K::DICTIONARY))
    }
}

impl<K: Named> Plain for Key<K> {
    fn optional_array(values: &[Option<K::Id>], dictionaries: &Dictionaries) -> Result<ArrayRef, ArrowError> {
        let codes = Int32Array::from_iter(values.iter().map(|id| id.map(|id| code(K::code(id)))));
        dictionary_array(codes, dictionaries.names(K::DICTIONARY))
    }
}

impl ColumnType for Text {
    type Value = String;
    const KIND: Kind = Kind::Text;
    fn array(values: &[String], _: &Dictionaries) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(StringArray::from_iter_values(values)))
    }
}

impl Plain for Text {
    fn optional_array(values: &[Option<String>], _: &Dictionaries) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(StringArray::from_iter(values)))
    }
}

impl<T: Plain> ColumnType for Optional<T> {
    type Value = Option<T::Value>;
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    fn array(values: &[Self::Value], dictionaries: &Dictionaries) -> Result<ArrayRef, ArrowError> {
        T::optional_array(values, dictionaries)
    }
}

/// The rows of one table that wait to be encoded.
pub(crate) trait Rows: Default + Serialize + for<'de> Deserialize<'de> {
    /// The table that they belong to.
    const TABLE: Table;
    /// How many.
    fn len(&self) -> usize;
    /// All of them as arrays.
    fn arrays(&self, dictionaries: &Dictionaries) -> Result<Vec<ArrayRef>, ArrowError>;
    /// Forgets them, but not the memory that they took.
    fn clear(&mut self);
}

/// Declares a table: its documentation, its name and its columns, each with its documentation, name, unit and type.
///
/// The module of that name gets `TABLE` (the declaration as data), `Row` (what is pushed) and `Pending` (the columns
/// being filled).
macro_rules! table {
    ($(#[doc = $table_doc:literal])+ $table:ident {
        $($(#[doc = $doc:literal])+ $column:ident $unit:literal : $type:ty,)+
    }) => {
        $(#[doc = $table_doc])+
        pub mod $table {
            use crate::column::*;
            use crate::dictionary::*;
            use arrow_array::ArrayRef;
            use arrow_schema::ArrowError;

            /// The declaration of the table.
            pub const TABLE: Table = Table {
                name: stringify!($table),
                doc: concat!($($table_doc),+).trim_ascii(),
                columns: &[$(Column {
                    name: stringify!($column),
                    unit: $unit,
                    kind: <$type as ColumnType>::KIND,
                    optional: <$type as ColumnType>::OPTIONAL,
                    doc: concat!($($doc),+).trim_ascii(),
                }),+],
            };

            /// One row.
            #[derive(Clone, Debug, PartialEq)]
            pub struct Row {
                $($(#[doc = $doc])+ pub $column: <$type as ColumnType>::Value,)+
            }

            /// Rows that wait to be encoded.
            #[derive(Default, serde::Serialize, serde::Deserialize)]
            pub(crate) struct Pending {
                $($column: Vec<<$type as ColumnType>::Value>,)+
            }

            impl Pending {
                /// Adds a row.
                pub(crate) fn push(&mut self, row: Row) {
                    $(self.$column.push(row.$column);)+
                }
            }

            impl Rows for Pending {
                const TABLE: Table = TABLE;
                fn len(&self) -> usize {
                    [$(self.$column.len()),+][0]
                }
                fn arrays(&self, dictionaries: &Dictionaries) -> Result<Vec<ArrayRef>, ArrowError> {
                    Ok(vec![$(<$type as ColumnType>::array(&self.$column, dictionaries)?),+])
                }
                fn clear(&mut self) {
                    $(self.$column.clear();)+
                }
            }
        }
    };
}
pub(crate) use table;
