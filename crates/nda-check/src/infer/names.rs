//! What names of values stand for.

use super::instead::instead_of_path;
use super::{ABSENT, HIDDEN, Infer, MAX_SUGGESTIONS, REFUSED, TYPE};
use crate::collect::out_of_reach;
use crate::decls::{OPTION, RESULT};
use crate::facts::{Meaning, Target, TargetPlace};
use crate::modules::{Found, Sight, is_long};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_graph::Signature;
use nda_syntax::tree::{ExprId, Symbol};

impl<'a> Infer<'a> {
    #[inline]
    pub(super) fn name(&mut self, expr: ExprId, symbol: Symbol, wanted: Option<Type>) -> Type {
        if let Some(local) = self.bindings[symbol.index()].checked_sub(1) {
            self.facts.meanings[expr.index()] = Meaning::Local(local);
            let local = &mut self.facts.locals[local as usize];
            local.read = true;
            return local.ty;
        }
        self.global_value(expr, symbol, wanted)
    }

    pub(super) fn path(&mut self, expr: ExprId, symbol: Symbol, wanted: Option<Type>) -> Type {
        if let Some(named) = crate::methods::named(self.text(symbol)) {
            self.facts.meanings[expr.index()] = Meaning::Named;
            return match named {
                crate::methods::Named::Int(_) => Type::I64,
                crate::methods::Named::Float(_) => Type::F64,
            };
        }
        self.global_value(expr, symbol, wanted)
    }

    pub(super) fn global_value(&mut self, expr: ExprId, symbol: Symbol, wanted: Option<Type>) -> Type {
        let span = self.tree.span(expr);
        let text = self.text(symbol);
        if let Some(ty) = self.constructor_value(expr, text, wanted) {
            return ty;
        }
        if is_long(text) && self.unknown_variant(text, span) {
            return Type::ERROR;
        }
        match self.global(symbol) {
            Some(target) => {
                let found = &self.facts.targets[target as usize];
                if !found.is_constant {
                    let text = self.text(symbol);
                    let message = format!("`{text}` is a function, not a value; call it: `{text}(…)`");
                    return self.error(Code::NotAValue, span, message);
                }
                let ty = found.ret();
                self.refer(target);
                self.facts.meanings[expr.index()] = Meaning::Target(target);
                ty
            }
            None => self.unknown(symbol, span),
        }
    }

    /// The item at hand refers to this function or constant.
    pub(super) fn refer(&mut self, target: u32) {
        // What a generic function's instances are is known when the body ends.
        let target = &self.facts.targets[target as usize];
        if let TargetPlace::Item(item) = target.place
            && !self.dead
            && !target.is_generic()
        {
            self.item_refs.push(item);
        }
    }

    /// The function or constant that a symbol names outside of every body.
    pub(crate) fn global(&mut self, symbol: Symbol) -> Option<u32> {
        match self.globals[symbol.index()] {
            ABSENT | REFUSED | HIDDEN | TYPE => None,
            0 => {
                self.globals[symbol.index()] = self.look_up(symbol);
                self.modules.touched.push(symbol);
                self.global(symbol)
            }
            known => Some(known - 1),
        }
    }

    /// The entry of [`Infer::globals`] for a symbol.
    fn look_up(&mut self, symbol: Symbol) -> u32 {
        let text = self.text(symbol);
        let Some(member) = text.strip_prefix("Self::") else { return self.look_up_path(text) };
        match self.declared("Self") {
            Some(decl) => self.look_up_path(&self.path_of_member(decl, member)),
            None => ABSENT,
        }
    }

    /// The path of a function of a struct's or enum's `impl`.
    fn path_of_member(&self, decl: u32, member: &str) -> String {
        let found = self.facts.table.decls.get(decl);
        match found.path.as_str() {
            "" => format!("{}::{member}", found.name),
            path => format!("crate::{path}::{member}"),
        }
    }

