//! Tensors in the graph: shapes, the operators on them, and what each takes and gives.
//!
//! A `vec[N]` or `mat[R, C]` is an entry of the table of types whose name says the shape, so that it goes wherever a type goes:
//! into signatures, lists, fields. How a tensor is computed with is for the tiers and `nda-tensor`; this file knows
//! shapes only.

use crate::op::names;
use crate::rejection::Reason;
use crate::types::{Composite, Form, Types, TypesRef};
use crate::{Hash, Ty};
use std::fmt::{self, Write as _};

/// The longest side of a tensor: a row's sum of products fits 32 bits on every path.
pub const MAX_SIDE: u32 = 1 << 18;

/// What stands before the digits of a hash in a program.
const PREFIX: &str = "b3:";

/// The shape of a tensor: each side is 1 to [`MAX_SIDE`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TensorShape {
    /// `vec[N]`: N `f32` numbers.
    Vector(u32),
    /// `mat[R, C]`: R×C weights of two bits.
    Matrix(u32, u32),
}

impl TensorShape {
    fn form(self) -> Form {
        match self {
            TensorShape::Vector(_) => Form::Vector,
            TensorShape::Matrix(..) => Form::Matrix,
        }
    }

    /// The shape that a name in a table says, if it is spelled as this crate spells it.
    fn read(form: Form, name: &str) -> Option<Self> {
        let inner = |prefix: &str| name.strip_prefix(prefix)?.strip_suffix(']');
        let shape = match form {
            Form::Vector => TensorShape::Vector(side(inner("vec[")?)?),
            Form::Matrix => {
                let (rows, columns) = inner("mat[")?.split_once(", ")?;
                TensorShape::Matrix(side(rows)?, side(columns)?)
            }
            _ => return None,
        };
        shape.fits().then_some(shape)
    }

    /// The shape of weights of the store: `floats` of one row are a vector. None if the language has no such tensors.
    #[must_use]
    pub fn of_weights(rows: usize, columns: usize, floats: bool) -> Option<Self> {
        let (rows, columns) = (u32::try_from(rows).ok()?, u32::try_from(columns).ok()?);
        let shape = match (floats, rows) {
            (false, _) => TensorShape::Matrix(rows, columns),
            (true, 1) => TensorShape::Vector(columns),
            (true, _) => return None,
        };
        shape.fits().then_some(shape)
    }

    /// Whether a type is written like this one.
    #[must_use]
    pub fn is_written(self, text: &str) -> bool {
        Self::read(self.form(), text) == Some(self)
    }

    /// Whether every side is within the limits.
    #[must_use]
    pub fn fits(self) -> bool {
        let side = |side| (1..=MAX_SIDE).contains(&side);
        match self {
            TensorShape::Vector(len) => side(len),
            TensorShape::Matrix(rows, columns) => side(rows) && side(columns),
        }
    }
}

/// A side of a shape, in its one spelling: no sign, no zero in front.
fn side(text: &str) -> Option<u32> {
    text.starts_with(|first| matches!(first, '1'..='9')).then(|| text.parse().ok())?
}

/// As it is written.
impl fmt::Display for TensorShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TensorShape::Vector(len) => write!(f, "vec[{len}]"),
            TensorShape::Matrix(rows, columns) => write!(f, "mat[{rows}, {columns}]"),
        }
    }
}

impl Composite<'_> {
    /// Its shape, if it is a tensor.
    #[must_use]
    pub fn tensor(self) -> Option<TensorShape> {
        TensorShape::read(self.form(), self.name())
    }
}

impl TypesRef<'_> {
    /// The shape of a type, if it is a tensor.
    #[must_use]
    pub fn tensor(self, ty: Ty) -> Option<TensorShape> {
        self.composite(ty)?.tensor()
    }
}

impl TypesRef<'_> {
    /// How long vectors of a type are.
    ///
    /// # Panics
    /// If it is no vector type of this table.
    #[must_use]
    pub fn vector_len(self, ty: Ty) -> usize {
        match self.tensor(ty) {
            Some(TensorShape::Vector(len)) => len as usize,
            _ => panic!("a verified vector has a vector type"),
        }
    }
}

impl Types {
    /// The type of tensors of a shape, which is added if it is not there.
    pub fn tensor(&mut self, shape: TensorShape) -> Ty {
        self.without_fields(shape.form(), &shape.to_string())
    }
}

impl Hash {
    /// Reads the name of weights as programs write it: `b3:` and 64 hex digits in lower case.
    #[must_use]
    pub fn parse_weights(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        // The bit that tells the case of a letter is set in digits too.
        let is_lower = digits.bytes().fold(u8::MAX, |all, digit| all & digit) & 0x20 != 0;
        Hash::parse(digits).filter(|_| is_lower)
    }

