//! Vectors and matrices: their types, and the functions and methods on them.
//!
//! A side of a shape is a type too: a number, a variable, or a type parameter. So `vec[N]` is found out as `[T]` is, and the
//! length of `zeros()` comes from where it is used.

use crate::types::{Head, Type, TypeTable};
use nda_graph::{TensorOp, TensorShape};
use nda_syntax::tree::BinaryOp;

/// What a call or method on tensors does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnTensor {
    /// An operator of the graph.
    Op(TensorOp),
    /// `weights("b3:…")`.
    Weights,
    /// `zeros()`.
    Zeros,
    /// `v.len()`.
    Len,
    /// `vec[x]`, written like an element.
    One,
}

/// The language's function on tensors of this name.
pub(crate) fn function(name: &str) -> Option<OnTensor> {
    Some(OnTensor::Op(match name {
        "weights" => return Some(OnTensor::Weights),
        "zeros" => return Some(OnTensor::Zeros),
        "dot" => TensorOp::Dot,
        "gemv" => TensorOp::Gemv,
        "gemv_q2" => TensorOp::GemvQ2,
        "rms_norm" => TensorOp::RmsNorm,
        "layer_norm" => TensorOp::LayerNorm,
        "relu" => TensorOp::Relu,
        "silu" => TensorOp::Silu,
        "gelu" => TensorOp::Gelu,
        "softmax" => TensorOp::Softmax,
        "argmax" => TensorOp::Argmax,
        "vec::from" => TensorOp::FromList,
        _ => return None,
    }))
}

/// The methods of vectors.
pub(crate) const METHODS: [(&str, OnTensor); 4] = [
    ("len", OnTensor::Len),
    ("to_list", OnTensor::Op(TensorOp::ToList)),
    ("part", OnTensor::Op(TensorOp::Part)),
    ("concat", OnTensor::Op(TensorOp::Concat)),
];

/// The operator on two vectors, or on a vector and a number.
pub(crate) fn operator(op: BinaryOp, by_number: bool) -> Option<TensorOp> {
    Some(match (op, by_number) {
        (BinaryOp::Add, false) => TensorOp::Add,
        (BinaryOp::Sub, false) => TensorOp::Subtract,
        (BinaryOp::Mul, false) => TensorOp::Multiply,
        (BinaryOp::Mul, true) => TensorOp::Scale,
        _ => return None,
    })
}

impl TypeTable {
    /// A side of a shape.
    pub(crate) fn side(&mut self, side: u32) -> Type {
        self.apply(Head::Side(side), &[])
    }

    /// `vec[len]`.
    pub(crate) fn vector(&mut self, len: Type) -> Type {
        self.apply(Head::Vector, &[len])
    }

    /// `mat[rows, columns]`.
    pub(crate) fn matrix(&mut self, rows: Type, columns: Type) -> Type {
        self.apply(Head::Matrix, &[rows, columns])
    }

    /// The type of tensors of a shape.
    pub(crate) fn shaped(&mut self, shape: TensorShape) -> Type {
        match shape {
            TensorShape::Vector(len) => {
                let len = self.side(len);
                self.vector(len)
            }
            TensorShape::Matrix(rows, columns) => {
                let (rows, columns) = (self.side(rows), self.side(columns));
                self.matrix(rows, columns)
            }
        }
    }

    /// N of `vec[N]`.
    pub(crate) fn len_of(&self, ty: Type) -> Option<Type> {
        self.applied(ty).filter(|found| found.head == Head::Vector).map(|found| found.args[0])
    }

    /// R and C of `mat[R, C]`.
    pub(crate) fn sides_of(&self, ty: Type) -> Option<(Type, Type)> {
        self.applied(ty)
            .filter(|found| found.head == Head::Matrix)
            .map(|found| (found.args[0], found.args[1]))
    }

    /// The number that a side is, if it is known.
    pub(crate) fn number_of(&self, side: Type) -> Option<u32> {
        match self.applied(side)?.head {
            Head::Side(side) => Some(side),
            _ => None,
        }
    }

    /// The shape of a type, if it is a tensor whose sides are known.
    pub(crate) fn shape_of(&self, ty: Type) -> Option<TensorShape> {
        if let Some(len) = self.len_of(ty) {
            return self.number_of(len).map(TensorShape::Vector);
        }
        let (rows, columns) = self.sides_of(ty)?;
        Some(TensorShape::Matrix(self.number_of(rows)?, self.number_of(columns)?))
    }

    /// Whether matrices are somewhere in values of a type, as far as it is known.
    pub(crate) fn has_matrix(&self, ty: Type) -> bool {
        let mut seen = vec![ty];
        let mut next = 0;
        while let Some(&ty) = seen.get(next) {
            next += 1;
            let Some(applied) = self.applied(self.resolve(ty).innermost()) else { continue };
            if applied.head == Head::Matrix {
                return true;
            }
            let mut parts = applied.args.to_vec();
            if let Head::Nominal(decl) = applied.head {
                parts.extend(self.decls.get(decl).own_field_types());
            }
            parts.into_iter().for_each(|part| {
                if !seen.contains(&part) {
                    seen.push(part);
                }
            });
        }
        false
    }
}
