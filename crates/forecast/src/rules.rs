//! The rules that a timeline file can break.

use base::Rule;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $code:literal $title:literal;)*) => {
        $($(#[$doc])* pub static $name: Rule = Rule {
            code: $code, title: $title, explanation: include_str!(concat!("../rules/", $code, ".md")),
        };)*
        /// Every rule of timeline files, by code.
        pub static RULES: &[Rule] = &[$(Rule {
            code: $code, title: $title, explanation: include_str!(concat!("../rules/", $code, ".md")),
        }),*];
    };
}

rules! {
    /// The header lacks a column.
    HEADER "S350" "not a timeline of data centres";
    /// A row without a date, a site or a number.
    ROW "S351" "a row of a timeline cannot be read";
}
