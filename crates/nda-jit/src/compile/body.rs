//! A body made ready for compilation: operands by number, types, and which expressions fit inside of a step.

use crate::passes::Graph;
use crate::passes::inline::Call;
use nda_graph::types::{Composite, Form};
use nda_graph::{Builtin, DefinitionRef, Mode, NdaNode, NodeId, Ty};

/// The records of one definition, and what the compiler asks about them. Keeps its memory between bodies.
#[derive(Default, Debug)]
pub struct Body {
    /// The records.
    pub nodes: Vec<NdaNode>,
    /// By record: which record of the definition it was before the passes.
    pub origins: Vec<NodeId>,
    /// By record.
    pub types: Vec<Ty>,
    /// By record: where its operands start in `operands`.
    starts: Vec<u32>,
    operands: Vec<NodeId>,
    /// By record: the height of the tree if it can be evaluated inside of a step, else `IMPURE`.
    pub heights: Vec<u8>,
    /// By slot.
    pub slots: Vec<Ty>,
    /// By slot: whether anything but its declaration changes it.
    pub changes: Vec<bool>,
    /// Its calls, in order.
    pub calls: Vec<Call>,
    /// Calls that the callee's body stands for, in order, and which entry of the plan it is.
    pub inlined: Vec<(NodeId, u32)>,
    /// Whether it is left from elsewhere than its end.
    pub returns: bool,
    /// Loops around the record being added.
    loops: u32,
    waiting: Vec<NodeId>,
    parts: Vec<u32>,
}

/// The record needs steps of its own.
pub(crate) const IMPURE: u8 = u8::MAX;

impl Body {
    /// Reads a body that went through the passes.
    pub fn read(&mut self, graph: &Graph, view: DefinitionRef<'_>) {
        self.nodes.clear();
        self.origins.clone_from(&graph.origins);
        self.calls.clear();
        self.inlined.clear();
        self.loops = 0;
        self.returns = false;
        self.types.clear();
        self.starts.clear();
        self.operands.clear();
        self.heights.clear();
        self.slots.clear();
        self.changes.clear();
        self.waiting.clear();
        self.parts.clear();
        self.slots.extend(view.signature().params());
        self.slots.resize(view.slot_count() as usize, Ty::UNIT);
        self.changes.extend_from_slice(&graph.changes);
        for &node in &graph.nodes {
            self.add(node, view);
        }
    }

    /// The operands of a record. A closing record has the values of its parts, conditions and ends first.
    pub fn operands(&self, node: NodeId) -> &[NodeId] {
        let node = node as usize;
        let end = self.starts.get(node + 1).map_or(self.operands.len(), |&end| end as usize);
        &self.operands[self.starts[node] as usize..end]
    }

    /// One operand of a record.
    pub fn operand(&self, node: NodeId, index: usize) -> NodeId {
        self.operands(node)[index]
    }

    /// A record.
    pub fn node(&self, node: NodeId) -> NdaNode {
        self.nodes[node as usize]
    }

    /// The type of a record's value.
    pub fn ty(&self, node: NodeId) -> Ty {
        self.types[node as usize]
    }

    /// How high the tree on top of it is that fits inside of a step.
    pub fn height(&self, node: NodeId) -> u8 {
        self.heights[node as usize]
    }

    /// The record whose value the body gives.
    pub fn root(&self) -> NodeId {
        self.nodes.len() as NodeId - 1
    }

