//! Rust types that are NDA types.

use nda_graph::types::{Form, NewVariant, Style};
use nda_graph::{EnumValue, Fields, Ty, Types, Value};

/// A Rust type with the values of an NDA type.
pub trait Native: Sized {
    /// The NDA type.
    fn ty() -> Ty;
    /// The NDA value.
    fn into_value(self) -> Value;
    /// The Rust value of an NDA value of this type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! native {
    ($($rust:ty, $ty:expr, $variant:ident;)*) => {$(
        impl Native for $rust {
            fn ty() -> Ty {
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
    fn ty() -> Ty {
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
    fn ty() -> Ty {
        T::ty().list_of().expect("lists of values nest at most 64 deep")
    }

    fn into_value(self) -> Value {
        Value::List { ty: Self::ty(), items: self.into_iter().map(Native::into_value).collect() }
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List { items, .. } => items.into_iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

/// What a host function says that was called with what it does not take.
pub(crate) const OTHER_ARGUMENTS: &str = "an argument of another type";

/// A tuple of arguments.
pub trait Arguments {
    /// Their types.
    fn types() -> Vec<Ty>;
    /// Their values.
    fn into_values(self) -> Vec<Value>;
    /// The arguments that have these values; `None` if one is of another type, or missing.
    fn from_values(values: Vec<Value>) -> Option<Self>
    where
        Self: Sized;
}

/// A Rust function that NDA programs may call.
pub trait HostFunction<A, R>: Send + Sync + 'static {
    /// The parameters' types.
    fn params(&self) -> Vec<Ty>;
    /// Calls it.
    ///
    /// # Errors
    /// What it says went wrong.
    fn call(&self, args: Vec<Value>) -> Result<Value, String>;
}

/// What a host function may return: a value, an option of one (NDA's `Option`), an [`Attempt`] (NDA's `Result`); or
/// `Result<one of these, String>`, whose error ends the run with a `HostError`.
pub trait HostResult {
    /// The type of the value, with what it is made of in `types`.
    fn ty_in(types: &mut Types) -> Ty;
    /// The value, or what went wrong.
    ///
    /// # Errors
    /// The function's own error.
    fn into_result(self) -> Result<Value, String>;
}

/// What the program itself may deal with if it fails: NDA's `Result<T, str>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt<T>(pub Result<T, String>);

impl<T: Native> HostResult for T {
    fn ty_in(_: &mut Types) -> Ty {
        T::ty()
    }

    fn into_result(self) -> Result<Value, String> {
        Ok(self.into_value())
    }
}

impl<T: Native> HostResult for Option<T> {
    fn ty_in(types: &mut Types) -> Ty {
        let name = format!("Option<{}>", T::ty());
        types.add(Form::Enum, &name, true, |_| vec![variant("None", None), variant("Some", Some(T::ty()))])
    }

    fn into_result(self) -> Result<Value, String> {
        Ok(match self {
            None => choice("None", 0, Fields::Unit),
            Some(value) => choice("Some", 1, Fields::Positional(vec![value.into_value()])),
        })
    }
}

impl<T: Native> HostResult for Attempt<T> {
    fn ty_in(types: &mut Types) -> Ty {
        let name = format!("Result<{}, str>", T::ty());
        types.add(Form::Enum, &name, true, |_| {
            vec![variant("Ok", Some(T::ty())), variant("Err", Some(Ty::STR))]
        })
    }

    fn into_result(self) -> Result<Value, String> {
        Ok(match self.0 {
            Ok(value) => choice("Ok", 0, Fields::Positional(vec![value.into_value()])),
            Err(text) => choice("Err", 1, Fields::Positional(vec![Value::Str(text)])),
        })
    }
}

impl<T: HostResult> HostResult for Result<T, String> {
    fn ty_in(types: &mut Types) -> Ty {
        T::ty_in(types)
    }

    fn into_result(self) -> Result<Value, String> {
        self?.into_result()
    }
}

fn variant(name: &str, payload: Option<Ty>) -> NewVariant<'_> {
    let style = if payload.is_some() { Style::Positional } else { Style::Unit };
    NewVariant { name, style, fields: payload.into_iter().map(|ty| ("", ty)).collect() }
}

fn choice(name: &str, variant: u32, fields: Fields) -> Value {
    Value::Enum(Box::new(EnumValue { name: name.into(), variant, fields }))
}

macro_rules! tuples {
    ($(($($name:ident),*);)*) => {$(
        impl<$($name: Native),*> Arguments for ($($name,)*) {
            fn types() -> Vec<Ty> {
                vec![$($name::ty()),*]
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
                Some(($($name,)*))
            }
        }

        impl<Func, Out, $($name: Native),*> HostFunction<($($name,)*), Out> for Func
        where
            Func: Fn($($name),*) -> Out + Send + Sync + 'static,
            Out: HostResult,
        {
            fn params(&self) -> Vec<Ty> {
                <($($name,)*)>::types()
            }

            #[allow(non_snake_case)]
            fn call(&self, args: Vec<Value>) -> Result<Value, String> {
                let ($($name,)*) = Arguments::from_values(args).ok_or(OTHER_ARGUMENTS)?;
                self($($name),*).into_result()
            }
        }
    )*};
}

tuples! {
    ();
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
}
