//! Walking a body: variables, control flow, calls.

use crate::body::{Body, Record};
use crate::meter::{Fault, Fuel, Memory, Output};
use crate::object::{
    Data, List, Map, Shape, Val, constant, copy_cost, element_bytes, export, footprint, import,
    take_expansion, unique,
};
use crate::{Hosts, Program, number};
use nda_graph::run::{cost, message};
use nda_graph::types::Form;
use nda_graph::{
    Frame, Hash, HostReference, Kind, Limits, Mode, NdaNode, NodeId, Outcome, Range, SignatureRef, Slot,
    Trap, TrapKind, Value,
};
use nda_tensor::Scratch;
use std::collections::HashMap;
use std::rc::Rc;

/// What one step of the walk may need of the native stack, and how much more is taken when it is short.
pub(crate) const STACK_RESERVE: usize = 128 << 10;
pub(crate) const STACK_SEGMENT: usize = 4 << 20;

/// One run.
pub(crate) struct Machine<'p> {
    pub(crate) program: &'p dyn Program,
    hosts: &'p mut dyn Hosts,
    poll: &'p dyn Fn() -> Option<TrapKind>,
    limits: Limits,
    pub(crate) fuel: Fuel,
    pub(crate) memory: Rc<Memory>,
    pub(crate) output: Output,
    depth: u32,
    deepest: u32,
    bodies: HashMap<Hash, Rc<Body<'p>>>,
    constants: HashMap<Hash, Val>,
    /// Vectors of the store, each one object.
    pub(crate) loaded: HashMap<Hash, Val>,
    pub(crate) scratch: Scratch,
}

/// A function that is running.
struct Activation<'p> {
    body: Rc<Body<'p>>,
    /// Empty ones have no value yet, or gave it away.
    slots: Vec<Option<Val>>,
}

/// Why the walk leaves a record without a value.
enum Exit {
    /// Out of the `up`-th loop around here.
    Break { up: u32, value: Val },
    /// To the next round of the `up`-th loop around here; `from` is the record that says so.
    Continue { up: u32, from: NodeId },
    /// Out of the function.
    Return(Val),
    /// Out of the run.
    Trap(Box<Trap>),
}

type Step<T = Val> = Result<T, Exit>;

/// How a round of a loop ended.
enum Round {
    Next,
    Leave(Val),
}

impl<'p> Machine<'p> {
    pub(crate) fn new(
        program: &'p dyn Program,
        limits: &Limits,
        hosts: &'p mut dyn Hosts,
        poll: &'p dyn Fn() -> Option<TrapKind>,
    ) -> Self {
        Self {
            program,
            hosts,
            poll,
            limits: *limits,
            fuel: Fuel::new(limits),
            memory: Rc::new(Memory::new(limits)),
            output: Output::new(limits),
            depth: 0,
            deepest: 0,
            bodies: HashMap::new(),
            constants: HashMap::new(),
            loaded: HashMap::new(),
            scratch: Scratch::default(),
        }
    }

    /// Calls the entry function and hands its value out.
    pub(crate) fn enter(&mut self, entry: Hash, args: &[Value]) -> Result<Value, Trap> {
        let body = self.body(entry).map_err(nowhere)?;
        let signature = body.view.signature();
        let fits = args.len() == signature.arity()
            && args
                .iter()
                .zip(signature.params())
                .all(|(arg, ty)| arg.is_of(signature.types(), ty) && !arg.has_weights());
        if !fits {
            return Err(nowhere(internal(format!("the arguments do not fit {signature}"))));
        }
        self.memory.charge(args.iter().map(footprint).sum()).map_err(nowhere)?;
        let args = args.iter().map(|arg| import(&self.memory, arg)).collect();
        let value = self.call(Rc::clone(&body), args)?;
        // Shared parts are written out as often as they occur, so the outside may need far more than the run held.
        if take_expansion(&value, self.limits.memory_bytes).is_none() {
            let frames = vec![Frame { definition: entry, node: body.root() }];
            return Err(Trap { frames, ..nowhere(TrapKind::OutOfMemory.into()) });
        }
        Ok(export(&value, signature.types(), signature.ret()))
    }

    pub(crate) fn outcome(self, result: Result<Value, Trap>) -> Outcome {
        Outcome {
            result,
            fuel: self.fuel.used(),
            peak_bytes: self.memory.peak(),
            depth: self.deepest,
            output: self.output.into_text(),
        }
    }

