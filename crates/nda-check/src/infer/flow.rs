//! Control flow: `if`, loops, and the jumps out of them.

use super::matches::Bound;
use super::{Infer, Loop};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span, nearest};
use nda_syntax::tree::{Adapter, BlockId, ExprId, ExprKind, ForHead, ForId, ForVariable, Symbol};

impl Infer<'_> {
    pub(super) fn if_against(
        &mut self,
        expr: ExprId,
        cond: ExprId,
        then: BlockId,
        otherwise: Option<ExprId>,
        wanted: Type,
    ) -> Type {
        let mark = self.undo.len();
        self.then = Some(then);
        self.check(cond, Type::BOOL);
        self.then = None;
        let Some(otherwise) = otherwise else {
            if !self.facts.table.unify(wanted, Type::UNIT) {
                self.block(then, Some(wanted));
                self.close_scope(mark);
                let wanted = self.resolve(wanted);
                let message = format!(
                    "expected `{wanted}`, but an `if` without `else` has no value",
                    wanted = self.show(wanted)
                );
                return self.error(Code::MissingElse, self.tree.span(expr), message);
            }
            self.block_against(then, Type::UNIT);
            self.close_scope(mark);
            return Type::UNIT;
        };
        let a = self.block_against(then, wanted);
        self.close_scope(mark);
        self.check(otherwise, wanted);
        let b = self.facts.types[otherwise.index()];
        if a == Type::NEVER { b } else { a }
    }

    pub(super) fn if_else(
        &mut self,
        expr: ExprId,
        cond: ExprId,
        then: BlockId,
        otherwise: Option<ExprId>,
        wanted: Option<Type>,
    ) -> Type {
        let Some(otherwise) = otherwise else {
            return self.if_against(expr, cond, then, None, Type::UNIT);
        };
        let mark = self.undo.len();
        self.then = Some(then);
        self.check(cond, Type::BOOL);
        self.then = None;
        let a = self.block(then, wanted);
        self.close_scope(mark);
        let b = self.infer(otherwise, wanted.or(if a == Type::NEVER { None } else { Some(a) }));
        if a == Type::NEVER {
            return b;
        }
        if b != Type::NEVER && !self.facts.table.unify(a, b) {
            let (a, b) = (self.resolve(a), self.resolve(b));
            let end = |block: BlockId| {
                let block = self.tree.block(block);
                block.tail.map_or(block.span, |tail| self.tree.span(tail))
            };
            let other = match self.tree.kind(otherwise) {
                ExprKind::Block(block) => end(block),
                _ => self.tree.span(otherwise),
            };
            let message = format!(
                "the branches of this `if` have different types, `{a}` and `{b}`",
                a = self.show(a),
                b = self.show(b)
            );
            let diagnostic = Diagnostic::new(Code::BranchesDiffer, other, message)
                .label(format!("this is `{b}`", b = self.show(b)))
                .also(end(then), format!("this is `{a}`", a = self.show(a)));
            self.report(diagnostic);
            return Type::ERROR;
        }
        a
    }

    pub(super) fn for_loop(&mut self, id: ForId) -> Type {
        let written = self.tree.for_loop(id);
        let mut places = None;
        let ty = match written.head {
            ForHead::Each(list) if let Some(element) = self.walked_places(list) => {
                places = Some(list);
                element
            }
            ForHead::Each(list) => {
                let found = self.walked(list, None);
                let found = self.resolve(found);
                let pair = self.facts.table.map_of(found);
                let pair = pair.map(|(key, value)| self.facts.table.tuple(&[key, value]));
                match found.element().or(pair) {
                    Some(element) => element,
                    None if found.is_error() => Type::ERROR,
                    None if found.is_open() => self.not_known(list),
                    None => {
                        let span = self.tree.span(list);
                        let mut diagnostic = Diagnostic::new(
                            Code::NotIterable,
                            span,
                            format!(
                                "`for` walks over a range or a list, not over `{found}`",
                                found = self.show(found)
                            ),
                        )
                        .label(format!("this is `{found}`", found = self.show(found)));
                        if found == Type::I64 {
                            let text = format!("0..{}", span.text(self.source));
                            diagnostic = diagnostic.guess("count up to it", span, text);
                        } else if self.facts.table.is_enum(found) {
                            diagnostic = diagnostic.note("`if let Some(x) = …` takes an option apart");
                            diagnostic.fix = self.for_of_option(found, id, list);
                        } else if found == Type::STR {
                            let end = Span::new(span.end, span.end);
                            diagnostic = diagnostic.fix("walk over its characters", end, ".chars()");
                        }
                        self.report(diagnostic);
                        Type::ERROR
                    }
                }
            }
            ForHead::Range { from, to, adapters, .. } => {
                self.check(from, Type::I64);
                self.check(to, Type::I64);
                for adapter in self.tree.adapters_of(adapters) {
                    if let Adapter::StepBy(step) = adapter {
                        self.check(*step, Type::I64);
                        self.step(*step);
                    }
                }
                Type::I64
            }
        };
        let mark = self.undo.len();
        match written.variable {
            ForVariable::Name { name, mutable } => {
                self.facts.fors[id.index()] = self.declare(name, ty, mutable);
            }
            ForVariable::Pattern(pattern) => {
                self.pattern(pattern, ty);
                self.irrefutable(pattern, ty, Bound::For(written.body));
            }
        }
        if let Some(head) = places.filter(|_| !ty.is_error()) {
            self.names_of_places(head, id);
        }
        self.loops.push(Loop { label: written.label, value: None, broken: false });
        self.block_against(written.body, Type::UNIT);
        self.loops.pop();
        self.close_scope(mark);
        Type::UNIT
    }

    pub(super) fn find_loop(&mut self, expr: ExprId, label: Option<Symbol>, label_at: u32) -> Option<usize> {
        let found = match label {
            None => self.loops.len().checked_sub(1),
            Some(_) => self.loops.iter().rposition(|open| open.label == label),
        };
        if found.is_none() && self.in_lambda {
            self.leaves_lambda(self.tree.span(expr), "a jump");
        } else if found.is_none() {
            let span = self.tree.span(expr);
            let diagnostic = match label {
                Some(label) if !self.loops.is_empty() => {
                    let text = self.text(label);
                    let near =
                        nearest(text, self.loops.iter().filter_map(|open| Some(self.text(open.label?))));
                    let span = self.tree.label_span(label, label_at);
                    let diagnostic = Diagnostic::new(
                        Code::UnknownLabel,
                        span,
                        format!("no loop around this is called `'{text}`"),
                    );
                    match near {
                        Some(near) => {
                            diagnostic.guess(format!("there is `'{near}`"), span, format!("'{near}"))
                        }
                        None => diagnostic,
                    }
                }
                _ => Diagnostic::new(
                    Code::OutsideLoop,
                    span,
                    "there is no loop around this to leave or go on with",
                ),
            };
            self.report(diagnostic);
        }
        found
    }

    pub(super) fn break_out(
        &mut self,
        expr: ExprId,
        label: Option<Symbol>,
        label_at: u32,
        value: Option<ExprId>,
    ) -> Type {
        self.changes += 1;
        let Some(target) = self.find_loop(expr, label, label_at) else {
            if let Some(value) = value {
                self.infer(value, None);
            }
            return Type::NEVER;
        };
        self.loops[target].broken = true;
        match (self.loops[target].value, value) {
            (Some(wanted), Some(value)) => self.check(value, wanted),
            (Some(wanted), None) => {
                self.fits(self.tree.span(expr), wanted, Type::UNIT);
            }
            (None, Some(value)) => {
                self.infer(value, None);
                let span = self.tree.span(value);
                self.error(
                    Code::BreakWithValue,
                    span,
                    "only `loop` gives a value; `while` and `for` end without one",
                );
            }
            (None, None) => {}
        }
        Type::NEVER
    }

    /// The fix of a `for` over an option, which runs once at most.
    fn for_of_option(&self, found: Type, id: ForId, list: ExprId) -> Option<Fix> {
        let tree = self.tree;
        let written = tree.for_loop(id);
        self.facts.table.some_of(found)?;
        let variable = match written.variable {
            ForVariable::Name { name, mutable: false } => name.span,
            ForVariable::Name { .. } => return None,
            ForVariable::Pattern(pattern) => tree.pattern(pattern).span,
        };
        let body = tree.block(written.body).span.text(self.source);
        let (before, _) = self.source.split_at(variable.start as usize);
        let head = before.trim_end().strip_suffix("for")?.len() as u32;
        let plain = written.label.is_none() && !body.contains("break") && !body.contains("continue");
        plain.then(|| Fix {
            message: "take the option apart".to_owned(),
            edits: vec![
                Edit { span: Span::new(head, variable.start), text: "if let Some(".to_owned() },
                Edit { span: Span::new(variable.end, tree.span(list).start), text: ") = ".to_owned() },
            ],
            safety: Safety::Safe,
        })
    }
}