    /// The name of weights as programs write it.
    #[must_use]
    pub fn weights_text(&self) -> String {
        let mut text = String::with_capacity(PREFIX.len() + 2 * self.0.len());
        write!(text, "{PREFIX}{self}").expect("a string takes every text");
        text
    }
}

names! {
    /// Operators on tensors. Those that give a vector like their first operand write into it if nobody else holds it.
    TensorOp {
        /// `a + b`: `(vec[N], vec[N]) -> vec[N]`
        Add = "tensor_add";
        /// `a - b`: `(vec[N], vec[N]) -> vec[N]`
        Subtract = "tensor_subtract";
        /// `a * b`, element by element: `(vec[N], vec[N]) -> vec[N]`
        Multiply = "tensor_multiply";
        /// `a * s`: `(vec[N], f64) -> vec[N]`
        Scale = "tensor_scale";
        /// `relu(a)`: `(vec[N]) -> vec[N]`
        Relu = "relu";
        /// `silu(a)`: `(vec[N]) -> vec[N]`
        Silu = "silu";
        /// `gelu(a)`: `(vec[N]) -> vec[N]`
        Gelu = "gelu";
        /// `softmax(a)`: `(vec[N]) -> vec[N]`
        Softmax = "softmax";
        /// `rms_norm(a, gain, eps)`: `(vec[N], vec[N], f64) -> vec[N]`
        RmsNorm = "rms_norm";
        /// `layer_norm(a, gain, bias, eps)`: `(vec[N], vec[N], vec[N], f64) -> vec[N]`
        LayerNorm = "layer_norm";
        /// `dot(a, b)`: `(vec[N], vec[N]) -> f64`
        Dot = "dot";
        /// `gemv(w, x)`: `(mat[R, C], vec[C]) -> vec[R]`, activations of 8 bits
        Gemv = "gemv";
        /// `gemv_q2(w, x)`: `(mat[R, C], vec[C]) -> vec[R]`, activations of 2 bits
        GemvQ2 = "gemv_q2";
        /// `argmax(a)`: `(vec[N]) -> i64`
        Argmax = "argmax";
        /// `a[i]`: `(vec[N], i64) -> f64`
        At = "tensor_at";
        /// `a.to_list()`: `(vec[N]) -> [f64]`
        ToList = "to_list";
        /// `vec::from(xs)`: `([f64]) -> vec[N]`
        FromList = "vector_from";
        /// `vec[x; N]`, `zeros()`: `(f64) -> vec[N]`
        Fill = "vector_filled";
        /// `a.part(i)`: `(vec[N], i64) -> vec[M]`, M elements from i on
        Part = "tensor_part";
        /// `a.concat(b)`: `(vec[N], vec[M]) -> vec[N + M]`
        Concat = "tensor_concat";
        /// `a` with another number at `i`: `(vec[N], i64, f64) -> vec[N]`
        With = "tensor_with";
    }
}

