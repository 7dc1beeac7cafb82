//! The rules that a data file can break, each with a code that is never used again.

use base::Rule;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $code:literal $title:literal $explanation:literal;)*) => {
        $($(#[$doc])* pub static $name: Rule = Rule { code: $code, title: $title, explanation: $explanation };)*
        /// Every rule of this crate, by code.
        pub static RULES: &[Rule] =
            &[$(Rule { code: $code, title: $title, explanation: $explanation }),*];
    };
}

rules! {
    /// The file cannot be opened or unpacked.
    UNREADABLE "D001" "the data file cannot be read"
"The file is missing, may not be read, or its gzip wrapping is damaged or cut off.

Breaks the rule: weather = \"abilene.tmy3.gz\"    (a download that stopped half way)
Put right:       fetch the file again; `gzip -t FILE` says whether it is whole";

    /// Bytes that are no UTF-8.
    NOT_UTF8 "D002" "the data file is not UTF-8 text"
"Data files are read as UTF-8; a byte order mark is allowed. Stamps and numbers cannot be trusted in a file whose
characters cannot.

Breaks the rule: a spreadsheet's export in UTF-16 or Latin-1
Put right:       `iconv -f LATIN1 -t UTF-8 FILE`";

    /// The header is not that of the format.
    WRONG_HEADER "D003" "the file does not have the header of its format"
"Each form is known by its header: which columns there are, and where. A file with another header is another form.

Breaks the rule: `format = \"eia\"` for a file whose fourth line does not start with `UTC Timestamp (Interval Ending)`
Put right:       name the form that the file has, or leave `format` out";

    /// Too few or too many fields.
    FIELD_COUNT "D004" "a row does not have the fields of the header"
"A row with fewer fields than the header was cut off; one with more has a separator inside a value. Neither can be read
by position.

Breaks the rule: 2024-01-01 07:00:00,16.28,15
Put right:       the whole row, as its publisher wrote it";

    /// Not a number.
    NOT_A_NUMBER "D005" "a value is not a number"
"Values are decimal numbers with a point. An empty field is a missing value (see D010); `NaN`, `inf` and words are
mistakes.

Breaks the rule: 2024-01-01 07:00:00,n/a
Put right:       2024-01-01 07:00:00,";

    /// Not a stamp.
    BAD_STAMP "D006" "a time stamp cannot be read"
"Stamps are `2024-01-31 05:00[:00]` with a `T` or a blank, and `Z` or an offset behind where there is one. TMY3 and EPW
count hours 1 to 24. The date must exist.

Breaks the rule: 2023-02-29 00:00:00
Put right:       2023-02-28 00:00:00";

    /// Outside of what can be.
    OUT_OF_BOUNDS "D007" "a value lies outside of what can be true"
"Each quantity has bounds outside of which a value is a broken sensor, a wrong unit or a missing-value code. They are wide:
temperatures and pressures a little outside of the world's records, prices outside of every market's cap and floor.

Breaks the rule: a dry bulb of 98.6 in a file in degrees Celsius
Put right:       37.0";

    /// Time runs backwards.
    OUT_OF_ORDER "D008" "rows are not in time order"
"Rows must come in the order of time. Sorting would hide two files pasted together.

Breaks the rule: 05:00 after 06:00
Put right:       sort the rows by their stamp";

    /// An interval twice.
    TWICE "D009" "an interval is there twice"
"The same interval with two values: a clock that was put back in autumn and whose stamps carry no offset, or a row copied
twice. Only the file's owner knows which is right.

Breaks the rule: 2024-11-03 01:00:00 twice, in local time without an offset
Put right:       2024-11-03 01:00:00-05:00 and 2024-11-03 01:00:00-06:00";

    /// Filled hours.
    FILLED "D010" "hours are missing and were filled"
"Public files miss single hours and whole days. A gap of up to three hours is filled on a straight line; a longer one with
the mean of the same hour on the nearest day before and the nearest day after that have it (one of them if there is only
one). The filled hours are named here and kept with the series.

Breaks the rule: no row between 2021-01-21T06:00Z and 2021-01-22T06:00Z
Put right:       nothing to do, or put the rows in";

    /// A gap that may not be filled.
    GAP_TOO_LONG "D011" "too many hours in a row are missing"
"A gap longer than the reader may fill (72 hours unless told otherwise) is refused: weeks of a price series cannot be made
up in good faith.

Breaks the rule: no row from 2023-07-25 to 2023-09-07
Put right:       another file, or allow it: `longest_gap = \"45 days\"`";

    /// Steps that do not divide an hour.
    BAD_STEP "D012" "stamps do not lie on a step that divides the hour"
"Series are hourly. Shorter steps are averaged into hours when 2, 3, 4, 6, 12 or more of them make one exactly; longer ones
and crooked ones are refused.

Breaks the rule: rows every 7 minutes, or at 05:00, 05:15, 05:31
Put right:       rows every 5, 10, 15, 20, 30 or 60 minutes";

    /// No such column.
    NO_COLUMN "D013" "the file has no such column"
"A file with several hubs or regions needs to be told which one is meant, in the words of its header.

Breaks the rule: column = \"Huston LMP\"
Put right:       column = \"Houston LMP\"";

    /// Nothing in it.
    EMPTY "D014" "the file has no rows"
"A header without rows is a query that found nothing, or a file cut off at its start.

Breaks the rule: Datetime,Price (USD/MWh)
Put right:       Datetime,Price (USD/MWh)
                 2024-01-01 00:00:00-06:00,16.62";

    /// Missing-value codes.
    MISSING_CODE "D015" "a missing-value code stands for a value"
"TMY3 writes -9900, EPW writes 99.9, 999 or 9999, JSON writes null where a reading is missing. Such a value is treated as
missing (see D010), never as a number.

Breaks the rule: an EPW dry bulb of 99.9
Put right:       nothing to do, or put the reading in";

    /// Months of different years.
    TYPICAL_YEAR "D016" "the months come from different years"
"A typical meteorological year is put together from months of different years. It is read as a year that stands for every
year: the years of its rows are not used, and it has no 29 February.

Breaks the rule: a TMY3 file whose January is of 1985 and whose February is of 1982
Put right:       nothing to do: this is a note";

    /// The zone had to be assumed.
    ZONE_ASSUMED "D017" "the stamps do not say their offset from UTC"
"Stamps without an offset are taken as UTC unless the caller gives an offset. If they were written on a local clock, every
value comes at the wrong hour.

Breaks the rule: 2024-01-01 05:00:00
Put right:       2024-01-01 05:00:00Z, or `utc_offset_hours = -6` beside the file";

    /// One offset for a zone with summer time.
    FIXED_OFFSET "D018" "a zone with summer time is written with one fixed offset"
"Open-Meteo names a zone with summer time and yet writes every stamp of the year with one offset, the one of the day it was
asked. The fixed offset is what the stamps mean, and is what is used.

Breaks the rule: \"timezone\": \"America/Chicago\" with \"utc_offset_seconds\": -18000 in January
Put right:       nothing to do: this is a note";

    /// Another unit.
    WRONG_UNIT "D019" "the file's unit is not known"
"A unit that the reader does not know cannot be converted. Known: °C and °F, % , km/h, m/s, mph and kn, hPa, W/m²,
USD/MWh, g/kWh, lb/kWh.

Breaks the rule: \"temperature_2m\": \"K\"
Put right:       \"temperature_2m\": \"°C\"";

    /// The structure is broken.
    BROKEN "D020" "the file breaks off or its structure is broken"
"A JSON file that does not parse, arrays of different lengths, a typical year with fewer than 8,760 rows that the gap rule
cannot mend: the file was cut off or edited by hand.

Breaks the rule: a JSON file without its last brace
Put right:       fetch the file again";

    /// End stamps.
    INTERVAL_END "D021" "stamps mark the end of their interval"
"The file stamps the end of each interval. Series are kept by the begin of the hour, so every stamp was moved back by one
step. Compare with another file of the same market before you trust a shift of one hour.

Breaks the rule: `UTC Timestamp (Interval Ending)`
Put right:       nothing to do: this is a note";

    /// Too large to be meant.
    TOO_LARGE "D022" "the data file is too large"
"A year of hours is a few megabytes at most. A file (unpacked) above 256 MiB is refused before it fills the memory.

Breaks the rule: a gzip file that unpacks to gigabytes
Put right:       cut the file to the columns and years that are needed";

    /// Estimated by the publisher.
    ESTIMATED "D023" "the publisher estimated some of the hours"
"The carbon files say for each hour whether it was measured or estimated. Estimated hours are used, and counted here.

Breaks the rule: `Data Estimated` is `true`
Put right:       nothing to do: this is a note";
}