    /// The function that a method call of this name on a value of this type calls, if its author wrote one; an entry of
    /// [`Infer::globals`].
    pub(super) fn own_method(&mut self, ty: Type, name: Symbol, span: Span) -> u32 {
        let decl = match self.facts.table.nominal(ty) {
            Some((decl, _)) if decl != OPTION && decl != RESULT => decl,
            _ => return ABSENT,
        };
        if let Some(&known) = self.own_methods.get(&(decl, name)) {
            return known;
        }
        let path = self.path_of_member(decl, self.text(name));
        // A value may come from where its type cannot be named.
        let found = match path.strip_prefix("crate::") {
            Some(full) => self.modules.found(self.sight(), full, true),
            None => self.modules.find(self.sight(), &path),
        };
        let entry = self.entry_of(found);
        if entry == HIDDEN && self.is_private(&path, span) {
            // Each call of it is told.
            return REFUSED;
        }
        self.own_methods.insert((decl, name), entry);
        entry
    }

    /// The entry of [`Infer::globals`] for a path.
    fn look_up_path(&mut self, path: &str) -> u32 {
        let found = self.modules.find(self.sight(), path);
        self.entry_of(found)
    }

    fn entry_of(&mut self, found: Found) -> u32 {
        match found {
            Found::Item(item) if self.modules.decls[item].is_some() => TYPE,
            // An item without a target was refused where it stands.
            Found::Item(item) => match self.modules.entries[item] {
                0 => REFUSED,
                entry => entry,
            },
            Found::Committed(_, external) if external.is_type => TYPE,
            Found::Committed(path, external) => {
                if let Some(&known) = self.modules.committed.get(&path) {
                    return known;
                }
                let Signature { params, types, .. } = &external.signature;
                let result = external.in_place.result(&external.signature);
                let table = &mut self.facts.table;
                let types: Vec<Type> =
                    params.iter().chain([&result]).map(|&ty| table.import(types.view(), ty)).collect();
                self.facts.targets.push(Target {
                    place: TargetPlace::Committed(external.hash),
                    is_constant: external.constant.is_some(),
                    types,
                    in_place: external.in_place,
                    generics: (0, 0),
                    plain: Some(external.signature),
                    constant: external.constant,
                    uses: external.uses,
                });
                let entry = self.facts.targets.len() as u32;
                self.modules.committed.insert(path, entry);
                entry
            }
            Found::Private(_) | Found::Ambiguous(..) => HIDDEN,
            Found::Refused => REFUSED,
            Found::Nothing => ABSENT,
        }
    }

