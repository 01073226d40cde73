//! The ways through a function: its blocks in order, the edges between them, and what a branch says of values.

use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::entity::{EntitySet, SecondaryMap};
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{Block, Function, Inst, InstructionData, Opcode, Value, ValueDef, types};

/// One way from a block to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: Block,
    pub(super) branch: Inst,
    /// Which of the branch's targets.
    pub(super) target: usize,
}

/// `left condition right`, of 64-bit integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub(super) left: Value,
    pub(super) condition: IntCC,
    pub(super) right: Value,
}

/// What holds of a value in all blocks that a block dominates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constraint {
    pub(super) block: Block,
    pub(super) condition: IntCC,
    pub(super) other: Value,
}

pub(super) struct Flow<'f> {
    pub(super) func: &'f Function,
    pub(super) domtree: &'f DominatorTree,
    /// Reachable blocks, in reverse postorder.
    pub(super) blocks: Vec<Block>,
    /// Where among them a block stands.
    position: SecondaryMap<Block, usize>,
    incoming: SecondaryMap<Block, Vec<Edge>>,
    constraints: SecondaryMap<Value, Vec<Constraint>>,
    /// Blocks that an edge from a later one leads to.
    heads: SecondaryMap<Block, bool>,
}

impl<'f> Flow<'f> {
    pub(super) fn new(func: &'f Function, domtree: &'f DominatorTree) -> Self {
        let blocks: Vec<Block> = domtree.cfg_rpo().copied().collect();
        let mut position: SecondaryMap<Block, usize> = SecondaryMap::new();
        for (at, &block) in blocks.iter().enumerate() {
            position[block] = at;
        }
        let mut incoming: SecondaryMap<Block, Vec<Edge>> = SecondaryMap::new();
        let mut heads: SecondaryMap<Block, bool> = SecondaryMap::new();
        for &from in &blocks {
            let Some(branch) = func.layout.last_inst(from) else { continue };
            for (target, call) in targets(func, branch).iter().enumerate() {
                let to = call.block(&func.dfg.value_lists);
                incoming[to].push(Edge { from, branch, target });
                heads[to] |= position[to] <= position[from];
            }
        }
        let mut flow =
            Self { func, domtree, blocks, position, incoming, constraints: SecondaryMap::new(), heads };
        flow.constrain();
        flow
    }

    fn constrain(&mut self) {
        for at in 0..self.blocks.len() {
            let block = self.blocks[at];
            let &[edge] = &*self.incoming[block] else { continue };
            if let Some(Comparison { left, condition, right }) = self.condition(edge) {
                self.constraints[left].push(Constraint { block, condition, other: right });
                let condition = condition.swap_args();
                self.constraints[right].push(Constraint { block, condition, other: left });
            }
        }
    }

    pub(super) fn incoming(&self, block: Block) -> &[Edge] {
        &self.incoming[block]
    }

    /// Whether a loop begins here.
    pub(super) fn is_head(&self, block: Block) -> bool {
        self.heads[block]
    }

    /// The strongly connected components: which blocks, by where they stand among [`Flow::blocks`], are in an outermost loop together, or alone;
    /// each before those that control can go on to. (Kosaraju's algorithm, in Sharir, "A strong-connectivity algorithm and its applications in
    /// data flow analysis", 1981.)
    pub(super) fn parts(&self) -> Vec<Vec<usize>> {
        let mut seen = EntitySet::new();
        let mut parts = Vec::new();
        for &block in &self.blocks {
            let (mut part, mut open) = (Vec::new(), vec![block]);
            while let Some(block) = open.pop() {
                if seen.insert(block) {
                    part.push(self.position[block]);
                    open.extend(self.incoming(block).iter().map(|edge| edge.from));
                }
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// What holds of a value in a block because of the branches that lead there.
    pub(super) fn constraints(&self, value: Value, block: Block) -> impl Iterator<Item = Constraint> + '_ {
        let all = self.constraints[value].iter().copied();
        all.filter(move |constraint| self.domtree.block_dominates(constraint.block, block))
    }

    /// The comparison that holds on an edge.
    pub(super) fn condition(&self, edge: Edge) -> Option<Comparison> {
        let InstructionData::Brif { arg, .. } = self.func.dfg.insts[edge.branch] else { return None };
        let (condition, left, right) = compared(self.func, arg)?;
        let condition = if edge.target == 0 { condition } else { condition.complement() };
        Some(Comparison { left, condition, right })
    }

    /// What an edge gives to a parameter of the block that it leads to.
    pub(super) fn given(&self, edge: Edge, parameter: usize) -> Option<Value> {
        let call = targets(self.func, edge.branch)[edge.target];
        let mut args = call.args(&self.func.dfg.value_lists);
        args.nth(parameter)?.as_value().map(|value| self.func.dfg.resolve_aliases(value))
    }

    /// Where a value comes from.
    pub(super) fn block_of(&self, value: Value) -> Option<Block> {
        match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => self.func.layout.inst_block(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Union(..) => None,
        }
    }
}

/// Where a branch may go.
pub(super) fn targets(func: &Function, branch: Inst) -> &[cranelift_codegen::ir::BlockCall] {
    let dfg = &func.dfg;
    dfg.insts[branch].branch_destination(&dfg.jump_tables, &dfg.exception_tables)
}

/// The comparison of 64-bit integers that a value is.
pub(super) fn compared(func: &Function, value: Value) -> Option<(IntCC, Value, Value)> {
    let dfg = &func.dfg;
    let inst = dfg.value_def(dfg.resolve_aliases(value)).inst()?;
    let data = &dfg.insts[inst];
    if data.opcode() != Opcode::Icmp {
        return None;
    }
    let &[left, right] = dfg.inst_args(inst) else { return None };
    let (left, right) = (dfg.resolve_aliases(left), dfg.resolve_aliases(right));
    (dfg.value_type(left) == types::I64).then_some((data.cond_code()?, left, right))
}

/// The number that a value is, if it is a constant.
pub(super) fn constant(func: &Function, value: Value) -> Option<i64> {
    let inst = func.dfg.value_def(func.dfg.resolve_aliases(value)).inst()?;
    match func.dfg.insts[inst] {
        InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => Some(imm.bits()),
        _ => None,
    }
}
