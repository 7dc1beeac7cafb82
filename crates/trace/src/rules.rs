//! What can be wrong with a log, each with its page for `stargate explain`.

use base::Rule;

macro_rules! rules {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!($code, ": ", $title)]
            pub(crate) const $name: &Rule = &Rule { code: $code, title: $title, explanation: $explanation };
        )*
        /// Every rule of the readers, writers and fits, by code.
        pub static RULES: &[Rule] = &[$(Rule { code: $code, title: $title, explanation: $explanation }),*];
    };
}

rules! {
    UNREADABLE = "T001", "a file cannot be read", "\
The file does not exist, is a folder, or may not be read. Nothing else can be said about it.

Breaks the rule: `stargate import logs/phily.csv.gz -o jobs.parquet`, where the folder holds `philly.csv.gz`.
Put right:       `stargate import logs/philly.csv.gz -o jobs.parquet`";

    ARCHIVE = "T002", "a compressed file is broken", "\
A gzip file ends too early or its checksum is wrong, or a zip archive has more than one member, is encrypted or uses a
method other than deflate. Half a log would give results that look right and are not, so it is refused.

Breaks the rule: a download that stopped half way.
Put right:       download it again and test it: `gzip -t jobs.csv.gz`, `unzip -t jobs.swf.zip`";

    NOT_UTF8 = "T003", "a line is not UTF-8 text", "\
Names are compared byte by byte, so their encoding must be known. Remarks of Standard Workload Format may be in any
encoding; rows may not.

Breaks the rule: a file of `tenant` names in Latin-1.
Put right:       `iconv -f latin1 -t utf-8 jobs.csv > jobs-utf8.csv`";

    LONG_LINE = "T004", "a line is too long", "\
A job is one line of some hundred bytes. A line of more than 65,536 bytes is a file without line breaks, or not a log.

Breaks the rule: a JSON document given as CSV.
Put right:       write one job on each line, under a header that names the columns";

    HEADER = "T005", "the header is not that of the format", "\
The first line names the columns. Columns that must be there are missing, a column is named twice, or (in our own form)
a name is unknown. Where the file looks like another format, the hint names it.

Breaks the rule: `submit,runtime_s,gpu_milli`
Put right:       `submit_s,runtime_s,gpu_milli`";

    COLUMNS = "T006", "a row has the wrong number of columns", "\
Every row has one value for each column of the header; Standard Workload Format has 18 numbers on each line.

Breaks the rule: `1 0 -1 1451 128`
Put right:       `1 0 -1 1451 128 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1`";

    NUMBER = "T007", "a value is not a number", "\
A number is written with digits, a point and, if need be, an exponent. `NaN`, `inf`, units and thousands separators are
not numbers; a count has no fraction.

Breaks the rule: `submit_s` is `1,000`, `12 s` or `NaN`
Put right:       `submit_s` is `1000`";

    RANGE = "T008", "a number is out of range", "\
The number is negative where none can be, or larger than anything that can be simulated: times reach 292 years, counts
4,294,967,295, and accelerators of one job 4,294,967.

Breaks the rule: `runtime_s` is `-5`
Put right:       leave the row out, or write the time that the job ran";

    ORDER = "T009", "a row is out of order", "\
Logs are read as a stream in the order of submission. A reader puts rows right that are a few places off (1,024 by
default); a row further back would need the whole log in memory.

Breaks the rule: a log sorted by the end of its jobs.
Put right:       `stargate import --sort jobs.csv -o sorted.csv`, which sorts on the disk";

    TIMESTAMP = "T010", "a time stamp cannot be read", "\
The Philly log writes local time without a zone as `2017-10-09 07:01:55`. The date must exist.

Breaks the rule: `2017-02-29 07:01:55`
Put right:       `2017-02-28 07:01:55`";

    FORMAT = "T011", "the format is unknown", "\
The formats are `swf`, `philly`, `openb`, `csv` and `parquet`. A file's name can speak for its format: `.swf`, `.swf.gz`,
`.parquet`, `philly*.csv`, `openb*.csv`, and any other `.csv` for our own form.

Breaks the rule: `format = \"slurm\"`
Put right:       write the log in our own form, `format = \"csv\"`; `docs/reference/trace.md` has its columns";

    EMPTY = "T012", "a file is empty", "\
A log has at least its header, and a fit needs jobs.

Breaks the rule: a file of no bytes.
Put right:       a file with a header line, and a line for each job";

    CONTRADICTION = "T013", "a row contradicts itself", "\
Two values of one row cannot both be right: an end before its begin, a share of more than one accelerator, a product
that is not the product.

Breaks the rule: `num_gpu` 1 with `gpu_milli` 1500
Put right:       `num_gpu` 1 with `gpu_milli` 500, or `num_gpu` 2 with `gpu_milli` 1000";

    TOO_MANY = "T014", "too many mistakes", "\
A file with many mistakes is most often of another format than the one named. Reading stops after 20.

Breaks the rule: an `openb` file that is read as `swf`.
Put right:       name the format that the file has";

    NO_ROOM = "T015", "an unsorted log cannot be sorted", "\
A log in no order is sorted in memory up to 4,000,000 rows, and beyond that in temporary files beside the output. There
was no place for them, or no room.

Breaks the rule: 10 million unsorted rows named in a scenario.
Put right:       `stargate import big.csv -o sorted.parquet` once, then name the sorted file";

    UNWRITABLE = "T016", "an output cannot be written", "\
The output is written beside its place and renamed when it is whole. The folder does not exist, may not be written, or
the disk is full; or a value cannot be written in the form that was asked for.

Breaks the rule: `-o /no/such/folder/jobs.csv`
Put right:       make the folder first, or name another";

    PARQUET = "T017", "a Parquet file cannot be read as jobs", "\
The file is not Parquet, is cut off, or has a column of another type than our form's.

Breaks the rule: a column `tenant` of numbers.
Put right:       the columns and types of `docs/reference/trace.md`";

    FIT = "T018", "too few jobs to fit", "\
A fit estimates a rate, a daily and weekly pattern, sizes and durations. With less than 100 jobs the answer would be
noise.

Breaks the rule: a log of 12 jobs.
Put right:       a longer log, or a `[workload.x.synthetic]` written by hand";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_up_and_every_page_shows_both_sides() {
        for (index, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.code, format!("T{:03}", index + 1));
            assert!(rule.explanation.contains("Breaks the rule:"), "{}", rule.code);
            assert!(rule.explanation.contains("Put right:"), "{}", rule.code);
            assert!(rule.explanation.lines().all(|line| line.len() <= 122), "{}", rule.code);
        }
    }
}
