//! Which expressions become which steps.
//!
//! A [`Tree`] is an expression that can be evaluated inside of a step. Here are the shapes that steps exist for; the
//! compiler breaks anything larger into pieces with temporaries between them. A shape is visited as a type
//! ([`Visit`]), so that whoever takes it ([`Set`], a branch, a return) is compiled for it.
//!
//! The list is short on purpose: each line costs code size for every sink it meets. It covers what loops of real
//! programs are made of (indices, recurrences, sums of products, comparisons); `cargo xtask bench` is the judge.

use super::fields::{Floats, Ints, field_products, fields, has_fields, is_field};
use crate::code::Blame;
use crate::number as n;
use crate::number::{Binary, Unary, Word};
use crate::operand::{At, Bin, Expr, K, LenOf, Part, PartAt, S, TagOf, Un};
use nda_graph::{CompareOp, MathOp, Ty, UnaryOp};
use std::marker::PhantomData;

/// An expression inside of a step; its parts are indices into the compiler's table of trees.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tree {
    Slot(u16),
    Const(u64),
    Math {
        op: MathOp,
        a: u32,
        b: u32,
        node: Blame,
    },
    Unary {
        op: UnaryOp,
        a: u32,
        node: Blame,
    },
    Compare {
        op: CompareOp,
        float: bool,
        a: u32,
        b: u32,
    },
    At {
        list: u16,
        index: u32,
        class: Class,
        node: Blame,
    },
    /// A plain field of the struct or tuple in a slot.
    Field {
        slot: u16,
        place: u16,
        class: Class,
    },
    /// A plain field of the element at the index in a slot, of a list of structs or tuples in another.
    FieldAt {
        list: u16,
        index: u16,
        place: u16,
        class: Class,
        node: Blame,
    },
    /// The number of the variant in a slot.
    Tag(u16),
    /// How many elements, bytes or entries what is in a slot has.
    Len(u16),
}

impl Tree {
    pub(crate) fn is_leaf(self) -> bool {
        matches!(self, Tree::Slot(_) | Tree::Const(_))
    }
}

/// The trees of the expression at hand.
pub(crate) type Trees = Vec<Tree>;

/// Takes an expression as a type.
pub(crate) trait Visit<T> {
    /// Takes it.
    fn visit<E: Expr<Out = T>>(self, expr: E);
}

pub(super) fn slot<T>(slot: u16) -> S<T> {
    S(slot, PhantomData)
}

pub(super) fn part<T>(slot: u16, place: u16) -> Part<T> {
    Part { slot, place, field: PhantomData }
}

pub(super) fn part_at<T>(list: u16, index: u16, place: u16) -> PartAt<T> {
    PartAt { list, index, place, field: PhantomData }
}

pub(super) fn bin<O, A, B>(a: A, b: B) -> Bin<O, A, B> {
    Bin { a, b, op: PhantomData }
}

/// A slot or a constant.
pub(crate) fn leaf<T: Word>(tree: Tree, visit: impl Visit<T>) -> bool {
    match tree {
        Tree::Slot(at) => visit.visit(slot(at)),
        Tree::Const(bits) => visit.visit(K(T::from_bits(bits))),
        _ => return false,
    }
    true
}

/// An operator on leaves, not both constant.
fn flat<O: Binary, V: Visit<O::Out>>(a: Tree, b: Tree, visit: V) -> bool {
    match (a, b) {
        (Tree::Slot(a), Tree::Slot(b)) => visit.visit(bin::<O, _, _>(slot(a), slot(b))),
        (Tree::Slot(a), Tree::Const(b)) => visit.visit(bin::<O, _, _>(slot(a), K(O::B::from_bits(b)))),
        (Tree::Const(a), Tree::Slot(b)) => visit.visit(bin::<O, _, _>(K(O::A::from_bits(a)), slot(b))),
        _ => return false,
    }
    true
}

const fn is_len(tree: Tree) -> bool {
    matches!(tree, Tree::Len(_))
}

/// An operator on a slot and a length, or a length and a leaf: `i < xs.len()`, `xs.len() - 1`.
fn lens<O: Binary<A = i64, B = i64>, V: Visit<O::Out>>(a: Tree, b: Tree, visit: V) -> bool {
    match (a, b) {
        (Tree::Slot(a), Tree::Len(b)) => visit.visit(bin::<O, _, _>(slot(a), LenOf(b))),
        (Tree::Len(a), Tree::Slot(b)) => visit.visit(bin::<O, _, _>(LenOf(a), slot(b))),
        (Tree::Len(a), Tree::Const(b)) => visit.visit(bin::<O, _, _>(LenOf(a), K(i64::from_bits(b)))),
        _ => return false,
    }
    true
}