    pub(super) fn sight(&self) -> Sight<'a> {
        Sight { tree: self.tree, source: self.source, scope: self.scope }
    }

    /// Whether a path leads to something that is private elsewhere; if so, says so.
    #[cold]
    pub(super) fn is_private(&mut self, path: &str, span: Span) -> bool {
        let Found::Private(private) = self.modules.find(self.sight(), path) else { return false };
        self.report(out_of_reach(self.tree, self.source, &private, span));
        true
    }

    /// Says why a name that there is cannot be used here.
    #[cold]
    fn hidden(&mut self, symbol: Symbol, span: Span) -> Type {
        let text = self.text(symbol);
        if self.is_private(text, span) {
            return Type::ERROR;
        }
        match self.modules.find(self.sight(), text) {
            Found::Ambiguous(first, second) => {
                let message = format!("`{text}` may be `{first}` or `{second}`");
                self.report(
                    Diagnostic::new(Code::UnknownName, span, message)
                        .note("two `use …::*` bring it in; name the one that is meant")
                        .guess(format!("write `{first}`"), span, first),
                );
                Type::ERROR
            }
            _ => Type::ERROR,
        }
    }

    /// A variant that stands without its enum.
    #[cold]
    fn unqualified_variant(&mut self, name: &str, span: Span) -> bool {
        let mut owners: Vec<String> = Vec::new();
        for (index, item) in self.tree.items.iter().enumerate() {
            if let Some(own) = item.name
                && self.sight().item_has_variant(index, name)
            {
                owners.push(self.modules.path_of(index, self.text(own.symbol)).into_owned());
            }
        }
        let Some(first) = owners.first() else { return false };
        let message = format!("there is nothing called `{name}` here; there is `{first}::{name}`");
        let diagnostic = Diagnostic::new(Code::UnknownName, span, message)
            .note(format!("`use {first}::*;` makes the variants known by their names alone"));
        let whole = format!("{first}::{name}");
        self.report(match owners.len() {
            1 => diagnostic.fix("name the variant with its type", span, whole),
            _ => {
                let note = format!("so have {}", owners[1..].join(", "));
                diagnostic.note(note).guess("name the variant with its type", span, whole)
            }
        });
        true
    }

    #[cold]
    pub(super) fn unknown(&mut self, symbol: Symbol, span: Span) -> Type {
        let text = self.text(symbol);
        match self.globals[symbol.index()] {
            REFUSED => return Type::ERROR,
            HIDDEN => return self.hidden(symbol, span),
            _ => {}
        }
        if text == "_" {
            return self.error(
                Code::NotAValue,
                span,
                "`_` stands for a value that is thrown away; it has none to give",
            );
        }
        if matches!(text, "i64" | "f64" | "bool" | "str") {
            return self.error(Code::NotAValue, span, format!("`{text}` is a type, not a value"));
        }
        if self.facts.suggestions >= MAX_SUGGESTIONS {
            return self.error(Code::UnknownName, span, format!("there is nothing called `{text}` here"));
        }
        self.facts.suggestions += 1;
        // `use std::f64::consts::PI;`, which has been refused, would have brought it in.
        let constant = format!("f64::{}", text.strip_prefix("consts::").unwrap_or(text));
        if !matches!(text, "MAX" | "MIN") && crate::methods::named(&constant).is_some() {
            let message = format!("there is nothing called `{text}` here; the constant is `{constant}`");
            let diagnostic = Diagnostic::new(Code::UnknownName, span, message);
            self.report(diagnostic.fix(format!("write `{constant}`"), span, constant));
            return Type::F64;
        }
        if let Some(lambda) = self.method_as_lambda(text)
            && !self.source[span.end as usize..].trim_start().starts_with('(')
            && !text.ends_with("::new")
        {
            let message = format!("there is nothing called `{text}` here");
            let diagnostic = Diagnostic::new(Code::UnknownName, span, message);
            self.report(diagnostic.fix("write a lambda", span, lambda));
            return Type::ERROR;
        }
        if let Some(note) = instead_of_path(text) {
            let message = format!("there is nothing called `{text}` here");
            let diagnostic = Diagnostic::new(Code::UnknownName, span, message).note(note);
            self.report(self.define_order(diagnostic, text, span));
            return Type::ERROR;
        }
        if text.starts_with(|c: char| c.is_ascii_uppercase()) && self.unqualified_variant(text, span) {
            return Type::ERROR;
        }
        if let [path] = self.modules.elsewhere(text).as_slice() {
            let message = format!("there is nothing called `{text}` here; there is `{path}`");
            let path = (*path).to_owned();
            let diagnostic = Diagnostic::new(Code::UnknownName, span, message);
            self.report(diagnostic.guess("write its path", span, path));
            return Type::ERROR;
        }
        let mut near: Vec<&str> = self.undo.iter().map(|&(symbol, _)| self.text(symbol)).collect();
        near.extend(self.tree.items.iter().filter_map(|item| Some(self.text(item.name?.symbol))));
        near.extend(["print", "panic", "assert", "true", "false"]);
        near.extend(self.modules.paths().filter(|path| path.contains("::")));
        let diagnostic =
            Diagnostic::new(Code::UnknownName, span, format!("there is nothing called `{text}` here"));
        let near = nearest(text, near).map(str::to_owned).or_else(|| self.scope.near(text));
        self.report(match near {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
            None => diagnostic,
        });
        Type::ERROR
    }
}
