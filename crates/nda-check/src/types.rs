//! Types while they are being found out: one word each, with tables for what a word cannot hold.
//!
//! A [`Type`] is a base and how many lists stand around it. A base is one of the graph's, an [`Applied`] type (a tuple,
//! a struct, `Option<T>`) in the [`TypeTable`], a type parameter of the item at hand, a variable that stands for what is
//! not known yet, or the error type, which fits everywhere.

use crate::args::Args;
use crate::decls::{Decl, Decls, MAP, OPTION, Order, RESULT};
use nda_graph::Ty;
use rustc_hash::{FxHashMap, FxHashSet};

/// A type that may hold a variable: `[]` is a list of something until it is used.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Type(u32);

const FIRST_PARAMETER: u32 = 0x10_0000;
const FIRST_APPLIED: u32 = 0x40_0000;
const ERROR: u32 = 0x80_0000;
const FIRST_VARIABLE: u32 = ERROR + 1;
const DEPTH: u32 = 24;
const BASE: u32 = (1 << DEPTH) - 1;

/// How deep types may be nested in types.
const MAX_DEPTH: u32 = 64;
/// The most names that a type is written with in a message: types of types can be enormous.
const MAX_SHOWN: usize = 60;

impl Type {
    /// What an expression has whose problem was already reported: it fits everywhere.
    pub(crate) const ERROR: Type = Type(ERROR);
    pub(crate) const NEVER: Type = Type::plain(Ty::NEVER);
    pub(crate) const UNIT: Type = Type::plain(Ty::UNIT);
    pub(crate) const BOOL: Type = Type::plain(Ty::BOOL);
    pub(crate) const I64: Type = Type::plain(Ty::I64);
    pub(crate) const F64: Type = Type::plain(Ty::F64);
    pub(crate) const STR: Type = Type::plain(Ty::STR);

    /// A type of the graph that is not composite.
    pub(crate) const fn plain(ty: Ty) -> Self {
        Self(ty.code())
    }

    /// The type parameter with this number.
    pub(crate) const fn parameter(number: u32) -> Self {
        Self(FIRST_PARAMETER + number)
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

    /// Which type parameter it is.
    pub(crate) const fn as_parameter(self) -> Option<u32> {
        if self.0 >= FIRST_PARAMETER && self.0 < FIRST_APPLIED {
            Some(self.0 - FIRST_PARAMETER)
        } else {
            None
        }
    }

    const fn applied_index(self) -> Option<usize> {
        if self.base() >= FIRST_APPLIED && self.base() < ERROR {
            Some((self.base() - FIRST_APPLIED) as usize)
        } else {
            None
        }
    }

    /// The type inside of all lists.
    pub(crate) const fn innermost(self) -> Self {
        Self(self.base())
    }

    /// The lists of `self` around `base`.
    pub(crate) fn around(self, base: Type) -> Self {
        let mut ty = base;
        for _ in 0..self.depth() {
            ty = ty.list_of();
        }
        ty
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

    /// The graph's type, if it needs no table.
    pub(crate) fn to_plain(self) -> Option<Ty> {
        if self.base() < FIRST_PARAMETER { Ty::from_code(self.0) } else { None }
    }
}

/// For our own eyes; messages go through [`TypeTable::show`].
impl std::fmt::Debug for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Type({:#x})", self.0)
    }
}

/// What is applied to arguments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Head {
    /// `(A, B)`.
    Tuple,
    /// A struct or enum: its number among the declarations.
    Nominal(u32),
    /// `vec[N]`: its argument is the side.
    Vector,
    /// `mat[R, C]`, the same.
    Matrix,
    /// A side of a shape, which is no type of values.
    Side(u32),
}

/// A composite type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Applied {
    pub(crate) head: Head,
    pub(crate) args: Args,
}

/// What is known of the variables, and the composite types.
#[derive(Default, Debug)]
pub(crate) struct TypeTable {
    bound: Vec<Option<Type>>,
    applied: Vec<Applied>,
    /// By composite type: how deep types are nested in it.
    depths: Vec<u32>,
    known: FxHashMap<Applied, Type>,
    /// Pairs of composite types that were made the same.
    united: FxHashSet<(Type, Type)>,
    pub(crate) decls: Decls,
}

impl TypeTable {
    pub(crate) fn clear(&mut self) {
        self.bound.clear();
        self.applied.clear();
        self.depths.clear();
        self.known.clear();
        self.united.clear();
        self.decls.clear();
    }

