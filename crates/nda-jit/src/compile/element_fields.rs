//! Changes of plain fields of elements of lists: `all[i].x = v`, `all[i].x += v`.

use super::emit::{Buffer, Emitter};
use super::shapes::{self, Tree, Visit};
use super::{CompileError, Compiled, FunctionCompiler};
use crate::number as n;
use crate::operand::{Expr, K, S};
use crate::steps::records::{ElementField, SetElementField, UpdateElementField};
use nda_graph::{MathOp, Mode, NdaNode, NodeId, Slot};
use std::marker::PhantomData;

impl FunctionCompiler<'_, '_> {
    /// The field at `place` of an element of a variable's list, if the index is a variable.
    pub(super) fn element_field(&self, list: Slot, index: NodeId, place: u16) -> Option<ElementField> {
        let NdaNode::Load { slot: index, mode: Mode::Copy } = self.body.node(index) else { return None };
        Some(ElementField { list: self.registry.slot(list), index: self.registry.slot(index), place })
    }

    pub(super) fn set_element_field(&mut self, node: NodeId, value: NodeId, field: ElementField) -> Compiled {
        let trees = self.code.mark_trees();
        let tree = self.tree(value)?;
        let tree = self.leaf(tree, value)?;
        self.code.drop_trees(trees);
        self.code.site(1, self.blame(node));
        match tree {
            Tree::Slot(from) => self.code.step(SetElementField { field, value: S::<i64>(from, PhantomData) }),
            Tree::Const(bits) => self.code.step(SetElementField { field, value: K(bits as i64) }),
            _ => unreachable!("`leaf` gives leaves"),
        };
        Ok(())
    }

    /// Emits `list[index].field op= value`; whether there is such a step.
    pub(super) fn update_element_field(
        &mut self,
        node: NodeId,
        op: MathOp,
        value: NodeId,
        field: ElementField,
    ) -> Result<bool, CompileError> {
        let trees = self.code.mark_trees();
        let tree = self.tree(value)?;
        let mut emitted = self.try_update(node, op, tree, field);
        if !emitted && !tree.is_leaf() {
            let tree = self.leaf(tree, value)?;
            emitted = self.try_update(node, op, tree, field);
        }
        self.code.drop_trees(trees);
        Ok(emitted)
    }

    fn try_update(&mut self, node: NodeId, op: MathOp, value: Tree, field: ElementField) -> bool {
        let at = self.code.position();
        self.code.site(1, self.blame(node));
        let emitted = update(op, field, value, self.code);
        if emitted {
            self.code.tree_sites(at, value, 2);
        } else {
            self.code.forget_sites();
        }
        emitted
    }
}

struct UpdateSink<'b, O> {
    buffer: &'b mut Buffer,
    field: ElementField,
    op: PhantomData<O>,
}

impl<O: n::Binary<Out = <O as n::Binary>::A>> Visit<O::B> for UpdateSink<'_, O> {
    fn visit<E: Expr<Out = O::B>>(self, value: E) {
        self.buffer.step(UpdateElementField { field: self.field, value, op: self.op });
    }
}

/// Emits `list[index].field op= value` for the operators that programs update with; whether there is such a step.
fn update(op: MathOp, field: ElementField, value: Tree, code: &mut Emitter) -> bool {
    fn leaf<O, T>(field: ElementField, value: Tree, code: &mut Emitter) -> bool
    where
        O: n::Binary<A = T, B = T, Out = T>,
        T: n::Word,
    {
        let (buffer, _) = code.split();
        shapes::leaf(value, UpdateSink::<O> { buffer, field, op: PhantomData })
    }
    fn factor<O>(field: ElementField, value: Tree, code: &mut Emitter) -> bool
    where
        O: n::Binary<A = f64, B = f64, Out = f64>,
    {
        let (buffer, trees) = code.split();
        shapes::factor(trees, value, UpdateSink::<O> { buffer, field, op: PhantomData })
    }
    match op {
        MathOp::Add => leaf::<n::Add, i64>(field, value, code),
        MathOp::Sub => leaf::<n::Sub, i64>(field, value, code),
        MathOp::Mul => leaf::<n::Mul, i64>(field, value, code),
        MathOp::FAdd => factor::<n::FAdd>(field, value, code),
        MathOp::FSub => factor::<n::FSub>(field, value, code),
        MathOp::FMul => leaf::<n::FMul, f64>(field, value, code),
        _ => false,
    }
}