/// Runs `$body` with `$O` as the operator's type, if it is one of those listed.
macro_rules! operator {
    ($op:expr, $kind:ident, $O:ident, [$($name:ident)*], $body:expr) => {
        match $op {
            $($kind::$name => { type $O = n::$name; $body })*
            #[allow(unreachable_patterns)]
            _ => false,
        }
    };
}

/// An expression of type `i64` with a single operator, or none.
pub(crate) fn small_int(trees: &Trees, tree: Tree, visit: impl Visit<i64>) -> bool {
    match tree {
        Tree::Slot(_) | Tree::Const(_) => leaf(tree, visit),
        Tree::Math { op, a, b, .. } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            operator!(op, MathOp, O, [Add Sub Mul], flat::<O, _>(a, b, visit))
        }
        _ => false,
    }
}

/// A comparison that a conditional assignment depends on: of a slot with a leaf.
pub(crate) fn choice(trees: &Trees, tree: Tree, visit: impl Visit<bool>) -> bool {
    let Tree::Compare { op, float, a, b } = tree else { return false };
    let (a, b) = (trees[a as usize], trees[b as usize]);
    if float {
        match op {
            CompareOp::Lt => slot_first::<n::FLt, _>(a, b, visit),
            CompareOp::Gt => slot_first::<n::FGt, _>(a, b, visit),
            _ => false,
        }
    } else {
        operator!(op, CompareOp, O, [Eq Ne Lt Le Gt Ge], slot_first::<O, _>(a, b, visit))
    }
}

/// What a conditional assignment assigns: a leaf of any type, `i + j`, `i - j`, `i + 1`.
pub(crate) fn chosen(trees: &Trees, tree: Tree, visit: impl Visit<i64>) -> bool {
    match tree {
        // The bits are the value, whatever its type.
        Tree::Slot(_) | Tree::Const(_) => leaf(tree, visit),
        Tree::Math { op, a, b, .. } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            operator!(op, MathOp, O, [Add Sub], slot_first::<O, _>(a, b, visit))
        }
        _ => false,
    }
}

/// An operator on a slot and a leaf.
fn slot_first<O: Binary, V: Visit<O::Out>>(a: Tree, b: Tree, visit: V) -> bool {
    match (a, b) {
        (Tree::Slot(a), Tree::Slot(b)) => visit.visit(bin::<O, _, _>(slot(a), slot(b))),
        (Tree::Slot(a), Tree::Const(b)) => visit.visit(bin::<O, _, _>(slot(a), K(O::B::from_bits(b)))),
        _ => return false,
    }
    true
}

/// An index: `i`, `p.at`, `i + 1`, `i * n + j`.
pub(crate) fn index(trees: &Trees, tree: Tree, visit: impl Visit<i64>) -> bool {
    let Tree::Math { op, a, b, .. } = tree else {
        if let Tree::Field { slot, place, class: Class::Int } = tree {
            visit.visit(part(slot, place));
            return true;
        }
        return leaf(tree, visit);
    };
    let (a, b) = (trees[a as usize], trees[b as usize]);
    match (op, a, b) {
        (MathOp::Add, Tree::Slot(x), Tree::Slot(y)) => visit.visit(bin::<n::Add, _, _>(slot(x), slot(y))),
        (MathOp::Add, Tree::Slot(x), Tree::Const(y)) => {
            visit.visit(bin::<n::Add, _, _>(slot(x), K(i64::from_bits(y))));
        }
        (MathOp::Sub, Tree::Slot(x), Tree::Slot(y)) => visit.visit(bin::<n::Sub, _, _>(slot(x), slot(y))),
        (MathOp::Sub, Tree::Slot(x), Tree::Const(y)) => {
            visit.visit(bin::<n::Sub, _, _>(slot(x), K(i64::from_bits(y))));
        }
        (MathOp::Add, Tree::Math { op: MathOp::Mul, a: x, b: y, .. }, Tree::Slot(z)) => {
            match (trees[x as usize], trees[y as usize]) {
                (Tree::Slot(x), Tree::Slot(y)) => {
                    visit.visit(bin::<n::Add, _, _>(bin::<n::Mul, _, _>(slot(x), slot(y)), slot(z)));
                }
                (Tree::Slot(x), Tree::Const(y)) => {
                    let product = bin::<n::Mul, _, _>(slot(x), K(i64::from_bits(y)));
                    visit.visit(bin::<n::Add, _, _>(product, slot(z)));
                }
                _ => return false,
            }
        }
        _ => return false,
    }
    true
}