    pub(crate) fn fresh(&mut self) -> Type {
        let id = FIRST_VARIABLE + self.bound.len() as u32;
        self.bound.push(None);
        if id <= BASE { Type(id) } else { Type::ERROR }
    }

    /// `head<args>`; an error type if types are nested too deeply in it.
    pub(crate) fn apply(&mut self, head: Head, args: &[Type]) -> Type {
        let inner = args.iter().filter_map(|arg| self.resolve(*arg).applied_index());
        let depth = inner.map(|index| self.depths[index]).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH || args.iter().any(|arg| arg.is_error()) {
            return Type::ERROR;
        }
        let applied = Applied { head, args: args.into() };
        if let Some(&ty) = self.known.get(&applied) {
            return ty;
        }
        let id = FIRST_APPLIED + self.applied.len() as u32;
        if id >= ERROR {
            return Type::ERROR;
        }
        let ty = Type(id);
        self.applied.push(applied.clone());
        self.depths.push(depth);
        self.known.insert(applied, ty);
        ty
    }

    pub(crate) fn tuple(&mut self, parts: &[Type]) -> Type {
        self.apply(Head::Tuple, parts)
    }

    pub(crate) fn option(&mut self, some: Type) -> Type {
        self.apply(Head::Nominal(OPTION), &[some])
    }

    /// What a composite type is made of.
    pub(crate) fn applied(&self, ty: Type) -> Option<&Applied> {
        let ty = self.resolve(ty);
        if ty.is_list() { None } else { ty.applied_index().map(|index| &self.applied[index]) }
    }

    /// The declaration and arguments of a struct or enum.
    pub(crate) fn nominal(&self, ty: Type) -> Option<(u32, &[Type])> {
        match self.applied(ty)? {
            Applied { head: Head::Nominal(decl), args } => Some((*decl, &**args)),
            _ => None,
        }
    }

    /// Whether a type is an enum.
    pub(crate) fn is_enum(&self, ty: Type) -> bool {
        self.nominal(ty).is_some_and(|(decl, _)| self.decls.get(decl).form == nda_graph::types::Form::Enum)
    }

    /// `T` of `Option<T>`.
    pub(crate) fn some_of(&self, ty: Type) -> Option<Type> {
        self.nominal(ty).filter(|found| found.0 == OPTION).map(|(_, args)| args[0])
    }

    /// `T` and `E` of `Result<T, E>`.
    pub(crate) fn ok_and_err_of(&self, ty: Type) -> Option<(Type, Type)> {
        self.nominal(ty).filter(|found| found.0 == RESULT).map(|(_, args)| (args[0], args[1]))
    }

    /// `K` and `V` of `Map<K, V>`.
    pub(crate) fn map_of(&self, ty: Type) -> Option<(Type, Type)> {
        self.nominal(ty).filter(|found| found.0 == MAP).map(|(_, args)| (args[0], args[1]))
    }

    /// The parts of a tuple.
    pub(crate) fn parts(&self, ty: Type) -> Option<&[Type]> {
        match self.applied(ty)? {
            Applied { head: Head::Tuple, args } => Some(&**args),
            _ => None,
        }
    }

    /// The type with everything filled in around the outside that is known by now: what it is made of may still be
    /// variables.
    #[inline]
    pub(crate) fn resolve(&self, ty: Type) -> Type {
        if ty.base() < FIRST_VARIABLE { ty } else { self.resolve_variable(ty) }
    }

    fn resolve_variable(&self, mut ty: Type) -> Type {
        while ty.base() >= FIRST_VARIABLE {
            let Some(Some(bound)) = self.bound.get((ty.base() - FIRST_VARIABLE) as usize) else {
                return ty;
            };
            ty = ty.around(*bound);
        }
        ty
    }

    /// `ty` with `args` in the place of the type parameters from `first` on.
    pub(crate) fn substitute(&mut self, ty: Type, first: u32, args: &[Type]) -> Type {
        let ty = self.resolve(ty);
        let base = ty.innermost();
        let replaced = if let Some(number) = base.as_parameter() {
            let arg = number.checked_sub(first).and_then(|index| args.get(index as usize));
            arg.copied().unwrap_or(base)
        } else if let Some(index) = base.applied_index() {
            let Applied { head, args: parts } = self.applied[index].clone();
            let parts: Vec<Type> = parts.iter().map(|&part| self.substitute(part, first, args)).collect();
            self.apply(head, &parts)
        } else {
            base
        };
        ty.around(replaced)
    }

