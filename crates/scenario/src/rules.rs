//! The rules that a scenario can break. Each has a code that is never used again and a page in `rules/`, whose examples
//! are run by the tests: the one under "Breaks" must give exactly this code, the one under "Put right" none at all.

use base::Rule;

macro_rules! rules {
    ($($name:ident $code:literal $title:literal;)+) => {
        $(
            #[doc = concat!($code, ": ", $title)]
            pub const $name: &Rule = &Rule {
                code: $code,
                title: $title,
                explanation: include_str!(concat!("../rules/", $code, ".md")),
            };
        )+
        /// Every rule of this crate, by code.
        pub static RULES: &[Rule] = &[$(Rule {
            code: $code,
            title: $title,
            explanation: include_str!(concat!("../rules/", $code, ".md")),
        }),+];
    };
}

rules! {
    SYNTAX "S001" "not TOML";
    GIVEN_TWICE "S002" "a key or table is given twice";
    UNKNOWN_KEY "S003" "unknown key";
    WRONG_TYPE "S004" "wrong type";
    OUT_OF_RANGE "S005" "out of range";
    MISSING_KEY "S006" "a key is missing";
    UNKNOWN_CHOICE "S007" "unknown choice";
    NOT_A_DATE "S008" "not a date";
    NOT_A_DURATION "S009" "not a duration";
    DANGLING "S010" "nothing has this name";
    NAMED_TWICE "S011" "named twice";
    DATES "S012" "dates contradict each other";
    UNREADABLE "S013" "a file cannot be read";
    NOT_UTF8 "S014" "a file is not UTF-8 text";
    TOO_LARGE "S015" "too large";
    TOO_DEEP "S016" "nested too deep";
    CYCLE "S017" "files include each other in a circle";
    CONTRADICTION "S018" "two files contradict each other";
    UNKNOWN_BUILTIN "S019" "unknown built-in";
    EDITION "S020" "unknown edition";
    BAD_SET "S021" "a `--set` that cannot be applied";
    REMOVES_NOTHING "S022" "`remove` names nothing";
    OVER_POWER "S023" "equipment above the IT power";
    EQUIPMENT "S024" "equipment is given in two ways, or in none";
    EMPTY "S025" "nothing there";
    EXCLUDED "S026" "keys that exclude each other";
    EXPECTATION "S027" "an expectation that says nothing, or cannot be met";
    TOO_MANY "S028" "more than the twin can address";
    BAD_NAME "S029" "not a name";
    ACCELERATOR "S030" "accelerators that do not add up";
    LATE_BLOCK "S101" "a block is ready after the end of the run";
    NO_POSITION "S102" "a site without a position";
    HOMELESS_JOBS "S103" "no site can take these jobs";
    LARGE_JOBS "S104" "some jobs are too large for every site";
    UNUSED "S105" "defined and never used";
    NEVER_SUBMITS "S106" "a workload that never submits a job";
    NO_LINK "S107" "data that cannot move";
    EMPTY_BLOCK "S108" "a block that holds nothing";
    MILESTONES "S200" "milestones out of order";
    BEFORE_SITE "S201" "a block is ready before its site";
    NOT_ENERGISED "S202" "nothing says when a block is energised";
    REEQUIP "S203" "a block gets new systems before it has the old";
    CONDITION "S204" "a condition names nothing";
    EQUITY_INTEREST "S205" "interest on equity";
    TWO_LIMITS "S206" "two limits for one quarter";
    UNDERFUNDED "S220" "capital covers less than the plan costs";
    UNPAID "S221" "costs that nobody pays";
    NEVER_OPENS "S222" "a tranche that never opens";
    LATE_SYSTEMS "S223" "systems that come later than their block";
    NO_SUPPLY "S250" "a site without a source of power";
    NEVER_ENOUGH "S251" "power that can never carry anything";
    NO_NORMALS "S252" "no built-in normals of this name";
    DRAW "S253" "a draw that is larger idle than at work";
    STILL_WEATHER "S254" "sun or wind in weather that has none";
    LATE_POWER "S280" "a block that waits for power";
    SHORT_POWER "S281" "less power than the systems take";
    FAR_NORMALS "S282" "the nearest normals are far away";
    WITHOUT_POWER "S283" "a section that bears on nothing without power";
    EVENT_OUTSIDE "S284" "an event outside of the run";
    SUPPLY_DIFFERS "S285" "two figures of a system's power differ";
    SHARES "S300" "shares that do not sum to one";
    NO_REGION "S301" "a service without regions";
    NO_REPLICA "S302" "no replica fits";
    NOT_MONOTONE "S303" "a surface that is not monotone";
    TOO_SLOW "S304" "no measured load meets the targets";
    TOO_FAR "S305" "no site is near enough";
    AUTOSCALE "S306" "limits of replicas that contradict each other";
    EMPTY_REGION "S310" "a region that nobody is in";
    FAR_LENGTH "S311" "prompts far from what was measured";
    NO_PRICE "S400" "a tariff without a price";
    PRICE_WITHOUT_BOOKS "S420" "a price without books";
    NOT_A_PERIOD "S450" "not a period of notice";
    NO_CALENDAR "S451" "no such calendar or time zone";
    ONE_KIND "S452" "an agreement of no kind, or of two";
    NAMES_NOTHING "S453" "a condition that names nothing";
    WITH_ITSELF "S454" "an agreement with oneself";
    DECISION "S455" "a decision that cannot be made";
    OFFER "S456" "an offer that offers nothing, or twice";
    TWO_RIGHTS "S457" "two rights take hold of one block";
    OTHER_KIND "S458" "a name of another kind of agreement";
    LOAN_AMENDED "S459" "a loan that is amended";
    TWO_SUPPLIES "S460" "the energy of a site under two agreements";
    NO_SHED "S461" "an emergency that cannot be met";
    NO_CANDIDATE "S500" "a plan that cannot build anything";
    PROBABILITIES "S501" "probabilities that do not sum to one";
    NO_SYSTEM_PRICE "S502" "a system without a price in a plan";
    NO_LEAD "S503" "a candidate that is built in no time";
    DARK_CANDIDATE "S504" "a candidate without power";
    BLOCKS_DONE "S505" "dates of blocks that do not fit";
    PLAN_AGREEMENT "S506" "an agreement that a plan cannot read";
    PLAN_REGION "S507" "regions of a plan that do not fit";
    NO_PLAN "S520" "a candidate without a plan";
}
