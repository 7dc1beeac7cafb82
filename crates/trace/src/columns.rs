//! Our own form of a log, declared once: the readers, the writers and the reference page come from this table.

use std::fmt::Write as _;

/// A column of our own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in CSV and Parquet; the unit is its last part.
    pub name: &'static str,
    /// Its unit, for people; empty for none.
    pub unit: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must be there, with a value in every row.
    pub required: bool,
    /// What holds where it is not given.
    pub absent: &'static str,
    /// What it says.
    pub doc: &'static str,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of at least 0 in 64 bits.
    Long,
    /// A whole number of at least 0 in 32 bits.
    Count,
    /// A whole number in 32 bits.
    Signed,
    /// Seconds with up to nine decimals.
    Seconds,
    /// `true` or `false`.
    Flag,
    /// Text.
    Text,
}

impl Kind {
    /// The type that is written to Parquet.
    pub fn parquet(self) -> &'static str {
        match self {
            Kind::Long => "UINT_64",
            Kind::Count => "UINT_32",
            Kind::Signed => "INT_32",
            Kind::Seconds => "DECIMAL(18,9)",
            Kind::Flag => "BOOLEAN",
            Kind::Text => "STRING",
        }
    }
    fn words(self) -> &'static str {
        match self {
            Kind::Long => "whole number",
            Kind::Count => "whole number, at most 4,294,967,295",
            Kind::Signed => "whole number, may be negative",
            Kind::Seconds => "decimal number, up to nine decimals",
            Kind::Flag => "`true` or `false`",
            Kind::Text => "text",
        }
    }
}

macro_rules! columns {
    ($($place:literal $constant:ident $name:literal $unit:literal $kind:ident $required:literal $absent:literal
        $doc:literal;)*) => {
        $(pub(crate) const $constant: usize = $place;)*
        /// The columns of our own form, in the order in which they are written.
        pub static COLUMNS: &[Column] = &[$(Column {
            name: $name,
            unit: $unit,
            kind: Kind::$kind,
            required: $required,
            absent: $absent,
            doc: $doc,
        }),*];
        /// Their names.
        pub(crate) const NAMES: &[&str] = &[$($name),*];
    };
}

columns! {
    0 ID "id" "" Long false "the position in the file, from 0"
        "Number of the job.";
    1 SUBMIT "submit_s" "s" Seconds true ""
        "When it was submitted, from the start of the log. Rows are in this order; rows up to 1,024 places off are put right.";
    2 RUNTIME "runtime_s" "s" Seconds true ""
        "How long it ran.";
    3 REQUESTED "requested_s" "s" Seconds false "the scheduler is told the run time"
        "How long its user said that it would run.";
    4 TASKS "tasks" "" Count false "1"
        "Equal tasks that start together, each on one node.";
    5 GPU "gpu_milli" "thousandths of an accelerator" Count true ""
        "Accelerators of each task: 500 is half of one, 8000 is eight. Above 1000 whole accelerators only; 0 for none.";
    6 CPU "cpu_milli" "thousandths of a core" Count false "0, not known"
        "Processor cores of each task.";
    7 MEMORY "memory_mib" "MiB" Count false "0, not known"
        "Memory of each task.";
    8 DIVISIBLE "divisible" "" Flag false "`true` for one task of whole accelerators, otherwise `false`"
        "The row gives only a total: the accelerators of its one task may be spread over as few nodes as can hold them.";
    9 ACCELERATORS "accelerators" "" Text false "any"
        "Accelerator models that will do, with `|` between them: `a100|h100`.";
    10 TENANT "tenant" "" Text false "nobody in particular"
        "Who submitted it.";
    11 PRIORITY "priority" "" Signed false "0"
        "Higher goes first.";
}

/// The columns that must be there.
pub(crate) fn required() -> Vec<&'static str> {
    COLUMNS.iter().filter(|column| column.required).map(|column| column.name).collect()
}

/// The reference page of our own form, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# The form of a job log\n\n\
         <!-- made from crates/trace/src/columns.rs; a test keeps it so -->\n\n\
         One row is one job. The same columns make a CSV file (`.csv`, `.csv.gz`; format `csv`) and a Parquet file \
         (`.parquet`; format\n`parquet`). Columns may come in any order; those that are not required may be left out. \
         Other columns are refused.\n\n\
         | column | unit | values | Parquet | required | where it is not given | what it says |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for column in COLUMNS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            column.name,
            column.unit,
            column.kind.words(),
            column.kind.parquet(),
            if column.required { "yes" } else { "" },
            column.absent,
            column.doc
        );
    }
    page.push_str(
        "\nThe smallest log:\n\n\
         ```csv\nsubmit_s,runtime_s,gpu_milli\n0,3600,8000\n12.5,600,500\n```\n\n\
         ## CSV\n\n\
         UTF-8, the first line names the columns, commas between values, `\\n` or `\\r\\n` at the end of a line, nothing \
         for a value that is not given.\nText that has a comma or a quotation mark stands in quotation marks, doubled \
         inside (RFC 4180); a line break cannot be in a value, and\nblanks round a value are no part of it. A line has \
         at most 65,536 bytes.\n\n\
         ## Parquet\n\n\
         The types above are those that are written. Numbers are read from any integer, floating-point or decimal \
         column; a null is a value that is\nnot given. A message about a Parquet file counts rows from 1 where it would \
         count lines.\n",
    );
    page
}
