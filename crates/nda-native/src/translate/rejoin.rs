//! Functions that are entered at the head of a loop, on the frame that tier 1 made.
//!
//! The whole body is translated as ever, but nothing leads to its beginning: the function's entry loads what the frame has
//! and jumps to the head. What loops keep in registers from their beginning on is in variables for those that are open at
//! the head, so that they find either what was loaded or what a later beginning of theirs computed.
//!
//! Range analysis is to know as much as of the whole function. What tier 1 computed is what this code would have computed from the
//! beginning on; so a branch to there is left in until the analysis is over, and it takes what comes from there for all that variables
//! can be at the head. Most rounds do not pass the head, which then only hands on what they change; and what was loaded of that is what a round
//! began with, so it came there from the loop's beginning or from the round before.

use super::lengths::{Length, is_alone, is_moved, length_of, list_of_length};
use super::{Done, Home, ListView, Translator};
use crate::Unsupported;
use crate::passes::Level;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use cranelift_frontend::Variable;
use nda_graph::{NdaNode, NodeId, Range};
use nda_jit::runtime::{Body, layout};
use nda_jit::{Leaf, LoopWords, OpenLoop};

/// A value that a loop keeps: as it was computed, or in a variable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    Value(Value),
    Variable(Variable),
}

impl From<Value> for Kept {
    fn from(value: Value) -> Self {
        Kept::Value(value)
    }
}

/// Where a function is entered.
pub(super) struct Rejoin {
    /// The loop's marker, as the body at hand has it.
    pub(super) marker: NodeId,
    /// Where the round is paid for.
    pub(super) head: Block,
    /// The loops that are open there, and their words in variables.
    loops: Vec<(NodeId, [Variable; 3])>,
    /// What was loaded of variables.
    loaded: Vec<(Variable, Value)>,
    /// Variables that have the length of a list, and what is known of its header.
    lengths: Vec<(Variable, ListView)>,
}

impl Translator<'_, '_> {
    /// Loads what the frame has and goes to the head of the loop; the body is translated behind it.
    pub(super) fn rejoin(&mut self, loops: &[OpenLoop]) -> Done<()> {
        let body = std::rc::Rc::clone(&self.scope.body);
        let refused = || Unsupported::new(self.scope.hash, "it has no place to be entered at that loop");
        let find = |open: &OpenLoop| {
            let marker = body.origins.iter().position(|&origin| origin == open.marker)? as NodeId;
            fits(&body, marker, open.words).then_some((marker, open.words))
        };
        let found: Option<Vec<_>> = loops.iter().map(find).collect();
        let found = found.ok_or_else(refused)?;
        let &(marker, _) = found.last().ok_or_else(refused)?;
        let fields = |node| match body.node(node) {
            NdaNode::Unpack { variant, .. } => {
                self.variant_of(body.ty(body.operand(node, 0)), variant).places().len() as u32
            }
            _ => 0,
        };
        let parameters = self.scope.view.signature().arity() as u32;
        let live = declared(&body, marker, &found, parameters, &fields).ok_or_else(refused)?;
        let behind = closing(&body, found[0].0).map_or(body.nodes.len() as NodeId, |(node, _)| node);
        let live: Vec<_> = live
            .into_iter()
            .map(|slot| {
                let length = length_of(&body, slot, &fields);
                let alone = is_alone(&body, slot, &fields);
                (slot, length, alone, list_of_length(&body, slot, behind, &fields))
            })
            .collect();
        let beginning = self.pretend_to_begin();
        // Other words than variables are written over by what comes.
        let mut kept = Vec::with_capacity(found.len());
        for &(marker, words) in &found {
            let loaded = match words {
                LoopWords::Nothing => [None; 3],
                LoopWords::Count { counter, end } => {
                    let now = self.word(counter);
                    let end = match end {
                        Leaf::Word(word) => {
                            let end = self.word(word);
                            self.facts.as_ever(end);
                            end
                        }
                        Leaf::Const(number) => self.int(number),
                    };
                    [Some(self.not_below(&body, marker, now)), Some(end), None]
                }
                LoopWords::Stepped { state } => [0, 1, 2].map(|index| Some(self.word(state + index))),
                LoopWords::Each { list, position } => {
                    [Some(self.word(list)), Some(self.word(position)), None]
                }
            };
            let variables = loaded.map(|value| {
                let variable = self.b.declare_var(types::I64);
                if let Some(value) = value {
                    self.b.def_var(variable, value);
                }
                variable
            });
            kept.push((marker, variables));
        }
        let (mut lengths, mut loaded) = (Vec::new(), Vec::new());
        for (slot, length, alone, list) in live {
            match self.scope.slots[slot as usize] {
                Home::Plain(variable) => {
                    let list = list.map(|list| self.scope.slots[list as usize]);
                    if let Some(Home::Object(_, Some(view))) = list {
                        lengths.push((variable, view));
                    }
                    let word = self.word((1 + slot) as u16);
                    self.facts.as_ever(word);
                    loaded.push((variable, word));
                    let value = self.loaded(word, body.slots[slot as usize]);
                    self.b.def_var(variable, value);
                }
                Home::Object(word, Some(view)) => {
                    if is_moved(&body, slot, behind) {
                        self.look_if_there(view, word);
                    } else {
                        let list = self.word(word);
                        self.look_at(view, list);
                    }
                    if let Some(Length::Known(length)) = length {
                        let length = self.int(length);
                        self.b.def_var(view.len, length);
                    }
                    if alone {
                        let length = self.b.use_var(view.len);
                        self.b.def_var(view.own, length);
                    }
                }
                Home::Object(_, None) => {}
            }
        }
        let head = self.b.create_block();
        self.b.ins().jump(head, &[]);
        self.rejoin = Some(Rejoin { marker, head, loops: kept, loaded, lengths });
        match beginning {
            Some(beginning) => {
                self.go_on(beginning);
                for slot in 0..parameters {
                    let word = self.word((1 + slot) as u16);
                    let value = self.loaded(word, body.slots[slot as usize]);
                    self.set_slot(slot, value);
                }
            }
            None => self.unreachable(),
        }
        Ok(())
    }