struct Element<T, V> {
    list: u16,
    visit: V,
    element: PhantomData<T>,
}

impl<T: Word, V: Visit<T>> Visit<i64> for Element<T, V> {
    fn visit<E: Expr<Out = i64>>(self, index: E) {
        self.visit.visit(At { list: self.list, index, element: PhantomData });
    }
}

fn element<T: Word>(trees: &Trees, list: u16, at: u32, visit: impl Visit<T>) -> bool {
    index(trees, trees[at as usize], Element { list, visit, element: PhantomData })
}

/// `(x o2 y) o1 z` and `x o1 (y o2 z)` on leaves.
fn nested<O1, O2, T, V>(trees: &Trees, a: Tree, b: Tree, visit: V) -> bool
where
    T: Word,
    O1: Binary<A = T, B = T>,
    O2: Binary<A = T, B = T, Out = T>,
    V: Visit<O1::Out>,
{
    match (a, b) {
        (Tree::Math { a: x, b: y, .. }, z) if z.is_leaf() => {
            match (trees[x as usize], trees[y as usize], z) {
                (Tree::Slot(x), Tree::Slot(y), Tree::Slot(z)) => {
                    visit.visit(bin::<O1, _, _>(bin::<O2, _, _>(slot(x), slot(y)), slot(z)));
                }
                (Tree::Slot(x), Tree::Const(y), Tree::Slot(z)) => {
                    let inner = bin::<O2, _, _>(slot(x), K(O2::B::from_bits(y)));
                    visit.visit(bin::<O1, _, _>(inner, slot(z)));
                }
                (Tree::Slot(x), Tree::Slot(y), Tree::Const(z)) => {
                    let inner = bin::<O2, _, _>(slot(x), slot(y));
                    visit.visit(bin::<O1, _, _>(inner, K(O1::B::from_bits(z))));
                }
                (Tree::Slot(x), Tree::Const(y), Tree::Const(z)) => {
                    let inner = bin::<O2, _, _>(slot(x), K(O2::B::from_bits(y)));
                    visit.visit(bin::<O1, _, _>(inner, K(O1::B::from_bits(z))));
                }
                (Tree::Const(x), Tree::Slot(y), Tree::Slot(z)) => {
                    let inner = bin::<O2, _, _>(K(O2::A::from_bits(x)), slot(y));
                    visit.visit(bin::<O1, _, _>(inner, slot(z)));
                }
                (Tree::Const(x), Tree::Slot(y), Tree::Const(z)) => {
                    let inner = bin::<O2, _, _>(K(O2::A::from_bits(x)), slot(y));
                    visit.visit(bin::<O1, _, _>(inner, K(O1::B::from_bits(z))));
                }
                _ => return false,
            }
        }
        (Tree::Slot(x), Tree::Math { a: y, b: z, .. }) => match (trees[y as usize], trees[z as usize]) {
            (Tree::Slot(y), Tree::Slot(z)) => {
                visit.visit(bin::<O1, _, _>(slot(x), bin::<O2, _, _>(slot(y), slot(z))));
            }
            (Tree::Slot(y), Tree::Const(z)) => {
                let inner = bin::<O2, _, _>(slot(y), K(O2::B::from_bits(z)));
                visit.visit(bin::<O1, _, _>(slot(x), inner));
            }
            _ => return false,
        },
        _ => return false,
    }
    true
}

fn inner_op(tree: Tree) -> Option<MathOp> {
    match tree {
        Tree::Math { op, .. } => Some(op),
        _ => None,
    }
}