impl TensorOp {
    /// How many operands it takes.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            TensorOp::Relu
            | TensorOp::Silu
            | TensorOp::Gelu
            | TensorOp::Softmax
            | TensorOp::Argmax
            | TensorOp::ToList
            | TensorOp::FromList
            | TensorOp::Fill => 1,
            TensorOp::RmsNorm | TensorOp::With => 3,
            TensorOp::LayerNorm => 4,
            _ => 2,
        }
    }

    /// Whether it works on each element alone.
    #[must_use]
    pub const fn is_on_each(self) -> bool {
        matches!(
            self,
            TensorOp::Add
                | TensorOp::Subtract
                | TensorOp::Multiply
                | TensorOp::Scale
                | TensorOp::Relu
                | TensorOp::Silu
                | TensorOp::Gelu
        )
    }

    /// Whether its result takes the place of its first operand, which it therefore owns.
    #[must_use]
    pub const fn is_in_place(self) -> bool {
        self.is_on_each()
            || matches!(self, TensorOp::Softmax | TensorOp::RmsNorm | TensorOp::LayerNorm | TensorOp::With)
    }

    /// Whether operand `index` is only looked at and may be borrowed.
    #[must_use]
    pub const fn reads(self, index: usize) -> bool {
        !(self.is_in_place() && index == 0)
    }

    /// Whether operands of these types give a result of type `ty`.
    pub(crate) fn check(self, operands: &[Ty], ty: Ty, types: TypesRef<'_>) -> Result<(), Reason> {
        let vector = |index: usize| match types.tensor(operands[index]) {
            Some(TensorShape::Vector(len)) => Ok(len),
            _ => Err(Reason::OperandKind { wanted: "a vector", found: operands[index] }),
        };
        let plain = |index: usize, wanted: Ty| match operands[index] {
            found if found == wanted || found == Ty::NEVER => Ok(()),
            found => Err(Reason::Operand { index, wanted, found }),
        };
        // A vector's type stands once in its table, so equal shapes are equal types.
        let alike = |index: usize| plain(index, operands[0]);
        let gives = |wanted: Option<TensorShape>| {
            if wanted.is_some() && types.tensor(ty) == wanted { Ok(()) } else { Err(Reason::Type(ty)) }
        };
        let is = |wanted: Ty| if ty == wanted { Ok(()) } else { Err(Reason::Type(ty)) };
        let floats = Ty::F64.list_of().unwrap_or(Ty::F64);
        match self {
            TensorOp::Add | TensorOp::Subtract | TensorOp::Multiply | TensorOp::Dot => {
                vector(0)?;
                alike(1)?;
                is(if self == TensorOp::Dot { Ty::F64 } else { operands[0] })
            }
            TensorOp::Scale => {
                vector(0)?;
                plain(1, Ty::F64)?;
                is(operands[0])
            }
            TensorOp::Relu | TensorOp::Silu | TensorOp::Gelu | TensorOp::Softmax => {
                vector(0)?;
                is(operands[0])
            }
            TensorOp::RmsNorm | TensorOp::LayerNorm => {
                vector(0)?;
                (1..operands.len() - 1).try_for_each(alike)?;
                plain(operands.len() - 1, Ty::F64)?;
                is(operands[0])
            }
            TensorOp::Gemv | TensorOp::GemvQ2 => {
                let Some(TensorShape::Matrix(rows, columns)) = types.tensor(operands[0]) else {
                    return Err(Reason::OperandKind { wanted: "a matrix", found: operands[0] });
                };
                if vector(1)? != columns {
                    return Err(Reason::OperandKind {
                        wanted: "a vector as long as a row of the matrix",
                        found: operands[1],
                    });
                }
                gives(Some(TensorShape::Vector(rows)))
            }
            TensorOp::Argmax => {
                vector(0)?;
                is(Ty::I64)
            }
            TensorOp::At => {
                vector(0)?;
                plain(1, Ty::I64)?;
                is(Ty::F64)
            }
            TensorOp::With => {
                vector(0)?;
                plain(1, Ty::I64)?;
                plain(2, Ty::F64)?;
                is(operands[0])
            }
            TensorOp::ToList => {
                vector(0)?;
                is(floats)
            }
            TensorOp::FromList | TensorOp::Fill => {
                plain(0, if self == TensorOp::Fill { Ty::F64 } else { floats })?;
                vector_type(ty, types)
            }
            TensorOp::Part => {
                vector(0)?;
                plain(1, Ty::I64)?;
                vector_type(ty, types)
            }
            TensorOp::Concat => gives(Some(TensorShape::Vector(vector(0)? + vector(1)?))),
        }
    }
}

fn vector_type(ty: Ty, types: TypesRef<'_>) -> Result<(), Reason> {
    match types.tensor(ty) {
        Some(TensorShape::Vector(_)) => Ok(()),
        _ => Err(Reason::Type(ty)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_one_spelling_and_one_type_in_a_table() {
        let mut types = Types::default();
        let vector = types.tensor(TensorShape::Vector(896));
        let matrix = types.tensor(TensorShape::Matrix(128, 896));
        assert_eq!(types.tensor(TensorShape::Vector(896)), vector);
        assert_eq!(types.view().tensor(matrix), Some(TensorShape::Matrix(128, 896)));
        assert_eq!(types.view().show(matrix).to_string(), "mat[128, 896]");
        for name in ["vec[0]", "vec[01]", "vec[+1]", "vec[262145]", "vec[1,]", "mat[1, 2]"] {
            assert_eq!(TensorShape::read(Form::Vector, name), None, "{name}");
        }
    }

    #[test]
    fn the_hash_of_weights_has_one_spelling() {
        let hash = Hash([0xab; 32]);
        assert_eq!(Hash::parse_weights(&hash.weights_text()), Some(hash));
        assert_eq!(Hash::parse_weights(&hash.weights_text().to_uppercase()), None);
        assert_eq!(Hash::parse_weights(&format!("b3:{}", hash.to_string().to_uppercase())), None);
        assert_eq!(Hash::parse_weights(&hash.to_string()), None);
    }
}
