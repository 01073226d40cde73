//! Patterns in conditions: `if let`, `while let`, `matches!`, and several of them between `&&`.

use super::Lower;
use super::matches::{Choice, Subject};
use super::offers::Seen;
use super::paths::Path;
use nda_diagnostics::Span;
use nda_graph::{NdaNode, Ty};
use nda_syntax::tree::{BinaryOp, BlockId, ExprId, ExprKind, PatternId, Symbol};

impl Lower<'_> {
    /// Whether a condition has a `let` among its `&&`.
    pub(super) fn has_let(&self, cond: ExprId) -> bool {
        match self.tree.kind(cond) {
            ExprKind::Let { .. } => true,
            ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
                self.has_let(left) || self.has_let(right)
            }
            _ => false,
        }
    }

    /// The operands of a condition's `&&`.
    fn conjuncts(&self, cond: ExprId, found: &mut Vec<ExprId>) {
        match self.tree.kind(cond) {
            ExprKind::Binary { op: BinaryOp::And, left, right, .. } if self.has_let(cond) => {
                self.conjuncts(left, found);
                self.conjuncts(right, found);
            }
            _ => found.push(cond),
        }
    }

    /// `if let pattern = value && more { then } else { otherwise }`.
    pub(super) fn if_let(&mut self, expr: ExprId, cond: ExprId, then: BlockId, otherwise: Option<ExprId>) {
        let tree = self.tree;
        let span = tree.span(expr);
        let mut conjuncts = Vec::new();
        self.conjuncts(cond, &mut conjuncts);
        let (first, guards) = conjuncts.split_first().expect("a condition has operands");
        if let ExprKind::Let { pattern, value } = tree.kind(*first)
            && !guards.iter().any(|&guard| self.has_let(guard) || self.facts.changes(guard))
            && !self.diverges(value)
            && self.choices(pattern).len() == 1
            && (guards.is_empty() || !self.sees_offer(value, &[pattern], Seen::Arms))
        {
            let mark = self.memory.owned.len();
            let choice = Choice::new();
            let (subject, count) = self.subject(value, &[pattern], true, Seen::Arms);
            if !self.condition(&subject, pattern, &choice, guards, span) {
                self.emit(NdaNode::Bool(true), span);
            }
            self.emit(NdaNode::Then, tree.span(cond));
            self.then(&subject, pattern, &choice, then);
            self.emit(NdaNode::Else, span);
            match otherwise {
                Some(otherwise) => self.owned(otherwise),
                None => self.emit(NdaNode::Unit, span),
            }
            self.emit(NdaNode::If, span);
            let drops = if self.diverges(expr) { 0 } else { self.drops(mark, None, span) };
            self.memory.owned.truncate(mark);
            return self.scope(count + 1, drops, span);
        }
        // Several ways to fail lead to one `else`: a block that each success leaves.
        let ty = if self.diverges(expr) { Ty::NEVER } else { self.ty(expr) };
        let mark = self.memory.owned.len();
        self.open_block(None);
        self.emit(NdaNode::LoopBegin { ty }, span);
        let diverges = self.block_diverges(then);
        self.nested(&conjuncts, span, &mut |this| {
            this.block(then);
            if !diverges {
                let drops = this.drops(mark, None, span);
                this.scope(1, drops, span);
                this.emit(NdaNode::Break { up: 0 }, span);
            }
        });
        match otherwise {
            Some(otherwise) => self.owned(otherwise),
            None => self.emit(NdaNode::Unit, span),
        }
        if !otherwise.is_some_and(|otherwise| self.diverges(otherwise)) {
            self.emit(NdaNode::Break { up: 0 }, span);
        }
        self.scope(2, 0, span);
        self.close_loop();
        self.emit(NdaNode::Loop, span);
    }

    /// `while let pattern = value && more { body }`: a loop that goes round at the end of its body, and else ends.
    pub(super) fn while_let(&mut self, expr: ExprId, label: Option<Symbol>, cond: ExprId, body: BlockId) {
        let span = self.tree.span(expr);
        let mut conjuncts = Vec::new();
        self.conjuncts(cond, &mut conjuncts);
        let mark = self.memory.owned.len();
        self.open_loop(label, mark);
        self.emit(NdaNode::LoopBegin { ty: Ty::UNIT }, span);
        let diverges = self.block_diverges(body);
        self.nested(&conjuncts, span, &mut |this| {
            this.block(body);
            if !diverges {
                let drops = this.drops(mark, None, span);
                this.emit(NdaNode::Continue { up: 0 }, span);
                this.scope(drops + 2, 0, span);
            }
        });
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::Break { up: 0 }, span);
        self.scope(2, 0, span);
        self.close_loop();
        self.emit(NdaNode::Loop, span);
    }

    /// Conditions inside of each other, and `inner` where all hold; one operand of type `()` is left behind.
    fn nested(&mut self, conjuncts: &[ExprId], span: Span, inner: &mut dyn FnMut(&mut Self)) {
        let tree = self.tree;
        let Some((&first, rest)) = conjuncts.split_first() else { return inner(self) };
        let ExprKind::Let { pattern, value } = tree.kind(first) else {
            self.owned(first);
            if self.diverges(first) {
                return;
            }
            self.emit(NdaNode::Then, tree.span(first));
            self.nested(rest, span, inner);
            self.emit(NdaNode::Else, span);
            self.emit(NdaNode::Unit, span);
            return self.emit(NdaNode::If, span);
        };
        if self.diverges(value) {
            return self.owned(value);
        }
        let mark = self.memory.owned.len();
        let (subject, count) = self.subject(value, &[pattern], true, Seen::Arms);
        let choices = self.choices(pattern);
        for choice in &choices {
            if !self.condition(&subject, pattern, choice, &[], span) {
                self.emit(NdaNode::Bool(true), span);
            }
            self.emit(NdaNode::Then, tree.span(first));
            let arm_mark = self.memory.owned.len();
            let bound = self.bind_pattern(&subject, &mut Path::new(), pattern, choice, true);
            self.nested(rest, span, inner);
            let drops = self.drops(arm_mark, None, span);
            self.memory.owned.truncate(arm_mark);
            self.scope(bound + 1 + drops, 0, span);
            self.emit(NdaNode::Else, span);
            self.emit(NdaNode::Unit, span);
            self.emit(NdaNode::If, span);
        }
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count + choices.len() as u32 + drops, 0, span);
    }

    fn then(&mut self, subject: &Subject, pattern: PatternId, choice: &Choice, then: BlockId) {
        let mark = self.memory.owned.len();
        let count = self.bind_pattern(subject, &mut Path::new(), pattern, choice, true);
        self.block(then);
        let span = self.tree.block(then).span;
        let end = Span::new(span.end.saturating_sub(1), span.end);
        let drops = if self.block_diverges(then) { 0 } else { self.drops(mark, None, end) };
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// `matches!(value, pattern if guard)`.
    pub(super) fn matches(&mut self, expr: ExprId, value: ExprId, pattern: PatternId, guard: Option<ExprId>) {
        let span = self.tree.span(expr);
        if self.diverges(value) {
            return self.owned(value);
        }
        let mark = self.memory.owned.len();
        let changes = guard.is_some_and(|guard| self.facts.changes(guard));
        let seen = if guard.is_some() { Seen::Whole } else { Seen::Test };
        let (subject, count) = self.subject(value, &[pattern], !changes, seen);
        for (index, choice) in self.choices(pattern).iter().enumerate() {
            if index > 0 {
                self.emit(NdaNode::Rhs, span);
            }
            if !self.condition(&subject, pattern, choice, guard.as_slice(), span) {
                self.emit(NdaNode::Bool(true), span);
            }
            if index > 0 {
                self.emit(NdaNode::Or, span);
            }
        }
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }
}