/// Any expression of type `i64` that fits one step.
pub(crate) fn int(trees: &Trees, tree: Tree, visit: impl Visit<i64>) -> bool {
    match tree {
        Tree::Slot(_) | Tree::Const(_) => leaf(tree, visit),
        Tree::At { list, index, class: Class::Int, .. } => element(trees, list, index, visit),
        Tree::Field { slot, place, class: Class::Int } => {
            visit.visit(part(slot, place));
            true
        }
        Tree::FieldAt { list, index, place, class: Class::Int, .. } => {
            visit.visit(part_at(list, index, place));
            true
        }
        Tree::Tag(slot) => {
            visit.visit(TagOf(slot));
            true
        }
        Tree::Len(slot) => {
            visit.visit(LenOf(slot));
            true
        }
        Tree::Unary { op, a, .. } => {
            let Tree::Slot(a) = trees[a as usize] else { return false };
            operator!(
                op, UnaryOp, O,
                [Neg Not Abs Signum CountOnes LeadingZeros TrailingZeros FloatToInt BoolToInt],
                unary::<O, _>(a, visit)
            )
        }
        Tree::Math { op, a, b, .. } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            if is_field(a) || is_field(b) {
                return operator!(op, MathOp, O, [Add Sub Mul], fields::<O, _>(a, b, visit));
            }
            if is_len(a) || is_len(b) {
                return operator!(op, MathOp, O, [Add Sub], lens::<O, _>(a, b, visit));
            }
            let Some(inner) = inner_op(a).or(inner_op(b)) else {
                if let Some((exponent, div)) = power_of_two(op, b) {
                    return match div {
                        true => flat::<n::DivPower, _>(a, exponent, visit),
                        false => flat::<n::RemPower, _>(a, exponent, visit),
                    };
                }
                if matches!(b, Tree::At { .. }) {
                    return operator!(
                        op, MathOp, O, [Add Sub Mul WrappingAdd Xor],
                        with_element::<O, _, _>(trees, a, b, visit)
                    );
                }
                return operator!(
                    op, MathOp, O,
                    [Add Sub Mul Div Rem And Or Xor Shl Shr WrappingAdd WrappingSub WrappingMul SaturatingAdd
                     SaturatingSub SaturatingMul Min Max Pow DivEuclid RemEuclid],
                    flat::<O, _>(a, b, visit)
                );
            };
            if has_fields(trees, a) || has_fields(trees, b) {
                return field_products::<i64, Ints, _>(trees, op, a, b, visit);
            }
            match (op, inner) {
                (MathOp::Add, MathOp::Add) => nested::<n::Add, n::Add, _, _>(trees, a, b, visit),
                (MathOp::Add, MathOp::Sub) => nested::<n::Add, n::Sub, _, _>(trees, a, b, visit),
                (MathOp::Add, MathOp::Mul) => nested::<n::Add, n::Mul, _, _>(trees, a, b, visit),
                (MathOp::Sub, MathOp::Mul) => nested::<n::Sub, n::Mul, _, _>(trees, a, b, visit),
                (MathOp::Sub, MathOp::Add) => nested::<n::Sub, n::Add, _, _>(trees, a, b, visit),
                (MathOp::Mul, MathOp::Add) => nested::<n::Mul, n::Add, _, _>(trees, a, b, visit),
                (MathOp::Rem, MathOp::Add) => nested::<n::Rem, n::Add, _, _>(trees, a, b, visit),
                (MathOp::Rem, MathOp::Mul) => nested::<n::Rem, n::Mul, _, _>(trees, a, b, visit),
                (MathOp::Add, MathOp::Rem) => nested::<n::Add, n::Rem, _, _>(trees, a, b, visit),
                (MathOp::Add, MathOp::And) => nested::<n::Add, n::And, _, _>(trees, a, b, visit),
                (MathOp::Xor, MathOp::Shl) => nested::<n::Xor, n::Shl, _, _>(trees, a, b, visit),
                (MathOp::Xor, MathOp::Shr) => nested::<n::Xor, n::Shr, _, _>(trees, a, b, visit),
                (MathOp::And, MathOp::Shr) => nested::<n::And, n::Shr, _, _>(trees, a, b, visit),
                (MathOp::And, MathOp::Xor) => nested::<n::And, n::Xor, _, _>(trees, a, b, visit),
                (MathOp::WrappingAdd, MathOp::WrappingMul) => {
                    nested::<n::WrappingAdd, n::WrappingMul, _, _>(trees, a, b, visit)
                }
                (MathOp::WrappingMul, MathOp::Xor) => {
                    nested::<n::WrappingMul, n::Xor, _, _>(trees, a, b, visit)
                }
                _ => false,
            }
        }
        Tree::At { .. } | Tree::Compare { .. } | Tree::Field { .. } | Tree::FieldAt { .. } => false,
    }
}

