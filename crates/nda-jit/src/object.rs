//! Objects on the heap of one run: text, lists and records, shared by counting owners, charged exactly.
//!
//! A slot of an object type holds an [`ObjectRef`] as a word, 0 where the object was moved away, or an odd number that
//! is a variant without fields: [`words::unit_variant`]. Headers live in
//! slabs that belong to the [`Heap`], so that a run that trapped needs no unwinding: dropping the heap frees whatever
//! is left. Objects that belong to compiled code (literals and constants) are *immortal*: nobody counts their owners or
//! changes them, so code can be shared between threads.
//!
//! Unsafe, and why it holds: the graph's verifier proves that an object slot is read only where it holds an object of
//! its type, and the compiler emits one release for each owner. A wrong count would be a use after free, which is why
//! every program of the test kit also runs on the reference evaluator with the peak of memory compared.
#![allow(unsafe_code)]

mod entries;
mod lent;
mod machine;
mod room;
mod short;
mod slabs;
mod small;
pub(crate) mod vectors;
pub mod words;

pub use lent::{Given, takes_vectors};
pub use small::small_text;
pub(crate) use words::{fieldless, plain_word, variant_of};
pub use words::{holds, reference, word};

use crate::buffers::Buffers;
use crate::fault::Cause;
use crate::keys::{Key, Kind, with_kind};
use crate::layout::{Placed, Typed};
use crate::number::Word;
use crate::tree::{Entry, Tree};
use entries::{each_object, parts_that_are_objects};
use nda_graph::Value;
use nda_graph::run::size;
use nda_tensor::Scratch;
use room::{free_buffer, new_buffer, short_words};
use slabs::{FREE_HEADER, thread_free};
use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

/// The number of owners that says: nobody counts.
pub(crate) const IMMORTAL: u32 = u32::MAX;
/// Headers are made this many at a time.
const SLAB: usize = 64;

/// Says of a map that its keys are objects.
const KEYS: u16 = 1;
/// Says of a map that its values are objects.
const VALUES: u16 = 2;

/// What an object holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Holds {
    /// Plain words.
    Words,
    /// Booleans, a byte each.
    Bools,
    /// Other objects.
    Objects,
    /// Bytes of text.
    Bytes,
    /// The fields of a tuple, a struct or a variant: words, those that are objects first.
    Record,
    /// The elements of a vector, `f32`.
    Floats,
    /// A matrix of the store, which belongs to the code.
    Weights,
    /// The entries of a map: a tree, which is not there while it has none.
    Map,
    /// Nothing: the header is on the free list.
    Free,
}

impl Holds {
    /// Bytes of one element; `docs/spec/memory.md` states them.
    #[inline(always)]
    pub fn element_bytes(self) -> usize {
        match self {
            Holds::Bools | Holds::Bytes => 1,
            Holds::Floats => 4,
            _ => 8,
        }
    }

    /// What an object with this much room is charged.
    pub fn charged(self, capacity: usize) -> u64 {
        size::list(self.element_bytes() as u64, capacity as u64)
    }

    fn layout(self, capacity: usize) -> Option<Layout> {
        match self.element_bytes() {
            1 => Layout::array::<u8>(capacity).ok(),
            4 => Layout::array::<f32>(capacity).ok(),
            _ => Layout::array::<u64>(capacity).ok(),
        }
    }
}

