//! What a source may name that it does not define: committed definitions and the host's functions.

use crate::in_place::InPlace;
use nda_graph::types::{Composite, Form};
use nda_graph::{Definition, Hash, Signature, Value};
use nda_tensor::Loaded;
use std::sync::Arc;

/// A definition that was checked before.
#[derive(Clone, PartialEq, Debug)]
pub struct External {
    /// Its name for ever.
    pub hash: Hash,
    /// What it takes and gives.
    pub signature: Signature,
    /// The value, if it is a constant.
    pub constant: Option<Value>,
    /// The capabilities its callers must declare.
    pub uses: Vec<String>,
    /// The path of the module outside of which it cannot be used; empty if there is none.
    pub within: String,
    /// The parameters that were written with `&mut`: what it gives ends with those, changed.
    pub in_place: InPlace,
    /// Whether it is a struct or enum: the result of its signature.
    pub is_type: bool,
    /// If the name is that of a `pub use`: the full path that this hands on. All else is of what that led to.
    pub hands_on: Option<String>,
}

impl External {
    fn composite(&self) -> Option<Composite<'_>> {
        let Signature { ret, types, .. } = &self.signature;
        self.is_type.then(|| types.view().composite(*ret)).flatten()
    }

    /// Whether a type is a struct or an enum; `None` for what is no type.
    pub(crate) fn form(&self) -> Option<Form> {
        self.composite().map(Composite::form)
    }

    /// Whether this is an enum with a variant of this name.
    pub(crate) fn has_variant(&self, name: &str) -> bool {
        let found = self.composite().filter(|found| found.form() == Form::Enum);
        found.is_some_and(|found| found.variants().any(|variant| variant.name() == name))
    }
}

/// A function that the host offers.
#[derive(Clone, PartialEq, Debug)]
pub struct HostFunction {
    /// The capability it is granted under.
    pub capability: String,
    /// What it takes and gives.
    pub signature: Signature,
}

/// Everything outside the source.
pub trait Scope {
    /// The committed definition of this name.
    fn definition(&self, name: &str) -> Option<External>;

    /// Whether there are committed definitions below this path.
    fn namespace(&self, path: &str) -> bool;

    /// The host function of this name, `clock::now`.
    fn host(&self, name: &str) -> Option<HostFunction>;

    /// The capabilities that can be declared.
    fn capabilities(&self) -> Vec<String>;

    /// Names near `name`, to suggest when it is unknown.
    fn near(&self, name: &str) -> Option<String>;

    /// A committed definition itself.
    fn stored(&self, hash: Hash) -> Option<Definition> {
        let _ = hash;
        None
    }

    /// The weights with this hash.
    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        let _ = hash;
        None
    }
}

/// Nothing but the language itself.
#[derive(Clone, Copy, Default, Debug)]
pub struct Empty;

impl Scope for Empty {
    fn definition(&self, _: &str) -> Option<External> {
        None
    }

    fn namespace(&self, _: &str) -> bool {
        false
    }

    fn host(&self, _: &str) -> Option<HostFunction> {
        None
    }

    fn capabilities(&self) -> Vec<String> {
        Vec::new()
    }

    fn near(&self, _: &str) -> Option<String> {
        None
    }
}