    fn add(&mut self, node: NdaNode, view: DefinitionRef<'_>) {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(node);
        self.starts.push(self.operands.len() as u32);
        let mut height = IMPURE;
        let mut produces = true;
        let ty = match node {
            NdaNode::Unit => {
                height = 0;
                Ty::UNIT
            }
            NdaNode::Bool(_) => {
                height = 0;
                Ty::BOOL
            }
            NdaNode::Int(_) => {
                height = 0;
                Ty::I64
            }
            NdaNode::Float(_) => {
                height = 0;
                Ty::F64
            }
            NdaNode::Text { .. } => Ty::STR,
            NdaNode::Const(index) => {
                let ty = view.reference(index).signature.ret();
                if !ty.is_object() {
                    height = 0;
                }
                ty
            }
            NdaNode::Load { slot, mode } => {
                if mode == Mode::Copy {
                    height = 0;
                }
                self.slots[slot as usize]
            }
            NdaNode::Let { slot, ty } => {
                self.take(1);
                self.slots[slot as usize] = ty;
                Ty::UNIT
            }
            NdaNode::Store { .. } => {
                self.take(1);
                Ty::UNIT
            }
            NdaNode::Drop { .. } => Ty::UNIT,
            NdaNode::Math(op) => {
                self.take(2);
                height = self.above(id);
                op.result()
            }
            NdaNode::Unary(op) => {
                self.take(1);
                height = self.above(id);
                op.result()
            }
            NdaNode::Compare { ty, .. } => {
                self.take(2);
                if !ty.is_object() {
                    height = self.above(id);
                }
                Ty::BOOL
            }
            NdaNode::Call { callee, args } => {
                self.calls.push(Call { node: id, callee, in_loop: self.loops > 0 });
                self.take(args as usize);
                view.reference(callee).signature.ret()
            }
            NdaNode::Host { host, args } => {
                self.take(args as usize);
                view.host(host).signature.ret()
            }
            NdaNode::Builtin { op, mode } => {
                self.take(op.arity());
                let first = self.operand(id, 0);
                let ty = self.ty(first);
                match op {
                    Builtin::Len => {
                        if self.is_borrowed_variable(first) {
                            height = 0;
                        }
                        Ty::I64
                    }
                    Builtin::Index => {
                        // Only the element of a variable's list: any other list has to be found first.
                        let direct = self.is_borrowed_variable(first) && ty.is_list();
                        let index = self.heights[self.operand(id, 1) as usize];
                        if mode == Mode::Copy && direct && index != IMPURE {
                            height = index.saturating_add(1).min(IMPURE - 1);
                        }
                        ty.element().or(value_of(ty, view)).unwrap_or(Ty::NEVER)
                    }
                    Builtin::KeyAt => key_of(ty, view).unwrap_or(Ty::NEVER),
                    Builtin::Keys => key_of(ty, view).and_then(Ty::list_of).unwrap_or(Ty::NEVER),
                    Builtin::Values => value_of(ty, view).and_then(Ty::list_of).unwrap_or(Ty::NEVER),
                    Builtin::Contains => Ty::BOOL,
                    Builtin::IndexOf | Builtin::Search | Builtin::Locate => Ty::I64,
                    Builtin::Repeat => ty.list_of().unwrap_or(Ty::NEVER),
                    Builtin::Print | Builtin::Assert => Ty::UNIT,
                    Builtin::Panic => Ty::NEVER,
                    Builtin::Show => Ty::STR,
                    // Slices and `concat` give what they take.
                    _ => op.types().map_or(ty, |(_, result)| result),
                }
            }
            NdaNode::List { count, ty } => {
                self.take(count as usize);
                ty
            }
            NdaNode::Weights { ty } => {
                self.take(1);
                ty
            }
            NdaNode::Vector { ty } => {
                self.take(view.types().vector_len(ty));
                ty
            }
            NdaNode::Tensor { op, ty } => {
                self.take(op.arity());
                ty
            }
            NdaNode::Joined { count } => {
                self.take(count as usize);
                Ty::STR
            }
            NdaNode::Place { op, slot, depth } => {
                self.take(op.extra() + usize::from(depth));
                match op {
                    nda_graph::PlaceOp::Remove => {
                        let mut place = self.slots[slot as usize];
                        for index in 0..usize::from(depth) {
                            let step = self.node(self.operand(id, index));
                            place = match (place.element().or(value_of(place, view)), step) {
                                (None, NdaNode::Int(field)) => {
                                    fields_of(place, 0, view).nth(field as usize).unwrap_or(Ty::NEVER)
                                }
                                (element, _) => element.unwrap_or(Ty::NEVER),
                            };
                        }
                        place.element().or(value_of(place, view)).unwrap_or(Ty::NEVER)
                    }
                    _ => Ty::UNIT,
                }
            }
            NdaNode::Update { depth, .. } => {
                self.take(1 + usize::from(depth));
                Ty::UNIT
            }
            NdaNode::Scope { count, drops } => {
                self.take(count as usize);
                self.ty(self.operand(id, (count - 1 - drops) as usize))
            }
            NdaNode::Discard => {
                self.take(1);
                Ty::UNIT
            }
            NdaNode::Then | NdaNode::Rhs | NdaNode::LoopBegin { .. } | NdaNode::WhileBegin | NdaNode::Do => {
                // A part's operands wait until it is closed: a closing record takes the marker itself, too, so that
                // loops find what their markers say.
                if matches!(node, NdaNode::LoopBegin { .. } | NdaNode::WhileBegin) {
                    self.loops += 1;
                    self.parts.push(self.waiting.len() as u32);
                } else if !matches!(node, NdaNode::Do) {
                    self.parts.push(self.waiting.len() as u32 - 1);
                }
                produces = matches!(node, NdaNode::LoopBegin { .. } | NdaNode::WhileBegin | NdaNode::Do);
                Ty::UNIT
            }
            NdaNode::Else => {
                produces = false;
                Ty::UNIT
            }
            NdaNode::ForBegin { slot, range } => {
                self.slots[slot as usize] = Ty::I64;
                self.loops += 1;
                self.parts.push(self.waiting.len() as u32 - 2 - u32::from(range.stepped));
                Ty::UNIT
            }
            NdaNode::EachBegin { slot, ty } => {
                self.slots[slot as usize] = ty;
                self.loops += 1;
                self.parts.push(self.waiting.len() as u32 - 1);
                Ty::UNIT
            }
            NdaNode::If => {
                self.close();
                let (then, otherwise) = (self.ty(self.operand(id, 1)), self.ty(self.operand(id, 2)));
                if then == Ty::NEVER { otherwise } else { then }
            }
            NdaNode::And | NdaNode::Or => {
                self.close();
                Ty::BOOL
            }
            NdaNode::Loop => {
                self.loops -= 1;
                self.close();
                match self.node(self.operand(id, 0)) {
                    NdaNode::LoopBegin { ty } => ty,
                    _ => Ty::NEVER,
                }
            }
            NdaNode::While | NdaNode::For | NdaNode::Each => {
                self.loops -= 1;
                self.close();
                Ty::UNIT
            }
            NdaNode::Break { .. } | NdaNode::Return => {
                self.returns |= node == NdaNode::Return;
                self.take(1);
                Ty::NEVER
            }
            NdaNode::Continue { .. } => Ty::NEVER,
            NdaNode::Construct { variant, ty } => {
                let composite = view.types().composite(ty).expect("a verified type is there");
                self.take(composite.made_of(variant.into()).len());
                if !ty.is_object() {
                    height = 0;
                }
                ty
            }
            NdaNode::Tag => {
                self.take(1);
                let whole = self.operand(id, 0);
                if self.is_borrowed_variable(whole) {
                    height = 0;
                } else if !self.ty(whole).is_object() {
                    height = self.heights[whole as usize];
                }
                Ty::I64
            }
            NdaNode::Field { variant, index, mode } => {
                self.take(1);
                let whole = self.operand(id, 0);
                // What may be of another variant needs a check.
                let form = view.types().composite(self.ty(whole)).map(Composite::form);
                if mode == Mode::Copy && form != Some(Form::Enum) {
                    if self.is_borrowed_variable(whole) {
                        height = 0;
                    } else if self.is_borrowed_element(whole) {
                        height = 1;
                    }
                }
                fields_of(self.ty(whole), variant, view).nth(index as usize).unwrap_or(Ty::NEVER)
            }
            NdaNode::Unpack { variant, slot } => {
                self.take(1);
                let whole = self.ty(self.operand(id, 0));
                for (index, field) in fields_of(whole, variant, view).enumerate() {
                    self.slots[slot as usize + index] = field;
                }
                Ty::UNIT
            }
        };
        self.types.push(ty);
        self.heights.push(height);
        if produces {
            self.waiting.push(id);
        }
    }

