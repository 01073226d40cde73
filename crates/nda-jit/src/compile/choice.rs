//! Conditional assignments: an `if` whose first part does no more than give one word a small value is one step.

use super::emit::{Buffer, Emitter, Label};
use super::shapes::{self, Tree, Trees, Visit};
use super::{CompileError, FunctionCompiler, Sink};
use crate::operand::Expr;
use crate::steps::flow::SetIf;
use nda_graph::{NdaNode, NodeId};

impl FunctionCompiler<'_, '_> {
    /// Emits `if condition { word = value }`, with a jump to `end` behind the value if there is an other part, if that is
    /// what the parts are and there is such a step; whether it was so.
    pub(super) fn choice(
        &mut self,
        condition: NodeId,
        then: NodeId,
        sink: Sink,
        end: Option<Label>,
    ) -> Result<bool, CompileError> {
        let (NdaNode::Compare { .. }, Some((dst, value))) =
            (self.body.node(condition), self.assignment(then, sink))
        else {
            return Ok(false);
        };
        if !self.fits(condition) || !self.fits(value) {
            return Ok(false);
        }
        let trees = self.code.mark_trees();
        let (condition, value) = (self.tree(condition)?, self.tree(value)?);
        let at = self.code.position();
        let emitted = self.code.set_if(dst, condition, value, end);
        if emitted {
            self.code.tree_sites(at, condition, 2);
            self.code.tree_sites(at, value, 3);
        }
        self.code.drop_trees(trees);
        Ok(emitted)
    }

    /// The word that a part gives a plain value, and that value.
    fn assignment(&self, part: NodeId, sink: Sink) -> Option<(u16, NodeId)> {
        match (self.body.node(part), sink) {
            (NdaNode::Scope { count: 1, drops: 0 }, _) => self.assignment(self.body.operand(part, 0), sink),
            (NdaNode::Store { slot }, Sink::Nowhere) if !self.body.slots[slot as usize].is_object() => {
                Some((self.registry.slot(slot), self.body.operand(part, 0)))
            }
            (_, Sink::Word(dst)) => Some((dst, part)),
            _ => None,
        }
    }
}

impl Emitter {
    fn set_if(&mut self, dst: u16, condition: Tree, value: Tree, end: Option<Label>) -> bool {
        let (buffer, trees) = self.split();
        let mut emitted = false;
        let sink = ConditionSink { buffer, trees, dst, value, end, emitted: &mut emitted };
        shapes::choice(trees, condition, sink) && emitted
    }
}

/// Takes the condition and goes on to the value.
struct ConditionSink<'b> {
    buffer: &'b mut Buffer,
    trees: &'b Trees,
    dst: u16,
    value: Tree,
    end: Option<Label>,
    emitted: &'b mut bool,
}

impl Visit<bool> for ConditionSink<'_> {
    fn visit<C: Expr<Out = bool>>(self, condition: C) {
        let Self { buffer, trees, dst, value, end, emitted } = self;
        *emitted = shapes::chosen(trees, value, ValueSink { buffer, dst, condition, end });
    }
}

struct ValueSink<'b, C> {
    buffer: &'b mut Buffer,
    dst: u16,
    condition: C,
    end: Option<Label>,
}

impl<C: Expr<Out = bool>> Visit<i64> for ValueSink<'_, C> {
    fn visit<E: Expr<Out = i64>>(self, value: E) {
        let Self { buffer, dst, condition, end } = self;
        let target = 0;
        match end {
            Some(end) => buffer.jumping(SetIf::<_, _, true> { target, dst, condition, value }, end),
            None => {
                buffer.step(SetIf::<_, _, false> { target, dst, condition, value });
            }
        }
    }
}