    fn body(&mut self, hash: Hash) -> Result<Rc<Body<'p>>, Fault> {
        if let Some(body) = self.bodies.get(&hash) {
            return Ok(Rc::clone(body));
        }
        let Some(definition) = self.program.definition(hash) else {
            return Err(internal(format!("the definition {hash:?} is missing")));
        };
        let body = Rc::new(Body::new(hash, definition.view()));
        self.bodies.insert(hash, Rc::clone(&body));
        Ok(body)
    }

    /// The definition behind a reference, if it is what the reference says.
    fn resolve(
        &mut self,
        hash: Hash,
        kind: Kind,
        signature: SignatureRef<'_>,
    ) -> Result<Rc<Body<'p>>, Fault> {
        let body = self.body(hash)?;
        if body.view.kind() != kind || body.view.signature() != signature {
            let found = body.view.signature();
            return Err(internal(format!("{hash:?} is {found}, but a reference to it expects {signature}")));
        }
        Ok(body)
    }

    // ----- calls -----

    /// Calls a function. A trap at its entry has no frame yet: it belongs to the caller's `Call` record.
    fn call(&mut self, body: Rc<Body<'p>>, args: Vec<Val>) -> Result<Val, Trap> {
        self.fuel.charge(1).map_err(nowhere)?;
        if self.depth >= self.limits.depth {
            return Err(nowhere(TrapKind::CallTooDeep.into()));
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.poll().map_err(nowhere)?;
        let mut slots: Vec<Option<Val>> = args.into_iter().map(Some).collect();
        slots.resize(body.view.slot_count() as usize, None);
        let root = body.root();
        let mut activation = Activation { body, slots };
        let result = self.eval(&mut activation, root);
        self.depth -= 1;
        match result {
            Ok(value) | Err(Exit::Return(value)) => Ok(value),
            Err(Exit::Trap(trap)) => Err(*trap),
            Err(Exit::Break { .. } | Exit::Continue { .. }) => {
                panic!("verified breaks have loops around them")
            }
        }
    }

    fn poll(&self) -> Result<(), Fault> {
        match (self.poll)() {
            Some(kind) => Err(kind.into()),
            None => Ok(()),
        }
    }

    #[inline(never)]
    fn call_record(&mut self, on: &mut Activation<'p>, id: NodeId, record: &Record, callee: u32) -> Step {
        let args = self.operands(on, record)?;
        let reference = on.body.view.reference(callee);
        let body = self
            .resolve(reference.hash, Kind::Function, reference.signature)
            .map_err(|fault| on.trap(id, fault))?;
        self.call(body, args).map_err(|mut trap| {
            trap.frames.push(Frame { definition: on.body.hash, node: id });
            Exit::Trap(Box::new(trap))
        })
    }

    #[inline(never)]
    fn host_record(&mut self, on: &mut Activation<'p>, id: NodeId, record: &Record, host: u32) -> Step {
        let operands = self.operands(on, record)?;
        let host = on.body.view.host(host);
        self.host_call(host, &operands).map_err(|fault| on.trap(id, fault))
    }

    fn host_call(&mut self, host: HostReference<'p>, operands: &[Val]) -> Result<Val, Fault> {
        // Outside, shared parts are written out as often as they occur.
        operands
            .iter()
            .try_fold(self.limits.memory_bytes, |left, operand| take_expansion(operand, left))
            .ok_or(TrapKind::OutOfMemory)?;
        let types = host.signature.types();
        let params = operands.iter().zip(host.signature.params());
        let args: Vec<Value> = params.map(|(operand, ty)| export(operand, types, ty)).collect();
        self.fuel.charge(1 + args.iter().map(copy_cost).sum::<u64>())?;
        self.poll()?;
        let failed = |text: String| Fault::new(TrapKind::HostError, format!("{}: {text}", host.name));
        let answer = self.hosts.call(host.name, &args);
        // A run that is over is over, whatever the host says.
        self.poll()?;
        let value = answer.map_err(failed)?;
        let ret = host.signature.ret();
        if !value.is_of(types, ret) || value.has_weights() {
            return Err(failed(message::host_result(&value, types.show(ret))));
        }
        self.fuel.charge(copy_cost(&value))?;
        self.memory.charge(footprint(&value))?;
        Ok(import(&self.memory, &value))
    }

    // ----- records -----

    /// The value of a record.
    fn eval(&mut self, on: &mut Activation<'p>, id: NodeId) -> Step {
        stacker::maybe_grow(STACK_RESERVE, STACK_SEGMENT, || {
            let record = on.body.record(id);
            match record.node {
                NdaNode::Call { callee, .. } => self.call_record(on, id, &record, callee),
                NdaNode::Host { host, .. } => self.host_record(on, id, &record, host),
                NdaNode::If | NdaNode::And | NdaNode::Or => self.branch(on, &record),
                NdaNode::Loop | NdaNode::While => self.endless_or_while(on, &record),
                NdaNode::For => self.counted(on, &record),
                NdaNode::Each => self.each(on, &record),
                NdaNode::Break { .. } | NdaNode::Continue { .. } | NdaNode::Return => {
                    self.leave(on, id, &record)
                }
                _ => self.operator(on, id, &record),
            }
        })
    }

    /// The values of a record's operands, left to right. Those already there are released if a later one leaves.
    fn operands(&mut self, on: &mut Activation<'p>, record: &Record) -> Step<Vec<Val>> {
        record.operands.iter().map(|&operand| self.eval(on, operand)).collect()
    }

    /// A record that evaluates all its operands and then does its work. They are released after that, left to right.
    #[inline(never)]
    fn operator(&mut self, on: &mut Activation<'p>, id: NodeId, record: &Record) -> Step {
        let mut operands = self.operands(on, record)?;
        self.apply(on, id, record.node, &mut operands).map_err(|fault| on.trap(id, fault))
    }

    fn apply(
        &mut self,
        on: &mut Activation<'p>,
        id: NodeId,
        node: NdaNode,
        operands: &mut Vec<Val>,
    ) -> Result<Val, Fault> {
        match node {
            NdaNode::Unit => Ok(Val::Unit),
            NdaNode::Bool(value) => Ok(Val::Bool(value)),
            NdaNode::Int(value) => Ok(Val::Int(value)),
            NdaNode::Float(bits) => Ok(Val::Float(f64::from_bits(bits))),
            NdaNode::Text { .. } => Ok(on.body.text(id)),
            NdaNode::Const(index) => self.constant(on, index),
            NdaNode::Load { slot, mode } => Ok(on.load(slot, mode)),
            NdaNode::Let { slot, .. } | NdaNode::Store { slot } => {
                on.slots[slot as usize] = operands.pop();
                Ok(Val::Unit)
            }
            NdaNode::Drop { slot } => {
                on.slots[slot as usize] = None;
                Ok(Val::Unit)
            }
            NdaNode::Math(op) => number::math(op, &operands[0], &operands[1]),
            NdaNode::Unary(op) => number::unary(op, &operands[0]),
            NdaNode::Compare { op, .. } => self.compare(op, &operands[0], &operands[1]).map(Val::Bool),
            NdaNode::Builtin { op, .. } => self.builtin(op, operands),
            NdaNode::Weights { ty } => self.weights(on.body.view.types(), operands[0].text(), ty),
            NdaNode::Vector { ty } => {
                let elements: Vec<f32> = operands.iter().map(|element| element.float() as f32).collect();
                debug_assert_eq!(elements.len(), on.body.view.types().vector_len(ty));
                self.new_vector(elements.len(), || elements)
            }
            NdaNode::Tensor { op, ty } => self.tensor(op, on.body.view.types(), ty, operands),
            NdaNode::List { count, ty } => {
                let mut list = self.new_list(element_bytes(ty), u64::from(count))?;
                list.items.append(operands);
                Ok(Val::List(Rc::new(list)))
            }
            NdaNode::Joined { .. } => {
                let parts: Vec<&str> = operands.iter().map(Val::text).collect();
                self.joined(&parts)
            }
            NdaNode::Construct { variant, ty } => {
                let composite = on.body.view.types().composite(ty).expect("a verified type is there");
                if composite.form() == Form::Map {
                    let map = Map::new(&self.memory, Vec::new(), Vec::new())?;
                    return Ok(Val::Map(Rc::new(map)));
                }
                let shape = Shape::of(composite, variant.into());
                let data = Data::new(&self.memory, shape, variant.into(), std::mem::take(operands))?;
                Ok(Val::Data(Rc::new(data)))
            }
            NdaNode::Tag => Ok(Val::Int(i64::from(operands[0].data().variant))),
            NdaNode::Field { variant, index, .. } => {
                let data = operands[0].data();
                has_variant(data, variant)?;
                Ok(data.fields[index as usize].clone())
            }
            NdaNode::Unpack { variant, slot } => {
                let Some(Val::Data(mut data)) = operands.pop() else {
                    panic!("a verified operand is a record")
                };
                has_variant(&data, variant)?;
                // The only owner gives its fields away; else they get one more owner each.
                let fields = match unique(&mut data) {
                    Some(own) => std::mem::take(&mut own.fields),
                    None => data.fields.clone(),
                };
                for (place, field) in on.slots[slot as usize..].iter_mut().zip(fields) {
                    *place = Some(field);
                }
                Ok(Val::Unit)
            }
            NdaNode::Place { op, slot, depth } => {
                let mut root = on.take(slot);
                let result = self.place(op, &mut root, usize::from(depth), operands);
                on.slots[slot as usize] = Some(root);
                result
            }
            NdaNode::Update { op, slot, .. } => {
                let mut root = on.take(slot);
                let result = self.update(op, &mut root, operands);
                on.slots[slot as usize] = Some(root);
                result
            }
            NdaNode::Scope { count, drops } => Ok(operands.swap_remove((count - 1 - drops) as usize)),
            NdaNode::Discard => Ok(Val::Unit),
            _ => panic!("{node:?} is no operator"),
        }
    }

    /// A new list of `capacity`: its fuel, then its memory.
    pub(crate) fn new_list(&mut self, element_bytes: u64, capacity: u64) -> Result<List, Fault> {
        self.fuel.charge(cost::elements(capacity))?;
        List::new(&self.memory, element_bytes, capacity)
    }

    fn constant(&mut self, on: &Activation<'p>, index: u32) -> Result<Val, Fault> {
        let reference = on.body.view.reference(index);
        let body = self.resolve(reference.hash, Kind::Constant, reference.signature)?;
        if let Some(value) = self.constants.get(&reference.hash) {
            return Ok(value.clone());
        }
        let value = Value::of_constant(body.view).expect("verified constants are literals");
        let value = constant(&value, &|weights| self.loaded(weights))?;
        self.constants.insert(reference.hash, value.clone());
        Ok(value)
    }

    // ----- control flow -----

    #[inline(never)]
    fn branch(&mut self, on: &mut Activation<'p>, record: &Record) -> Step {
        let chosen = self.eval(on, record.operands[0])?.bool();
        match record.node {
            NdaNode::And if !chosen => Ok(Val::Bool(false)),
            NdaNode::Or if chosen => Ok(Val::Bool(true)),
            NdaNode::If if !chosen => self.eval(on, record.operands[2]),
            _ => self.eval(on, record.operands[1]),
        }
    }

    #[inline(never)]
    fn leave(&mut self, on: &mut Activation<'p>, id: NodeId, record: &Record) -> Step {
        let value = self.operands(on, record)?.pop();
        Err(match (record.node, value) {
            (NdaNode::Break { up }, Some(value)) => Exit::Break { up, value },
            (NdaNode::Continue { up }, None) => Exit::Continue { up, from: id },
            (NdaNode::Return, Some(value)) => Exit::Return(value),
            (node, _) => panic!("{node:?} does not leave anything"),
        })
    }

    /// The price and the question at the entry into a loop body; `marker` is the record that opens it, or the one that
    /// goes round instead.
    fn enter_body(&mut self, on: &Activation<'p>, marker: NodeId) -> Step<()> {
        self.fuel.charge(1).and_then(|()| self.poll()).map_err(|fault| on.trap(marker, fault))
    }

    #[inline(never)]
    fn endless_or_while(&mut self, on: &mut Activation<'p>, record: &Record) -> Step {
        loop {
            match round(self.one_round(on, record))? {
                Round::Next => {}
                Round::Leave(value) => return Ok(value),
            }
        }
    }

    /// One round of a `loop`, or of a `while` with its condition, which belongs to the loop.
    fn one_round(&mut self, on: &mut Activation<'p>, record: &Record) -> Step {
        let (condition, body) = match *record.operands {
            [body] => (None, body),
            [condition, body] => (Some(condition), body),
            _ => panic!("a loop has a body and perhaps a condition"),
        };
        if let Some(condition) = condition {
            match self.eval(on, condition) {
                Ok(holds) if holds.bool() => {}
                Ok(_) => return Err(Exit::Break { up: 0, value: Val::Unit }),
                // Going round without ever reaching the body is a round too, or it would be an endless loop for free.
                Err(Exit::Continue { up: 0, from }) => {
                    self.enter_body(on, from)?;
                    return Ok(Val::Unit);
                }
                Err(exit) => return Err(exit),
            }
        }
        self.enter_body(on, record.marker)?;
        self.eval(on, body)
    }

    #[inline(never)]
    fn counted(&mut self, on: &mut Activation<'p>, record: &Record) -> Step {
        let (&body, ends) = record.operands.split_last().expect("a loop has a body");
        let mut values = Vec::with_capacity(3);
        for &end in ends {
            values.push(self.eval(on, end)?.int());
        }
        let NdaNode::ForBegin { slot, range } = on.body.record(record.marker).node else {
            panic!("a counted loop has its marker")
        };
        let step = values.get(2).copied().unwrap_or(1);
        if step < 1 {
            return Err(on.trap(record.marker, Fault::new(TrapKind::Panic, message::STEP)));
        }
        for value in numbers(range, values[0], values[1], step) {
            self.enter_body(on, record.marker)?;
            on.slots[slot as usize] = Some(Val::Int(value));
            if let Round::Leave(value) = round(self.eval(on, body))? {
                return Ok(value);
            }
        }
        Ok(Val::Unit)
    }

    #[inline(never)]
    fn each(&mut self, on: &mut Activation<'p>, record: &Record) -> Step {
        let [list, body] = *record.operands else { panic!("a loop over a list has a list and a body") };
        let list = self.eval(on, list)?;
        let NdaNode::EachBegin { slot, .. } = on.body.record(record.marker).node else {
            panic!("a loop over a list has its marker")
        };
        for item in list.items() {
            self.enter_body(on, record.marker)?;
            on.slots[slot as usize] = Some(item.clone());
            if let Round::Leave(value) = round(self.eval(on, body))? {
                return Ok(value);
            }
        }
        Ok(Val::Unit)
    }
}