    fn is_borrowed_variable(&self, node: NodeId) -> bool {
        matches!(self.node(node), NdaNode::Load { mode: Mode::Borrow, .. })
    }

    /// Whether it is an element of a variable's list, at an index that is a variable.
    pub fn is_borrowed_element(&self, node: NodeId) -> bool {
        matches!(self.node(node), NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow })
            && self.is_borrowed_variable(self.operand(node, 0))
            && self.ty(self.operand(node, 0)).is_list()
            && matches!(self.node(self.operand(node, 1)), NdaNode::Load { mode: Mode::Copy, .. })
    }

    fn take(&mut self, count: usize) {
        let from = self.waiting.len() - count;
        self.operands.extend_from_slice(&self.waiting[from..]);
        self.waiting.truncate(from);
    }

    fn close(&mut self) {
        let from = self.parts.pop().map_or(0, |from| from as usize);
        self.take(self.waiting.len() - from);
    }

    fn above(&self, id: NodeId) -> u8 {
        let mut height = 0;
        let start = self.starts[id as usize] as usize;
        for &operand in &self.operands[start..] {
            height = height.max(self.heights[operand as usize]);
        }
        if height >= IMPURE - 1 { IMPURE } else { height + 1 }
    }
}

/// The types of a variant's fields.
/// The type of the keys of a map.
fn key_of(map: Ty, view: DefinitionRef<'_>) -> Option<Ty> {
    view.types().map_parts(map).map(|(key, _)| key)
}

/// The type of the values of a map.
fn value_of(map: Ty, view: DefinitionRef<'_>) -> Option<Ty> {
    view.types().map_parts(map).map(|(_, value)| value)
}

fn fields_of(ty: Ty, variant: u16, view: DefinitionRef<'_>) -> impl ExactSizeIterator<Item = Ty> {
    let composite = view.types().composite(ty).expect("a verified type is there");
    composite.variant(variant.into()).fields()
}
