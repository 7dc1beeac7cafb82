//! The rules that the terms of an agreement can break.

use base::Rule;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $($(#[$doc])* pub static $name: Rule = Rule { code: $code, title: $title, explanation: $explanation };)*
        /// Every rule of this crate, by code.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    /// A term that the kind of agreement needs is missing.
    MISSING_TERM = "A001", "a term is missing",
        "The kind of agreement needs the term: without it nobody can say what is owed or when.\n\n\
         breaks: a loan of kind `LAM` with neither `maturityDate` nor `nextPrincipalRedemptionPayment`\n\
         put right: `maturityDate = 2030-01-01`";
    /// A value cannot be read.
    UNREADABLE_TERM = "A002", "a term cannot be read",
        "The value is not of the form that the term has.\n\n\
         breaks: `cycleOfInterestPayment = \"monthly\"`\nput right: `cycleOfInterestPayment = \"P1ML1\"`";
    /// A value is out of its range.
    TERM_OUT_OF_RANGE = "A003", "a term is out of range",
        "The value has the right form and makes no sense: a share above 1, a negative amount, an end before a start.\n\n\
         breaks: `minimum_share = 1.2`\nput right: `minimum_share = 0.8`";
    /// `and` and `or` side by side without parentheses.
    MIXED_CONNECTIVES = "A004", "`and` and `or` are mixed without parentheses",
        "Readers of contracts disagree about which binds first, and the outcome turns on it. Parentheses force the choice.\n\n\
         breaks: `purpose is research and site is a or site is b`\n\
         put right: `purpose is research and (site is a or site is b)`";
    /// A predicate cannot be read.
    UNREADABLE_PREDICATE = "A005", "a predicate cannot be read",
        "A predicate is made of tests (`purpose is research`, `it_mw at least 50`, `date before 2030-01-01`, \
         `site in (a, b)`) joined by `and`, `or` and `not`.\n\n\
         breaks: `purpose = research`\nput right: `purpose is research`";
    /// A predicate speaks of something that does not exist.
    UNKNOWN_ATTRIBUTE = "A006", "a predicate names nothing",
        "No block, product or offer has an attribute of that name, so that the test could never hold.\n\n\
         breaks: `purpos is research`\nput right: `purpose is research`";
    /// A right of first refusal without a window.
    NO_WINDOW = "A007", "a right has no window",
        "A right of first refusal needs a first and a last day: a right without end may be void, and a cap cannot be planned for.\n\n\
         breaks: a right whose `until` is not after its `from`\nput right: `from = 2025-01-14`, `until = 2027-07-14`";
    /// A right that no holder has.
    NO_HOLDER = "A008", "a right has no holder",
        "A right belongs to somebody.\n\nbreaks: `holders = []`\nput right: `holders = [{ party = \"microsoft\", rank = 1 }]`";
    /// An amendment takes effect before its agreement.
    AMENDMENT_TOO_EARLY = "A009", "an amendment takes effect before its agreement",
        "Versions of an agreement follow each other in time.\n\n\
         breaks: an agreement of 2025-01-21 with an amendment effective 2024-10-28\nput right: `effective = 2025-10-28`";
    /// Two exclusivities promise the same thing to two parties.
    CONTRADICTORY_EXCLUSIVITIES = "A010", "two exclusivities contradict each other",
        "The same product, purpose, channel and date are promised exclusively to two parties: one promise must break.\n\n\
         breaks: `product is api` for A from 2025 and `channel is any cloud and product is api` for B from 2026\n\
         put right: end the first before the second begins, or carve one out of the other";
    /// Revenue shares that feed each other.
    CIRCULAR_SHARES = "A011", "revenue shares are circular",
        "A share of net revenue that is net of another share which is net of the first has no defined amount.\n\n\
         breaks: a takes 20 % of net after b, b takes 20 % of net after a\nput right: make one of the bases gross";
    /// A loan that is never repaid.
    NEVER_AMORTISES = "A012", "the payment does not cover the interest",
        "With a payment below the interest the principal grows for ever and no maturity follows.\n\n\
         breaks: 5000 at 12 % a year with a monthly payment of 40\nput right: a payment above the interest, or a `maturityDate`";
    /// Two versions, or two periods, overlap or leave a gap.
    PERIODS_NOT_CONTIGUOUS = "A013", "periods overlap or leave a gap",
        "The periods of a commitment follow each other without gap or overlap, so that each unit taken falls into exactly one.\n\n\
         breaks: 2025-01-01 to 2026-01-01, then 2026-02-01 to 2027-01-01\nput right: the second from 2026-01-01";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_in_order_and_explained() {
        assert!(RULES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(RULES.iter().all(|rule| rule.explanation.contains("breaks: ") && rule.explanation.contains("put right: ")));
    }
}
