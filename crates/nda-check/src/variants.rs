//! Variants that a `use` brings in: `use Shape::Circle;` and `use Shape::*;`.
//!
//! A variant is no definition, so it has no entry among the full paths: it is there if its enum is.

use crate::modules::{Found, Modules, Sight, join};
use nda_graph::types::Form;
use nda_syntax::tree::ItemKind;

/// What a name alone means, if a `use` made it that of a variant.
pub(crate) enum Variant {
    /// The full path of its enum, and its own name.
    Of(String, String),
    /// Two enums offer it.
    Ambiguous(String, String),
    Nothing,
}

impl Modules {
    /// The names of an enum's variants, by its full path; nothing if there is no such enum.
    fn variants(&self, sight: Sight<'_>, path: &str) -> Option<Vec<String>> {
        if let Some(item) = self.item(path) {
            let ItemKind::Enum { variants } = sight.tree.items[item].kind else { return None };
            let names = sight.tree.variants_of(variants).iter();
            return Some(names.map(|it| sight.tree.name(it.name.symbol, sight.source).to_owned()).collect());
        }
        if !is_capital(path.rsplit("::").next()?) {
            return None;
        }
        let external = sight.scope.definition(path).filter(|external| external.is_type)?;
        let signature = &external.signature;
        let found = signature.types.view().composite(signature.ret)?;
        let is_enum = found.form() == Form::Enum;
        is_enum.then(|| found.variants().map(|variant| variant.name().to_owned()).collect())
    }

    /// Whether a full path is that of an enum.
    pub(crate) fn is_enum(&self, sight: Sight<'_>, path: &str) -> bool {
        self.variants(sight, path).is_some()
    }

    /// Whether a full path is that of a variant.
    pub(crate) fn is_variant(&self, sight: Sight<'_>, path: &str) -> bool {
        path.rsplit_once("::").is_some_and(|(owner, name)| self.has_variant(sight, owner, name))
    }

    fn has_variant(&self, sight: Sight<'_>, owner: &str, name: &str) -> bool {
        self.variants(sight, owner).is_some_and(|all| all.iter().any(|variant| variant == name))
    }

    /// The full path of the enum that a path means in the current frame.
    pub(crate) fn enum_named(&mut self, sight: Sight<'_>, path: &str) -> Option<String> {
        let candidates = self.candidates(sight, path, 0)?;
        candidates.into_iter().map(|candidate| candidate.path).find(|path| self.is_enum(sight, path))
    }

    /// What shuts an enum off from the current frame, if something does.
    pub(crate) fn shut(&self, sight: Sight<'_>, path: &str) -> Option<crate::modules::Private> {
        match self.at(sight, path) {
            Found::Private(private) => Some(private),
            _ => None,
        }
    }

    /// The variant that a name alone means in the current frame.
    pub(crate) fn variant_named(&mut self, sight: Sight<'_>, name: &str) -> Variant {
        let frame = self.current as usize;
        if let Some(symbol) = sight.tree.find_symbol(name, sight.source)
            && let Some(index) = self.import_of(symbol)
        {
            let path = self.imported(sight, index, 0).filter(|path| self.is_variant(sight, path));
            return match path.as_deref().and_then(|path| path.rsplit_once("::")) {
                Some((owner, name)) => Variant::Of(owner.to_owned(), name.to_owned()),
                None => Variant::Nothing,
            };
        }
        let enums = self.frames[frame].enums.iter();
        let mut offered = enums.filter(|owner| self.has_variant(sight, owner, name));
        match (offered.next(), offered.next()) {
            (Some(first), Some(second)) => Variant::Ambiguous(join(first, name), join(second, name)),
            (Some(owner), None) => Variant::Of(owner.clone(), name.to_owned()),
            (None, _) => Variant::Nothing,
        }
    }
}

/// Whether a name begins as those of types and variants do.
pub(crate) fn is_capital(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}