    /// A branch to the beginning that is never taken, if range analysis will look at the function.
    fn pretend_to_begin(&mut self) -> Option<Block> {
        if self.level < Level::All {
            return None;
        }
        let (beginning, entry) = (self.b.create_block(), self.b.create_block());
        let never = self.b.ins().iconst(types::I8, 0);
        self.facts.pretend(never);
        self.b.ins().brif(never, beginning, &[], entry, &[]);
        self.go_on(entry);
        Some(beginning)
    }

    /// Learns the header of a list, unless it was moved away.
    fn look_if_there(&mut self, view: ListView, word: u16) {
        let list = self.word(word);
        let (there, done) = (self.b.create_block(), self.b.create_block());
        let nothing = self.int(0);
        self.know(view, nothing, nothing, nothing);
        self.b.ins().brif(list, there, &[], done, &[]);
        self.go_on(there);
        self.look_at(view, list);
        self.b.ins().jump(done, &[]);
        self.go_on(done);
    }

    /// The number of a round is not below that of the first, which range analysis cannot see any more.
    fn not_below(&mut self, body: &Body, marker: NodeId, now: Value) -> Value {
        let first = closing(body, marker).map(|(_, operands)| body.node(operands[0]));
        match first {
            Some(NdaNode::Int(first)) => {
                let first = self.int(first);
                self.b.ins().smax(now, first)
            }
            _ => now,
        }
    }

    fn variables_of(&self, marker: NodeId) -> Option<[Variable; 3]> {
        if self.scope.levels > 0 {
            return None;
        }
        let rejoin = self.rejoin.as_ref()?;
        rejoin.loops.iter().find(|&&(open, _)| open == marker).map(|&(_, variables)| variables)
    }

    /// A value that a loop keeps from its beginning on, in one of its words.
    pub(super) fn keep(&mut self, marker: NodeId, word: usize, value: Value) -> Kept {
        match self.is_rejoined(marker) {
            true => Kept::Variable(self.carry(marker, word, value)),
            false => Kept::Value(value),
        }
    }

    /// A variable that a loop changes, for what is in one of its words.
    pub(super) fn carry(&mut self, marker: NodeId, word: usize, start: Value) -> Variable {
        let variable = match self.variables_of(marker) {
            Some(variables) => variables[word],
            None => self.b.declare_var(types::I64),
        };
        self.b.def_var(variable, start);
        variable
    }

    pub(super) fn kept(&mut self, kept: Kept) -> Value {
        match kept {
            Kept::Value(value) => value,
            Kept::Variable(variable) => self.b.use_var(variable),
        }
    }

    /// Whether the function may be entered in the loop, or in one inside of it.
    pub(super) fn is_rejoined(&self, marker: NodeId) -> bool {
        self.variables_of(marker).is_some()
    }

    /// Rounds of a loop may be left out, for which the head does more with the variables that they change than hand them on.
    pub(super) fn leaves_rounds_out(&mut self, marker: NodeId, changed: &[Variable]) {
        if self.head_of(marker).is_some()
            && let Some(rejoin) = &self.rejoin
        {
            let loaded = rejoin.loaded.iter().filter(|(variable, _)| changed.contains(variable));
            loaded.for_each(|&(_, loaded)| self.facts.anything(loaded));
        }
    }

