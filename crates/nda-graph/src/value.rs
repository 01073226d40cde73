//! Values as the outside of a run sees them: arguments, results, constants.

use crate::node::NdaNode;
use crate::types::{Composite, Form, Style, Variant};
use crate::{DefinitionRef, Hash, TensorShape, Ty, TypesRef};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

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
    /// A tuple.
    Tuple(Vec<Value>),
    /// A map: its keys, sorted, and their values, two lists.
    Map(Box<[Value; 2]>),
    /// A struct.
    Struct(Box<StructValue>),
    /// A value of an enum, `Option` and `Result` among them.
    Enum(Box<EnumValue>),
    /// A vector.
    Vector(Arc<[f32]>),
    /// A tensor that stands in the store.
    Weights(WeightsValue),
}

/// `weights("b3:…")`.
#[derive(Clone, PartialEq, Debug)]
pub struct WeightsValue {
    /// What names its bytes.
    pub hash: Hash,
    /// Its type as it is written, `mat[128, 896]`.
    pub ty: Arc<str>,
}

/// `P { x: 1 }`.
#[derive(Clone, PartialEq, Debug)]
pub struct StructValue {
    /// `P`.
    pub name: Arc<str>,
    /// In the order of the type.
    pub fields: Fields,
}

/// `Some(1)`.
#[derive(Clone, PartialEq, Debug)]
pub struct EnumValue {
    /// The name of the variant, `Some`.
    pub name: Arc<str>,
    /// Its number in the type.
    pub variant: u32,
    /// In the order of the variant.
    pub fields: Fields,
}

/// What a struct or a variant holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Fields {
    /// Nothing: `None`.
    Unit,
    /// `(1, 2)`.
    Positional(Vec<Value>),
    /// `{ x: 1 }`.
    Named(Vec<(Arc<str>, Value)>),
}

/// How deeply a value that leaves a run may be nested: whoever works on one by recursion may rely on it.
pub const MAX_VALUE_DEPTH: u32 = 1_000;

impl Fields {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Fields::Unit => 0,
            Fields::Positional(items) => items.len(),
            Fields::Named(items) => items.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let (positional, named): (&[Value], &[(Arc<str>, Value)]) = match self {
            Fields::Unit => (&[], &[]),
            Fields::Positional(items) => (items, &[]),
            Fields::Named(items) => (&[], items),
        };
        positional.iter().chain(named.iter().map(|(_, value)| value))
    }

    /// The fields of a variant, from their values in order.
    ///
    /// # Panics
    /// If there are more or fewer values than the variant has fields.
    #[must_use]
    pub fn of(variant: Variant<'_>, values: Vec<Value>) -> Self {
        assert_eq!(values.len(), variant.field_count(), "one value for each field");
        match variant.style() {
            Style::Unit => Fields::Unit,
            Style::Positional => Fields::Positional(values),
            Style::Named => {
                let names = (0..values.len()).map(|index| variant.field_name(index).into());
                Fields::Named(names.zip(values).collect())
            }
        }
    }
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
                // The number of a composite type means nothing outside of its table.
                let alike = ty.has_composite_base() && other_ty.has_composite_base();
                (ty == other_ty || alike && ty.list_depth() == other_ty.list_depth()) && items == other
            }
            (Value::Tuple(a), Value::Tuple(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            (Value::Struct(a), Value::Struct(b)) => a == b,
            (Value::Enum(a), Value::Enum(b)) => a == b,
            (Value::Vector(a), Value::Vector(b)) => {
                let alike = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                a.len() == b.len() && a.iter().zip(&**b).all(alike)
            }
            (Value::Weights(a), Value::Weights(b)) => a == b,
            _ => false,
        }
    }
}

impl Value {
    /// A composite value.
    ///
    /// # Panics
    /// If the type has no such variant, or one of other fields.
    #[must_use]
    pub fn composite(composite: Composite<'_>, variant: u32, values: Vec<Value>) -> Self {
        let shape = composite.variant(variant as usize);
        match composite.form() {
            Form::Tuple => Value::Tuple(values),
            // They have no fields, and are made of numbers.
            Form::Vector | Form::Matrix => Value::Tuple(values),
            Form::Map => match <[Value; 2]>::try_from(values) {
                Ok(lists) => Value::Map(Box::new(lists)),
                Err(values) => Value::Tuple(values),
            },
            Form::Struct => {
                let fields = Fields::of(shape, values);
                Value::Struct(Box::new(StructValue { name: composite.plain_name().into(), fields }))
            }
            Form::Enum => {
                let fields = Fields::of(shape, values);
                Value::Enum(Box::new(EnumValue { name: shape.name().into(), variant, fields }))
            }
        }
    }

