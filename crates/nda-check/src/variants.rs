//! Variants that `use` brings in: `use Shape::Circle;` and `use Shape::*;`. A variant is no definition, so it has no place
//! among the names of a module; it is found through its enum.

use crate::modules::{Found, Modules, Sight, join};
use nda_graph::types::Form;
use nda_syntax::tree::ItemKind;

impl Sight<'_> {
    /// Whether an item of the source is an enum with a variant of this name.
    pub(crate) fn item_has_variant(&self, item: usize, name: &str) -> bool {
        let ItemKind::Enum { variants } = self.tree.items[item].kind else { return false };
        let mut variants = self.tree.variants_of(variants).iter();
        variants.any(|known| self.tree.name(known.name.symbol, self.source) == name)
    }
}

impl Modules {
    /// Whether there is an enum of this full path.
    fn is_enum(&self, sight: Sight<'_>, path: &str) -> bool {
        let Some(path) = self.destination(sight, path) else { return false };
        let path = &*path;
        match self.item(path) {
            Some(item) => matches!(sight.tree.items[item].kind, ItemKind::Enum { .. }),
            None => sight.scope.definition(path).is_some_and(|external| external.form() == Some(Form::Enum)),
        }
    }

    /// Whether a full path leads to a variant of an enum.
    pub(crate) fn is_variant(&self, sight: Sight<'_>, path: &str) -> bool {
        let Some((owner, name)) = path.rsplit_once("::") else { return false };
        let Some(owner) = self.destination(sight, owner) else { return false };
        let owner = &*owner;
        match self.item(owner) {
            Some(item) => sight.item_has_variant(item, name),
            None => sight.scope.definition(owner).is_some_and(|external| external.has_variant(name)),
        }
    }

    /// The full path of the enum that a path means in the current frame.
    pub(crate) fn enumeration(&mut self, sight: Sight<'_>, path: &str) -> Option<String> {
        let candidates = self.candidates(sight, path, 0)?;
        candidates.into_iter().map(|candidate| candidate.path).find(|path| self.is_enum(sight, path))
    }

    /// The full path of the variant that a name alone means in the current frame, if a `use` brings it in. What the module itself
    /// calls so comes before a `use …::*`.
    pub(crate) fn variant(&mut self, sight: Sight<'_>, name: &str) -> Option<String> {
        let frame = &self.frames[self.current as usize];
        if frame.imports.is_empty() && frame.enums.is_empty() {
            return None;
        }
        if let Some(symbol) = sight.tree.find_symbol(name, sight.source)
            && let Some(import) = self.import_of(symbol)
        {
            let path = self.imported(sight, import, 0)?;
            return self.is_variant(sight, &path).then_some(path);
        }
        if self.frames[self.current as usize].enums.is_empty()
            || self.item(&join(self.here(), name)).is_some()
        {
            return None;
        }
        let mut found = self.starred_variants(sight, name);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The full paths of the variants of this name that `use …::*` offers in the current frame.
    fn starred_variants<'m>(&'m self, sight: Sight<'m>, name: &'m str) -> impl Iterator<Item = String> + 'm {
        let enums = self.frames[self.current as usize].enums.iter();
        enums.map(move |owner| join(owner, name)).filter(move |path| self.is_variant(sight, path))
    }

    /// What a name means that nothing else gives a meaning to: nothing, or two variants.
    pub(crate) fn unclear(&self, sight: Sight<'_>, name: &str) -> Found {
        let mut found = self.starred_variants(sight, name);
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => Found::Ambiguous(first, second),
            _ => Found::Nothing,
        }
    }
}
