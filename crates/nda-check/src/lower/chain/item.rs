//! Items and lambdas: how an item becomes a value, the value of a variable, or the argument of a function.

use super::plan::Stage;
use super::{Item, Typed};
use crate::facts::{Meaning, PatternMeaning};
use crate::lower::Lower;
use crate::methods::{Intrinsic, Method};
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForVariable, LambdaId, PatternId, PatternKind};

impl Lower<'_> {
    /// The value of an item, owned by whoever takes it.
    pub(in crate::lower) fn put(&mut self, (item, ty): &Typed, span: Span) {
        match item {
            Item::Slot(slot) | Item::Number(slot) => self.load_slot(*slot, span, Mode::Share),
            Item::Value(body) => self.owned(*body),
            Item::Call(function, arg) => {
                self.put(arg, span);
                self.call_function(*function, 1);
            }
            Item::Pair(parts) => {
                self.put(&parts.0, span);
                self.put(&parts.1, span);
                self.emit(NdaNode::Construct { variant: 0, ty: *ty }, span);
            }
        }
    }

    /// A variable that holds an item.
    pub(super) fn kept(&mut self, item: &Typed, span: Span, count: &mut u32) -> Slot {
        if let Item::Slot(slot) = item.0 {
            return slot;
        }
        self.put(item, span);
        *count += 1;
        self.declare(item.1, span)
    }

    /// An item whose value is computed, so that it can be used more than once.
    pub(super) fn settled(&mut self, item: Typed, span: Span, count: &mut u32) -> Typed {
        match item {
            (Item::Slot(_) | Item::Number(_), _) => item,
            (Item::Pair(parts), ty) => {
                let first = self.settled(parts.0, span, count);
                let second = self.settled(parts.1, span, count);
                (Item::Pair(Box::new((first, second))), ty)
            }
            item => (Item::Slot(self.kept(&item, span, count)), item.1),
        }
    }

    /// Computes an item for its effect only.
    pub(super) fn spent(&mut self, item: &Typed, span: Span, count: &mut u32) {
        match &item.0 {
            Item::Slot(_) | Item::Number(_) => {}
            Item::Pair(parts) => {
                self.spent(&parts.0, span, count);
                self.spent(&parts.1, span, count);
            }
            Item::Value(_) | Item::Call(..) => {
                self.put(item, span);
                self.emit(NdaNode::Discard, span);
                *count += 1;
            }
        }
    }

    /// What the lambda of a stage gives for an item. Nobody else uses the item afterwards if it is `last`.
    pub(super) fn applied(&mut self, stage: Stage, item: Typed, last: bool, count: &mut u32) -> Item {
        let arg = stage.arg.expect("inference counted the arguments");
        self.applied_arg(arg, item, last, count)
    }

    pub(in crate::lower) fn applied_arg(
        &mut self,
        arg: ExprId,
        item: Typed,
        last: bool,
        count: &mut u32,
    ) -> Item {
        let arg = self.tree.unparen(arg);
        let ExprKind::Lambda(id) = self.tree.kind(arg) else { return Item::Call(arg, Box::new(item)) };
        self.name_item((id, 0), item, last, count);
        Item::Value(self.tree.lambda(id).body)
    }

    /// Makes an item the value of a lambda's parameter.
    pub(in crate::lower) fn name_item(
        &mut self,
        (id, index): (LambdaId, usize),
        item: Typed,
        last: bool,
        count: &mut u32,
    ) {
        let at = self.tree.lambda(id).params.range().start + index;
        let param = self.tree.lambda_params[at];
        self.name((param.variable, self.facts.lambda_params[at]), item, last, count, param.span);
    }

    /// Makes an item the value of a variable, or takes it apart.
    pub(super) fn name(
        &mut self,
        (variable, local): (ForVariable, u32),
        item: Typed,
        last: bool,
        count: &mut u32,
        span: Span,
    ) {
        match variable {
            ForVariable::Name { name, mutable } => {
                let may_stay = !mutable || last && !matches!(item.0, Item::Number(_));
                let slot = self.named(item, may_stay, name.span, count);
                self.memory.slot_of[local as usize] = slot;
            }
            ForVariable::Pattern(pattern) => self.name_parts(pattern, item, last, count, span),
        }
    }

    /// The slot of an item that gets a name: the one it is in, if it `may_stay` there.
    fn named(&mut self, item: Typed, may_stay: bool, name: Span, count: &mut u32) -> Slot {
        let slot = match item.0 {
            Item::Slot(slot) | Item::Number(slot) if may_stay => slot,
            _ => {
                self.put(&item, name);
                *count += 1;
                self.declare(item.1, name)
            }
        };
        let known = &mut self.memory.names[slot as usize];
        if known.start == known.end {
            *known = name;
        }
        slot
    }

    fn name_parts(&mut self, pattern: PatternId, item: Typed, last: bool, count: &mut u32, span: Span) {
        match (self.tree.pattern(pattern).kind, self.facts.patterns[pattern.index()], item.0) {
            (PatternKind::Paren(inner), _, found) => {
                self.name_parts(inner, (found, item.1), last, count, span)
            }
            (PatternKind::Wildcard, _, found) => self.spent(&(found, item.1), span, count),
            (PatternKind::Binding { name, mutable, inner: None }, PatternMeaning::Bind(local), found) => {
                let may_stay = !mutable || last && !matches!(found, Item::Number(_));
                self.memory.slot_of[local as usize] = self.named((found, item.1), may_stay, name.span, count);
            }
            (PatternKind::Tuple(list), _, Item::Pair(parts))
                if self.tree.pattern_list(list).len() == 2
                    && !self.tree.pattern_list(list).any(|part| self.is_rest(part)) =>
            {
                let (first, second) = *parts;
                for (pattern, part) in self.tree.pattern_list(list).zip([first, second]) {
                    self.name_parts(pattern, part, last, count, span);
                }
            }
            (_, _, found) => {
                let slot = self.kept(&(found, item.1), span, count);
                *count += self.bind_each(slot, pattern);
            }
        }
    }

    fn is_rest(&self, pattern: PatternId) -> bool {
        matches!(self.tree.pattern(pattern).kind, PatternKind::Rest)
    }

    /// Calls the function or method that an expression names on operands that stand before.
    pub(in crate::lower) fn call_function(&mut self, expr: ExprId, args: u32) {
        let span = self.tree.span(expr);
        match self.facts.meaning(expr) {
            Meaning::Target(target) => {
                let callee = self.reference_at(expr, target);
                self.emit(NdaNode::Call { callee, args }, span);
            }
            Meaning::Method(Method::Math(op)) => self.emit(NdaNode::Math(op), span),
            Meaning::Method(Method::Unary(op)) => self.emit(NdaNode::Unary(op), span),
            Meaning::Method(Method::Builtin(op)) => {
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
            }
            Meaning::Method(Method::IsEmpty) => {
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.emit(NdaNode::Int(0), span);
                self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
            }
            Meaning::Intrinsic(Intrinsic::TextFrom) | Meaning::Method(Method::Itself) => {}
            _ => unreachable!("inference knows what is called"),
        }
    }
}
