//! What names stand for: values, and types as written.

use super::{ABSENT, HIDDEN, Infer, MAX_SUGGESTIONS, REFUSED};
use crate::collect::out_of_reach;
use crate::facts::{Meaning, Target, TargetPlace};
use crate::modules::{Found, Sight};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ExprId, Item, ItemKind, Symbol, TypeId, TypeKind};

impl<'a> Infer<'a> {
    /// The type that a type expression means.
    pub(crate) fn written_type(&mut self, id: TypeId) -> Type {
        let ty = self.tree.ty(id);
        match ty.kind {
            TypeKind::Unit => Type::UNIT,
            kind @ (TypeKind::Tuple(_) | TypeKind::Apply { .. } | TypeKind::SelfType | TypeKind::Infer) => {
                self.later_type(kind, ty.span)
            }
            TypeKind::Error => Type::ERROR,
            TypeKind::List(element) => {
                let element = self.written_type(element);
                let list = element.list_of();
                if list.is_error() && !element.is_error() { self.too_deep(ty.span) } else { list }
            }
            TypeKind::Name(symbol) => match self.text(symbol) {
                "i64" => Type::I64,
                "f64" => Type::F64,
                "bool" => Type::BOOL,
                "str" => Type::STR,
                other => self.unknown_type(other, ty.span),
            },
        }
    }

    #[cold]
    pub(super) fn too_deep(&mut self, span: Span) -> Type {
        self.error(Code::UnknownType, span, "lists nested more than 64 deep are not supported")
    }

    /// `[element]`, for the literal at `span`.
    pub(super) fn list_of(&mut self, element: Type, span: Span) -> Type {
        let list = self.resolve(element).list_of();
        if list.is_error() && !element.is_error() { self.too_deep(span) } else { list }
    }

    #[cold]
    fn unknown_type(&mut self, name: &str, span: Span) -> Type {
        let defined = |item: &Item| {
            matches!(item.kind, ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Error)
                && item.name.is_some_and(|found| self.text(found.symbol) == name)
        };
        if self.tree.items.iter().any(defined) {
            // It was reported where it is defined.
            return Type::ERROR;
        }
        let instead = match name {
            "String" | "char" => Some(("str", Type::STR)),
            "i8" | "i16" | "i32" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize"
            | "int" => Some(("i64", Type::I64)),
            "f32" | "float" | "double" => Some(("f64", Type::F64)),
            "boolean" => Some(("bool", Type::BOOL)),
            _ => None,
        };
        let sure = instead.is_some();
        let instead = instead.or_else(|| {
            nearest(name, ["i64", "f64", "bool", "str"]).map(|near| {
                let ty = match near {
                    "i64" => Type::I64,
                    "f64" => Type::F64,
                    "bool" => Type::BOOL,
                    _ => Type::STR,
                };
                (near, ty)
            })
        });
        let diagnostic = Diagnostic::new(Code::UnknownType, span, format!("there is no type `{name}`"));
        match instead {
            Some((text, ty)) if sure => {
                self.report(diagnostic.fix(format!("NDA writes `{text}`"), span, text));
                ty
            }
            Some((text, ty)) => {
                self.report(diagnostic.guess(format!("there is `{text}`"), span, text));
                ty
            }
            None => {
                self.report(
                    diagnostic.note("the types are `i64`, `f64`, `bool`, `()`, `str` and lists `[T]`"),
                );
                Type::ERROR
            }
        }
    }

    #[inline]
    pub(super) fn name(&mut self, expr: ExprId, symbol: Symbol) -> Type {
        if let Some(local) = self.bindings[symbol.index()].checked_sub(1) {
            self.facts.meanings[expr.index()] = Meaning::Local(local);
            let local = &mut self.facts.locals[local as usize];
            local.read = true;
            return local.ty;
        }
        self.global_value(expr, symbol)
    }

    pub(super) fn path(&mut self, expr: ExprId, symbol: Symbol) -> Type {
        if let Some(named) = crate::methods::named(self.text(symbol)) {
            self.facts.meanings[expr.index()] = Meaning::Named;
            return match named {
                crate::methods::Named::Int(_) => Type::I64,
                crate::methods::Named::Float(_) => Type::F64,
            };
        }
        self.global_value(expr, symbol)
    }

    pub(super) fn global_value(&mut self, expr: ExprId, symbol: Symbol) -> Type {
        let span = self.tree.span(expr);
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
            ABSENT | REFUSED | HIDDEN => None,
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
        match self.modules.find(self.sight(), self.text(symbol)) {
            // An item without a target was refused where it stands.
            Found::Item(item) => match self.modules.entries[item] {
                0 => REFUSED,
                entry => entry,
            },
            Found::Committed(path, external) => {
                if let Some(&known) = self.modules.committed.get(&path) {
                    return known;
                }
                self.facts.targets.push(Target {
                    place: TargetPlace::Committed(external.hash),
                    is_constant: external.constant.is_some(),
                    signature: external.signature,
                    constant: external.constant,
                    uses: external.uses,
                    written: None,
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

    fn sight(&self) -> Sight<'a> {
        Sight { tree: self.tree, source: self.source, scope: self.scope }
    }

    /// Says why a name that there is cannot be used here.
    #[cold]
    fn hidden(&mut self, symbol: Symbol, span: Span) -> Type {
        let text = self.text(symbol);
        match self.modules.find(self.sight(), text) {
            Found::Private(private) => {
                let diagnostic = out_of_reach(self.tree, self.source, &private, span);
                self.report(diagnostic);
                Type::ERROR
            }
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