/// Division (or remainder) by a constant power of two above one: its exponent, and whether it is a division.
fn power_of_two(op: MathOp, divisor: Tree) -> Option<(Tree, bool)> {
    let Tree::Const(bits) = divisor else { return None };
    let exponent = Tree::Const(u64::from(bits.trailing_zeros()));
    let power = bits.is_power_of_two() && bits > 1 && bits as i64 > 0;
    match op {
        MathOp::Div if power => Some((exponent, true)),
        MathOp::Rem if power => Some((exponent, false)),
        _ => None,
    }
}

fn unary<O: Unary, V: Visit<O::Out>>(a: u16, visit: V) -> bool {
    visit.visit(Un::<O, _> { a: slot(a), op: PhantomData });
    true
}

/// Any expression of type `f64` that fits one step.
pub(crate) fn float(trees: &Trees, tree: Tree, visit: impl Visit<f64>) -> bool {
    match tree {
        Tree::Slot(_) | Tree::Const(_) => leaf(tree, visit),
        Tree::At { list, index, class: Class::Float, .. } => element(trees, list, index, visit),
        Tree::Field { slot, place, class: Class::Float } => {
            visit.visit(part(slot, place));
            true
        }
        Tree::FieldAt { list, index, place, class: Class::Float, .. } => {
            visit.visit(part_at(list, index, place));
            true
        }
        Tree::Unary { op, a, .. } => {
            let Tree::Slot(a) = trees[a as usize] else { return false };
            operator!(
                op, UnaryOp, O,
                [FNeg FAbs FSqrt FFloor FCeil FRound FTrunc FExp FLn FLog2 FLog10 FSin FCos FTan FAsin FAcos FAtan
                 IntToFloat],
                unary::<O, _>(a, visit)
            )
        }
        Tree::Math { op, a, b, .. } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            if is_field(a) || is_field(b) {
                return operator!(op, MathOp, O, [FAdd FSub FMul FDiv], fields::<O, _>(a, b, visit));
            }
            if has_fields(trees, a) || has_fields(trees, b) {
                return field_products::<f64, Floats, _>(trees, op, a, b, visit);
            }
            match (op, inner_op(a), inner_op(b)) {
                (MathOp::FAdd, None, None) if matches!(b, Tree::At { .. }) => {
                    with_element::<n::FAdd, _, _>(trees, a, b, visit)
                }
                (MathOp::FMul, None, None) if matches!(b, Tree::At { .. }) => {
                    with_element::<n::FMul, _, _>(trees, a, b, visit)
                }
                (_, None, None) => operator!(
                    op, MathOp, O, [FAdd FSub FMul FDiv FRem FMin FMax FPow FAtan2 FHypot FPowi],
                    flat::<O, _>(a, b, visit)
                ),
                (MathOp::FAdd, None, Some(MathOp::FMul)) if is_product_with_element(trees, b) => {
                    add_product_with_element(trees, a, b, visit)
                }
                (MathOp::FAdd, Some(MathOp::FMul), None) if is_product_of_three(trees, a) => {
                    product_of_three(trees, a, b, visit)
                }
                (MathOp::FAdd, Some(MathOp::FMul), Some(MathOp::FMul)) => {
                    products::<n::FAdd, _>(trees, a, b, visit)
                }
                (MathOp::FSub, Some(MathOp::FMul), Some(MathOp::FMul)) => {
                    products::<n::FSub, _>(trees, a, b, visit)
                }
                (_, Some(_), Some(_)) => false,
                (op, left, right) => match (op, left.or(right)) {
                    (MathOp::FAdd, Some(MathOp::FMul)) => {
                        nested::<n::FAdd, n::FMul, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FSub, Some(MathOp::FMul)) => {
                        nested::<n::FSub, n::FMul, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FAdd, Some(MathOp::FAdd)) => {
                        nested::<n::FAdd, n::FAdd, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FAdd, Some(MathOp::FSub)) => {
                        nested::<n::FAdd, n::FSub, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FMul, Some(MathOp::FMul)) => {
                        nested::<n::FMul, n::FMul, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FMul, Some(MathOp::FAdd)) => {
                        nested::<n::FMul, n::FAdd, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FMul, Some(MathOp::FSub)) => {
                        nested::<n::FMul, n::FSub, _, _>(trees, a, b, visit)
                    }
                    (MathOp::FSub, Some(MathOp::FDiv)) => {
                        nested::<n::FSub, n::FDiv, _, _>(trees, a, b, visit)
                    }
                    _ => false,
                },
            }
        }
        Tree::At { .. }
        | Tree::Compare { .. }
        | Tree::Field { .. }
        | Tree::FieldAt { .. }
        | Tree::Tag(_)
        | Tree::Len(_) => false,
    }
}

