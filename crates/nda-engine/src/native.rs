//! Rust types that are NDA types.

use nda_graph::{Ty, Value};

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

/// A tuple of arguments.
pub trait Arguments {
    /// Their types.
    fn types() -> Vec<Ty>;
    /// Their values.
    fn into_values(self) -> Vec<Value>;
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

/// What a host function may return: a value, or a value or an error text.
pub trait HostResult {
    /// The type of the value.
    type Value: Native;
    /// The value, or what went wrong.
    ///
    /// # Errors
    /// The function's own error.
    fn into_result(self) -> Result<Self::Value, String>;
}

impl<T: Native> HostResult for T {
    type Value = T;

    fn into_result(self) -> Result<T, String> {
        Ok(self)
    }
}

impl<T: Native> HostResult for Result<T, String> {
    type Value = T;

    fn into_result(self) -> Result<T, String> {
        self
    }
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
        }

        impl<Func, Out, $($name: Native),*> HostFunction<($($name,)*), Out> for Func
        where
            Func: Fn($($name),*) -> Out + Send + Sync + 'static,
            Out: HostResult,
        {
            fn params(&self) -> Vec<Ty> {
                vec![$($name::ty()),*]
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn call(&self, args: Vec<Value>) -> Result<Value, String> {
                let mut args = args.into_iter();
                $(
                    let $name = args.next().and_then($name::from_value).ok_or("an argument of another type")?;
                )*
                self($($name),*).into_result().map(Native::into_value)
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
