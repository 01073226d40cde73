//! Places that may not be there: in `if let Some(x) = m.get_mut(k)`, `x` is the value under the key itself.

use super::Infer;
use crate::facts::{Meaning, PatternMeaning};
use crate::maps::OnMap;
use crate::methods::Method;
use crate::options::{Offer, Spot};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{ExprId, ExprList, PatternId, PatternKind, Symbol};

impl Infer<'_> {
    /// The type of what patterns are held against, and whether it is a place.
    pub(super) fn matched_value(&mut self, value: ExprId) -> (Type, bool) {
        let call = self.tree.unparen(value);
        let outer = self.matched.replace(call);
        let ty = self.infer(value, None);
        self.matched = outer;
        (ty, self.is_matched_place(call))
    }

    pub(super) fn is_matched_place(&self, value: ExprId) -> bool {
        let call = self.tree.unparen(value);
        matches!(self.facts.meaning(call), Meaning::Method(Method::Offer(Offer::Place(_))))
    }

    /// Whether what a `let` begins with is a place that its variable may name: one behind `&mut`, or that of an entry.
    pub(super) fn let_of_place(&mut self, init: ExprId, mutable: bool) -> bool {
        if !self.tree.is_in_place(init) {
            let meaning = self.facts.meaning(self.tree.unparen(init));
            return !mutable && meaning == Meaning::Method(Method::Map(OnMap::OrInsert));
        }
        self.facts.in_place.insert(init);
        self.changed_place(init, None);
        true
    }

    /// A call that gives a place, on what has them.
    pub(super) fn place_call(
        &mut self,
        expr: ExprId,
        ty: Type,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
    ) -> Option<Type> {
        let name = self.text(method);
        let (spot, wanted, found) = match (name, ty.element(), self.facts.table.map_of(ty)) {
            ("get_mut", _, Some((key, value))) => (Spot::Key, vec![key], value),
            ("get_mut", Some(element), _) => (Spot::Index, vec![Type::I64], element),
            ("first_mut" | "front_mut", Some(element), _) => (Spot::First, vec![], element),
            ("last_mut" | "back_mut", Some(element), _) => (Spot::Last, vec![], element),
            _ => return None,
        };
        let result = self.facts.table.option(found);
        let found = (Method::Offer(Offer::Place(spot)), true);
        Some(self.applied_method(expr, found, (receiver, name, args), &wanted, result))
    }

    /// The names that a pattern binds to parts of a place: they stand for those.
    pub(super) fn names_of_place(&mut self, pattern: PatternId) {
        let tree = self.tree;
        match (tree.pattern(pattern).kind, self.facts.patterns[pattern.index()]) {
            (PatternKind::Wildcard | PatternKind::Error, _) => {}
            (PatternKind::Paren(inner), _) => self.names_of_place(inner),
            (PatternKind::Constructor { args, .. }, PatternMeaning::Variant(_)) => {
                tree.pattern_list(args).for_each(|part| self.name_places(part, Self::no_place_names));
            }
            // `None`.
            (_, PatternMeaning::Variant(_) | PatternMeaning::Any) => {}
            _ => self.no_place_names(tree.pattern(pattern).span),
        }
    }

    #[cold]
    fn no_place_names(&mut self, span: Span) {
        let message =
            "a place that may not be there is held against `Some` of a name, or of a tuple of names";
        let note =
            "as in `if let Some(x) = m.get_mut(k) { x += 1; }`; to look at the value, write `m.get(k)`";
        self.report(Diagnostic::new(Code::NotSupportedYet, span, message).note(note));
    }
}