/// A leaf, or a product of a slot with a slot or a field of an element.
pub(crate) fn factor(trees: &Trees, tree: Tree, visit: impl Visit<f64>) -> bool {
    let Tree::Math { op: MathOp::FMul, a, b, .. } = tree else { return leaf(tree, visit) };
    match (trees[a as usize], trees[b as usize]) {
        (Tree::Slot(a), Tree::Slot(b)) => visit.visit(bin::<n::FMul, _, _>(slot(a), slot(b))),
        (Tree::Slot(a), Tree::FieldAt { list, index, place, .. }) => {
            visit.visit(bin::<n::FMul, _, _>(slot(a), part_at(list, index, place)));
        }
        _ => return false,
    }
    true
}

struct WithElement<O, V> {
    left: u16,
    visit: V,
    op: PhantomData<O>,
}

impl<O: Binary, V: Visit<O::Out>> Visit<O::B> for WithElement<O, V> {
    fn visit<E: Expr<Out = O::B>>(self, element: E) {
        self.visit.visit(bin::<O, _, _>(slot::<O::A>(self.left), element));
    }
}

/// `x o list[index]` with a slot on the left.
fn with_element<O, T, V>(trees: &Trees, a: Tree, b: Tree, visit: V) -> bool
where
    T: Word,
    O: Binary<B = T>,
    V: Visit<O::Out>,
{
    let (Tree::Slot(left), Tree::At { list, index, .. }) = (a, b) else { return false };
    element::<T>(trees, list, index, WithElement::<O, V> { left, visit, op: PhantomData })
}

fn is_product_with_element(trees: &Trees, product: Tree) -> bool {
    matches!(product, Tree::Math { b, .. } if matches!(trees[b as usize], Tree::At { .. }))
}

struct AddTo<V> {
    sum: u16,
    visit: V,
}

impl<V: Visit<f64>> Visit<f64> for AddTo<V> {
    fn visit<E: Expr<Out = f64>>(self, product: E) {
        self.visit.visit(bin::<n::FAdd, _, _>(slot(self.sum), product));
    }
}

/// `s + x * list[index]`, the heart of every product of matrices.
fn add_product_with_element(trees: &Trees, a: Tree, b: Tree, visit: impl Visit<f64>) -> bool {
    let (Tree::Slot(sum), Tree::Math { a: x, b: y, .. }) = (a, b) else { return false };
    let (x, y) = (trees[x as usize], trees[y as usize]);
    with_element::<n::FMul, f64, _>(trees, x, y, AddTo { sum, visit })
}

fn is_product_of_three(trees: &Trees, product: Tree) -> bool {
    matches!(product, Tree::Math { a, .. } if inner_op(trees[a as usize]) == Some(MathOp::FMul))
}

/// `w * x * y + z`, `w` possibly a constant.
fn product_of_three(trees: &Trees, a: Tree, b: Tree, visit: impl Visit<f64>) -> bool {
    let (Tree::Math { a: first, b: y, .. }, Tree::Slot(z)) = (a, b) else { return false };
    let Tree::Math { a: w, b: x, .. } = trees[first as usize] else { return false };
    let (w, Tree::Slot(x), Tree::Slot(y)) = (trees[w as usize], trees[x as usize], trees[y as usize]) else {
        return false;
    };
    match w {
        Tree::Slot(w) => {
            let inner = bin::<n::FMul, _, _>(bin::<n::FMul, _, _>(slot(w), slot(x)), slot(y));
            visit.visit(bin::<n::FAdd, _, _>(inner, slot(z)));
        }
        Tree::Const(w) => {
            let inner = bin::<n::FMul, _, _>(bin::<n::FMul, _, _>(K(f64::from_bits(w)), slot(x)), slot(y));
            visit.visit(bin::<n::FAdd, _, _>(inner, slot(z)));
        }
        _ => return false,
    }
    true
}

/// Says only whether a tree fits one step.
struct Probe;

