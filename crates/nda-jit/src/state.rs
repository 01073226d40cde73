//! What one run works on: fuel, depth, heap, output, and how it ended.

use crate::code::Unit;
use crate::fault::Cause;
use crate::heads::{Mark, Search, TierUp, WAIT, When};
use crate::object::{Heap, Holds, ObjectRef, reference};
use nda_graph::run::cost;
use nda_graph::{Limits, Value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Fuel is handed to the steps in slices of this size; between slices the clock and the cancel flag are looked at.
const SLICE: u64 = 16_384;

/// The functions the host offers, as a run calls them.
pub trait Hosts {
    /// Calls the host function of this name.
    ///
    /// # Errors
    /// What the host says went wrong.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String>;
}

/// What stops a run from outside.
#[derive(Clone, Copy, Default, Debug)]
pub struct Control<'a> {
    /// Set by another thread to stop the run.
    pub cancel: Option<&'a AtomicBool>,
    /// When the run is over time.
    pub deadline: Option<Instant>,
}

/// The state of a run. It borrows whatever outlives the run: the host, the controls.
///
/// The frames are apart from it, because steps carry a pointer to theirs in a register.
pub struct JitState<'a> {
    /// What is left of the slice at hand.
    pub(crate) fuel: u64,
    /// Calls that have not returned.
    pub(crate) depth: u32,
    /// The deepest so far; passing it is the slow path, which looks at the limit.
    pub(crate) depth_reached: u32,
    /// Fuel beyond the slice at hand.
    reserve: u64,
    limits: Limits,
    /// The objects.
    pub heap: Heap,
    /// The lines printed.
    pub output: String,
    /// Words for a trap whose kind alone does not say enough.
    pub message: Option<String>,
    pub(crate) exit: Option<Exit>,
    /// What work gives that machine code called.
    pub(crate) result: u64,
    /// How work went that machine code left to a slow path.
    pub(crate) status: u8,
    /// Where machine code stops.
    pub(crate) place: *const crate::runtime::Place,
    /// Why machine code stopped, and the way there, the innermost frame first.
    pub(crate) stopped: Option<Cause>,
    pub(crate) frames: Vec<nda_graph::Frame>,
    /// A panic that waits for machine code to end.
    pub(crate) panic: Option<Box<dyn std::any::Any + Send>>,
    /// The frame of the next step, where steps go on by way of a loop.
    pub(crate) frame: crate::step::Fp,
    /// Where machine code for the rest of functions comes from, and the search for where to use it.
    pub(crate) tier_up: Option<&'a dyn TierUp>,
    pub(crate) search: Search,
    /// The unit that the run began in, while it runs.
    pub(crate) unit: Option<*const Unit>,
    /// Where the room for frames ends.
    pub(crate) frames_end: crate::step::Fp,
    control: Control<'a>,
    pub(crate) hosts: &'a mut dyn Hosts,
}

/// Where and why the steps stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub(crate) fault: crate::fault::Fault,
    pub(crate) ip: *const u64,
    pub(crate) fp: *mut u64,
}

impl<'a> JitState<'a> {
    /// The state at the start of a run; `heap` and `output` may bring memory of earlier runs along.
    pub fn new(
        limits: Limits,
        control: Control<'a>,
        hosts: &'a mut dyn Hosts,
        mut heap: Heap,
        mut output: String,
    ) -> Self {
        heap.reset(limits.memory_bytes);
        output.clear();
        let fuel = limits.fuel.min(SLICE);
        Self {
            fuel,
            depth: 0,
            depth_reached: 0,
            reserve: limits.fuel - fuel,
            limits,
            heap,
            output,
            message: None,
            exit: None,
            result: 0,
            status: 0,
            place: std::ptr::null(),
            stopped: None,
            frames: Vec::new(),
            panic: None,
            frame: std::ptr::null_mut(),
            tier_up: None,
            search: Search::default(),
            unit: None,
            frames_end: std::ptr::null_mut(),
            control,
            hosts,
        }
    }

    /// Functions go on in machine code where there is some for the rest of them, and calls go there.
    pub fn tier_up(&mut self, tier_up: &'a dyn TierUp, when: When) {
        self.tier_up = Some(tier_up);
        self.search = Search::new(when);
        self.shorten(when.from.clamp(1, WAIT));
    }

    /// How often the run went on in machine code.
    #[must_use]
    pub fn moves(&self) -> u32 {
        self.search.moves
    }

    /// When the run had machine code asked for first, and when it first went on in some.
    #[must_use]
    pub fn first_marks(&self) -> [Option<Mark>; 2] {
        [self.search.first_asked, self.search.first_moved]
    }

    /// Cuts the slice at hand short.
    pub(crate) fn shorten(&mut self, slice: u64) {
        let more = self.fuel.saturating_sub(slice);
        self.fuel -= more;
        self.reserve += more;
    }

    /// Units used so far.
    #[must_use]
    pub fn fuel_used(&self) -> u64 {
        self.limits.fuel - self.reserve - self.fuel
    }

    /// Calls that have not returned.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The deepest nesting of calls so far.
    #[must_use]
    pub fn depth_reached(&self) -> u32 {
        self.depth_reached
    }

    /// The limits of this run.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The slice at hand is used up.
    pub(crate) fn next_slice(&mut self) -> Result<(), Cause> {
        if self.reserve == 0 {
            return Err(Cause::Fuel);
        }
        self.poll()?;
        let slice = self.reserve.min(SLICE);
        self.reserve -= slice;
        self.fuel += slice;
        Ok(())
    }

    /// Looks at the cancel flag and the clock.
    pub(crate) fn poll(&self) -> Result<(), Cause> {
        if self.control.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Cause::Cancelled);
        }
        if self.control.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Cause::Deadline);
        }
        Ok(())
    }

    /// Units for work that grows with its data.
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Cause> {
        if units > self.fuel {
            if units - self.fuel > self.reserve {
                return Err(Cause::Fuel);
            }
            self.poll()?;
            self.reserve -= units - self.fuel;
            self.fuel = units;
        }
        self.fuel -= units;
        Ok(())
    }

    pub(crate) fn fuel_left(&self) -> u64 {
        self.fuel + self.reserve
    }

    /// A trap with words of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn explain(&mut self, cause: Cause, message: String) -> Cause {
        self.message = Some(message);
        cause
    }

    /// Makes the object in `place` one that its holder owns alone, copying it if need be.
    pub(crate) fn make_unique(&mut self, place: &mut u64) -> Result<ObjectRef, Cause> {
        let shared = reference(*place).expect("a place that changes holds an object");
        // SAFETY: the place holds it, so it is alive.
        #[allow(unsafe_code)]
        let header = unsafe { shared.as_ref() };
        if header.is_unique() {
            return Ok(shared);
        }
        let words = if header.holds() == Holds::Map { 2 * header.len } else { header.len };
        self.charge(cost::elements(words as u64))?;
        let copy = match header.holds() {
            Holds::Map => self.heap.map_of(header)?,
            Holds::Record => self.heap.record_of(header)?,
            _ => self.heap.list_of(header, 0..header.len)?,
        };
        self.heap.release(shared);
        *place = crate::object::word(copy);
        Ok(copy)
    }
}
