//! Patterns: what they bind, and whether they suit what is held against them.

use super::Infer;
use super::records::Constructor;
use crate::facts::{Meaning, PatternMeaning};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::types::Style;
use nda_syntax::tree::{ExprId, ExprKind, Name, PatternId, PatternKind, PatternList, Run, UnaryOp};

impl Infer<'_> {
    /// Infers a pattern that a value of type `ty` is held against. Its names are declared.
    pub(super) fn pattern(&mut self, id: PatternId, ty: Type) {
        let mut known = Vec::new();
        self.pattern_in(id, ty, &mut known, false);
    }

    /// `bound` are the names bound so far; in an alternative (`again`) they stand for the variables of the first one.
    fn pattern_in(&mut self, id: PatternId, ty: Type, bound: &mut Vec<(Name, u32)>, again: bool) {
        let tree = self.tree;
        let ty = self.resolve(ty);
        self.facts.pattern_types[id.index()] = ty;
        let pattern = tree.pattern(id);
        let meaning = match pattern.kind {
            PatternKind::Error | PatternKind::Wildcard | PatternKind::Rest => PatternMeaning::Any,
            PatternKind::Paren(inner) => {
                self.pattern_in(inner, ty, bound, again);
                PatternMeaning::Itself
            }
            PatternKind::Binding { name, mutable, inner } => {
                self.binding(pattern.span, (name, mutable, inner), ty, bound, again)
            }
            PatternKind::Literal(expr) => {
                self.check(expr, ty);
                PatternMeaning::Itself
            }
            PatternKind::Range { from, to, .. } => {
                for end in from.into_iter().chain(to) {
                    self.check(end, ty);
                }
                let ordered = matches!(self.resolve(ty), Type::I64 | Type::F64 | Type::STR | Type::ERROR);
                if !ordered {
                    let shown = self.show(ty);
                    let message = format!("a range holds numbers or text, and this is `{shown}`");
                    self.error(Code::TypeMismatch, pattern.span, message);
                }
                PatternMeaning::Itself
            }
            PatternKind::Path(symbol) => {
                let path = Name { symbol, span: pattern.span };
                self.path_pattern(path, ty)
            }
            PatternKind::Tuple(parts) => self.tuple_pattern(pattern.span, parts, ty, bound, again),
            PatternKind::List(members) => self.list_pattern(pattern.span, members, ty, bound, again),
            PatternKind::Constructor { path, args } => {
                self.constructor_pattern(pattern.span, path, args, ty, bound, again)
            }
            PatternKind::Struct { path, fields, rest } => {
                self.struct_pattern(pattern.span, path, (fields, rest), ty, bound, again)
            }
            PatternKind::Or(list) => {
                let before = bound.len();
                for (index, part) in tree.pattern_list(list).enumerate() {
                    if index == 0 {
                        self.pattern_in(part, ty, bound, again);
                        continue;
                    }
                    let mut own = Vec::new();
                    let mut seen: Vec<(Name, u32)> = bound[before..].to_vec();
                    self.pattern_in(part, ty, &mut seen, true);
                    tree.bindings(part, &mut |name, _| own.push(name));
                    self.same_names(part, &bound[before..]);
                }
                PatternMeaning::Itself
            }
        };
        self.facts.patterns[id.index()] = meaning;
    }

    fn binding(
        &mut self,
        span: Span,
        (name, mutable, inner): (Name, bool, Option<PatternId>),
        ty: Type,
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) -> PatternMeaning {
        let text = self.text(name.symbol);
        if let Some(inner) = inner {
            self.pattern_in(inner, ty, bound, again);
        } else if !mutable && text.starts_with(|c: char| c.is_ascii_uppercase()) {
            if let Some(found) = self.constructor(text) {
                return self.unit_pattern(Name { symbol: name.symbol, span }, found, ty);
            }
            if let Some(target) = self.global(name.symbol)
                && self.facts.targets[target as usize].is_constant
            {
                return self.constant_pattern(target, span, ty);
            }
            if let Some((decl, _)) = self.facts.table.nominal(ty)
                && self.facts.table.decls.get(decl).variant(text).is_some()
            {
                let owner = self.facts.table.decls.get(decl).name.clone();
                let message = format!("`{text}` alone is a new name that matches anything");
                let diagnostic = Diagnostic::new(Code::UnknownVariant, span, message).fix(
                    "name the variant",
                    span,
                    format!("{owner}::{text}"),
                );
                self.report(diagnostic);
                return PatternMeaning::Any;
            }
        }
        if let Some(&(first, local)) = bound.iter().find(|(known, _)| known.symbol == name.symbol) {
            if again {
                self.fits(span, self.facts.locals[local as usize].ty, ty);
                return PatternMeaning::Bind(local);
            }
            let message = format!("`{text}` is bound twice in one pattern");
            let diagnostic = Diagnostic::new(Code::DuplicateParameter, name.span, message)
                .also(first.span, "bound here first");
            self.report(diagnostic);
            return PatternMeaning::Any;
        }
        if again {
            let message = format!("`{text}` is bound in this alternative and not in the first");
            self.error(Code::BindingsDiffer, name.span, message);
        }
        let local = self.declare(name, ty, mutable);
        bound.push((name, local));
        PatternMeaning::Bind(local)
    }

    /// Every alternative binds what the first one does.
    fn same_names(&mut self, part: PatternId, first: &[(Name, u32)]) {
        let tree = self.tree;
        let mut own = Vec::new();
        tree.bindings(part, &mut |name, _| own.push(name.symbol));
        for &(name, _) in first {
            if !own.contains(&name.symbol) {
                let text = self.text(name.symbol);
                let message = format!("`{text}` is bound in the first alternative and not in this one");
                self.error(Code::BindingsDiffer, tree.pattern(part).span, message);
            }
        }
    }

    /// `E::A`, `limits::MAX`.
    fn path_pattern(&mut self, path: Name, ty: Type) -> PatternMeaning {
        let text = self.text(path.symbol);
        if let Some(found) = self.constructor(text) {
            return self.unit_pattern(path, found, ty);
        }
        if self.unknown_variant(text, path.span) {
            return PatternMeaning::Any;
        }
        if let Some(target) = self.global(path.symbol)
            && self.facts.targets[target as usize].is_constant
        {
            return self.constant_pattern(target, path.span, ty);
        }
        if crate::methods::named(text).is_some() {
            let message =
                format!("`{text}` is not a pattern; compare with it in a guard: `x if x == {text}`");
            self.error(Code::NotAValue, path.span, message);
            return PatternMeaning::Any;
        }
        self.unknown(path.symbol, path.span);
        PatternMeaning::Any
    }

    fn constant_pattern(&mut self, target: u32, span: Span, ty: Type) -> PatternMeaning {
        self.refer(target);
        let found = self.facts.targets[target as usize].ret();
        if self.fits(span, ty, found) { PatternMeaning::Constant(target) } else { PatternMeaning::Any }
    }

    /// The type that a constructor in a pattern makes, if it suits.
    fn suits(&mut self, found: Constructor, span: Span, ty: Type) -> Option<Type> {
        let made = self.constructed(found, Some(ty));
        self.fits(span, ty, made).then_some(made)
    }

    fn unit_pattern(&mut self, path: Name, found: Constructor, ty: Type) -> PatternMeaning {
        if self.suits(found, path.span, ty).is_none() {
            return PatternMeaning::Any;
        }
        let variant = &self.facts.table.decls.get(found.decl).variants[found.variant as usize];
        if !variant.fields.is_empty() {
            let text = self.text(path.symbol);
            let shown = if variant.style == Style::Named {
                format!("{text} {{ .. }}")
            } else {
                format!("{text}(..)")
            };
            let message = format!("`{text}` has fields: write `{shown}`");
            let diagnostic =
                Diagnostic::new(Code::MissingFields, path.span, message).fix("say so", path.span, shown);
            self.report(diagnostic);
        }
        PatternMeaning::Variant(found.variant)
    }

    fn tuple_pattern(
        &mut self,
        span: Span,
        parts: PatternList,
        ty: Type,
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) -> PatternMeaning {
        let tree = self.tree;
        let list: Vec<PatternId> = tree.pattern_list(parts).collect();
        if list.is_empty() {
            self.fits(span, ty, Type::UNIT);
            return PatternMeaning::Any;
        }
        let rest = list.iter().any(|&part| tree.pattern(part).kind == PatternKind::Rest);
        let types = match self.facts.table.parts(ty) {
            Some(types) => types.to_vec(),
            None if !rest => {
                let fresh: Vec<Type> = list.iter().map(|_| self.facts.table.fresh()).collect();
                let tuple = self.facts.table.tuple(&fresh);
                if self.fits(span, ty, tuple) { fresh } else { Vec::new() }
            }
            None => {
                if !ty.is_error() {
                    let shown = self.show(ty);
                    self.error(Code::TypeMismatch, span, format!("expected a tuple, found `{shown}`"));
                }
                Vec::new()
            }
        };
        let broken = types.is_empty();
        self.fields_pattern(span, &list, &types, bound, again);
        if broken { PatternMeaning::Any } else { PatternMeaning::Variant(0) }
    }

    fn list_pattern(
        &mut self,
        span: Span,
        members: PatternList,
        ty: Type,
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) -> PatternMeaning {
        let tree = self.tree;
        if ty.is_open() {
            let fresh = self.facts.table.fresh();
            self.facts.table.unify(ty, fresh.list_of());
        }
        let list = self.resolve(ty);
        if !list.is_list() && !list.is_error() {
            let shown = self.show(list);
            let diagnostic =
                Diagnostic::new(Code::TypeMismatch, span, format!("expected a list, found `{shown}`"));
            self.report(match list {
                Type::STR => diagnostic.note("`s.chars()` gives the characters of a text, a list"),
                _ => diagnostic,
            });
        }
        let element = list.element();
        for part in tree.pattern_list(members) {
            let ty = if tree.rest(part).is_some() { element.map(|_| list) } else { element };
            self.pattern_in(part, ty.unwrap_or(Type::ERROR), bound, again);
        }
        if element.is_some() { PatternMeaning::List } else { PatternMeaning::Any }
    }

    fn constructor_pattern(
        &mut self,
        span: Span,
        path: Name,
        args: PatternList,
        ty: Type,
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) -> PatternMeaning {
        let list: Vec<PatternId> = self.tree.pattern_list(args).collect();
        let Some((found, made)) = self.pattern_constructor(path, ty) else {
            list.iter().for_each(|&part| self.pattern_in(part, Type::ERROR, bound, again));
            return PatternMeaning::Any;
        };
        let fields = self.facts.table.fields_of(made, found.variant as usize).unwrap_or_default();
        let style = self.facts.table.decls.get(found.decl).variants[found.variant as usize].style;
        if style != Style::Positional {
            let text = self.text(path.symbol);
            let message = if style == Style::Unit {
                format!("`{text}` has no fields; write it alone")
            } else {
                format!("the fields of `{text}` have names: write `{text} {{ .. }}`")
            };
            self.error(Code::WrongArgumentCount, span, message);
            list.iter().for_each(|&part| self.pattern_in(part, Type::ERROR, bound, again));
            return PatternMeaning::Any;
        }
        let types: Vec<Type> = fields.into_iter().map(|(_, ty)| ty).collect();
        self.fields_pattern(span, &list, &types, bound, again);
        PatternMeaning::Variant(found.variant)
    }

    fn pattern_constructor(&mut self, path: Name, ty: Type) -> Option<(Constructor, Type)> {
        let text = self.text(path.symbol);
        let Some(found) = self.constructor(text) else {
            if !self.unknown_variant(text, path.span) {
                let bare = self.facts.table.nominal(ty).and_then(|(decl, _)| {
                    let decl = self.facts.table.decls.get(decl);
                    decl.variant(text).map(|_| decl.name.clone())
                });
                match bare {
                    Some(owner) => {
                        let message = format!("there is nothing called `{text}` here");
                        let diagnostic = Diagnostic::new(Code::UnknownVariant, path.span, message).fix(
                            "name the variant with its type",
                            path.span,
                            format!("{owner}::{text}"),
                        );
                        self.report(diagnostic);
                    }
                    None => {
                        self.unknown(path.symbol, path.span);
                    }
                }
            }
            return None;
        };
        let made = self.suits(found, path.span, ty)?;
        Some((found, made))
    }

    /// The patterns of fields that have only positions; `..` stands for any number of them.
    fn fields_pattern(
        &mut self,
        span: Span,
        list: &[PatternId],
        types: &[Type],
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) {
        let tree = self.tree;
        let rest = list.iter().position(|&part| tree.pattern(part).kind == PatternKind::Rest);
        let fits = match rest {
            None => list.len() == types.len(),
            Some(_) => list.len() - 1 <= types.len(),
        };
        if !fits && !types.is_empty() {
            let message = format!(
                "this has {} fields, and the pattern names {}",
                types.len(),
                list.len() - usize::from(rest.is_some())
            );
            let diagnostic = Diagnostic::new(Code::WrongArgumentCount, span, message)
                .note("`_` stands for one field that does not matter, `..` for all that are left");
            self.report(diagnostic);
        }
        for (index, &part) in list.iter().enumerate() {
            let from_end = list.len() - index;
            let at = match rest {
                Some(rest) if index > rest => types.len().checked_sub(from_end),
                _ => Some(index),
            };
            let ty = at.and_then(|at| types.get(at)).copied().unwrap_or(Type::ERROR);
            self.pattern_in(part, ty, bound, again);
        }
    }

    fn struct_pattern(
        &mut self,
        span: Span,
        path: Name,
        (fields, rest): (Run, bool),
        ty: Type,
        bound: &mut Vec<(Name, u32)>,
        again: bool,
    ) -> PatternMeaning {
        let tree = self.tree;
        let written = tree.pattern_fields_of(fields);
        let Some((found, made)) = self.pattern_constructor(path, ty) else {
            for field in written {
                self.pattern_in(field.pattern, Type::ERROR, bound, again);
            }
            return PatternMeaning::Any;
        };
        let types = self.facts.table.fields_of(made, found.variant as usize).unwrap_or_default();
        let mut set = vec![false; types.len()];
        for field in written {
            let text = self.text(field.name.symbol);
            let at = types.iter().position(|(name, _)| name == text);
            match at {
                Some(at) => {
                    if std::mem::replace(&mut set[at], true) {
                        let message = format!("the field `{text}` is named twice");
                        self.error(Code::DuplicateField, field.name.span, message);
                    }
                    self.pattern_in(field.pattern, types[at].1, bound, again);
                }
                None => {
                    let name = self.text(path.symbol);
                    let known: Vec<&str> = types.iter().map(|(name, _)| name.as_str()).collect();
                    let message = format!("`{name}` has no field `{text}`");
                    let diagnostic = Diagnostic::new(Code::UnknownField, field.name.span, message);
                    let near = nda_diagnostics::nearest(text, known.iter().copied()).map(str::to_owned);
                    self.report(match near {
                        Some(near) => diagnostic.guess(format!("there is `{near}`"), field.name.span, near),
                        None => diagnostic.note(format!("it has {}", known.join(", "))),
                    });
                    self.pattern_in(field.pattern, Type::ERROR, bound, again);
                }
            }
        }
        let missing: Vec<String> = types
            .iter()
            .zip(&set)
            .filter(|(_, set)| !**set)
            .map(|((name, _), _)| format!("`{name}`"))
            .collect();
        if !rest && !missing.is_empty() {
            let message = format!("the pattern leaves out {}", missing.join(", "));
            let end = Span::new(span.end - 1, span.end - 1);
            let text = if written.is_empty() { " .. " } else { ", .. " };
            let diagnostic = Diagnostic::new(Code::MissingFields, span, message).guess(
                "say that the others do not matter",
                end,
                text,
            );
            self.report(diagnostic);
        }
        PatternMeaning::Variant(found.variant)
    }

    /// The integer that a pattern's literal is.
    pub(crate) fn literal_integer(&self, expr: ExprId) -> Option<i64> {
        match self.tree.kind(expr) {
            ExprKind::Int(magnitude) => i64::try_from(magnitude).ok(),
            ExprKind::Paren(inner) => self.literal_integer(inner),
            ExprKind::Unary { op: UnaryOp::Neg, operand } => match self.tree.kind(operand) {
                ExprKind::Int(magnitude) => 0i64.checked_sub_unsigned(magnitude),
                _ => None,
            },
            ExprKind::Path(symbol) => match crate::methods::named(self.text(symbol)) {
                Some(crate::methods::Named::Int(value)) => Some(value),
                _ => None,
            },
            ExprKind::Name(_) => match self.facts.meaning(expr) {
                Meaning::Target(target) => match self.facts.targets[target as usize].constant {
                    Some(nda_graph::Value::Int(value)) => Some(value),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}