impl<T> Visit<T> for Probe {
    fn visit<E: Expr<Out = T>>(self, _: E) {}
}

/// Whether a tree fits one step.
pub(crate) fn fits(trees: &Trees, tree: Tree, class: Class) -> bool {
    match class {
        Class::Int => int(trees, tree, Probe),
        Class::Float => float(trees, tree, Probe),
        Class::Bool => condition(trees, tree, Probe),
    }
}

/// `w * x o y * z` on slots.
fn products<O, V>(trees: &Trees, a: Tree, b: Tree, visit: V) -> bool
where
    O: Binary<A = f64, B = f64>,
    V: Visit<O::Out>,
{
    let (Tree::Math { a: w, b: x, .. }, Tree::Math { a: y, b: z, .. }) = (a, b) else { return false };
    let at = |tree: u32| trees[tree as usize];
    let (Tree::Slot(w), Tree::Slot(x), Tree::Slot(y), Tree::Slot(z)) = (at(w), at(x), at(y), at(z)) else {
        return false;
    };
    visit.visit(bin::<O, _, _>(
        bin::<n::FMul, _, _>(slot(w), slot(x)),
        bin::<n::FMul, _, _>(slot(y), slot(z)),
    ));
    true
}

/// Any condition that fits one step.
pub(crate) fn condition(trees: &Trees, tree: Tree, visit: impl Visit<bool>) -> bool {
    match tree {
        Tree::Slot(_) => leaf(tree, visit),
        Tree::At { list, index, class: Class::Bool, .. } => element(trees, list, index, visit),
        Tree::Field { slot, place, class: Class::Bool } => {
            visit.visit(part(slot, place));
            true
        }
        Tree::FieldAt { list, index, place, class: Class::Bool, .. } => {
            visit.visit(part_at(list, index, place));
            true
        }
        Tree::Unary { op, a, .. } => {
            let Tree::Slot(a) = trees[a as usize] else { return false };
            operator!(op, UnaryOp, O, [BNot FIsNan], unary::<O, _>(a, visit))
        }
        Tree::Math { op, a, b, .. } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            operator!(
                op, MathOp, O,
                [BAnd BOr BXor AddOverflows SubOverflows MulOverflows DivOverflows PowOverflows],
                flat::<O, _>(a, b, visit)
            )
        }
        Tree::Compare { op, float: false, a, b } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            operator!(op, CompareOp, O, [Eq Ne Lt Le Gt Ge], compare_int::<O, _>(trees, a, b, visit))
        }
        Tree::Compare { op, float: true, a, b } => {
            let (a, b) = (trees[a as usize], trees[b as usize]);
            match op {
                CompareOp::Eq => compare_float::<n::FEq, _>(trees, a, b, visit),
                CompareOp::Ne => compare_float::<n::FNe, _>(trees, a, b, visit),
                CompareOp::Lt => compare_float::<n::FLt, _>(trees, a, b, visit),
                CompareOp::Le => compare_float::<n::FLe, _>(trees, a, b, visit),
                CompareOp::Gt => compare_float::<n::FGt, _>(trees, a, b, visit),
                CompareOp::Ge => compare_float::<n::FGe, _>(trees, a, b, visit),
            }
        }
        Tree::At { .. }
        | Tree::Const(_)
        | Tree::Field { .. }
        | Tree::FieldAt { .. }
        | Tree::Tag(_)
        | Tree::Len(_) => false,
    }
}

fn compare_int<O: Binary<A = i64, B = i64, Out = bool>, V: Visit<bool>>(
    trees: &Trees,
    a: Tree,
    b: Tree,
    visit: V,
) -> bool {
    match (a, b) {
        (_, Tree::At { class: Class::Int, .. }) => return with_element::<O, _, _>(trees, a, b, visit),
        (Tree::Tag(at), Tree::Const(variant)) => {
            visit.visit(bin::<O, _, _>(TagOf(at), K(i64::from_bits(variant))));
            return true;
        }
        _ if is_field(a) || is_field(b) => return fields::<O, V>(a, b, visit),
        _ if is_len(a) || is_len(b) => return lens::<O, V>(a, b, visit),
        _ => {}
    }
    let Tree::Math { op, a: x, b: y, .. } = a else { return flat::<O, V>(a, b, visit) };
    let (x, y) = (trees[x as usize], trees[y as usize]);
    if let Some((exponent, false)) = power_of_two(op, y) {
        return compare_inner::<O, n::RemPower, V>(x, exponent, b, visit);
    }
    match op {
        MathOp::Rem => compare_inner::<O, n::Rem, V>(x, y, b, visit),
        MathOp::And => compare_inner::<O, n::And, V>(x, y, b, visit),
        MathOp::Mul => compare_inner::<O, n::Mul, V>(x, y, b, visit),
        MathOp::Add => compare_inner::<O, n::Add, V>(x, y, b, visit),
        _ => false,
    }
}

