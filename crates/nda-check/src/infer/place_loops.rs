//! Loops along places: `for x in xs.iter_mut()`, whose variable is an element of the list itself.

use super::Infer;
use crate::facts::{Meaning, PatternMeaning};
use crate::methods::{Method, Places};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{ExprId, ExprKind, ForId, ForVariable, PatternId, PatternKind};

impl Infer<'_> {
    /// The type of the elements that `xs.iter_mut()`, `xs.iter_mut().enumerate()`, `m.iter_mut()` and `m.values_mut()` let
    /// a loop change; none if that is not its head.
    pub(super) fn walked_places(&mut self, head: ExprId) -> Option<Type> {
        let tree = self.tree;
        let called = |expr: ExprId| match tree.kind(tree.unparen(expr)) {
            ExprKind::MethodCall { receiver, method, args } if tree.list(args).len() == 0 => {
                Some((tree.unparen(expr), receiver, self.text(method)))
            }
            _ => None,
        };
        let (mut call, mut place, mut name) = called(head)?;
        let counts = name == "enumerate";
        if counts {
            (call, place, name) = called(place)?;
        }
        if !matches!(name, "iter_mut" | "values_mut") {
            return None;
        }
        let name = name.to_owned();
        let before = self.changes;
        let ty = self.infer(place, None);
        let ty = self.resolve(ty);
        if ty.is_error() {
            return Some(ty);
        }
        let (places, element) = match (&*name, ty.element(), self.facts.table.map_of(ty)) {
            ("iter_mut", Some(element), _) => (Places::Elements, element),
            ("iter_mut", _, Some((key, value))) if !counts => {
                (Places::Entries, self.facts.table.tuple(&[key, value]))
            }
            ("values_mut", _, Some((_, value))) => (Places::Values, value),
            _ => {
                let message = format!("`{}` has no method `{name}`", self.show(ty));
                return Some(self.error(Code::UnknownMethod, tree.span(call), message));
            }
        };
        self.changed_place(place, Some(&name));
        self.facts.meanings[call.index()] = Meaning::Method(Method::Places(places));
        let element = if counts { self.facts.table.tuple(&[Type::I64, element]) } else { element };
        self.note(call, element.list_of(), before);
        self.note(head, element.list_of(), before);
        Some(element)
    }

    /// The names that a loop along places binds: those of places can be changed.
    pub(super) fn names_of_places(&mut self, head: ExprId, id: ForId) {
        let counts = self.facts.meaning(self.tree.unparen(head)) == Meaning::None;
        let entries =
            self.facts.meaning(self.tree.unparen(head)) == Meaning::Method(Method::Places(Places::Entries));
        match self.tree.for_loop(id).variable {
            ForVariable::Name { name, .. } if counts || entries => self.no_names(name.span),
            ForVariable::Name { .. } => self.is_place(self.facts.fors[id.index()]),
            ForVariable::Pattern(pattern) if counts || entries => {
                let tree = self.tree;
                let mut inner = pattern;
                while let PatternKind::Paren(within) = tree.pattern(inner).kind {
                    inner = within;
                }
                let parts: Vec<PatternId> = match tree.pattern(inner).kind {
                    PatternKind::Tuple(parts) => tree.pattern_list(parts).collect(),
                    _ => Vec::new(),
                };
                let rest = |&part: &PatternId| matches!(tree.pattern(part).kind, PatternKind::Rest);
                match parts[..] {
                    [_, second] if !parts.iter().any(rest) => self.name_places(second, Self::no_names),
                    _ => self.no_names(tree.pattern(pattern).span),
                }
            }
            ForVariable::Pattern(pattern) => self.name_places(pattern, Self::no_names),
        }
    }

    /// The names that a pattern binds stand for places; `refuse` reports any other pattern.
    pub(super) fn name_places(&mut self, pattern: PatternId, refuse: fn(&mut Self, Span)) {
        let tree = self.tree;
        match (tree.pattern(pattern).kind, self.facts.patterns[pattern.index()]) {
            (PatternKind::Wildcard | PatternKind::Error, _) => {}
            (PatternKind::Paren(inner), _) => self.name_places(inner, refuse),
            (PatternKind::Binding { inner: None, .. }, PatternMeaning::Bind(local)) => self.is_place(local),
            (PatternKind::Tuple(parts), _)
                if !tree.pattern_list(parts).any(|part| tree.pattern(part).kind == PatternKind::Rest) =>
            {
                tree.pattern_list(parts).for_each(|part| self.name_places(part, refuse));
            }
            _ => refuse(self, tree.pattern(pattern).span),
        }
    }

    /// A variable that stands for a place can be changed, and is read by whoever reads the place.
    pub(super) fn is_place(&mut self, local: u32) {
        let local = &mut self.facts.locals[local as usize];
        local.mutable = true;
        local.changed = true;
        local.read = true;
    }

    #[cold]
    fn no_names(&mut self, span: Span) {
        let message = "a loop that changes what it walks over takes a name, or a tuple of names";
        let note = "as in `for x in xs.iter_mut()`, `for (i, x) in xs.iter_mut().enumerate()`, `for (key, value) in m.iter_mut()`";
        self.report(Diagnostic::new(Code::NotSupportedYet, span, message).note(note));
    }
}