/// The elements of a list, as it holds them.
pub enum Cells<'o> {
    /// Of a list of booleans.
    Bools(&'o mut [bool]),
    /// Of any other.
    Words(&'o mut [u64]),
}

/// Runs `$body` with the elements of a list as `$cells`, whatever they are.
macro_rules! with_cells {
    ($list:expr, $cells:ident, $body:expr) => {
        match $list.any_cells() {
            $crate::object::Cells::Bools($cells) => $body,
            $crate::object::Cells::Words($cells) => $body,
        }
    };
}
pub(crate) use with_cells;

/// The fixed part of an object.
#[derive(Debug)]
#[repr(C)]
pub struct Object {
    owners: u32,
    holds: Holds,
    /// How many fields of a record are objects; of a map, [`KEYS`] and [`VALUES`].
    objects: u16,
    /// Elements, bytes, fields or entries.
    pub(crate) len: usize,
    /// Of a list or text, how many elements or bytes it has room for; of a record, the number of its variant.
    capacity_or_variant: usize,
    /// The elements or bytes, or the tree; for a free header the next free one.
    data: *mut u8,
}

/// A pointer to an object that is alive.
pub type ObjectRef = NonNull<Object>;

impl Object {
    /// Whether the holder of the one owner may change it in place.
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        self.owners == 1
    }

    /// The elements of a list of `T`; objects are words like any others.
    #[inline(always)]
    pub fn cells<T: Word>(&self) -> &[T::Cell] {
        debug_assert!(self.is_list() && size_of::<T::Cell>() == self.holds.element_bytes());
        // SAFETY: `data` holds `capacity >= len` elements of that size, all of the first `len` written, and a list of
        // booleans holds nothing else.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }

    /// The elements of a list of `T` whose holder owns it alone.
    #[inline(always)]
    pub fn cells_mut<T: Word>(&mut self) -> &mut [T::Cell] {
        debug_assert!(self.is_list() && size_of::<T::Cell>() == self.holds.element_bytes());
        // SAFETY: as in `cells`; `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }

    /// The elements of a list of anything but booleans.
    #[inline(always)]
    pub fn words(&self) -> &[u64] {
        self.cells::<i64>()
    }

    /// The elements of a list of anything but booleans, whose holder owns it alone.
    #[inline(always)]
    pub fn words_mut(&mut self) -> &mut [u64] {
        self.cells_mut::<i64>()
    }

    /// The elements of a list whose holder owns it alone.
    pub fn any_cells(&mut self) -> Cells<'_> {
        match self.holds {
            Holds::Bools => Cells::Bools(self.cells_mut::<bool>()),
            _ => Cells::Words(self.words_mut()),
        }
    }

    /// An element of a list as a slot would hold it.
    #[inline(always)]
    pub fn element(&self, index: usize) -> Option<u64> {
        match self.holds {
            Holds::Bools => self.cells::<bool>().get(index).map(|&value| u64::from(value)),
            _ => self.words().get(index).copied(),
        }
    }

    /// The elements of a list as slots would hold them.
    pub fn elements(&self) -> impl Iterator<Item = u64> {
        (0..self.len).filter_map(|index| self.element(index))
    }

    /// The fields of a record, where they lie.
    #[inline(always)]
    pub fn fields(&self) -> &[u64] {
        debug_assert!(self.holds == Holds::Record);
        // SAFETY: a record's buffer has `len` words, written when it was made.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }

    /// The fields of a record whose holder owns it alone.
    #[inline(always)]
    pub fn fields_mut(&mut self) -> &mut [u64] {
        debug_assert!(self.holds == Holds::Record);
        // SAFETY: as in `fields`; `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }

    /// Which variant a record is.
    #[inline(always)]
    pub fn variant(&self) -> u32 {
        debug_assert!(self.holds == Holds::Record);
        self.capacity_or_variant as u32
    }

    /// The entries of a map that has some, or had.
    #[inline(always)]
    pub(crate) fn tree(&self) -> Option<&Tree> {
        debug_assert!(self.holds == Holds::Map);
        // SAFETY: a map's `data` is its tree or null.
        unsafe { self.data.cast::<Tree>().as_ref() }
    }

    /// The value of the entry at a position, which is there, of a map whose holder owns it alone.
    #[inline(always)]
    pub(crate) fn value_mut(&mut self, position: usize) -> &mut u64 {
        debug_assert!(self.holds == Holds::Map && position < self.len);
        // SAFETY: as in `tree`; `&mut self` is the only way to it.
        unsafe { (*self.data.cast::<Tree>()).value_mut(position) }
    }

    /// The value of an entry of such a map in the leaf that its key was looked for in.
    #[inline(always)]
    pub(crate) fn value_here(&mut self, at: usize) -> &mut u64 {
        debug_assert!(self.holds == Holds::Map);
        // SAFETY: as in `value_mut`.
        unsafe { (*self.data.cast::<Tree>()).value_here(at) }
    }

    /// Whether the keys of a map are objects.
    pub(crate) fn keys_are_objects(&self) -> bool {
        self.objects & KEYS != 0
    }

    /// Whether the values of a map are objects.
    pub(crate) fn values_are_objects(&self) -> bool {
        self.objects & VALUES != 0
    }

    /// The words of it that can be objects, of anything but a map.
    #[inline(always)]
    pub(crate) fn parts(&self) -> &[u64] {
        let count = match self.holds {
            Holds::Objects => self.len,
            Holds::Record => usize::from(self.objects),
            _ => return &[],
        };
        // SAFETY: it has that many words, all written.
        unsafe { std::slice::from_raw_parts(self.data.cast(), count) }
    }

    fn is_list(&self) -> bool {
        matches!(self.holds, Holds::Words | Holds::Bools | Holds::Objects)
    }

    /// The text.
    #[inline]
    pub fn text(&self) -> &str {
        debug_assert!(self.holds == Holds::Bytes);
        // SAFETY: text objects are filled from `str`s only, and appended whole.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.data, self.len)) }
    }

    /// What it holds.
    pub fn holds(&self) -> Holds {
        self.holds
    }

    /// An object of code: it is filled, then sealed.
    pub(crate) fn of_code(holds: Holds, room: usize) -> Box<Self> {
        let data = new_buffer(holds, room, false).expect("a literal was in memory before");
        Box::new(Object { owners: 1, holds, objects: 0, len: 0, capacity_or_variant: room, data })
    }

    /// An empty map of code.
    pub(crate) fn map_of_code(typed: Typed<'_>) -> Box<Self> {
        let mut map = Self::of_code(Holds::Map, 0);
        map.objects = parts_that_are_objects(typed);
        map.data = std::ptr::null_mut();
        map
    }

    /// A record of code.
    pub(crate) fn record_of_code(placed: &Placed) -> Box<Self> {
        let len = placed.words.len();
        let mut record = Self::of_code(Holds::Record, len);
        record.len = len;
        record.objects = placed.objects;
        record.capacity_or_variant = placed.variant as usize;
        // SAFETY: its buffer has room for that many words.
        unsafe { record.data.cast::<u64>().copy_from_nonoverlapping(placed.words.as_ptr(), len) };
        record
    }

    /// From here on nobody counts its owners.
    pub(crate) fn seal(&mut self) {
        self.owners = IMMORTAL;
    }

    /// # Safety
    /// It came from `of_code`, and nobody looks at it any more.
    pub(crate) unsafe fn free_of_code(&mut self) {
        free_buffer(self);
    }

    #[inline(always)]
    pub(crate) fn charged(&self) -> u64 {
        match self.holds {
            Holds::Record => size::record(self.len as u64),
            Holds::Weights => 0,
            Holds::Map => size::map(self.len as u64),
            holds => holds.charged(self.capacity_or_variant),
        }
    }
}

/// The heap of one run.
#[derive(Debug)]
pub struct Heap {
    #[expect(clippy::vec_box, reason = "slots point to the headers, which must stay where they are")]
    slabs: Vec<Box<[Object; SLAB]>>,
    free: *mut Object,
    /// Buffers of small records.
    buffers: Buffers,
    /// What products of matrices work in.
    pub(crate) scratch: Scratch,
    /// Objects whose last owner went, while they are taken apart.
    dying: Vec<ObjectRef>,
    lending: lent::Lending,
    held_bytes: u64,
    peak_bytes: u64,
    limit_bytes: u64,
}

// SAFETY: a heap owns everything its pointers reach (immortal objects aside, which are never changed), so it can move
// to another thread as a whole.
unsafe impl Send for Heap {}

impl Default for Heap {
    fn default() -> Self {
        Self {
            slabs: Vec::new(),
            free: std::ptr::null_mut(),
            buffers: Buffers::default(),
            scratch: Scratch::default(),
            dying: Vec::new(),
            lending: lent::Lending::default(),
            held_bytes: 0,
            peak_bytes: 0,
            limit_bytes: 0,
        }
    }
}

impl Heap {
    /// Empties the heap for a run that may hold `limit_bytes`.
    pub fn reset(&mut self, limit_bytes: u64) {
        self.forget_given();
        self.free_all();
        self.held_bytes = 0;
        self.peak_bytes = 0;
        self.limit_bytes = limit_bytes;
        // One slab stays warm; a run that needed many gives the rest back.
        self.slabs.truncate(1);
        self.buffers.clear();
        self.free = std::ptr::null_mut();
        if let Some(slab) = self.slabs.last_mut() {
            thread_free(&mut self.free, slab);
        }
    }

    /// The most bytes held at once since the reset.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Bytes held now.
    pub fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// The limit of this run.
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    fn free_all(&mut self) {
        if self.held_bytes == 0 {
            return;
        }
        for slab in &mut self.slabs {
            for object in slab.iter_mut().filter(|object| object.holds != Holds::Free) {
                // SAFETY: the run that looked at it is over.
                unsafe { self.buffers.free_content(object) };
                object.holds = Holds::Free;
            }
        }
    }

    fn charge(&mut self, bytes: u64) -> Result<(), Cause> {
        self.can_charge(bytes)?;
        self.held_bytes += bytes;
        self.peak_bytes = self.peak_bytes.max(self.held_bytes);
        Ok(())
    }

    /// Refuses what could not be charged at once.
    pub fn can_charge(&self, bytes: u64) -> Result<(), Cause> {
        if self.held_bytes.saturating_add(bytes) > self.limit_bytes { Err(Cause::Memory) } else { Ok(()) }
    }

    /// Bytes that can still be held.
    pub fn bytes_left(&self) -> u64 {
        self.limit_bytes - self.held_bytes
    }

    /// An object with room for `capacity` elements or bytes and none in it yet, with one owner.
    pub fn allocate(&mut self, holds: Holds, capacity: usize) -> Result<ObjectRef, Cause> {
        self.allocate_with(holds, capacity, false)
    }

    fn allocate_with(&mut self, holds: Holds, capacity: usize, zeroed: bool) -> Result<ObjectRef, Cause> {
        let charged = holds.charged(capacity);
        self.charge(charged)?;
        let data = match short_words(holds, capacity) {
            Some(words) => self.buffers.take(words).map(<*mut u64>::cast),
            None => new_buffer(holds, capacity, zeroed),
        };
        let data = match data {
            Some(data) => data,
            None => {
                self.held_bytes -= charged;
                return Err(Cause::Memory);
            }
        };
        Ok(self.header(Object { owners: 1, holds, objects: 0, len: 0, capacity_or_variant: capacity, data }))
    }

    /// A header of the free list, filled.
    #[inline(always)]
    fn header(&mut self, object: Object) -> ObjectRef {
        if self.free.is_null() {
            self.add_slab();
        }
        let header = self.free;
        // SAFETY: the free list holds headers of our slabs, linked through `data`.
        unsafe {
            self.free = (*header).data.cast();
            header.write(object);
            NonNull::new_unchecked(header)
        }
    }

    #[cold]
    #[inline(never)]
    fn add_slab(&mut self) {
        let mut slab = Box::new([const { FREE_HEADER }; SLAB]);
        thread_free(&mut self.free, &mut slab);
        self.slabs.push(slab);
    }

    /// A record of these fields, which it takes over, with one owner. The first `objects` of them are objects.
    #[inline(always)]
    pub fn record(&mut self, variant: u32, objects: u16, fields: &[u64]) -> Result<ObjectRef, Cause> {
        let len = fields.len();
        let charged = size::record(len as u64);
        self.charge(charged)?;
        let Some(data) = self.buffers.take(len) else {
            self.held_bytes -= charged;
            return Err(Cause::Memory);
        };
        // SAFETY: the buffer is fresh and has room for the fields.
        unsafe { data.copy_from_nonoverlapping(fields.as_ptr(), len) };
        let capacity_or_variant = variant as usize;
        let data = data.cast();
        Ok(self.header(Object { owners: 1, holds: Holds::Record, objects, len, capacity_or_variant, data }))
    }

    /// Another record with the same fields; the objects among them get one more owner each.
    pub fn record_of(&mut self, from: &Object) -> Result<ObjectRef, Cause> {
        let copy = self.record(from.variant(), from.objects, from.fields())?;
        from.parts().iter().filter_map(|&word| reference(word)).for_each(Heap::share);
        Ok(copy)
    }

    /// Gives up a record whose fields were taken over.
    ///
    /// # Safety
    /// The caller owned it alone, and nobody looks at it any more.
    #[inline(always)]
    pub unsafe fn free_shell(&mut self, record: ObjectRef) {
        // SAFETY: the caller's promise.
        unsafe { self.give_back(record.as_ptr()) };
    }

    /// One more owner.
    #[inline(always)]
    pub fn share(object: ObjectRef) {
        let object = object.as_ptr();
        // SAFETY: the reference is alive (see the module), and what is not immortal belongs to this run alone.
        unsafe {
            if (*object).owners != IMMORTAL {
                // An object with four thousand million owners stays for ever rather than wrap.
                (*object).owners += 1;
            }
        }
    }

    /// One owner less; the last one frees it and gives up what it holds.
    #[inline(always)]
    pub fn release(&mut self, object: ObjectRef) {
        let header = object.as_ptr();
        // SAFETY: the reference is alive (see the module), and what is not immortal belongs to this run alone.
        unsafe {
            if (*header).owners == 1 {
                self.free(object);
            } else if (*header).owners != IMMORTAL {
                (*header).owners -= 1;
            }
        }
    }

    /// Takes an object apart, and whatever that was the last owner of: without recursion, because records nest as
    /// deeply as memory allows.
    #[inline(never)]
    pub(crate) fn free(&mut self, object: ObjectRef) {
        // SAFETY: as below.
        unsafe {
            if object.as_ref().holds == Holds::Bytes {
                return self.give_back(object.as_ptr());
            }
        }
        let mut next = object;
        loop {
            // SAFETY: the last owner gave it up, so nobody else looks at it, and its parts are alive until it lets go.
            unsafe {
                let header = next.as_ref();
                if header.holds == Holds::Map {
                    if let Some(tree) = header.tree() {
                        each_object(tree, header.objects, |part| self.let_go(part));
                    }
                } else {
                    header
                        .parts()
                        .iter()
                        .filter_map(|&word| reference(word))
                        .for_each(|part| self.let_go(part));
                }
                self.give_back(next.as_ptr());
            }
            match self.dying.pop() {
                Some(object) => next = object,
                None => return,
            }
        }
    }

    /// One owner less of a part of what is taken apart; the last one lets it wait for the same.
    ///
    /// # Safety
    /// It is alive, and whoever held it does not look at it any more.
    #[inline(always)]
    unsafe fn let_go(&mut self, part: ObjectRef) {
        let header = part.as_ptr();
        // SAFETY: the caller's promise.
        unsafe {
            if (*header).owners == 1 {
                self.dying.push(part);
            } else if (*header).owners != IMMORTAL {
                (*header).owners -= 1;
            }
        }
    }

    /// Frees a header and its buffer.
    ///
    /// # Safety
    /// Nobody looks at it any more.
    #[inline(always)]
    unsafe fn give_back(&mut self, pointer: *mut Object) {
        // SAFETY: the caller's promise; a record's buffer came from `buffers`.
        unsafe {
            self.held_bytes -= (*pointer).charged();
            self.buffers.free_content(&mut *pointer);
            (*pointer).holds = Holds::Free;
            (*pointer).data = self.free.cast();
        }
        self.free = pointer;
    }

    /// Makes room for `capacity` elements or bytes.
    pub fn grow(&mut self, object: ObjectRef, capacity: usize) -> Result<(), Cause> {
        // SAFETY: the caller owns it alone.
        let header = unsafe { &mut *object.as_ptr() };
        debug_assert!(header.is_unique() && capacity > header.capacity_or_variant);
        let more = header.holds.charged(capacity) - header.charged();
        self.charge(more)?;
        match self.buffers.grown(header, capacity) {
            Some(data) => {
                header.data = data;
                header.capacity_or_variant = capacity;
                Ok(())
            }
            None => {
                self.held_bytes -= more;
                Err(Cause::Memory)
            }
        }
    }

    /// How many elements or bytes it has room for.
    pub fn capacity(object: ObjectRef) -> usize {
        // SAFETY: the reference is alive.
        unsafe { object.as_ref() }.capacity_or_variant
    }

    /// Appends a word to a list that has room.
    pub fn push_word(object: ObjectRef, word: u64) {
        // SAFETY: the caller owns it alone, and there is room (checked).
        unsafe {
            let header = &mut *object.as_ptr();
            assert!(header.len < header.capacity_or_variant, "room was made before");
            match header.holds {
                Holds::Words | Holds::Objects => header.data.cast::<u64>().add(header.len).write(word),
                Holds::Bools => header.data.cast::<bool>().add(header.len).write(word != 0),
                Holds::Bytes | Holds::Record | Holds::Map | Holds::Floats | Holds::Weights | Holds::Free => {
                    unreachable!("words are appended to lists")
                }
            }
            header.len += 1;
        }
    }

    /// Appends words to a list of words that has room for them.
    pub fn push_words(object: ObjectRef, words: impl ExactSizeIterator<Item = u64>) {
        // SAFETY: the caller owns it alone.
        let header = unsafe { &mut *object.as_ptr() };
        let room = header.capacity_or_variant - header.len;
        assert!(room >= words.len() && header.holds == Holds::Words, "room was made before");
        // SAFETY: there is room for that many (just checked).
        let places: &mut [MaybeUninit<u64>] = unsafe {
            std::slice::from_raw_parts_mut(
                header.data.cast::<MaybeUninit<u64>>().add(header.len),
                words.len(),
            )
        };
        header.len += words.len();
        places.iter_mut().zip(words).for_each(|(place, word)| _ = place.write(word));
    }

    /// Appends `part` of a list to a list of the same type that has room; objects get one more owner each.
    pub fn push_part(object: ObjectRef, from: &Object, part: Range<usize>) {
        // SAFETY: the caller owns it alone, there is room (checked), and `from` is another object.
        unsafe {
            let header = &mut *object.as_ptr();
            assert!(
                header.capacity_or_variant - header.len >= part.len()
                    && header.holds == from.holds
                    && part.end <= from.len,
                "room was made"
            );
            let unit = header.holds.element_bytes();
            let source = from.data.add(part.start * unit);
            header.data.add(header.len * unit).copy_from_nonoverlapping(source, part.len() * unit);
            header.len += part.len();
        }
        if from.holds == Holds::Objects {
            from.words()[part].iter().filter_map(|&word| reference(word)).for_each(Heap::share);
        }
    }

    /// Appends text to a text that has room.
    pub fn push_text(object: ObjectRef, text: &str) {
        // SAFETY: the caller owns it alone, and there is room (checked); `text` is not inside of it, because then it
        // would have a second owner.
        unsafe {
            let header = &mut *object.as_ptr();
            assert!(
                header.capacity_or_variant - header.len >= text.len() && header.holds == Holds::Bytes,
                "room was made"
            );
            header.data.add(header.len).copy_from_nonoverlapping(text.as_ptr(), text.len());
            header.len += text.len();
        }
    }

    /// A list of `part` of the elements of another; objects among them get one more owner each.
    pub fn list_of(&mut self, from: &Object, part: Range<usize>) -> Result<ObjectRef, Cause> {
        let list = self.allocate(from.holds, part.len())?;
        Heap::push_part(list, from, part);
        Ok(list)
    }

    /// A list of `count` equal words. Objects get no more owners: the caller counts.
    pub fn list_filled(&mut self, holds: Holds, word: u64, count: usize) -> Result<ObjectRef, Cause> {
        let list = self.allocate_with(holds, count, word == 0)?;
        // SAFETY: fresh, with room for all of them; zeroes are there already.
        unsafe {
            let header = &mut *list.as_ptr();
            match word {
                0 => {}
                _ if holds == Holds::Bools => header.data.write_bytes(1, count),
                _ => std::slice::from_raw_parts_mut(header.data.cast::<MaybeUninit<u64>>(), count)
                    .fill(MaybeUninit::new(word)),
            }
            header.len = count;
        }
        Ok(list)
    }

    /// A text with a copy of `parts`, and nothing to spare.
    pub fn text_of(&mut self, parts: &[&str]) -> Result<ObjectRef, Cause> {
        let object = self.allocate(Holds::Bytes, parts.iter().map(|part| part.len()).sum())?;
        parts.iter().for_each(|part| Heap::push_text(object, part));
        Ok(object)
    }

    /// Brings a value in from outside.
    pub(crate) fn import(&mut self, value: &Value, typed: Typed<'_>) -> Result<u64, Cause> {
        Ok(match value {
            Value::Str(text) => word(self.text_of(&[text])?),
            Value::List { items, .. } => {
                let list = self.allocate(holds(typed.ty), items.len())?;
                for item in items {
                    let item = self.import(item, typed.element().expect("a list has a list type"))?;
                    Heap::push_word(list, item);
                }
                word(list)
            }
            Value::Vector(elements) => word(self.vector_of(elements)?),
            Value::Map(lists) => {
                let (keys, values) = typed.map_parts().expect("a map has a map's type");
                let map = self.map(typed)?;
                for (key, value) in lists[0].items().iter().zip(lists[1].items()) {
                    let (key, value) = (self.import(key, keys)?, self.import(value, values)?);
                    // SAFETY: it was just made.
                    let header = unsafe { map.as_ref() };
                    let (at, head) = with_kind!(typed, K, {
                        let key = K::key(typed, key);
                        (header.look(key).unwrap_or_else(|at| at), key.head())
                    });
                    self.add_entry(map, at, &Entry { head, key, value })?;
                }
                word(map)
            }
            _ => match typed.place(value, |field, typed| self.import(field, typed))? {
                Some(placed) if placed.words.is_empty() => fieldless(typed.ty, placed.variant),
                Some(placed) => word(self.record(placed.variant, placed.objects, &placed.words)?),
                None => plain_word(value),
            },
        })
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.free_all();
    }
}
