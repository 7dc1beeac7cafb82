//! The books: postings, balances, statements. Only where the scenario keeps books.

use crate::column::table;

table! {
    /// One row for each posting of the journal; those of one entry follow each other, and those of one entry and partner
    /// sum to zero.
    postings {
        /// Number of the posting, counted from 0.
        posting "": Integer,
        /// Number of its entry, counted from 0.
        entry "": Integer,
        /// The instant that the entry is for.
        time "": Instant,
        /// In whose books.
        partner "": Key<Parties>,
        /// Account of the chart, with its class.
        account "": Key<Accounts>,
        /// Who stands on the other side.
        counterparty "": Optional<Key<Parties>>,
        /// Site that it belongs to.
        site "": Optional<Key<Sites>>,
        /// Amount in micro-dollars: a debit is positive, a credit negative.
        amount_micro_usd "USD/1000000": Integer,
        /// The quantity beside the money, signed like it.
        quantity "as `unit`": Optional<Integer>,
        /// What the quantity counts.
        unit "": Text,
        /// Kind of fact that the entry follows from.
        fact "": Key<Causes>,
        /// Which fact of that kind.
        subject "": Text,
        /// The rule by which it was priced: a tariff, a cost, a clause of an agreement, a life, terms of payment.
        rule "": Text,
    }
}

table! {
    /// One row for each balance at the close of each month: of a partner's account, at a site, with somebody. For each
    /// partner and month the balances sum to zero.
    balances {
        /// First instant of the month.
        month "": Instant,
        /// In whose books.
        partner "": Key<Parties>,
        /// Account of the chart, with its class.
        account "": Key<Accounts>,
        /// With whom.
        counterparty "": Optional<Key<Parties>>,
        /// Where.
        site "": Optional<Key<Sites>>,
        /// Debits of the month.
        debit_micro_usd "USD/1000000": Integer,
        /// Credits of the month, positive.
        credit_micro_usd "USD/1000000": Integer,
        /// Debits less credits since the beginning.
        balance_micro_usd "USD/1000000": Integer,
        /// Cash that moved against it in the month: what came in is positive.
        cash_micro_usd "USD/1000000": Integer,
    }
}

table! {
    /// One row for each line of the statements of each month, in the order in which they are read: of each partner, and
    /// consolidated (what partners have with each other left out).
    statements {
        /// First instant of the month.
        month "": Instant,
        /// `consolidated`, or a partner.
        scope "": Text,
        /// `income`, `cash_flow` or `balance`.
        statement "": Text,
        /// An account, or a total.
        line "": Text,
        /// 1 for a total of lines before it, else 0.
        total "": Integer,
        /// The amount in micro-dollars, as the statement is read: what is earned, received or owned is positive; what is
        /// used up or owed is positive in its own lines.
        amount_micro_usd "USD/1000000": Integer,
    }
}

table! {
    /// One row for each period of each commitment (take-or-pay) that the books settle: of the version in force at its end.
    commitments {
        /// Key of the agreement.
        agreement "": Text,
        /// Number of the period, counted from 1.
        period "": Integer,
        /// First instant of the period.
        begins "": Instant,
        /// First instant after it.
        ends "": Instant,
        /// First instant of all periods.
        contract_begins "": Instant,
        /// First instant after them.
        contract_ends "": Instant,
        /// What is to be spent; none where something else is counted.
        committed_micro_usd "USD/1000000": Optional<Integer>,
        /// What is to be taken, in millionths of the unit; none where money is counted.
        committed_millionths "as `unit`/1000000": Optional<Integer>,
        /// What is counted: `GPU-Hours` or `1000000 Tokens`, as the charges of FOCUS count; empty for money.
        unit "": Text,
    }
}
