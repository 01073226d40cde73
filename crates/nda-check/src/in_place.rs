//! Which parameters a function changes in place: those that say `&mut`.

use nda_graph::{Signature, Ty};
use nda_syntax::tree::{Param, Receiver};

/// The parameters of a function that say `&mut`. In the graph it gives each of them back, behind what it gives otherwise if
/// that is not `()`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InPlace {
    /// A bit for each, the first parameter's being the lowest.
    bits: u64,
    /// Whether the first is a method's `self`.
    on_self: bool,
}

impl InPlace {
    /// No function changes a parameter in place that stands behind so many others.
    pub const MAX_PARAMS: usize = u64::BITS as usize;

    /// Of a function with these parameters.
    #[must_use]
    pub fn of(params: &[Param]) -> Self {
        let changed = params.iter().take(Self::MAX_PARAMS).enumerate().filter(|(_, param)| param.in_place);
        let bits = changed.fold(0, |bits, (index, _)| bits | 1 << index);
        let on_self = params.first().is_some_and(|first| first.receiver == Some(Receiver::Mutable));
        Self { bits, on_self }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Whether the first is a method's `self`.
    pub(crate) fn is_on_self(self) -> bool {
        self.on_self
    }

    /// Whether this parameter is one.
    #[must_use]
    pub fn has(self, index: usize) -> bool {
        index < Self::MAX_PARAMS && self.bits >> index & 1 == 1
    }

    /// What a function gives beside what it changes, by what the graph says that it gives.
    #[must_use]
    pub fn result(self, signature: &Signature) -> Ty {
        let ret = signature.ret;
        let changed = self.indices().count();
        let alone = changed == 1 && self.indices().any(|index| signature.params.get(index) == Some(&ret));
        if changed == 0 || alone {
            return if alone { Ty::UNIT } else { ret };
        }
        let Some(all) = signature.types.view().composite(ret).map(|all| all.variant(0)) else { return ret };
        if all.fields().len() > changed { all.field(0) } else { Ty::UNIT }
    }

    /// Their indices, in ascending order.
    pub(crate) fn indices(self) -> impl Iterator<Item = usize> {
        (0..Self::MAX_PARAMS).filter(move |&index| self.has(index))
    }
}