/// `x o2 y ? z` on leaves.
fn compare_inner<O, I, V>(x: Tree, y: Tree, z: Tree, visit: V) -> bool
where
    O: Binary<A = i64, B = i64, Out = bool>,
    I: Binary<A = i64, B = i64, Out = i64>,
    V: Visit<bool>,
{
    match (x, y, z) {
        (Tree::Slot(x), Tree::Slot(y), Tree::Slot(z)) => {
            visit.visit(bin::<O, _, _>(bin::<I, _, _>(slot(x), slot(y)), slot(z)));
        }
        (Tree::Slot(x), Tree::Slot(y), Tree::Const(z)) => {
            visit.visit(bin::<O, _, _>(bin::<I, _, _>(slot(x), slot(y)), K(i64::from_bits(z))));
        }
        (Tree::Slot(x), Tree::Const(y), Tree::Const(z)) => {
            let inner = bin::<I, _, _>(slot(x), K(i64::from_bits(y)));
            visit.visit(bin::<O, _, _>(inner, K(i64::from_bits(z))));
        }
        (Tree::Slot(x), Tree::Const(y), Tree::Slot(z)) => {
            let inner = bin::<I, _, _>(slot(x), K(i64::from_bits(y)));
            visit.visit(bin::<O, _, _>(inner, slot(z)));
        }
        _ => return false,
    }
    true
}

struct CompareSum<O, V> {
    to: Tree,
    visit: V,
    op: PhantomData<O>,
}

impl<O: Binary<A = f64, B = f64, Out = bool>, V: Visit<bool>> Visit<f64> for CompareSum<O, V> {
    fn visit<E: Expr<Out = f64>>(self, sum: E) {
        match self.to {
            Tree::Slot(at) => self.visit.visit(bin::<O, _, _>(sum, slot(at))),
            Tree::Const(bits) => self.visit.visit(bin::<O, _, _>(sum, K(f64::from_bits(bits)))),
            _ => unreachable!("`compare_float` passes leaves"),
        }
    }
}

fn compare_float<O: Binary<A = f64, B = f64, Out = bool>, V: Visit<bool>>(
    trees: &Trees,
    a: Tree,
    b: Tree,
    visit: V,
) -> bool {
    match a {
        Tree::Math { op: MathOp::FAdd, a: x, b: y, .. } if b.is_leaf() => {
            let (x, y) = (trees[x as usize], trees[y as usize]);
            let visit = CompareSum::<O, V> { to: b, visit, op: PhantomData };
            match (inner_op(x), inner_op(y)) {
                (Some(MathOp::FMul), Some(MathOp::FMul)) => products::<n::FAdd, _>(trees, x, y, visit),
                (None, None) => flat::<n::FAdd, _>(x, y, visit),
                _ => false,
            }
        }
        _ if is_field(a) || is_field(b) => fields::<O, V>(a, b, visit),
        _ => flat::<O, V>(a, b, visit),
    }
}

/// Whether the operator can trap.
pub(crate) fn math_traps(op: MathOp) -> bool {
    matches!(
        op,
        MathOp::Add
            | MathOp::Sub
            | MathOp::Mul
            | MathOp::Div
            | MathOp::Rem
            | MathOp::Shl
            | MathOp::Shr
            | MathOp::Pow
            | MathOp::DivEuclid
            | MathOp::RemEuclid
    )
}

/// Whether the operator can trap.
pub(crate) fn unary_traps(op: UnaryOp) -> bool {
    matches!(op, UnaryOp::Neg | UnaryOp::Abs)
}

/// How a type's values are read inside of steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Int,
    Float,
    Bool,
}

/// The class of a plain type.
pub(crate) fn class(ty: Ty) -> Class {
    match ty {
        Ty::F64 => Class::Float,
        Ty::BOOL => Class::Bool,
        _ => Class::Int,
    }
}