    /// The block at whose beginning a round of this loop is paid for, if the function is entered there.
    pub(super) fn head_of(&self, marker: NodeId) -> Option<Block> {
        let rejoin = self.rejoin.as_ref().filter(|_| self.scope.levels == 0)?;
        (rejoin.marker == marker).then_some(rejoin.head)
    }

    /// A block at the head of a loop, where control is.
    pub(super) fn at_head(&mut self, marker: NodeId) {
        if let Some(head) = self.head_of(marker) {
            self.b.ins().jump(head, &[]);
            self.go_on(head);
        }
        if self.is_rejoined(marker)
            && let Some(rejoin) = &self.rejoin
        {
            // Whichever way control came, the same number is one value, so that it is seen that an index below it is inside. It is
            // a sum, because what a block is given stays so in each block behind it.
            for &(variable, view) in &rejoin.lengths {
                let length = self.b.use_var(view.len);
                let length = self.b.ins().iadd_imm_s(length, 0);
                self.facts.length(length);
                self.b.def_var(view.len, length);
                self.b.def_var(variable, length);
            }
        }
    }

    /// The header of the list that a loop walks, which is in a variable.
    pub(super) fn header_again(&mut self, list: Kept, known: (Value, Value)) -> (Value, Value) {
        match list {
            Kept::Value(_) => known,
            Kept::Variable(variable) => {
                let list = self.b.use_var(variable);
                let flags = self.regions.header;
                let data = self.b.ins().load(types::I64, flags, list, layout::DATA as i32);
                let len = self.b.ins().load(types::I64, flags, list, layout::LEN as i32);
                self.facts.length(len);
                (data, len)
            }
        }
    }
}

/// The record that closes the loop of a marker, and its operands.
fn closing(body: &Body, marker: NodeId) -> Option<(NodeId, &[NodeId])> {
    (marker + 1..body.nodes.len() as NodeId)
        .find(|&node| is_loop(body.node(node)) && body.operands(node).contains(&marker))
        .map(|node| (node, body.operands(node)))
}

fn is_loop(node: NdaNode) -> bool {
    matches!(node, NdaNode::Loop | NdaNode::While | NdaNode::For | NdaNode::Each)
}

/// Whether a loop is translated to what keeps the same things.
fn fits(body: &Body, marker: NodeId, words: LoopWords) -> bool {
    match (body.node(marker), words) {
        (NdaNode::LoopBegin { .. } | NdaNode::Do, LoopWords::Nothing)
        | (NdaNode::EachBegin { .. }, LoopWords::Each { .. }) => true,
        (NdaNode::ForBegin { range: Range { reversed, stepped, .. }, .. }, words) => {
            (reversed || stepped) == matches!(words, LoopWords::Stepped { .. })
        }
        _ => false,
    }
}

/// The variables that are declared where a marker stands; none if something is being computed there that the frame does not
/// have.
fn declared(
    body: &Body,
    marker: NodeId,
    open: &[(NodeId, LoopWords)],
    parameters: u32,
    fields: &dyn Fn(NodeId) -> u32,
) -> Option<Vec<u32>> {
    let mut parents = vec![NodeId::MAX; body.nodes.len()];
    for node in 0..body.nodes.len() as NodeId {
        body.operands(node).iter().for_each(|&operand| parents[operand as usize] = node);
    }
    let mut around = std::collections::HashSet::new();
    let (mut child, mut loops) = (marker, 0);
    loop {
        let parent = parents[child as usize];
        if parent == NodeId::MAX {
            break;
        }
        around.insert(parent);
        let operands = body.operands(parent);
        let at = operands.iter().position(|&operand| operand == child)?;
        match body.node(parent) {
            // Nothing of what stands before is still waiting.
            NdaNode::Scope { .. } | NdaNode::If => {}
            // Its body, which is last; the marker itself stands before it.
            NdaNode::Loop | NdaNode::While | NdaNode::For | NdaNode::Each
                if at + 1 == operands.len() || child == marker =>
            {
                loops += 1;
            }
            _ if at == 0 => {}
            _ => return None,
        }
        child = parent;
    }
    if loops != open.len() {
        return None;
    }
    let mut live = vec![(0, parameters)];
    // A scope or a part that is over took its variables along.
    for node in (0..marker).filter(|&node| around.contains(&parents[node as usize])) {
        let in_scope = matches!(body.node(parents[node as usize]), NdaNode::Scope { .. });
        match body.node(node) {
            NdaNode::Let { slot, .. } if in_scope => live.push((slot, 1)),
            NdaNode::Unpack { slot, .. } if in_scope => live.push((slot, fields(node))),
            NdaNode::ForBegin { slot, .. } | NdaNode::EachBegin { slot, .. } => live.push((slot, 1)),
            _ => {}
        }
    }
    Some(live.into_iter().flat_map(|(slot, count)| slot..slot + count).collect())
}
