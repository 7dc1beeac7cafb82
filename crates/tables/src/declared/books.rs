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

table! {
    /// One row for each month of each commitment (take-or-pay) that the books settle: committed against taken.
    /// Quantities are in millionths of what the commitment counts: micro-dollars, where it is one to spend.
    commitment_months {
        /// First instant of the month.
        month "": Instant,
        /// Key of the agreement.
        agreement "": Text,
        /// Who takes or pays.
        payer "": Key<Parties>,
        /// Who is paid.
        payee "": Key<Parties>,
        /// What is counted: `usd`, `gpu_hours` or `million_tokens`.
        counts "": Text,
        /// First instant of the period that the month belongs to.
        period_begins "": Instant,
        /// First instant after the period.
        period_ends "": Instant,
        /// What is to be taken in the period.
        committed_millionths "as `counts`/1000000": Integer,
        /// Of that, what is paid for in any case.
        minimum_millionths "as `counts`/1000000": Integer,
        /// Taken in the month.
        taken_millionths "as `counts`/1000000": Integer,
        /// Taken in the period up to the end of the month.
        taken_in_period_millionths "as `counts`/1000000": Integer,
        /// Excused of the minimum in the month.
        excused_millionths "as `counts`/1000000": Integer,
        /// Short of the minimum at a true-up in this month, after what was carried forward.
        short_millionths "as `counts`/1000000": Integer,
        /// What was taken in the month costs by the agreement.
        cost_micro_usd "USD/1000000": Integer,
        /// What was short costs.
        short_cost_micro_usd "USD/1000000": Integer,
        /// Credited for what was paid for before and is made up now.
        made_up_micro_usd "USD/1000000": Integer,
        /// Fee of an early exit.
        exit_fee_micro_usd "USD/1000000": Integer,
    }
}

table! {
    /// One row for each month of each revenue share. Where the share is live, `revenue - deductions + loss - loss_used` is
    /// the base; what the share takes of it is `paid + cut`.
    revenue_shares {
        /// First instant of the month.
        month "": Instant,
        /// Key of the agreement.
        agreement "": Text,
        /// Whose revenue it is.
        payer "": Key<Parties>,
        /// Who has a share in it.
        payee "": Key<Parties>,
        /// 1 in the term of the share and before its cap is reached, else 0.
        live "": Integer,
        /// Revenue of the month that the share is of, at the prices of tariffs and commitments.
        revenue_micro_usd "USD/1000000": Integer,
        /// Other shares that a net base is net of.
        deductions_micro_usd "USD/1000000": Integer,
        /// By how much revenue less deductions is below zero.
        loss_micro_usd "USD/1000000": Integer,
        /// Earlier losses set off against the base.
        loss_used_micro_usd "USD/1000000": Integer,
        /// What the share is taken of.
        base_micro_usd "USD/1000000": Integer,
        /// Paid for the month.
        paid_micro_usd "USD/1000000": Integer,
        /// Cut off by the cap.
        cut_micro_usd "USD/1000000": Integer,
        /// Of what is paid, set off against a share that flows the other way.
        set_off_micro_usd "USD/1000000": Integer,
        /// Paid since the agreement began.
        paid_to_date_micro_usd "USD/1000000": Integer,
    }
}
