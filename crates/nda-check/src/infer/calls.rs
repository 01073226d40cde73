//! Calls of functions and methods, and the effects they bring.

use super::Infer;
use super::chain::Gives;
use super::generics::Given;
use super::instead::{Instead, instead};
use crate::facts::{Host, Meaning, TargetPlace};
use crate::methods::{self, Intrinsic, Method};
use crate::steps::Step;
use crate::tensors;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Symbol};

impl Infer<'_> {
    pub(super) fn call(
        &mut self,
        expr: ExprId,
        callee: ExprId,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        let tree = self.tree;
        let span = tree.span(callee);
        let (ExprKind::Name(symbol) | ExprKind::Path(symbol)) = tree.kind(tree.unparen(callee)) else {
            if tree.kind(tree.unparen(callee)) != ExprKind::Error {
                self.infer(callee, None);
                self.error(Code::NotAFunction, span, "only a function's name can be called");
            }
            return self.arguments_alone(args);
        };
        if let Some(local) = self.bindings[symbol.index()].checked_sub(1) {
            let ty = self.resolve(self.facts.locals[local as usize].ty);
            let text = self.text(symbol);
            self.facts.locals[local as usize].read = true;
            if ty.is_error() {
                return self.arguments_alone(args);
            }
            let message =
                format!("`{text}` is a variable of type `{ty}` here, not a function", ty = self.show(ty));
            self.error(Code::NotAFunction, span, message);
            return self.arguments_alone(args);
        }
        if let Some(target) = self.global(symbol) {
            let given = self.given_by_name(tree.unparen(callee), self.text(symbol));
            return self.call_target(expr, (symbol, span), target, args, &given);
        }
        let text = self.text(symbol);
        if let Some(found) = self.constructor(text) {
            return self.construct_call(expr, text, found, args, wanted);
        }
        if let Some(intrinsic) = methods::intrinsic(text) {
            self.facts.meanings[expr.index()] = Meaning::Intrinsic(intrinsic);
            return self.call_intrinsic(expr, span, intrinsic, args);
        }
        if let Some(what) = tensors::function(text) {
            return self.tensor_call(expr, text, what, args, wanted);
        }
        if let Some(host) = self.scope.host(text) {
            return self.call_host(expr, span, text, host, args);
        }
        if text == "String::with_capacity" {
            let message = "found `String::with_capacity`; expected `String::new()`, because room is made as it is needed";
            let whole = self.tree.span(expr);
            self.report(Diagnostic::new(Code::RustSpelling, span, message).fix(
                "write `String::new()`",
                whole,
                "String::new()",
            ));
            self.arguments_alone(args);
            return Type::STR;
        }
        if let Some(better) = self.better_of(text, span, args) {
            return better;
        }
        if let Some(moved) = self.moved(expr, text, args) {
            return moved;
        }
        if let Some(list) = self.list_made(expr, text, span, args) {
            return list;
        }
        if let Some(map) = self.map_made(expr, text, span, args, wanted) {
            return map;
        }
        if let Some(ty) = self.call_written(expr, text, span, args, wanted) {
            return ty;
        }
        if !self.unknown_variant(text, span) {
            self.unknown(symbol, span);
        }
        self.arguments_alone(args)
    }

    fn arguments_alone(&mut self, args: ExprList) -> Type {
        self.infer_unwanted(args);
        Type::ERROR
    }

    fn call_target(
        &mut self,
        expr: ExprId,
        (symbol, span): (Symbol, Span),
        target: u32,
        args: ExprList,
        given: &Given,
    ) -> Type {
        let found = &self.facts.targets[target as usize];
        if found.is_constant {
            let text = self.text(symbol);
            self.error(Code::NotAFunction, span, format!("`{text}` is a constant, not a function"));
            return self.arguments_alone(args);
        }
        let types = self.types_for(expr, target, given, span);
        let ty = self.call_function(expr, (symbol, span), (target, &types), args, 0);
        self.changed_operands((symbol, target), None, args);
        ty
    }

    /// A call of a function with the types of its parameters and result, of which so many parameters have their arguments
    /// already.
    fn call_function(
        &mut self,
        expr: ExprId,
        (name, span): (Symbol, Span),
        (target, types): (u32, &[Type]),
        args: ExprList,
        before: usize,
    ) -> Type {
        self.refer(target);
        self.facts.meanings[expr.index()] = Meaning::Target(target);
        let Some((&ret, params)) = types.split_last() else { return Type::ERROR };
        let params = params.get(before..).unwrap_or_default();
        let wanted = params.len();
        let given = self.check_arguments(args, |_, index| params.get(index).copied());
        if given != wanted {
            self.wrong_count(self.text(name), self.tree.span(expr), wanted, given, Some(target));
        }
        self.needs_of(target, span);
        ret
    }

    /// Infers arguments, each against the type that is wanted in its place, if there is one; how many there are.
    pub(super) fn check_arguments(
        &mut self,
        args: ExprList,
        mut wanted: impl FnMut(&mut Self, usize) -> Option<Type>,
    ) -> usize {
        let tree = self.tree;
        for (index, arg) in tree.list(args).enumerate() {
            match wanted(self, index) {
                Some(ty) => self.check(arg, ty),
                None => {
                    self.infer(arg, None);
                }
            }
        }
        tree.list(args).len()
    }

    /// What calling a function at `span` needs.
    pub(super) fn needs_of(&mut self, target: u32, span: Span) {
        for index in 0..self.facts.targets[target as usize].uses.len() {
            let capability = self.facts.targets[target as usize].uses[index].clone();
            self.needs(&capability, span);
        }
    }

    #[cold]
    pub(super) fn wrong_count(
        &mut self,
        name: &str,
        span: Span,
        wanted: usize,
        given: usize,
        target: Option<u32>,
    ) {
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        let message = format!("`{name}` takes {wanted} {}, found {given}", plural(wanted));
        let mut diagnostic = Diagnostic::new(Code::WrongArgumentCount, span, message);
        if let Some(target) = target {
            let signature = self.facts.show_signature(target);
            diagnostic = diagnostic.note(format!("its signature is `fn {name}{signature}`"));
            let target = &self.facts.targets[target as usize];
            if let TargetPlace::Item(item) = target.place
                && let Some(name) = self.tree.items[item].name
            {
                diagnostic = diagnostic.also(name.span, "defined here");
            }
        }
        self.report(diagnostic);
    }

    fn call_intrinsic(&mut self, expr: ExprId, callee: Span, intrinsic: Intrinsic, args: ExprList) -> Type {
        let tree = self.tree;
        let span = tree.span(expr);
        let args: Vec<ExprId> = tree.list(args).collect();
        if intrinsic == Intrinsic::Format {
            return self.format_call(expr, &args);
        }
        let (params, result): (&[Option<Type>], Type) = match intrinsic {
            Intrinsic::Print => (&[None], Type::UNIT),
            Intrinsic::Panic => (&[Some(Type::STR)], Type::NEVER),
            Intrinsic::Assert => (&[Some(Type::BOOL), Some(Type::STR)], Type::UNIT),
            Intrinsic::FromCode => (&[Some(Type::I64)], Type::STR),
            Intrinsic::NewText | Intrinsic::NewMap => (&[], Type::STR),
            Intrinsic::Format | Intrinsic::TextFrom | Intrinsic::MapFrom => (&[Some(Type::STR)], Type::STR),
        };
        if args.len() == params.len() {
            for (&arg, &param) in args.iter().zip(params) {
                match param {
                    Some(ty) => self.check(arg, ty),
                    None => {
                        self.infer(arg, None);
                    }
                }
            }
            return result;
        }
        args.iter().for_each(|&arg| {
            self.infer(arg, None);
        });
        if intrinsic == Intrinsic::Assert && args.len() == 1 {
            let end = Span::new(span.end.saturating_sub(1), span.end.saturating_sub(1));
            let text = tree.span(args[0]).text(self.source);
            let diagnostic = Diagnostic::new(
                Code::WrongArgumentCount,
                span,
                "`assert` takes a condition and the text of the trap",
            )
            .fix(
                "say what is wrong if it fails",
                end,
                format!(", {:?}", format!("assertion failed: {text}")),
            );
            self.report(diagnostic);
        } else if let Some(name) = self.meant_macro(intrinsic, &args) {
            let message = format!(
                "`{}` takes one text as it is; `{name}` takes a format and its values",
                callee.text(self.source)
            );
            let diagnostic = Diagnostic::new(Code::WrongArgumentCount, span, message);
            self.report(diagnostic.fix(format!("call `{name}`"), callee, name));
        } else {
            self.wrong_count(callee.text(self.source), span, params.len(), args.len(), None);
        }
        result
    }

    fn call_host(
        &mut self,
        expr: ExprId,
        span: Span,
        name: &str,
        host: crate::env::HostFunction,
        args: ExprList,
    ) -> Type {
        let tree = self.tree;
        let params = &host.signature.params;
        let types = host.signature.types.view();
        let given = self.check_arguments(args, |this, index| {
            params.get(index).map(|&ty| this.facts.table.import(types, ty))
        });
        if given != params.len() {
            self.wrong_count(name, tree.span(expr), params.len(), given, None);
        }
        self.needs(&host.capability, span);
        let known = self.facts.hosts.iter().position(|known| known.name == name);
        let index = known.unwrap_or_else(|| {
            self.facts.hosts.push(Host {
                name: name.to_owned(),
                capability: host.capability.clone(),
                signature: host.signature.clone(),
            });
            self.facts.hosts.len() - 1
        });
        self.facts.meanings[expr.index()] = Meaning::Host(index as u32);
        self.facts.table.import(types, host.signature.ret)
    }

    /// The call at `span` needs a capability.
    fn needs(&mut self, capability: &str, span: Span) {
        if !self.used.iter().any(|used| used == capability) {
            self.used.push(capability.to_owned());
        }
        let Some(declared) = &self.declared else {
            let message = format!(
                "this needs the capability `{capability}`, and constants and examples run without any"
            );
            self.error(Code::ExampleEffect, span, message);
            return;
        };
        if !declared.iter().any(|name| self.tree.name(name.symbol, self.source) == capability) {
            let message =
                format!("this needs the capability `{capability}`, which the function does not declare");
            let diagnostic = Diagnostic::new(Code::UndeclaredEffect, span, message)
                .label(format!("needs `{capability}`"))
                .guess(
                    "declare it; callers of this function must then declare it too",
                    Span::new(self.item_at, self.item_at),
                    format!("#[uses({capability})]\n"),
                );
            self.report(diagnostic);
        }
    }

    pub(super) fn method_call(
        &mut self,
        expr: ExprId,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        let tree = self.tree;
        let named = matches!(self.text(method), "collect" | "sum" | "product");
        let written = tree.method_types(args).filter(|_| named);
        let Some(written) = written.and_then(|types| tree.type_list(types).next()) else {
            return self.method_wanted(expr, receiver, method, args, wanted);
        };
        // `collect::<[_]>()`, `sum::<i64>()`: what is written is what is wanted.
        let written = self.written_type(written);
        let found = self.method_wanted(expr, receiver, method, args, Some(written));
        if self.fits(tree.span(expr), written, found) { written } else { Type::ERROR }
    }

    fn method_wanted(
        &mut self,
        expr: ExprId,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        let tree = self.tree;
        let before_reads = self.local_read(receiver);
        let name = self.text(method);
        if let Some(value) = self.or_insert(expr, receiver, method, args) {
            return value;
        }
        if name == "contains" && self.range_of_text(expr, receiver, args) {
            return Type::BOOL;
        }
        let hint = wanted.filter(|_| methods::keeps_type(name));
        let ty = self.walked(receiver, hint);
        let mut ty = self.resolve(ty);
        if ty.is_error() {
            return self.arguments_alone(args);
        }
        if ty.is_open() && name == "push" {
            // What is pushed to is a list.
            let element = self.facts.table.fresh();
            self.facts.table.unify(ty, element.list_of());
            ty = self.resolve(ty);
        }
        if ty.is_open() {
            self.not_known(receiver);
            return self.arguments_alone(args);
        }
        if self.matched == Some(expr)
            && let Some(result) = self.place_call(expr, ty, receiver, method, args)
        {
            return result;
        }
        if let Some(result) = self.map_call(expr, ty, receiver, method, args) {
            return result;
        }
        if let Some(result) = self.option_call(expr, ty, receiver, method, args) {
            return result;
        }
        if let Some(result) = self.vector_call(expr, ty, method, args, wanted) {
            return result;
        }
        match self.own_method(ty, method, tree.method_span(method, args)) {
            super::ABSENT => {}
            super::REFUSED | super::HIDDEN | super::TYPE => return self.arguments_alone(args),
            entry => return self.member_call(expr, (receiver, ty), (method, entry - 1), args),
        }
        if self.takes_other_arguments(expr, ty, name, args) {
            return self.arguments_alone(args);
        }
        let joins_all = name == "concat" && tree.list(args).len() == 0;
        let Some(found) = methods::find(ty, name).filter(|_| !joins_all) else {
            if matches!(name, "sum" | "product") && ty.element().is_some_and(Type::is_open) {
                self.not_known(receiver);
                return self.arguments_alone(args);
            }
            if self.unknown_option_method(expr, ty, method, args) {
                return self.arguments_alone(args);
            }
            self.unknown_method(expr, ty, name, tree.method_span(method, args), args);
            return self.arguments_alone(args);
        };
        let found = self.unless_chain(receiver, name, found);
        if let Method::Offer(offer) = found {
            return self.offer_call(expr, (offer, ty), receiver, method, args);
        }
        if let Method::Step(step) = found {
            return self.step_call(expr, (step, ty), method, args, wanted);
        }
        let text = wanted.is_some_and(|wanted| self.resolve(wanted) == Type::STR);
        if text && name == "collect" && ty == Type::STR.list_of() && tree.list(args).len() == 0 {
            return self.step_call(expr, (Step::Text, ty), method, args, wanted);
        }
        if name == "collect"
            && tree.list(args).len() == 0
            && let Some(whole) = self.collected_whole(ty, wanted)
        {
            self.step_call(expr, (Step::Whole, ty), method, args, None);
            return whole;
        }
        let map = wanted.filter(|&wanted| self.facts.table.map_of(wanted).is_some());
        if let (Some(map), true, "collect", 0) = (map, ty.is_list(), name, tree.list(args).len()) {
            return self.collected_map(expr, receiver, ty, map);
        }
        // To be changed is not to be read: `xs.push(1)` alone does not make `xs` a variable that is used.
        if let (Some((local, read)), ExprKind::Name(_)) = (before_reads, tree.kind(receiver))
            && found.changes()
            && found != Method::Place(nda_graph::PlaceOp::Remove)
        {
            self.facts.locals[local as usize].read = read;
        }
        if found == Method::Retain && tree.list(args).len() == 1 {
            let element = ty.element().unwrap_or(Type::ERROR);
            tree.list(args).for_each(|arg| {
                self.lambda(arg, &[element], Gives::Exactly(Type::BOOL), method);
            });
            self.changed_place(receiver, Some(name));
            self.facts.meanings[expr.index()] = Meaning::Method(found);
            return Type::UNIT;
        }
        if matches!(found, Method::SortByKey | Method::SortBy) {
            return self.sorting(expr, receiver, (found, ty), method, args);
        }
        let wanted = methods::arguments(found, ty);
        let given = self.check_arguments(args, |_, index| wanted.get(index).copied());
        if given != wanted.len() {
            self.wrong_count(name, tree.span(expr), wanted.len(), given, None);
        }
        if found == Method::Builtin(nda_graph::Builtin::JoinList) {
            self.fits(tree.span(receiver), Type::STR.list_of(), ty);
        }
        if found.changes() {
            let place = self.changed_place(receiver, Some(name));
            let sorts =
                matches!(found, Method::Place(nda_graph::PlaceOp::Sort | nda_graph::PlaceOp::SortDesc));
            if sorts && place {
                self.sorted.push((expr, ty.element().unwrap_or(Type::ERROR)));
            }
        }
        self.method_traps(expr, found, receiver, args);
        self.facts.meanings[expr.index()] = Meaning::Method(found);
        methods::result(found, self.resolve(ty))
    }

    /// A call of a function of an `impl`, the receiver being its first argument.
    fn member_call(
        &mut self,
        expr: ExprId,
        (receiver, ty): (ExprId, Type),
        (method, target): (Symbol, u32),
        args: ExprList,
    ) -> Type {
        let tree = self.tree;
        let span = tree.method_span(method, args);
        let found = &self.facts.targets[target as usize];
        let takes_self = match found.place {
            TargetPlace::Item(item) => tree.takes_self(item),
            TargetPlace::Committed(_) => !found.is_constant && found.arity() > 0,
        };
        if !takes_self {
            let name = self.text(method);
            let ty = self.show(ty);
            let message = format!("`{name}` takes no `self`; call it by its type: `{ty}::{name}(…)`");
            self.error(Code::UnknownMethod, span, message);
            return self.arguments_alone(args);
        }
        let given = self.given_by_method(tree.method_types(args));
        let types = self.types_for(expr, target, &given, span);
        self.fits(tree.span(receiver), types[0], ty);
        let ty = self.call_function(expr, (method, span), (target, &types), args, 1);
        self.changed_operands((method, target), Some(receiver), args);
        ty
    }

    /// What a function with `&mut` changes: each is a place of its own. What it is called on may be a value that stands in no
    /// place, and is gone.
    fn changed_operands(&mut self, (name, target): (Symbol, u32), receiver: Option<ExprId>, args: ExprList) {
        let in_place = self.facts.targets[target as usize].in_place;
        if in_place.is_empty() {
            return;
        }
        let operands: Vec<ExprId> = receiver.into_iter().chain(self.tree.list(args)).collect();
        let mut changed: Vec<u32> = Vec::new();
        for index in in_place.indices() {
            let Some(&operand) = operands.get(index) else { continue };
            self.facts.in_place.insert(operand);
            let is_self = index == 0 && in_place.is_on_self();
            if !is_self && !self.tree.is_in_place(operand) {
                self.not_marked(name, operand);
            }
            let root = self.place_root(operand);
            if is_self && root.is_none() {
                self.changes += 1;
                continue;
            }
            self.changed_place(operand, Some(self.text(name)));
            let local = root.map_or(0, |root| self.bindings[root.index()]);
            if local != 0 && changed.contains(&local) {
                let text = root.map_or("", |root| self.text(root));
                let message = format!("`{text}` is changed by two operands of one call");
                let diagnostic = Diagnostic::new(Code::ChangedTwice, self.tree.span(operand), message);
                self.report(diagnostic.note("neither would see what becomes of the other"));
            }
            changed.push(local);
        }
    }

    #[cold]
    fn not_marked(&mut self, name: Symbol, operand: ExprId) {
        let span = self.tree.span(operand);
        let name = self.text(name);
        let message = format!("found a value; expected `&mut` before it, because `{name}` changes it");
        let diagnostic = Diagnostic::new(Code::UnmarkedChange, span, message);
        self.report(diagnostic.fix("say so", Span::new(span.start, span.start), "&mut "));
    }

    /// What is sorted, or compared by order, must have one.
    pub(super) fn check_sortable(&mut self, expr: ExprId, element: Type) {
        let element = self.resolve(element);
        if self.facts.table.is_known(element) && !self.facts.table.is_ordered(element) {
            let message = format!(
                "only elements with an order can be sorted or compared; `{element}` has none",
                element = self.show(element)
            );
            self.error(Code::BadOperand, self.tree.span(expr), message);
        }
    }

    /// Whether the variable that a receiver starts at was read before, so that `xs.push(1)` alone is not a read.
    fn local_read(&self, receiver: ExprId) -> Option<(u32, bool)> {
        let root = self.place_root(receiver)?;
        let local = self.bindings[root.index()].checked_sub(1)?;
        Some((local, self.facts.locals[local as usize].read))
    }

    #[cold]
    fn unknown_method(&mut self, expr: ExprId, ty: Type, name: &str, span: Span, args: ExprList) {
        let message = format!("`{ty}` has no method `{name}`", ty = self.show(ty));
        let written =
            self.write_out(Diagnostic::new(Code::UnknownMethod, span, message), expr, ty, name, args);
        if let Some(Instead::Note(note)) = instead(ty, name) {
            let diagnostic = self.place_instead(written.note(note), expr, name, args);
            self.report(diagnostic);
            return;
        }
        if written.fix.is_some() {
            self.report(written);
            return;
        }
        if methods::comes_later(ty, name) {
            let message = format!("`{name}` on `{ty}` is not supported yet", ty = self.show(ty));
            self.error(Code::NotSupportedYet, span, message);
            return;
        }
        let diagnostic = Diagnostic::new(
            Code::UnknownMethod,
            span,
            format!("`{ty}` has no method `{name}`", ty = self.show(ty)),
        );
        if let Some(Instead::Same(same)) = instead(ty, name) {
            let name = Span::new(span.start, span.start + name.len() as u32);
            self.report(diagnostic.fix(format!("write `{same}`"), name, same));
            return;
        }
        if let Some(Instead::Nothing) = instead(ty, name) {
            let dot = Span::new(span.start.saturating_sub(1), self.tree.span(expr).end);
            self.report(diagnostic.fix("leave it out: values are plain here", dot, ""));
            return;
        }
        if let Some(Instead::Call(call, same)) = instead(ty, name) {
            let head = Span::new(span.start, span.start + call.len() as u32);
            let diagnostic = match head.text(self.source) == call {
                true => diagnostic.fix(format!("write `{same}…)`"), head, same),
                false => diagnostic.note(format!("write `{same}…)`")),
            };
            self.report(diagnostic);
            return;
        }
        let known = methods::names(ty);
        let no_args = self.tree.list(args).len() == 0;
        let call = self.tree.span(expr);
        let instead = match name {
            "length" | "size" if ty.is_list() || ty == Type::STR => Some("len"),
            "append" | "add" | "push_back" if ty.is_list() => Some("push"),
            "includes" | "has" if ty.is_list() || ty == Type::STR => Some("contains"),
            _ if ty == Type::STR && text_method(name).is_some() => text_method(name),
            "unwrap" | "into" if no_args => {
                let dot = Span::new(span.start.saturating_sub(1), call.end);
                self.report(diagnostic.guess("leave it out: values are plain here", dot, ""));
                return;
            }
            _ => nearest(name, known.iter().copied()),
        };
        self.report(match instead {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
            None if known.is_empty() => diagnostic,
            None => match alike(name, &known) {
                some if some.is_empty() => diagnostic,
                some => diagnostic.note(format!("`{ty}` has {}", some.join(", "), ty = self.show(ty))),
            },
        });
    }
}

