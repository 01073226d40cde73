//! What names of values stand for.

use super::{ABSENT, Infer, MAX_SUGGESTIONS, REFUSED, TYPE};
use crate::facts::{Meaning, Target, TargetPlace};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_graph::Signature;
use nda_syntax::tree::{ExprId, Symbol};

impl Infer<'_> {
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
        if text.contains("::") && self.unknown_variant(text, span) {
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
        if let TargetPlace::Item(item) = self.facts.targets[target as usize].place
            && !self.dead
        {
            self.item_refs.push(item);
        }
    }

    /// The function or constant that a symbol names outside of every body.
    pub(crate) fn global(&mut self, symbol: Symbol) -> Option<u32> {
        match self.globals[symbol.index()] {
            ABSENT | REFUSED | TYPE => None,
            0 => {
                let found = self.scope.definition(self.text(symbol));
                let target = found.map(|external| {
                    let Signature { params, ret, types } = &external.signature;
                    let types = params
                        .iter()
                        .chain([ret])
                        .map(|&ty| self.facts.table.import(types.view(), ty))
                        .collect();
                    Target {
                        place: TargetPlace::Committed(external.hash),
                        is_constant: external.constant.is_some(),
                        types,
                        plain: Some(external.signature),
                        constant: external.constant,
                        uses: external.uses,
                    }
                });
                self.globals[symbol.index()] = match target {
                    Some(target) => {
                        self.facts.targets.push(target);
                        self.facts.targets.len() as u32
                    }
                    None => ABSENT,
                };
                self.global(symbol)
            }
            known => Some(known - 1),
        }
    }

    #[cold]
    pub(super) fn unknown(&mut self, symbol: Symbol, span: Span) -> Type {
        let text = self.text(symbol);
        if self.globals[symbol.index()] == REFUSED {
            return Type::ERROR;
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
        let mut near: Vec<&str> = self.undo.iter().map(|&(symbol, _)| self.text(symbol)).collect();
        near.extend(self.tree.items.iter().filter_map(|item| Some(self.text(item.name?.symbol))));
        near.extend(["print", "panic", "assert", "true", "false"]);
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