    /// A map without entries.
    fn empty_map(composite: Composite<'_>) -> Self {
        let lists = composite.variant(0).fields().map(|ty| Value::List { ty, items: Vec::new() });
        Value::composite(composite, 0, lists.collect())
    }

    /// How two values compare that can be keys of one map.
    fn key_order(&self, other: &Self) -> Ordering {
        let all = |a: &Fields, b: &Fields| {
            let mut parts = a.values().zip(b.values()).map(|(a, b)| a.key_order(b));
            parts.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            (Value::Tuple(a), Value::Tuple(b)) => {
                let mut parts = a.iter().zip(b).map(|(a, b)| a.key_order(b));
                parts.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            }
            (Value::Struct(a), Value::Struct(b)) => all(&a.fields, &b.fields),
            (Value::Enum(a), Value::Enum(b)) => {
                a.variant.cmp(&b.variant).then_with(|| all(&a.fields, &b.fields))
            }
            _ => Ordering::Equal,
        }
    }

    /// The elements of a list; none of any other value.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether weights of the store are somewhere in it: only constants have them, never what crosses the border of a run.
    #[must_use]
    pub fn has_weights(&self) -> bool {
        match self {
            Value::Weights(_) => true,
            Value::List { items, .. } | Value::Tuple(items) => items.iter().any(Value::has_weights),
            Value::Struct(record) => record.fields.values().any(Value::has_weights),
            Value::Enum(record) => record.fields.values().any(Value::has_weights),
            Value::Map(lists) => lists.iter().any(Value::has_weights),
            _ => false,
        }
    }

    /// Its type in words, as far as the value itself says it: of a struct or a variant only the name.
    #[must_use]
    pub fn type_text(&self) -> String {
        match self {
            Value::Unit => "()".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Int(_) => "i64".to_owned(),
            Value::Float(_) => "f64".to_owned(),
            Value::Str(_) => "str".to_owned(),
            Value::List { ty, items } if ty.has_composite_base() => {
                items.first().map_or("[]".to_owned(), |item| format!("[{}]", item.type_text()))
            }
            Value::List { ty, .. } => ty.to_string(),
            Value::Tuple(items) => {
                let parts: Vec<String> = items.iter().map(Value::type_text).collect();
                format!("({})", parts.join(", "))
            }
            Value::Map(lists) => {
                let part = |list: &Value| list.items().first().map_or("_".to_owned(), Value::type_text);
                format!("Map<{}, {}>", part(&lists[0]), part(&lists[1]))
            }
            Value::Struct(record) => record.name.to_string(),
            Value::Enum(record) => record.name.to_string(),
            Value::Vector(elements) => format!("vec[{}]", elements.len()),
            Value::Weights(weights) => weights.ty.to_string(),
        }
    }