    /// Whether no variable is left in it.
    pub(crate) fn is_known(&self, ty: Type) -> bool {
        self.all_bases(ty, &|base| base.base() < FIRST_VARIABLE && !base.is_error())
    }

    /// Whether a type parameter is in it.
    pub(crate) fn has_parameter(&self, ty: Type) -> bool {
        !self.all_bases(ty, &|base| base.as_parameter().is_none())
    }

    /// Whether an error type is in it.
    pub(crate) fn has_error(&self, ty: Type) -> bool {
        !self.all_bases(ty, &|base| !base.is_error())
    }

    /// Whether something holds of every base in a type, arguments included.
    pub(crate) fn all_bases(&self, ty: Type, holds: &dyn Fn(Type) -> bool) -> bool {
        let base_of = |ty: Type| self.resolve(ty).innermost();
        let args_of = |base: Type| base.applied_index().map_or(&[][..], |index| &self.applied[index].args);
        // Most types are made of what is made of nothing: nothing of that is met twice.
        let (base, parts) = (base_of(ty), args_of(base_of(ty)));
        if parts.iter().all(|&part| args_of(base_of(part)).is_empty()) {
            return holds(base) && parts.iter().all(|&part| holds(base_of(part)));
        }
        let mut waiting = vec![ty];
        let mut seen = FxHashSet::default();
        while let Some(ty) = waiting.pop() {
            let base = base_of(ty);
            if !holds(base) {
                return false;
            }
            let parts = args_of(base);
            if !parts.is_empty() && seen.insert(base) {
                waiting.extend(parts);
            }
        }
        true
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
        let (Some(left), Some(right)) = (a.applied_index(), b.applied_index()) else { return false };
        if a.depth() != b.depth() {
            return false;
        }
        if self.united.contains(&(a.innermost(), b.innermost())) {
            return true;
        }
        let (left, right) = (self.applied[left].clone(), self.applied[right].clone());
        let heads = left.head == right.head && left.args.len() == right.args.len();
        if !heads {
            return self.same_declared(a.innermost(), b.innermost());
        }
        let fits = left.args.iter().zip(right.args.iter()).all(|(&a, &b)| self.unify(a, b));
        if fits {
            self.united.insert((a.innermost(), b.innermost()));
        }
        fits
    }

    /// Whether two types of different declarations are one: a committed definition brings its types with it.
    fn same_declared(&mut self, a: Type, b: Type) -> bool {
        if self.nominal(a).is_none() || self.nominal(b).is_none() || !self.is_known(a) || !self.is_known(b) {
            return false;
        }
        self.show(a) == self.show(b) && self.graph_form(a) == self.graph_form(b)
    }

    fn bind(&mut self, variable: u32, ty: Type) -> bool {
        if ty == Type::NEVER || !self.all_bases(ty, &|base| base.base() != variable) {
            return false;
        }
        self.bound[(variable - FIRST_VARIABLE) as usize] = Some(ty);
        true
    }

    /// `types` with `args` in the place of the type parameters from `first` on, and every variable filled in.
    pub(crate) fn instantiate(&mut self, types: &[Type], first: u32, args: &[Type]) -> Vec<Type> {
        types
            .iter()
            .map(|&ty| {
                let ty = self.substitute(ty, first, args);
                self.closed(ty)
            })
            .collect()
    }

    /// A type as it is written; a variable is `_`.
    pub(crate) fn show(&self, ty: Type) -> String {
        let mut out = String::new();
        self.write(ty, &mut out, &mut { MAX_SHOWN }, false);
        out
    }

    /// The same with the paths of structs and enums.
    pub(crate) fn show_path(&self, ty: Type) -> String {
        let mut out = String::new();
        self.write(ty, &mut out, &mut { MAX_SHOWN }, true);
        out
    }

