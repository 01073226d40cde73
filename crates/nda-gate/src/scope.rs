//! What lies outside a submission: the head of a branch, and the engine's host functions.

use nda_check::{External, HostFunction, InPlace, Scope};
use nda_diagnostics::nearest;
use nda_engine::{Engine, Library, Loaded};
use nda_graph::types::Form;
use nda_graph::{Definition, DefinitionRef, Hash, Value, Verifier};
use nda_sitemap::Snapshot;
use nda_syntax::tree::ItemKind;
use std::cell::RefCell;
use std::sync::Arc;

/// A branch of a store as a library of definitions; or nothing at all, where there is no store.
#[derive(Clone, Copy)]
pub struct StoreLibrary<'s> {
    /// The state of the store.
    pub snapshot: Option<&'s Snapshot>,
    /// The branch whose names count.
    pub branch: &'s str,
}

impl Library for StoreLibrary<'_> {
    fn resolve(&self, name: &str) -> Option<Hash> {
        Some(self.snapshot?.name(self.branch, name).ok()??.definition)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        let bytes = self.snapshot?.definition(&hash).ok()?;
        Definition::from_bytes(bytes.to_vec(), &mut Verifier::default()).ok()
    }
}

/// Names looked through for a near one.
const NEAR: usize = 10_000;

/// The scope of a source: the library's names and the engine's host functions.
pub(crate) struct Outside<'s> {
    pub(crate) library: StoreLibrary<'s>,
    pub(crate) engine: &'s Engine,
    /// Where the names of what is generic are kept when they are asked for, if the answer is that there is no such thing: its
    /// text will be read along then.
    pub(crate) generic: Option<&'s RefCell<Vec<String>>>,
    /// Names of the library that count as none.
    pub(crate) gone: &'s [String],
}

/// The full path that a stored text hands on, if it is that of a `pub use`.
#[must_use]
pub fn hands_on(source: &str) -> Option<&str> {
    let path = source.strip_prefix("pub use crate::")?.split(';').next()?;
    Some(path.split(" as ").next().unwrap_or(path))
}

/// The text of a `pub use` that hands `to` on under the name that `path` ends with.
pub(crate) fn handing_on(to: &str, path: &str) -> String {
    let last = |path: &str| path.rsplit("::").next().map(str::to_owned).unwrap_or_default();
    let alias = if last(to) == last(path) { String::new() } else { format!(" as {}", last(path)) };
    format!("pub use crate::{to}{alias};")
}

/// Whether a committed definition is generic, and so is used through its text.
fn is_generic(view: DefinitionRef<'_>, source: Option<&str>) -> bool {
    // A function of a generic `impl` may have none of its type parameters in its types.
    view.types().parameters().next().is_some() || source.is_some_and(|source| source.contains("impl<"))
}

/// The parameters of which the text of a function says `&mut`. Nothing in its definition does.
#[must_use]
pub fn in_place(source: &str) -> InPlace {
    if !(source.contains('&') && source.contains("mut")) {
        return InPlace::default();
    }
    let (tree, _) = nda_syntax::parse(source);
    let function = tree.items.iter().find_map(|item| match item.kind {
        ItemKind::Fn { params, .. } => Some(InPlace::of(tree.params_of(params))),
        _ => None,
    });
    function.unwrap_or_default()
}

/// Whether what a function gives is, or ends with, something of the type of a parameter.
fn gives_what_it_takes(view: DefinitionRef<'_>) -> bool {
    let signature = view.signature();
    let ret = signature.ret();
    let last = signature.types().composite(ret).filter(|found| found.form() == Form::Tuple);
    let last = last.and_then(|tuple| tuple.variant(0).fields().last());
    signature.params().any(|param| param == ret || Some(param) == last)
}

impl Scope for Outside<'_> {
    fn definition(&self, name: &str) -> Option<External> {
        let snapshot = self.library.snapshot?;
        if self.gone.iter().any(|gone| gone == name) {
            return None;
        }
        let binding = snapshot.name(self.library.branch, name).ok()??;
        let hash = binding.definition;
        let definition = self.library.definition(hash)?;
        let view = definition.view();
        // What lies at the root can be used from everywhere; and what gives nothing that it takes changes nothing.
        // Through what a `pub use` at the root hands on, more may be named than it alone.
        let has_parts = view.kind() == nda_graph::Kind::Type || view.types().parameters().next().is_some();
        let metadata = match name.contains("::") || has_parts || gives_what_it_takes(view) {
            true => Some(snapshot.metadata(&binding.metadata).ok()?),
            false => None,
        };
        let source = metadata.as_ref().map(|metadata| metadata.source.as_str());
        let hands_on = source.and_then(hands_on).map(str::to_owned);
        if let Some(generic) = self.generic
            && hands_on.is_none()
            && is_generic(view, source)
        {
            generic.borrow_mut().push(name.to_owned());
            return None;
        }
        let within = metadata.as_ref().map_or_else(String::new, |metadata| metadata.within.clone());
        Some(External {
            hash,
            within,
            signature: view.signature().to_owned(),
            constant: Value::of_constant(view).filter(|_| view.kind() == nda_graph::Kind::Constant),
            uses: view.uses().map(str::to_owned).collect(),
            in_place: metadata.as_ref().map_or(InPlace::default(), |metadata| in_place(&metadata.source)),
            is_type: view.kind() == nda_graph::Kind::Type,
            hands_on,
        })
    }

    fn namespace(&self, path: &str) -> bool {
        let below = format!("{path}::");
        let found =
            self.library.snapshot.map(|snapshot| snapshot.names(self.library.branch, &below, None, 1));
        found.is_some_and(|found| found.is_ok_and(|names| !names.is_empty()))
    }

    fn host(&self, name: &str) -> Option<HostFunction> {
        let found = self.engine.host(name)?;
        Some(HostFunction { capability: found.capability.clone(), signature: found.signature.clone() })
    }

    fn stored(&self, hash: Hash) -> Option<Definition> {
        self.library.definition(hash)
    }

    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        self.engine.weights(hash)
    }

    fn capabilities(&self) -> Vec<String> {
        self.engine.capabilities()
    }

    fn near(&self, name: &str) -> Option<String> {
        let mut names: Vec<String> = self.engine.host_names().map(str::to_owned).collect();
        if let Some(snapshot) = self.library.snapshot {
            // A name that starts alike is worth looking at; a whole store is not.
            let start: String = name.chars().take(1).collect();
            if let Ok(found) = snapshot.names(self.library.branch, &start, None, NEAR) {
                names.extend(found.into_iter().map(|(name, _)| name));
            }
        }
        nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
    }
}
