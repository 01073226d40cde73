//! Tuples, structs and enums: made, read and taken apart.

use super::{Compiled, FunctionCompiler, Sink};
use crate::record::{Layouts, Typed};
use crate::steps::lists::Operands;
use crate::steps::records as work;
use nda_graph::types::Form;
use nda_graph::{Mode, NdaNode, NodeId, Slot, Ty};

impl FunctionCompiler<'_, '_> {
    /// The table of the types of the body at hand; null if it has none.
    pub(super) fn layouts(&mut self) -> *const Layouts {
        let types = self.view.types();
        if types.is_empty() {
            return std::ptr::null();
        }
        let key = self.view.bytes().as_ptr();
        let known = self.parts.layouts.iter().find(|(of, _)| *of == key);
        if let Some((_, layouts)) = known {
            return &raw const **layouts;
        }
        let layouts = Layouts::new(types).expect("there are types");
        let own: *const Layouts = &raw const *layouts;
        self.parts.layouts.push((key, layouts));
        own
    }

    pub(super) fn typed(&mut self, ty: Ty) -> Typed {
        if ty.has_composite_base() { Typed::of(ty, self.layouts()) } else { Typed::plain(ty) }
    }

    /// A record that needs steps of its own.
    pub(super) fn record(&mut self, node: NodeId, dst: u16) -> Compiled {
        match self.body.node(node) {
            NdaNode::Construct { variant, ty } => {
                let typed = self.typed(ty);
                let shape = typed.shape(variant.into());
                if !ty.is_object() {
                    self.set_const(dst, variant.into());
                    return Ok(());
                }
                if shape.fields.is_empty() {
                    self.set_const(dst, shape.unit_word());
                    return Ok(());
                }
                let operands = self.body.operands(node).to_vec();
                let words = self.consecutive(&operands)?;
                self.code.site(1, self.blame(node));
                self.code.step(work::Construct { words, dst, shape });
            }
            NdaNode::Tag => {
                let (record, owned) = self.object(self.body.operand(node, 0))?;
                let owned = u8::from(owned);
                self.work::<work::Tag>(node, Operands { a: record, dst, owned, ..Operands::NONE });
            }
            NdaNode::Field { variant, index, mode } => {
                let operand = self.body.operand(node, 0);
                let form = self.form(operand);
                let (record, owned) = self.object(operand)?;
                self.code.site(1, self.blame(node));
                self.code.step(work::Field {
                    record,
                    dst,
                    index,
                    variant,
                    checked: form == Some(Form::Enum),
                    shares: mode == Mode::Share,
                    owned,
                });
            }
            _ => unreachable!("these are all"),
        }
        Ok(())
    }

    /// Which kind of composite type an operand has.
    fn form(&mut self, operand: NodeId) -> Option<Form> {
        let ty = self.body.ty(operand);
        self.view.types().composite(ty).map(|composite| composite.form())
    }

    pub(super) fn unpack(&mut self, node: NodeId, variant: u16, slot: Slot) -> Compiled {
        let operand = self.body.operand(node, 0);
        let ty = self.body.ty(operand);
        let fields =
            self.view.types().composite(ty).map_or(0, |found| found.variant(variant.into()).field_count());
        let record = self.take(1)?;
        self.value(operand, Sink::Word(record))?;
        if !ty.is_object() {
            // A plain word has no fields to unpack; the variant is checked all the same.
            let name = self.typed(ty);
            self.code.site(1, self.blame(node));
            self.code.step(work::IsVariant { word: record, variant, typed: name });
            return Ok(());
        }
        let first = if fields == 0 { 0 } else { self.registry.slot(slot) };
        self.code.site(1, self.blame(node));
        self.code.step(work::Unpack { record, first, variant });
        Ok(())
    }
}