    fn write(&self, ty: Type, out: &mut String, left: &mut usize, paths: bool) {
        let ty = self.resolve(ty);
        if *left == 0 {
            return out.push('…');
        }
        *left -= 1;
        (0..ty.depth()).for_each(|_| out.push('['));
        let base = ty.innermost();
        if let Some(plain) = base.to_plain() {
            out.push_str(&plain.to_string());
        } else if let Some(number) = base.as_parameter() {
            out.push_str(self.decls.parameter_name(number));
        } else if let Some(index) = base.applied_index() {
            let Applied { head, args } = &self.applied[index];
            let (open, close) = match head {
                Head::Tuple => ("(", if args.len() == 1 { ",)" } else { ")" }),
                Head::Vector => ("vec[", "]"),
                Head::Matrix => ("mat[", "]"),
                Head::Side(side) => {
                    out.push_str(&side.to_string());
                    ("", "")
                }
                Head::Nominal(decl) => {
                    let Decl { name, path, .. } = self.decls.get(*decl);
                    out.push_str(if paths && !path.is_empty() { path } else { name });
                    if args.is_empty() { ("", "") } else { ("<", ">") }
                }
            };
            out.push_str(open);
            for (index, &arg) in args.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                self.write(arg, out, left, paths);
            }
            out.push_str(close);
        } else {
            out.push('_');
        }
        (0..ty.depth()).for_each(|_| out.push(']'));
    }

    /// Whether values of a type can be ordered with `<`: words, text, and tuples, structs and enums of such.
    pub(crate) fn is_ordered(&self, ty: Type) -> bool {
        let holds = |leaf| matches!(leaf, Type::BOOL | Type::I64 | Type::F64 | Type::STR);
        self.all_leaves(ty, Order::Partial, &holds)
    }

    /// Whether values of a type can be keys of a map: ordered, and no float in them.
    pub(crate) fn is_key(&self, ty: Type) -> bool {
        self.all_leaves(ty, Order::Total, &|leaf| matches!(leaf, Type::BOOL | Type::I64 | Type::STR))
    }

    /// Whether values of a type are as ordered as is asked of a type parameter.
    pub(crate) fn has_order(&self, ty: Type, order: Order) -> bool {
        match order {
            Order::None => true,
            Order::Partial => self.is_ordered(ty),
            Order::Total => self.is_key(ty),
        }
    }

    /// Whether `holds` is true of all that a type is made of in the end. Of maps it never is, and of type parameters if
    /// at least that order is asked of them.
    fn all_leaves(&self, ty: Type, order: Order, holds: &dyn Fn(Type) -> bool) -> bool {
        let mut waiting = vec![ty];
        let mut seen = FxHashSet::default();
        while let Some(ty) = waiting.pop() {
            let ty = self.resolve(ty);
            if let Some(number) = ty.as_parameter() {
                if self.decls.order_of(number) < order {
                    return false;
                }
            } else if let (Some(index), false) = (ty.applied_index(), ty.is_list()) {
                if seen.insert(ty) {
                    let Applied { head, args } = &self.applied[index];
                    if matches!(head, Head::Vector | Head::Matrix) {
                        return false;
                    }
                    waiting.extend(args.iter());
                    if let Head::Nominal(decl) = head {
                        if *decl == MAP {
                            return false;
                        }
                        waiting.extend(self.decls.get(*decl).own_field_types());
                    }
                }
            } else if !holds(ty) && !ty.is_error() {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_bound_under_lists() {
        let mut table = TypeTable::default();
        let open = table.fresh();
        assert!(table.unify(open.list_of(), Type::I64.list_of().list_of()));
        assert_eq!(table.resolve(open.list_of()), Type::I64.list_of().list_of());
        assert!(!table.unify(open, Type::STR));
        let (a, b) = (table.fresh(), table.fresh());
        assert!(table.unify(a, b) && table.unify(b, Type::F64));
        assert_eq!(table.resolve(a), Type::F64);
        assert!(!table.unify(Type::I64, Type::F64));
        assert!(!table.unify(a.list_of(), a));
    }

    #[test]
    fn variables_are_bound_inside_of_composite_types_and_never_to_themselves() {
        let mut table = TypeTable::default();
        table.clear();
        let open = table.fresh();
        let (left, right) = (table.tuple(&[open, Type::I64]), table.tuple(&[Type::STR, Type::I64]));
        assert!(table.unify(left.list_of(), right.list_of()));
        assert_eq!(table.resolve(open), Type::STR);
        assert_eq!(table.show(left.list_of()), "[(str, i64)]");
        let open = table.fresh();
        let around = table.option(open);
        assert!(!table.unify(open, around) && !table.is_known(around));
        assert!(!table.unify(left, around));
        assert_eq!(table.show(around), "Option<_>");
    }

    #[test]
    fn types_that_double_at_each_step_stay_small() {
        let mut table = TypeTable::default();
        let (mut a, mut b) = (table.fresh(), table.fresh());
        for _ in 0..60 {
            (a, b) = (table.tuple(&[a, a]), table.tuple(&[b, b]));
        }
        assert!(table.unify(a, b) && !table.is_known(a));
        assert!(table.show(a).len() < 1_000);
        for _ in 0..10 {
            a = table.tuple(&[a]);
        }
        assert!(a.is_error());
    }
}
