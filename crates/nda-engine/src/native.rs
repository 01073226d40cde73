//! Rust types that are NDA types.

use nda_graph::types::{Form, NewVariant, Style};
use nda_graph::{EnumValue, Fields, Ty, Types, Value};
use std::collections::BTreeMap;

/// A Rust type with the values of an NDA type: `i64`, `f64`, `bool`, `()`, `String`; of such, `Vec<T>` is `[T]`, `Option<T>` and
/// `Result<T, E>` are themselves, tuples of one to six too, and `BTreeMap<K, V>` is `Map<K, V>`.
pub trait Native: Sized {
    /// The NDA type, with what it is made of in `types`.
    fn ty_in(types: &mut Types) -> Ty;
    /// The NDA value.
    fn into_value(self) -> Value;
    /// The Rust value of an NDA value of this type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! native {
    ($($rust:ty, $ty:expr, $variant:ident;)*) => {$(
        impl Native for $rust {
            fn ty_in(_: &mut Types) -> Ty {
                $ty
            }

            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}

native! {
    i64, Ty::I64, Int;
    f64, Ty::F64, Float;
    bool, Ty::BOOL, Bool;
    String, Ty::STR, Str;
}

impl Native for () {
    fn ty_in(_: &mut Types) -> Ty {
        Ty::UNIT
    }

    fn into_value(self) -> Value {
        Value::Unit
    }

    fn from_value(value: Value) -> Option<Self> {
        matches!(value, Value::Unit).then_some(())
    }
}

impl<T: Native> Native for Vec<T> {
    /// # Panics
    /// If lists are nested deeper than NDA allows.
    fn ty_in(types: &mut Types) -> Ty {
        T::ty_in(types).list_of().expect("lists of values nest at most 64 deep")
    }

    fn into_value(self) -> Value {
        // Of lists of composite types, values know no more than that they are.
        let ty = <Self as Native>::ty_in(&mut Types::default());
        Value::List { ty, items: self.into_iter().map(Native::into_value).collect() }
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List { items, .. } => items.into_iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

impl<T: Native> Native for Option<T> {
    fn ty_in(types: &mut Types) -> Ty {
        let some = T::ty_in(types);
        let name = format!("Option<{}>", types.view().show(some));
        entry(types, Form::Enum, &name, vec![variant("None", None), variant("Some", Some(some))])
    }

    fn into_value(self) -> Value {
        match self {
            None => choice("None", 0, Fields::Unit),
            Some(value) => choice("Some", 1, Fields::Positional(vec![value.into_value()])),
        }
    }

    fn from_value(value: Value) -> Option<Self> {
        match payload(value)? {
            (0, None) => Some(None),
            (1, Some(value)) => T::from_value(value).map(Some),
            _ => None,
        }
    }
}

impl<T: Native, E: Native> Native for Result<T, E> {
    fn ty_in(types: &mut Types) -> Ty {
        let (ok, err) = (T::ty_in(types), E::ty_in(types));
        let name = format!("Result<{}, {}>", types.view().show(ok), types.view().show(err));
        entry(types, Form::Enum, &name, vec![variant("Ok", Some(ok)), variant("Err", Some(err))])
    }

    fn into_value(self) -> Value {
        match self {
            Ok(value) => choice("Ok", 0, Fields::Positional(vec![value.into_value()])),
            Err(error) => choice("Err", 1, Fields::Positional(vec![error.into_value()])),
        }
    }

    fn from_value(value: Value) -> Option<Self> {
        match payload(value)? {
            (0, Some(value)) => T::from_value(value).map(Ok),
            (1, Some(error)) => E::from_value(error).map(Err),
            _ => None,
        }
    }
}

/// A Rust type whose NDA type can be a key of a map. Rust orders its values as NDA does.
pub trait Key: Native + Ord {}

impl Key for i64 {}
impl Key for bool {}
impl Key for String {}
impl<T: Key> Key for Option<T> {}

impl<K: Key, V: Native> Native for BTreeMap<K, V> {
    /// # Panics
    /// If lists are nested deeper than NDA allows.
    fn ty_in(types: &mut Types) -> Ty {
        let parts = [K::ty_in(types), V::ty_in(types)];
        let lists = parts.map(|part| ("", part.list_of().expect("lists of values nest at most 64 deep")));
        entry(types, Form::Map, "", vec![fields(lists.to_vec())])
    }

    fn into_value(self) -> Value {
        let (keys, values): (Vec<K>, Vec<V>) = self.into_iter().unzip();
        Value::Map(Box::new([keys.into_value(), values.into_value()]))
    }

    fn from_value(value: Value) -> Option<Self> {
        let Value::Map(lists) = value else { return None };
        let [keys, values] = *lists;
        Some(Vec::<K>::from_value(keys)?.into_iter().zip(Vec::<V>::from_value(values)?).collect())
    }
}

/// The entry of a composite type of values on the heap. A type stands in a table once.
fn entry(types: &mut Types, form: Form, name: &str, variants: Vec<NewVariant<'_>>) -> Ty {
    let view = types.view();
    let known = view.all().find(|&known| {
        view.composite(known).is_some_and(|found| {
            found.form() == form
                && found.name() == name
                && found
                    .variants()
                    .map(|one| one.fields().collect::<Vec<_>>())
                    .eq(variants.iter().map(|one| one.fields.iter().map(|&(_, ty)| ty).collect::<Vec<_>>()))
        })
    });
    known.unwrap_or_else(|| types.add(form, name, true, |_| variants))
}

/// The variant of a value of an enum, and what it holds, if that is one thing or nothing.
fn payload(value: Value) -> Option<(u32, Option<Value>)> {
    let Value::Enum(found) = value else { return None };
    match found.fields {
        Fields::Unit => Some((found.variant, None)),
        Fields::Positional(mut values) if values.len() == 1 => Some((found.variant, values.pop())),
        _ => None,
    }
}

/// What a host function says that was called with what it does not take.
pub(crate) const OTHER_ARGUMENTS: &str = "an argument of another type";

/// A tuple of arguments.
pub trait Arguments {
    /// Their types, with what they are made of in `types`.
    fn types_in(types: &mut Types) -> Vec<Ty>;
    /// Their values.
    fn into_values(self) -> Vec<Value>;
    /// The arguments that have these values; `None` if one is of another type, or missing.
    fn from_values(values: Vec<Value>) -> Option<Self>
    where
        Self: Sized;
}

/// A Rust function that NDA programs may call.
pub trait HostFunction<A, R>: Send + Sync + 'static {
    /// The parameters' types, with what they are made of in `types`.
    fn params_in(&self, types: &mut Types) -> Vec<Ty>;
    /// Calls it.
    ///
    /// # Errors
    /// What it says went wrong.
    fn call(&self, args: Vec<Value>) -> Result<Value, String>;
}

/// What a host function may return: a [`Native`] value, or an [`Attempt`] (NDA's `Result`); or `Result<one of these, String>`, whose
/// error ends the run with a `HostError`.
pub trait HostResult {
    /// The type of the value, with what it is made of in `types`.
    fn ty_in(types: &mut Types) -> Ty;
    /// The value, or what went wrong.
    ///
    /// # Errors
    /// The function's own error.
    fn into_result(self) -> Result<Value, String>;
}

/// What the program itself may deal with if it fails: NDA's `Result<T, str>`. A host function's own `Result` is another thing, see
/// [`HostResult`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt<T>(pub Result<T, String>);

impl<T: Native> Native for Attempt<T> {
    fn ty_in(types: &mut Types) -> Ty {
        Result::<T, String>::ty_in(types)
    }

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn from_value(value: Value) -> Option<Self> {
        Native::from_value(value).map(Attempt)
    }
}

/// All that is [`Native`] but `Result`, which stands for something else here.
macro_rules! host_results {
    ($([$($name:ident: $bound:ident),*] $rust:ty;)*) => {$(
        impl<$($name: $bound),*> HostResult for $rust {
            fn ty_in(types: &mut Types) -> Ty {
                <Self as Native>::ty_in(types)
            }

            fn into_result(self) -> Result<Value, String> {
                Ok(self.into_value())
            }
        }
    )*};
}

host_results! {
    [] i64;
    [] f64;
    [] bool;
    [] String;
    [] ();
    [T: Native] Vec<T>;
    [T: Native] Option<T>;
    [T: Native] Attempt<T>;
    [K: Key, V: Native] BTreeMap<K, V>;
}

impl<T: HostResult> HostResult for Result<T, String> {
    fn ty_in(types: &mut Types) -> Ty {
        T::ty_in(types)
    }

    fn into_result(self) -> Result<Value, String> {
        self?.into_result()
    }
}

fn fields(fields: Vec<(&str, Ty)>) -> NewVariant<'_> {
    NewVariant { name: "", style: Style::Positional, fields }
}

fn variant(name: &str, payload: Option<Ty>) -> NewVariant<'_> {
    let style = if payload.is_some() { Style::Positional } else { Style::Unit };
    NewVariant { name, style, fields: payload.into_iter().map(|ty| ("", ty)).collect() }
}

fn choice(name: &str, variant: u32, fields: Fields) -> Value {
    Value::Enum(Box::new(EnumValue { name: name.into(), variant, fields }))
}

macro_rules! arguments {
    ($($name:ident),*) => {
        impl<$($name: Native),*> Arguments for ($($name,)*) {
            #[allow(unused_variables)]
            fn types_in(types: &mut Types) -> Vec<Ty> {
                vec![$($name::ty_in(types)),*]
            }

            #[allow(non_snake_case)]
            fn into_values(self) -> Vec<Value> {
                let ($($name,)*) = self;
                vec![$($name.into_value()),*]
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn from_values(values: Vec<Value>) -> Option<Self> {
                let mut values = values.into_iter();
                $(
                    let $name = values.next().and_then($name::from_value)?;
                )*
                values.next().is_none().then_some(($($name,)*))
            }
        }

        impl<Func, Out, $($name: Native),*> HostFunction<($($name,)*), Out> for Func
        where
            Func: Fn($($name),*) -> Out + Send + Sync + 'static,
            Out: HostResult,
        {
            fn params_in(&self, types: &mut Types) -> Vec<Ty> {
                <($($name,)*)>::types_in(types)
            }

            #[allow(non_snake_case)]
            fn call(&self, args: Vec<Value>) -> Result<Value, String> {
                let ($($name,)*) = Arguments::from_values(args).ok_or(OTHER_ARGUMENTS)?;
                self($($name),*).into_result()
            }
        }
    };
}

/// Of tuples that are values, too.
macro_rules! native_tuple {
    ($($name:ident),*) => {
        impl<$($name: Native),*> Native for ($($name,)*) {
            fn ty_in(types: &mut Types) -> Ty {
                let parts = vec![$(("", $name::ty_in(types))),*];
                entry(types, Form::Tuple, "", vec![fields(parts)])
            }

            fn into_value(self) -> Value {
                Value::Tuple(self.into_values())
            }

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Tuple(values) => Self::from_values(values),
                    _ => None,
                }
            }
        }

        impl<$($name: Key),*> Key for ($($name,)*) {}

        host_results! {
            [$($name: Native),*] ($($name,)*);
        }
    };
}

macro_rules! tuples {
    ($(($($name:ident),*);)*) => {$(
        arguments! { $($name),* }
        native_tuple! { $($name),* }
    )*};
}

arguments! {}

tuples! {
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
}
