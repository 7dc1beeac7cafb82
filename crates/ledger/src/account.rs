//! The chart of accounts: one line for each account, with its class and the line of the cash-flow statement that money
//! against it belongs to.

use serde::{Deserialize, Serialize};

/// What an account is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// What a partner has.
    Assets,
    /// What it owes.
    Liabilities,
    /// What its owners put in.
    Equity,
    /// What it earns.
    Income,
    /// What it uses up.
    Expenses,
}

impl Class {
    /// `assets`, `liabilities`, `equity`, `income` or `expenses`.
    pub fn name(self) -> &'static str {
        match self {
            Class::Assets => "assets",
            Class::Liabilities => "liabilities",
            Class::Equity => "equity",
            Class::Income => "income",
            Class::Expenses => "expenses",
        }
    }
}

/// Which part of the cash-flow statement (direct method) money against an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Flow {
    /// Business as it runs: customers, suppliers, staff, taxes, interest.
    Operating,
    /// Land, buildings, plant and machines.
    Investing,
    /// Owners and lenders.
    Financing,
}

impl Flow {
    /// `operating`, `investing` or `financing`.
    pub fn name(self) -> &'static str {
        match self {
            Flow::Operating => "operating",
            Flow::Investing => "investing",
            Flow::Financing => "financing",
        }
    }
}

macro_rules! chart {
    ($($name:ident $class:ident $flow:ident $key:literal $doc:literal;)*) => {
        /// An account of the chart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Account {
            $(#[doc = $doc] $name,)*
        }

        impl Account {
            /// Every account, in the order of the chart.
            pub const ALL: &'static [Account] = &[$(Account::$name),*];

            /// Its name without its class: `receivable`.
            pub fn key(self) -> &'static str {
                match self { $(Account::$name => $key,)* }
            }
            /// Its class.
            pub fn class(self) -> Class {
                match self { $(Account::$name => Class::$class,)* }
            }
            /// Where cash against it stands in the cash-flow statement.
            pub fn flow(self) -> Flow {
                match self { $(Account::$name => Flow::$flow,)* }
            }
            /// What it is.
            pub fn doc(self) -> &'static str {
                match self { $(Account::$name => $doc,)* }
            }
        }
    };
}

chart! {
    Cash Assets Operating "cash" "money at the bank";
    Unbilled Assets Operating "unbilled" "revenue earned and not invoiced yet";
    Receivable Assets Operating "receivable" "invoices that customers have not paid yet";
    Prepaid Assets Operating "prepaid" "paid in advance and not used yet";
    InterestReceivable Assets Operating "interest_receivable" "interest earned on loans and not due yet";
    Construction Assets Investing "construction" "work in progress, interest left out";
    Land Assets Investing "land" "land; it is not depreciated";
    Shell Assets Investing "shell" "buildings at cost";
    Power Assets Investing "power" "substations, transformers, generators, batteries at cost";
    Cooling Assets Investing "cooling" "cooling plant at cost";
    Network Assets Investing "network" "networks at cost";
    Systems Assets Investing "systems" "nodes and racks at cost";
    CapitalisedInterest Assets Investing "capitalised_interest" "interest during construction, a part of what was built, less what was depreciated of it";
    Depreciated Assets Investing "depreciated" "depreciation so far (negative)";
    LoanGiven Assets Financing "loan_given" "principal lent";
    Invested Assets Financing "invested" "capital put into other partners and into the programme";
    Accrued Liabilities Operating "accrued" "bought and not invoiced yet";
    Payable Liabilities Operating "payable" "suppliers' invoices that are not paid yet";
    AssetsPayable Liabilities Investing "assets_payable" "owed for land, buildings, plant and machines that are not paid yet";
    InterestPayable Liabilities Operating "interest_payable" "interest accrued on loans and not due yet";
    Deferred Liabilities Operating "deferred" "paid by customers in advance and not delivered yet";
    TaxPayable Liabilities Operating "tax_payable" "taxes on income that are not paid yet";
    LoanTaken Liabilities Financing "loan_taken" "principal borrowed";
    Contributed Equity Financing "contributed" "capital put in by owners";
    ComputeSold Income Operating "compute" "accelerator-hours sold to jobs";
    TokensSold Income Operating "tokens" "tokens sold by services";
    MinimumReceived Income Operating "minimum" "shortfalls and exit fees of commitments, received";
    ShareReceived Income Operating "share" "revenue shares received";
    RentReceived Income Operating "rent" "rent of leases received";
    CreditReceived Income Operating "credit" "service credits received";
    EnergySold Income Operating "energy_sold" "energy sold to the grid and to others";
    InterestReceived Income Operating "interest" "interest and fees on loans received";
    OtherIncome Income Operating "other" "other income";
    ComputeBought Expenses Operating "compute" "accelerator-hours bought";
    TokensBought Expenses Operating "tokens" "tokens bought";
    Energy Expenses Operating "energy" "energy bought and fuel";
    Demand Expenses Operating "demand" "demand charges of power contracts";
    Water Expenses Operating "water" "water";
    Staff Expenses Operating "staff" "people";
    Maintenance Expenses Operating "maintenance" "maintenance and spare parts";
    Overhead Expenses Operating "overhead" "other costs of running sites";
    MinimumPaid Expenses Operating "minimum" "shortfalls and exit fees of commitments, paid";
    SharePaid Expenses Operating "share" "revenue shares paid";
    RentPaid Expenses Operating "rent" "rent of leases paid";
    CreditGiven Expenses Operating "credit" "service credits given";
    Depreciation Expenses Operating "depreciation" "depreciation";
    InterestPaid Expenses Operating "interest" "interest and fees on loans, what is capitalised left out";
    Tax Expenses Operating "tax" "taxes on income";
}

impl Account {
    /// Its name with its class: `assets:receivable`.
    pub fn path(self) -> String {
        format!("{}:{}", self.class().name(), self.key())
    }
    /// Its place in the chart.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What is depreciated together, over one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AssetClass {
    /// Never depreciated.
    Land,
    /// Buildings.
    Shell,
    /// Power plant.
    Power,
    /// Cooling plant.
    Cooling,
    /// Networks.
    Network,
    /// Nodes and racks.
    Systems,
    /// Interest during construction; its depreciation lowers its own account.
    Interest,
}

impl AssetClass {
    /// Every class.
    pub const ALL: [AssetClass; 7] = [
        AssetClass::Land,
        AssetClass::Shell,
        AssetClass::Power,
        AssetClass::Cooling,
        AssetClass::Network,
        AssetClass::Systems,
        AssetClass::Interest,
    ];

    /// The account that holds it at cost.
    pub fn account(self) -> Account {
        match self {
            AssetClass::Land => Account::Land,
            AssetClass::Shell => Account::Shell,
            AssetClass::Power => Account::Power,
            AssetClass::Cooling => Account::Cooling,
            AssetClass::Network => Account::Network,
            AssetClass::Systems => Account::Systems,
            AssetClass::Interest => Account::CapitalisedInterest,
        }
    }
    /// The account that its depreciation lowers.
    pub fn worn(self) -> Account {
        if self == AssetClass::Interest { Account::CapitalisedInterest } else { Account::Depreciated }
    }
    /// Its name: `systems`.
    pub fn name(self) -> &'static str {
        self.account().key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_account_has_a_path_of_its_own() {
        let paths: BTreeSet<String> = Account::ALL.iter().map(|account| account.path()).collect();
        assert_eq!(paths.len(), Account::ALL.len());
        assert!(Account::ALL.iter().enumerate().all(|(at, account)| account.index() == at));
    }
}
