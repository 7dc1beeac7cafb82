//! Typed indices: a site's index is not a tenant's index.

/// Declares index newtypes over `u32` that address a `Vec` of the named thing.
#[macro_export]
macro_rules! index_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the vector that this index addresses.
            pub fn index(self) -> usize {
                self.0 as usize
            }
            /// The index of position `i`; a position above `u32::MAX` is a bug of the caller.
            pub fn new(i: usize) -> Self {
                Self(u32::try_from(i).expect("more than u32::MAX items"))
            }
        }
    )*};
}

index_types! {
    /// A site of the scenario.
    SiteId;
    /// A block of a site: the capacity that is energised together.
    BlockId;
    /// A system: a node or rack product.
    SystemId;
    /// An agreement between partners.
    AgreementId;
    /// A tenant: who submits jobs.
    TenantId;
    /// A workload: one source of jobs.
    WorkloadId;
    /// A way in which equipment fails.
    FailureId;
    /// A partner: a party to the programme.
    PartnerId;
    /// A tranche: a piece of capital that one partner promised.
    TrancheId;
    /// A region of users.
    RegionId;
    /// A service: a model offered to users.
    ServiceId;
    /// An accelerator model, by its name in the scenario's list.
    AcceleratorId;
}