impl Activation<'_> {
    fn load(&mut self, slot: Slot, mode: Mode) -> Val {
        match mode {
            Mode::Move => self.take(slot),
            // A borrow is one more owner for a while. Nobody can tell: the variable keeps its own, and neither changes
            // nor goes while the borrow waits, so the object is never alone with the borrow.
            Mode::Copy | Mode::Share | Mode::Borrow => {
                self.slots[slot as usize].clone().expect("a verified use finds a value")
            }
        }
    }

    fn take(&mut self, slot: Slot) -> Val {
        self.slots[slot as usize].take().expect("a verified use finds a value")
    }

    fn trap(&self, node: NodeId, fault: Fault) -> Exit {
        let frames = vec![Frame { definition: self.body.hash, node }];
        Exit::Trap(Box::new(Trap { frames, ..nowhere(fault) }))
    }
}

/// Whether a record is of the variant whose fields are wanted.
fn has_variant(data: &Data, variant: u16) -> Result<(), Fault> {
    if data.variant == u32::from(variant) {
        return Ok(());
    }
    Err(Fault::new(TrapKind::Panic, message::variant(&data.shape.name)))
}

/// What a finished body means to its own loop; what is meant for an outer loop goes on outward.
fn round(result: Step) -> Step<Round> {
    match result {
        Ok(_) | Err(Exit::Continue { up: 0, .. }) => Ok(Round::Next),
        Err(Exit::Break { up: 0, value }) => Ok(Round::Leave(value)),
        Err(Exit::Continue { up, from }) => Err(Exit::Continue { up: up - 1, from }),
        Err(Exit::Break { up, value }) => Err(Exit::Break { up: up - 1, value }),
        Err(exit) => Err(exit),
    }
}

/// The values of a loop variable. Counted in `i128`, where neither end is near.
fn numbers(range: Range, from: i64, to: i64, step: i64) -> impl Iterator<Item = i64> {
    let first = i128::from(from);
    let last = if range.inclusive { i128::from(to) } else { i128::from(to) - 1 };
    let (start, step) = if range.reversed { (last, -i128::from(step)) } else { (first, i128::from(step)) };
    let inside = move |&value: &i128| first <= value && value <= last;
    std::iter::successors(Some(start), move |value| Some(value + step))
        .take_while(inside)
        .map(|value| i64::try_from(value).expect("it lies between two of them"))
}

/// A trap outside any record.
fn nowhere(fault: Fault) -> Trap {
    Trap { kind: fault.kind, message: fault.message, frames: Vec::new() }
}

pub(crate) fn internal(message: String) -> Fault {
    Fault::new(TrapKind::InternalError, message)
}