/// The few names that may help: all where there are few, else those that begin alike.
fn alike<'n>(name: &str, known: &[&'n str]) -> Vec<&'n str> {
    const FEW: usize = 8;
    if known.len() <= FEW {
        return known.to_vec();
    }
    let start: String = name.chars().take(3).collect();
    known.iter().copied().filter(|known| known.starts_with(&start)).take(FEW).collect()
}

/// The method of text that other languages, or Rust for ASCII alone, call `name`.
fn text_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "upper" | "toUpperCase" | "to_upper" | "to_ascii_uppercase" => "to_uppercase",
        "lower" | "toLowerCase" | "to_lower" | "to_ascii_lowercase" => "to_lowercase",
        "strip" => "trim",
        "lstrip" | "trim_left" | "trimStart" => "trim_start",
        "rstrip" | "trim_right" | "trimEnd" => "trim_end",
        "startswith" | "startsWith" => "starts_with",
        "endswith" | "endsWith" => "ends_with",
        "replaceAll" | "replace_all" => "replace",
        "append" | "add" => "push_str",
        "isalpha" | "is_ascii_alphabetic" => "is_alphabetic",
        "isdigit" | "is_digit" => "is_ascii_digit",
        "isspace" | "is_ascii_whitespace" => "is_whitespace",
        "ord" | "charCodeAt" => "char_code",
        _ => return None,
    })
}
