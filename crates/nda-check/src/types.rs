//! Types while they are being found out: the graph's types, plus variables for what is not known yet.

use nda_graph::Ty;
use std::fmt;

/// A type that may hold a variable: `[]` is a list of something until it is used.
///
/// Like [`Ty`] it is one word: how many lists stand around a base. A base below [`FIRST_SPECIAL`] is the graph's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type(u32);

const FIRST_SPECIAL: u32 = 0x80_0000;
const ERROR: u32 = FIRST_SPECIAL;
const FIRST_VARIABLE: u32 = FIRST_SPECIAL + 1;
const DEPTH: u32 = 24;
const BASE: u32 = (1 << DEPTH) - 1;

impl Type {
    /// What an expression has whose problem was already reported: it fits everywhere.
    pub(crate) const ERROR: Type = Type(ERROR);
    pub(crate) const NEVER: Type = Type::from_ty(Ty::NEVER);
    pub(crate) const UNIT: Type = Type::from_ty(Ty::UNIT);
    pub(crate) const BOOL: Type = Type::from_ty(Ty::BOOL);
    pub(crate) const I64: Type = Type::from_ty(Ty::I64);
    pub(crate) const F64: Type = Type::from_ty(Ty::F64);
    pub(crate) const STR: Type = Type::from_ty(Ty::STR);

    pub(crate) const fn from_ty(ty: Ty) -> Self {
        Self(ty.code())
    }

    pub(crate) const fn base(self) -> u32 {
        self.0 & BASE
    }

    const fn depth(self) -> u32 {
        self.0 >> DEPTH
    }

    pub(crate) const fn is_error(self) -> bool {
        self.base() == ERROR
    }

    /// Whether nothing is known of it yet.
    pub(crate) const fn is_open(self) -> bool {
        self.0 >= FIRST_VARIABLE && self.depth() == 0
    }

    pub(crate) const fn is_list(self) -> bool {
        self.depth() > 0
    }

    /// `[self]`; an error type if that is nested too deeply.
    pub(crate) const fn list_of(self) -> Self {
        if self.depth() < nda_graph::MAX_LIST_DEPTH && self.0 != Self::NEVER.0 {
            Self(self.0 + (1 << DEPTH))
        } else {
            Self::ERROR
        }
    }

    pub(crate) const fn element(self) -> Option<Self> {
        if self.is_list() { Some(Self(self.0 - (1 << DEPTH))) } else { None }
    }

    /// The graph's type, if nothing is unknown.
    pub(crate) fn to_ty(self) -> Option<Ty> {
        Ty::from_code(self.0)
    }
}

/// For messages: a variable is `_`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ty) = self.to_ty() {
            return ty.fmt(f);
        }
        let depth = self.depth() as usize;
        write!(f, "{}_{}", "[".repeat(depth), "]".repeat(depth))
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is known of the variables.
#[derive(Default, Debug)]
pub(crate) struct Variables {
    bound: Vec<Option<Type>>,
}

impl Variables {
    pub(crate) fn clear(&mut self) {
        self.bound.clear();
    }

    pub(crate) fn fresh(&mut self) -> Type {
        let id = FIRST_VARIABLE + self.bound.len() as u32;
        self.bound.push(None);
        if id <= BASE { Type(id) } else { Type::ERROR }
    }

    /// The type with everything filled in that is known by now.
    #[inline]
    pub(crate) fn resolve(&self, ty: Type) -> Type {
        if ty.base() < FIRST_VARIABLE { ty } else { self.resolve_variable(ty) }
    }

    fn resolve_variable(&self, mut ty: Type) -> Type {
        while ty.base() >= FIRST_VARIABLE {
            let Some(Some(bound)) = self.bound.get((ty.base() - FIRST_VARIABLE) as usize) else {
                return ty;
            };
            let mut filled = *bound;
            for _ in 0..ty.depth() {
                filled = filled.list_of();
            }
            ty = filled;
        }
        ty
    }

    /// Makes both types the same, if they can be.
    #[inline]
    pub(crate) fn unify(&mut self, a: Type, b: Type) -> bool {
        a == b || self.unify_slow(a, b)
    }

    fn unify_slow(&mut self, a: Type, b: Type) -> bool {
        let (a, b) = (self.resolve(a), self.resolve(b));
        if a == b || a.is_error() || b.is_error() {
            return true;
        }
        let (a_open, b_open) = (a.base() >= FIRST_VARIABLE, b.base() >= FIRST_VARIABLE);
        // A variable under n lists is bound to what stands under n lists on the other side.
        if a_open && a.depth() <= b.depth() && a.base() != b.base() {
            return self.bind(a.base(), Type(b.0 - (a.depth() << DEPTH)));
        }
        if b_open && b.depth() <= a.depth() && a.base() != b.base() {
            return self.bind(b.base(), Type(a.0 - (b.depth() << DEPTH)));
        }
        false
    }

    fn bind(&mut self, variable: u32, ty: Type) -> bool {
        if ty == Type::NEVER {
            return false;
        }
        self.bound[(variable - FIRST_VARIABLE) as usize] = Some(ty);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_bound_under_lists() {
        let mut variables = Variables::default();
        let open = variables.fresh();
        assert!(variables.unify(open.list_of(), Type::I64.list_of().list_of()));
        assert_eq!(variables.resolve(open.list_of()), Type::I64.list_of().list_of());
        assert!(!variables.unify(open, Type::STR));
        let (a, b) = (variables.fresh(), variables.fresh());
        assert!(variables.unify(a, b) && variables.unify(b, Type::F64));
        assert_eq!(variables.resolve(a), Type::F64);
        assert!(!variables.unify(Type::I64, Type::F64));
        assert!(!variables.unify(a.list_of(), a));
    }
}