    /// Whether it is a value of type `ty` of a table, elements and fields included.
    #[must_use]
    pub fn is_of(&self, types: TypesRef<'_>, ty: Ty) -> bool {
        let all = |values: &[&Value], variant: Variant<'_>| {
            values.len() == variant.field_count()
                && values.iter().zip(variant.fields()).all(|(value, ty)| value.is_of(types, ty))
        };
        match self {
            Value::Unit => ty == Ty::UNIT,
            Value::Bool(_) => ty == Ty::BOOL,
            Value::Int(_) => ty == Ty::I64,
            Value::Float(_) => ty == Ty::F64,
            Value::Str(_) => ty == Ty::STR,
            Value::List { ty: own, items } => {
                let alike = own.has_composite_base()
                    && ty.has_composite_base()
                    && own.list_depth() == ty.list_depth();
                (*own == ty || alike)
                    && ty.element().is_some_and(|element| items.iter().all(|item| item.is_of(types, element)))
            }
            _ => {
                let Some(composite) = types.composite(ty) else { return false };
                let fits = |fields: &Fields, variant: Variant<'_>| {
                    let style = match fields {
                        Fields::Unit => Style::Unit,
                        Fields::Positional(_) => Style::Positional,
                        Fields::Named(named) => {
                            let names = (0..variant.field_count()).map(|index| variant.field_name(index));
                            if !names.eq(named.iter().map(|(name, _)| &**name)) {
                                return false;
                            }
                            Style::Named
                        }
                    };
                    style == variant.style() && all(&fields.values().collect::<Vec<_>>(), variant)
                };
                match (self, composite.form()) {
                    (Value::Tuple(items), Form::Tuple) => {
                        all(&items.iter().collect::<Vec<_>>(), composite.variant(0))
                    }
                    (Value::Map(lists), Form::Map) => {
                        let keys = lists[0].items();
                        keys.len() == lists[1].items().len()
                            && keys.is_sorted_by(|a, b| a.key_order(b).is_lt())
                            && all(&lists.iter().collect::<Vec<_>>(), composite.variant(0))
                    }
                    (Value::Vector(elements), Form::Vector) => {
                        composite.tensor() == u32::try_from(elements.len()).ok().map(TensorShape::Vector)
                    }
                    (Value::Weights(weights), Form::Vector | Form::Matrix) => {
                        *weights.ty == *composite.name()
                    }
                    (Value::Struct(record), Form::Struct) => {
                        *record.name == *composite.plain_name() && fits(&record.fields, composite.variant(0))
                    }
                    (Value::Enum(record), Form::Enum) => {
                        let variant = record.variant as usize;
                        variant < composite.variant_count()
                            && composite.variant(variant).name() == &*record.name
                            && fits(&record.fields, composite.variant(variant))
                    }
                    _ => false,
                }
            }
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
                NdaNode::Construct { variant, ty } => {
                    let composite = view.types().composite(ty)?;
                    let from = stack.len().checked_sub(composite.made_of(variant.into()).len())?;
                    match composite.form() {
                        Form::Map => Value::empty_map(composite),
                        _ => Value::composite(composite, variant.into(), stack.split_off(from)),
                    }
                }
                NdaNode::Vector { ty } => {
                    let Some(TensorShape::Vector(len)) = view.types().tensor(ty) else { return None };
                    let from = stack.len().checked_sub(len as usize)?;
                    let elements = stack.split_off(from).into_iter().map(|element| match element {
                        // Rounded to the nearest, as the operator does.
                        Value::Float(element) => Some(element as f32),
                        _ => None,
                    });
                    Value::Vector(elements.collect::<Option<_>>()?)
                }
                NdaNode::Weights { ty } => {
                    let Some(Value::Str(name)) = stack.pop() else { return None };
                    let hash = Hash::parse_weights(&name)?;
                    Value::Weights(WeightsValue { hash, ty: view.types().composite(ty)?.name().into() })
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
                write_all(f, items)?;
                f.write_str("]")
            }
            Value::Tuple(items) => {
                f.write_str("(")?;
                write_all(f, items)?;
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Value::Map(lists) => {
                f.write_str("{")?;
                for (index, (key, value)) in lists[0].items().iter().zip(lists[1].items()).enumerate() {
                    write!(f, "{}{key}: {value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            Value::Struct(record) => write_record(f, &record.name, &record.fields),
            Value::Enum(record) => write_record(f, &record.name, &record.fields),
            Value::Vector(elements) => {
                f.write_str("vec")?;
                f.debug_list().entries(&**elements).finish()
            }
            Value::Weights(weights) => write!(f, "weights({:?})", weights.hash.weights_text()),
        }
    }
}

fn write_all(f: &mut fmt::Formatter<'_>, items: &[Value]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write!(f, "{item}")?;
    }
    Ok(())
}

fn write_record(f: &mut fmt::Formatter<'_>, name: &str, fields: &Fields) -> fmt::Result {
    f.write_str(name)?;
    match fields {
        fields if fields.is_empty() => Ok(()),
        Fields::Unit => Ok(()),
        Fields::Positional(items) => {
            f.write_str("(")?;
            write_all(f, items)?;
            f.write_str(")")
        }
        Fields::Named(items) => {
            f.write_str(" { ")?;
            for (index, (name, value)) in items.iter().enumerate() {
                write!(f, "{}{name}: {value}", if index == 0 { "" } else { ", " })?;
            }
            f.write_str(" }")
        }
    }
}
