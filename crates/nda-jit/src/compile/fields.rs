//! Shapes of expressions on fields of variables and of elements of lists: one operator, and sums and differences of products.

use super::shapes::{Tree, Trees, Visit, bin, part, part_at, slot};
use crate::number as n;
use crate::number::{Binary, Word};
use crate::operand::{K, Part};
use nda_graph::MathOp;

/// An operator on leaves and fields, one of them a field.
pub(super) fn fields<O: Binary, V: Visit<O::Out>>(a: Tree, b: Tree, visit: V) -> bool {
    match (a, b) {
        (Tree::Field { slot: s, place: p, .. }, Tree::Field { slot: t, place: q, .. }) => {
            visit.visit(bin::<O, _, _>(part(s, p), part(t, q)));
        }
        (Tree::Field { slot: s, place: p, .. }, Tree::Slot(b)) => {
            visit.visit(bin::<O, _, _>(part(s, p), slot(b)));
        }
        (Tree::Field { slot: s, place: p, .. }, Tree::Const(b)) => {
            visit.visit(bin::<O, _, _>(part(s, p), K(O::B::from_bits(b))));
        }
        (Tree::Slot(a), Tree::Field { slot: t, place: q, .. }) => {
            visit.visit(bin::<O, _, _>(slot(a), part(t, q)));
        }
        (
            Tree::FieldAt { list: s, index: i, place: p, .. },
            Tree::FieldAt { list: t, index: j, place: q, .. },
        ) => visit.visit(bin::<O, _, _>(part_at(s, i, p), part_at(t, j, q))),
        (Tree::FieldAt { list: s, index: i, place: p, .. }, Tree::Slot(b)) => {
            visit.visit(bin::<O, _, _>(part_at(s, i, p), slot(b)));
        }
        (Tree::FieldAt { list: s, index: i, place: p, .. }, Tree::Const(b)) => {
            visit.visit(bin::<O, _, _>(part_at(s, i, p), K(O::B::from_bits(b))));
        }
        (Tree::Slot(a), Tree::FieldAt { list: t, index: j, place: q, .. }) => {
            visit.visit(bin::<O, _, _>(slot(a), part_at(t, j, q)));
        }
        _ => return false,
    }
    true
}

pub(super) fn is_field(tree: Tree) -> bool {
    matches!(tree, Tree::Field { .. } | Tree::FieldAt { .. })
}

/// Whether it is an operator on fields.
pub(super) fn has_fields(trees: &Trees, tree: Tree) -> bool {
    matches!(tree, Tree::Math { a, b, .. } if is_field(trees[a as usize]) || is_field(trees[b as usize]))
}

/// `a.x * b.y` plus a leaf, a leaf plus it, and the sum and difference of two of them.
pub(super) fn field_products<T, P, V>(trees: &Trees, op: MathOp, a: Tree, b: Tree, visit: V) -> bool
where
    T: Word,
    P: FieldOperators<T>,
    V: Visit<T>,
{
    let product = |tree: Tree| match tree {
        Tree::Math { op, a, b, .. } if op == P::MUL => match (trees[a as usize], trees[b as usize]) {
            (Tree::Field { slot: s, place: p, .. }, Tree::Field { slot: t, place: q, .. }) => {
                Some(bin::<P::Mul, Part<T>, Part<T>>(part(s, p), part(t, q)))
            }
            _ => None,
        },
        _ => None,
    };
    match (product(a), product(b), a, b) {
        (Some(left), None, _, Tree::Slot(right)) if op == P::ADD => {
            visit.visit(bin::<P::Add, _, _>(left, slot(right)));
        }
        (Some(left), None, _, Tree::Const(right)) if op == P::ADD => {
            visit.visit(bin::<P::Add, _, _>(left, K(T::from_bits(right))));
        }
        (None, Some(right), Tree::Slot(left), _) if op == P::ADD => {
            visit.visit(bin::<P::Add, _, _>(slot(left), right));
        }
        (Some(left), Some(right), ..) if op == P::ADD => visit.visit(bin::<P::Add, _, _>(left, right)),
        (Some(left), Some(right), ..) if op == P::SUB => visit.visit(bin::<P::Sub, _, _>(left, right)),
        _ => return false,
    }
    true
}

/// The operators that go together in products of fields.
pub(super) trait FieldOperators<T> {
    type Add: Binary<A = T, B = T, Out = T>;
    type Sub: Binary<A = T, B = T, Out = T>;
    type Mul: Binary<A = T, B = T, Out = T>;
    const ADD: MathOp;
    const SUB: MathOp;
    const MUL: MathOp;
}

pub(super) struct Ints;

impl FieldOperators<i64> for Ints {
    type Add = n::Add;
    type Sub = n::Sub;
    type Mul = n::Mul;
    const ADD: MathOp = MathOp::Add;
    const SUB: MathOp = MathOp::Sub;
    const MUL: MathOp = MathOp::Mul;
}

pub(super) struct Floats;

impl FieldOperators<f64> for Floats {
    type Add = n::FAdd;
    type Sub = n::FSub;
    type Mul = n::FMul;
    const ADD: MathOp = MathOp::FAdd;
    const SUB: MathOp = MathOp::FSub;
    const MUL: MathOp = MathOp::FMul;
}
