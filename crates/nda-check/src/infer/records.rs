//! Tuples, structs and enums: how they are made, and what their fields are.

use super::Infer;
use crate::decls::{OPTION, RESULT};
use crate::facts::Meaning;
use crate::modules::{is_long, split_last};
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_graph::types::{Form, Style};
use nda_syntax::tree::{ExprId, ExprList, LiteralId, Symbol};

/// A struct, or a variant of an enum, that a path names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Constructor {
    pub(crate) decl: u32,
    pub(crate) variant: u32,
}

impl Infer<'_> {
    pub(super) fn tuple(&mut self, items: ExprList, wanted: Option<Type>) -> Type {
        let hints: Vec<Type> = wanted
            .and_then(|wanted| self.facts.table.parts(wanted).map(<[Type]>::to_vec))
            .unwrap_or_default();
        let mut parts = Vec::new();
        let mut diverges = false;
        for (index, item) in self.tree.list(items).enumerate() {
            let part = match hints.get(index) {
                Some(&hint) => {
                    self.check(item, hint);
                    diverges |= self.facts.types[item.index()] == Type::NEVER;
                    hint
                }
                None => self.infer(item, None),
            };
            diverges |= part == Type::NEVER;
            parts.push(part);
        }
        if diverges { Type::NEVER } else { self.facts.table.tuple(&parts) }
    }

    /// What a path names, if it is a struct or a variant. `Self` is the type of the `impl` around here.
    pub(crate) fn constructor(&mut self, path: &str) -> Option<Constructor> {
        if !is_long(path)
            && let Some(full) = self.modules.variant(self.sight(), path)
        {
            return self.variant_of_enum(&format!("crate::{full}"));
        }
        let builtin = |decl, variant| Some(Constructor { decl, variant });
        match path {
            "None" | "Option::None" => return builtin(OPTION, 0),
            "Some" | "Option::Some" => return builtin(OPTION, 1),
            "Ok" | "Result::Ok" => return builtin(RESULT, 0),
            "Err" | "Result::Err" => return builtin(RESULT, 1),
            _ => {}
        }
        if let Some(decl) = self.declared(path) {
            let is_struct = self.facts.table.decls.get(decl).form == Form::Struct;
            return is_struct.then_some(Constructor { decl, variant: 0 });
        }
        self.variant_of_enum(path)
    }

    fn variant_of_enum(&mut self, path: &str) -> Option<Constructor> {
        let (owner, name) = split_last(path)?;
        let decl = self.declared(owner)?;
        let found = self.facts.table.decls.get(decl);
        if found.form != Form::Enum {
            return None;
        }
        found.variant(name).map(|variant| Constructor { decl, variant: variant as u32 })
    }

    /// A path that starts at an enum and names none of its variants.
    #[cold]
    pub(super) fn unknown_variant(&mut self, path: &str, span: Span) -> bool {
        let Some((owner, name)) = split_last(path) else { return false };
        let Some(decl) = self.declared(owner) else { return self.is_private(owner, span) };
        let decl = self.facts.table.decls.get(decl);
        if decl.form != Form::Enum {
            return false;
        }
        let names: Vec<String> = decl.variants.iter().map(|variant| variant.name.clone()).collect();
        let message = format!("`{owner}` has no variant `{name}`");
        let diagnostic = Diagnostic::new(Code::UnknownVariant, span, message);
        let near = nearest(name, names.iter().map(String::as_str));
        self.report(match near {
            Some(near) => {
                let start = span.end - name.len() as u32;
                diagnostic.guess(format!("there is `{near}`"), Span::new(start, span.end), near)
            }
            None => diagnostic.note(format!("it has {}", names.join(", "))),
        });
        true
    }

    /// The type that a constructor makes, with fresh arguments, as near to `wanted` as it can be.
    pub(super) fn constructed(&mut self, found: Constructor, wanted: Option<Type>) -> Type {
        let parameters = self.facts.table.decls.get(found.decl).parameters;
        let args: Vec<Type> = (0..parameters).map(|_| self.facts.table.fresh()).collect();
        let ty = self.facts.table.apply(Head::Nominal(found.decl), &args);
        if let Some(wanted) = wanted
            && self.facts.table.nominal(wanted).is_some_and(|(decl, _)| decl == found.decl)
        {
            self.facts.table.unify(ty, wanted);
        }
        ty
    }

    /// `Some(1)`, `P(1, 2)`: a call of a constructor.
    pub(super) fn construct_call(
        &mut self,
        expr: ExprId,
        name: &str,
        found: Constructor,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        let ty = self.constructed(found, wanted);
        let fields = self.facts.table.fields_of(ty, found.variant as usize).unwrap_or_default();
        let style = self.facts.table.decls.get(found.decl).variants[found.variant as usize].style;
        let mut diverges = false;
        for (index, arg) in self.tree.list(args).enumerate() {
            match fields.get(index).filter(|_| style == Style::Positional) {
                Some(&(_, field)) => self.check(arg, field),
                None => {
                    self.infer(arg, None);
                }
            }
            diverges |= self.facts.types[arg.index()] == Type::NEVER;
        }
        let span = self.tree.span(expr);
        let given = self.tree.list(args).len();
        match style {
            Style::Positional if given == fields.len() => {}
            Style::Positional => self.wrong_count(name, span, fields.len(), given, None),
            Style::Unit => {
                self.error(Code::WrongArgumentCount, span, format!("`{name}` has no fields; write it alone"));
            }
            Style::Named => {
                let names: Vec<String> = fields.iter().map(|(name, _)| format!("{name}: …")).collect();
                let message =
                    format!("the fields of `{name}` have names: `{name} {{ {} }}`", names.join(", "));
                self.error(Code::WrongArgumentCount, span, message);
            }
        }
        self.facts.meanings[expr.index()] = Meaning::Construct(found.variant);
        if diverges { Type::NEVER } else { ty }
    }

    /// `None`, `Color::Red`, `Unit`: a constructor alone.
    pub(super) fn construct_alone(
        &mut self,
        expr: ExprId,
        name: &str,
        found: Constructor,
        wanted: Option<Type>,
    ) -> Type {
        let variant = &self.facts.table.decls.get(found.decl).variants[found.variant as usize];
        if variant.style != Style::Unit {
            let shown = match variant.style {
                Style::Named => {
                    let names: Vec<String> =
                        variant.fields.iter().map(|(name, _)| format!("{name}: …")).collect();
                    format!("{name} {{ {} }}", names.join(", "))
                }
                _ => format!("{name}({})", vec!["…"; variant.fields.len()].join(", ")),
            };
            let message = format!("`{name}` has fields: write `{shown}`");
            return self.error(Code::MissingFields, self.tree.span(expr), message);
        }
        self.facts.meanings[expr.index()] = Meaning::Construct(found.variant);
        self.constructed(found, wanted)
    }

    /// `P { x: 1, ..base }`.
    pub(super) fn struct_literal(&mut self, expr: ExprId, id: LiteralId, wanted: Option<Type>) -> Type {
        let tree = self.tree;
        let literal = tree.literal(id);
        let name = self.text(literal.path.symbol);
        let inits = tree.inits_of(literal.inits);
        let Some(found) = self.constructor(name) else {
            if !self.unknown_variant(name, literal.path.span) {
                self.unknown_struct(name, literal.path.span);
            }
            for init in inits {
                self.infer(init.value, None);
            }
            if let Some(base) = literal.base {
                self.infer(base, None);
            }
            return Type::ERROR;
        };
        let ty = self.constructed(found, wanted);
        let fields = self.facts.table.fields_of(ty, found.variant as usize).unwrap_or_default();
        let mut set = vec![false; fields.len()];
        let mut diverges = false;
        for init in inits {
            let text = self.text(init.name.symbol);
            let at = fields.iter().position(|(name, _)| name == text).or_else(|| {
                text.parse().ok().filter(|&at: &usize| at < fields.len() && fields[at].0.is_empty())
            });
            let Some(at) = at else {
                self.unknown_field(ty, Some(found.variant), text, init.name.span);
                self.infer(init.value, None);
                continue;
            };
            if std::mem::replace(&mut set[at], true) {
                let message = format!("the field `{text}` is set twice");
                self.error(Code::DuplicateField, init.name.span, message);
            }
            self.check(init.value, fields[at].1);
            diverges |= self.facts.types[init.value.index()] == Type::NEVER;
        }
        if let Some(base) = literal.base {
            self.check(base, ty);
            diverges |= self.facts.types[base.index()] == Type::NEVER;
            if self.facts.table.decls.get(found.decl).form == Form::Enum {
                let message = "only a struct is filled up from another one";
                self.error(Code::MissingFields, tree.span(base), message);
            }
        } else {
            let missing: Vec<&str> = fields
                .iter()
                .zip(&set)
                .filter(|(_, set)| !**set)
                .map(|((name, _), _)| name.as_str())
                .collect();
            if !missing.is_empty() {
                let shown: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("`{name}` needs {} too", shown.join(", "));
                let end = tree.span(expr).end - 1;
                let empty = inits.is_empty();
                let text: Vec<String> = missing.iter().map(|name| format!("{name}: …")).collect();
                let diagnostic =
                    Diagnostic::new(Code::MissingFields, tree.span(expr), message).note(format!(
                        "all fields are written: `{}{}`",
                        if empty { "" } else { "…, " },
                        text.join(", ")
                    ));
                let _ = end;
                self.report(diagnostic);
            }
        }
        self.facts.meanings[expr.index()] = Meaning::Construct(found.variant);
        if diverges { Type::NEVER } else { ty }
    }

    #[cold]
    pub(super) fn unknown_struct(&mut self, name: &str, span: Span) {
        if self.is_private(name, span) {
            return;
        }
        let message = format!("there is no struct `{name}`");
        let diagnostic = Diagnostic::new(Code::UnknownType, span, message);
        let near = nearest(name, self.type_names());
        self.report(match near {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
            None => diagnostic,
        });
    }

    /// The type of what has a field; where no field can be found in it, the type of the whole expression instead.
    fn base_of_field(&mut self, base: ExprId) -> Result<Type, Type> {
        let ty = self.infer(base, None);
        let ty = self.resolve(ty);
        if ty.is_open() {
            return Err(self.not_known(base));
        }
        if ty.is_error() || ty == Type::NEVER { Err(ty) } else { Ok(ty) }
    }

    /// `base.name`.
    pub(super) fn field(&mut self, expr: ExprId, base: ExprId, name: Symbol) -> Type {
        let ty = match self.base_of_field(base) {
            Ok(ty) => ty,
            Err(ty) => return ty,
        };
        let text = self.text(name);
        let span = self.tree.field_span(expr);
        let fields = match self.facts.table.nominal(ty) {
            Some((decl, _)) if self.facts.table.decls.get(decl).form == Form::Struct => {
                self.facts.table.fields_of(ty, 0).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        match fields.iter().position(|(name, _)| name == text) {
            Some(index) => {
                self.facts.meanings[expr.index()] = Meaning::Field(index as u32);
                fields[index].1
            }
            None => self.unknown_field(ty, None, text, span),
        }
    }

    /// `base.0`.
    pub(super) fn tuple_field(&mut self, expr: ExprId, base: ExprId, index: u32) -> Type {
        let ty = match self.base_of_field(base) {
            Ok(ty) => ty,
            Err(ty) => return ty,
        };
        let span = self.tree.field_span(expr);
        let is_closed = self.facts.table.is_enum(ty) || self.facts.table.map_of(ty).is_some();
        let fields = if is_closed { None } else { self.facts.table.fields_of(ty, 0) };
        match fields.as_ref().and_then(|fields| fields.get(index as usize)) {
            Some((name, field)) if name.is_empty() => {
                self.facts.meanings[expr.index()] = Meaning::Field(index);
                *field
            }
            _ => self.unknown_field(ty, None, &index.to_string(), span),
        }
    }

    #[cold]
    fn unknown_field(&mut self, ty: Type, variant: Option<u32>, name: &str, span: Span) -> Type {
        let shown = self.show(ty);
        let is_enum = self.facts.table.is_enum(ty);
        let fields = match variant {
            None if is_enum => Vec::new(),
            variant => self.facts.table.fields_of(ty, variant.unwrap_or(0) as usize).unwrap_or_default(),
        };
        let diagnostic =
            Diagnostic::new(Code::UnknownField, span, format!("`{shown}` has no field `{name}`"));
        let end = Span::new(span.end, span.end);
        let known: Vec<String> = fields
            .iter()
            .enumerate()
            .map(|(index, (name, _))| if name.is_empty() { index.to_string() } else { name.clone() })
            .collect();
        let diagnostic = if variant.is_none() && crate::methods::names(ty).contains(&name) {
            diagnostic.guess("call the method", end, "()")
        } else if is_enum && variant.is_none() {
            diagnostic.note("the fields of a variant are reached with `match` or `if let`")
        } else if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
            diagnostic.guess(format!("there is `{near}`"), span, near)
        } else if known.is_empty() {
            diagnostic
        } else {
            diagnostic.note(format!("it has {}", known.join(", ")))
        };
        self.report(diagnostic);
        Type::ERROR
    }

    /// `operand?`: the value of a `Some` or `Ok`; anything else is what the function gives at once.
    pub(super) fn question(&mut self, expr: ExprId, operand: ExprId) -> Type {
        self.changes += 1;
        let found = self.infer(operand, None);
        let found = self.resolve(found);
        if found.is_error() || found == Type::NEVER {
            return found;
        }
        let span = self.tree.span(expr);
        if self.in_lambda {
            return self.leaves_lambda(span, "`?`");
        }
        let result = self.resolve(self.result);
        if let Some(some) = self.facts.table.some_of(found) {
            let fresh = self.facts.table.fresh();
            let option = self.facts.table.option(fresh);
            let fits = self.facts.table.unify(result, option);
            return if fits { some } else { self.bad_question(found, span) };
        }
        if let Some((ok, err)) = self.facts.table.ok_and_err_of(found) {
            let fresh = self.facts.table.fresh();
            let wanted = self.facts.table.apply(Head::Nominal(RESULT), &[fresh, err]);
            let fits = self.facts.table.unify(result, wanted);
            return if fits { ok } else { self.bad_question(found, span) };
        }
        let shown = self.show(found);
        let message = format!("`?` takes an `Option` or a `Result`, and this is `{shown}`");
        self.error(Code::BadQuestion, self.tree.span(operand), message)
    }

    #[cold]
    fn bad_question(&mut self, found: Type, span: Span) -> Type {
        let (found, result) = (self.show(found), self.show(self.result));
        let message = format!("`?` would give a `{found}` at once, and the function gives `{result}`");
        let diagnostic = Diagnostic::new(Code::BadQuestion, span, message).note(
            "`match` or `unwrap_or` says what happens here; or let the function give the same kind of value",
        );
        self.report(diagnostic);
        Type::ERROR
    }

    /// A path or name that stands alone and may be a constructor.
    pub(super) fn constructor_value(
        &mut self,
        expr: ExprId,
        text: &str,
        wanted: Option<Type>,
    ) -> Option<Type> {
        // Constructors start with a capital in their last segment, and so do constants.
        if !is_long(text) && !text.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let found = self.constructor(text)?;
        Some(self.construct_alone(expr, text, found, wanted))
    }
}
