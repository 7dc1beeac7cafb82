//! Books in double entry: facts times tariffs become postings in integers, which balance for each partner.
//!
//! ```text
//!  facts of the twin ---.
//!  tariffs, costs    ---+--> Keeper --> entries --> Books --> journal (tables, exports)
//!  agreements        ---'                             |
//!                                                     '--> close of a month: trial balance, statements
//! ```
//!
//! [`Books`] knows nothing of facts: it takes entries, refuses what overflows and asserts (in release builds too) that
//! the postings of an entry sum to zero for each partner. [`Keeper`] knows what follows from a fact. Memory is bounded by
//! the balances and what is due: entries leave by [`Keeper::drain`].

pub mod account;
pub mod agreed;
pub mod books;
pub mod deal;
pub mod entry;
pub mod export;
pub mod invest;
pub mod keeper;
pub mod month;
pub mod outline;
pub mod register;
pub mod results;
pub mod statement;
pub mod tariff;
pub mod tax;

pub use account::{Account, AssetClass, Class, Flow};
pub use books::{Books, Closed, Key, LedgerError, Slot};
pub use entry::{Basis, Cause, CostId, DealId, Entry, PartyId, Posting, TariffId, Unit};
pub use keeper::{Described, Keeper, Totals};
pub use month::{Day, Month};
pub use outline::Outline;
