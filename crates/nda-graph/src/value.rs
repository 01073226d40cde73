//! Values as the outside of a run sees them: arguments, results, constants.

use crate::node::NdaNode;
use crate::{DefinitionRef, Ty};
use std::fmt;

/// A value that stands on its own. Inside a run values are words and shared objects; this form crosses the border.
#[derive(Clone, Debug)]
pub enum Value {
    /// `()`.
    Unit,
    /// `true`, `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Str(String),
    /// A list; its own type says what an empty one would hold.
    List {
        /// The type of the list.
        ty: Ty,
        /// Its elements, all of `ty`'s element type.
        items: Vec<Value>,
    },
}

/// Values are the same if they have the same type and text: unlike `==` of the language, NaN is NaN.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Unit, Value::Unit) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List { ty, items }, Value::List { ty: other_ty, items: other }) => {
                ty == other_ty && items == other
            }
            _ => false,
        }
    }
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub fn ty(&self) -> Ty {
        match self {
            Value::Unit => Ty::UNIT,
            Value::Bool(_) => Ty::BOOL,
            Value::Int(_) => Ty::I64,
            Value::Float(_) => Ty::F64,
            Value::Str(_) => Ty::STR,
            Value::List { ty, .. } => *ty,
        }
    }

    /// Whether it is a value of type `ty`, elements included.
    #[must_use]
    pub fn is_of(&self, ty: Ty) -> bool {
        self.ty() == ty
            && match self {
                Value::List { items, .. } => {
                    let element = ty.element();
                    items.iter().all(|item| element.is_some_and(|element| item.is_of(element)))
                }
                _ => true,
            }
    }

    /// The value a constant's definition holds; `None` for any other definition.
    #[must_use]
    pub fn of_constant(view: DefinitionRef<'_>) -> Option<Value> {
        let mut stack: Vec<Value> = Vec::new();
        for node in view.nodes() {
            let value = match node {
                NdaNode::Unit => Value::Unit,
                NdaNode::Bool(value) => Value::Bool(value),
                NdaNode::Int(value) => Value::Int(value),
                NdaNode::Float(bits) => Value::Float(f64::from_bits(bits)),
                NdaNode::Text { start, len } => Value::Str(view.text(start, len).to_owned()),
                NdaNode::List { count, ty } => {
                    let from = stack.len().checked_sub(count as usize)?;
                    Value::List { ty, items: stack.split_off(from) }
                }
                _ => return None,
            };
            stack.push(value);
        }
        if stack.len() == 1 { stack.pop() } else { None }
    }
}

/// The language's text of a value: Rust's `{:?}`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unit => f.write_str("()"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(value) => write!(f, "{value:?}"),
            Value::Str(text) => write!(f, "{text:?}"),
            Value::List { items, .. } => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}
