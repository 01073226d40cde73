//! Objects on the heap of one run: text, lists and records, shared by counting owners, charged exactly.
//!
//! A slot of an object type holds an [`ObjectRef`] as a word, or 0 where the object was moved away. Headers live in
//! slabs that belong to the [`Heap`], so that a run that trapped needs no unwinding: dropping the heap frees whatever
//! is left. Objects that belong to compiled code (literals and constants) are *immortal*: nobody counts their owners or
//! changes them, so code can be shared between threads.
//!
//! Unsafe, and why it holds: the graph's verifier proves that an object slot is read only where it holds an object of
//! its type, and the compiler emits one release for each owner. A wrong count would be a use after free, which is why
//! every program of the test kit also runs on the reference evaluator with the peak of memory compared.
#![allow(unsafe_code)]

use crate::fault::Cause;
use crate::number::Word;
use crate::record::{Shape, Typed};
use nda_graph::run::size;
use nda_graph::{Ty, Value};
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

/// The number of owners that says: nobody counts.
pub(crate) const IMMORTAL: u32 = u32::MAX;
/// Headers are made this many at a time.
const SLAB: usize = 64;

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
    /// The fields of a tuple, struct or variant, a word each.
    Record,
    /// Nothing: the header is on the free list.
    Free,
}

impl Holds {
    /// Bytes of one element; `docs/spec/memory.md` states them.
    #[inline(always)]
    pub fn element_bytes(self) -> usize {
        match self {
            Holds::Bools | Holds::Bytes => 1,
            _ => 8,
        }
    }

    /// What an object with this much room is charged.
    pub fn charged(self, capacity: usize) -> u64 {
        if self == Holds::Record {
            return size::record(capacity as u64);
        }
        size::list(self.element_bytes() as u64, capacity as u64)
    }

    fn layout(self, capacity: usize) -> Option<Layout> {
        match self.element_bytes() {
            1 => Layout::array::<u8>(capacity).ok(),
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
    pub(crate) owners: u32,
    pub(crate) holds: Holds,
    /// Elements, fields or bytes.
    pub(crate) len: usize,
    /// Room for so many; of a record, which never grows, the address of its [`Shape`].
    pub(crate) capacity: usize,
    /// The elements, fields or bytes; for a free header the next free one.
    pub(crate) data: *mut u8,
}

/// A pointer to an object that is alive.
pub type ObjectRef = NonNull<Object>;

impl Object {
    /// Where machine code finds its fields, in bytes.
    pub(crate) const OWNERS: usize = std::mem::offset_of!(Object, owners);
    pub(crate) const CAPACITY: usize = std::mem::offset_of!(Object, capacity);
    pub(crate) const DATA: usize = std::mem::offset_of!(Object, data);

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

    /// The elements of a list or the fields of a record whose holder owns it alone.
    pub fn any_cells(&mut self) -> Cells<'_> {
        match self.holds {
            Holds::Bools => Cells::Bools(self.cells_mut::<bool>()),
            Holds::Record => Cells::Words(self.fields_mut()),
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

    /// How many elements, fields or bytes its buffer has room for.
    fn room(&self) -> usize {
        if self.holds == Holds::Record { self.len } else { self.capacity }
    }

    pub(crate) fn charged(&self) -> u64 {
        self.holds.charged(self.room())
    }

    /// The shape of a record.
    #[inline(always)]
    pub(crate) fn shape(&self) -> &'static Shape {
        debug_assert!(self.holds == Holds::Record);
        // SAFETY: records are made with the address of a shape that the running code keeps alive.
        unsafe { &*(self.capacity as *const Shape) }
    }

    /// The fields of a record.
    #[inline(always)]
    pub(crate) fn fields(&self) -> &[u64] {
        debug_assert!(self.holds == Holds::Record);
        // SAFETY: `data` holds `len` words, all of them written.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }

    /// The fields of a record whose holder owns it alone.
    #[inline(always)]
    pub(crate) fn fields_mut(&mut self) -> &mut [u64] {
        debug_assert!(self.holds == Holds::Record);
        // SAFETY: as in `fields`; `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }

    /// An object that holds nothing, to become one that nobody counts.
    pub(crate) const fn of_nothing() -> Self {
        FREE_HEADER
    }

    /// Becomes the one value of a variant without fields.
    pub(crate) fn become_unit(&mut self, shape: *const Shape) {
        let data = std::ptr::dangling_mut::<u64>().cast();
        *self = Object { owners: IMMORTAL, holds: Holds::Record, len: 0, capacity: shape as usize, data };
    }
}

/// The heap of one run.
#[derive(Debug)]
pub struct Heap {
    #[expect(clippy::vec_box, reason = "slots point to the headers, which must stay where they are")]
    slabs: Vec<Box<[Object; SLAB]>>,
    free: *mut Object,
    held_bytes: u64,
    peak_bytes: u64,
    limit_bytes: u64,
    /// Objects that nobody owns any more and that are not freed yet; empty but while one is freed.
    dying: Vec<ObjectRef>,
}

// SAFETY: a heap owns everything its pointers reach (immortal objects aside, which are never changed), so it can move
// to another thread as a whole.
unsafe impl Send for Heap {}

impl Default for Heap {
    fn default() -> Self {
        Self {
            slabs: Vec::new(),
            free: std::ptr::null_mut(),
            held_bytes: 0,
            peak_bytes: 0,
            limit_bytes: 0,
            dying: Vec::new(),
        }
    }
}

impl Heap {
    /// Empties the heap for a run that may hold `limit_bytes`.
    pub fn reset(&mut self, limit_bytes: u64) {
        self.free_all();
        self.held_bytes = 0;
        self.peak_bytes = 0;
        self.limit_bytes = limit_bytes;
        // One slab stays warm; a run that needed many gives the rest back.
        self.slabs.truncate(1);
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
                free_buffer(object);
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
        debug_assert!(holds != Holds::Record, "records come with their shape");
        let charged = holds.charged(capacity);
        self.charge(charged)?;
        let data = match new_buffer(holds, capacity, zeroed) {
            Some(data) => data,
            None => {
                self.held_bytes -= charged;
                return Err(Cause::Memory);
            }
        };
        Ok(self.header(Object { owners: 1, holds, len: 0, capacity, data }))
    }

    /// A place for a header.
    fn header(&mut self, object: Object) -> ObjectRef {
        if self.free.is_null() {
            let mut slab = Box::new([const { FREE_HEADER }; SLAB]);
            thread_free(&mut self.free, &mut slab);
            self.slabs.push(slab);
        }
        let header = self.free;
        // SAFETY: the free list holds headers of our slabs, linked through `data`.
        unsafe {
            self.free = (*header).data.cast();
            *header = object;
            NonNull::new_unchecked(header)
        }
    }

    /// A record with these fields, of which it becomes an owner; one without fields is there already.
    pub(crate) fn record(&mut self, shape: &'static Shape, fields: &[u64]) -> Result<u64, Cause> {
        if fields.is_empty() {
            return Ok(shape.unit_word());
        }
        let charged = Holds::Record.charged(fields.len());
        self.charge(charged)?;
        let Some(data) = new_buffer(Holds::Record, fields.len(), false) else {
            self.held_bytes -= charged;
            return Err(Cause::Memory);
        };
        // SAFETY: the buffer has room for all of them.
        unsafe { data.cast::<u64>().copy_from_nonoverlapping(fields.as_ptr(), fields.len()) };
        let capacity = &raw const *shape as usize;
        let record = Object { owners: 1, holds: Holds::Record, len: fields.len(), capacity, data };
        Ok(word(self.header(record)))
    }

    /// Another record with the same fields, each of which gets one more owner.
    pub(crate) fn copy_record(&mut self, from: &Object) -> Result<ObjectRef, Cause> {
        let shape = from.shape();
        let copy = self.record(shape, from.fields())?;
        Heap::share_fields(from);
        Ok(reference(copy).expect("records are objects"))
    }

    /// One more owner for each object among the fields of a record.
    pub(crate) fn share_fields(record: &Object) {
        let objects = record.shape().objects.iter();
        objects.filter_map(|&at| reference(record.fields()[at as usize])).for_each(Heap::share);
    }

    /// Frees a record whose fields were given away by its only owner.
    pub(crate) fn free_shell(&mut self, record: ObjectRef) {
        self.free_alone(record);
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

    #[cold]
    #[inline(never)]
    fn free(&mut self, object: ObjectRef) {
        // Records can be nested as deeply as memory allows, so this does not recurse.
        let mut next = Some(object);
        while let Some(object) = next {
            // SAFETY: the last owner gave it up, so nobody else looks at it.
            let header = unsafe { object.as_ref() };
            match header.holds {
                Holds::Objects => header.words().iter().for_each(|&word| self.disown(word)),
                Holds::Record => {
                    let objects = header.shape().objects.iter();
                    objects.for_each(|&at| self.disown(header.fields()[at as usize]));
                }
                _ => {}
            }
            self.free_alone(object);
            next = self.dying.pop();
        }
    }

    /// One owner less of what a dying object held.
    fn disown(&mut self, word: u64) {
        let Some(object) = reference(word) else { return };
        let header = object.as_ptr();
        // SAFETY: as in `release`.
        unsafe {
            match (*header).owners {
                1 => self.dying.push(object),
                IMMORTAL => {}
                _ => (*header).owners -= 1,
            }
        }
    }

    /// Frees an object, but not what it holds.
    fn free_alone(&mut self, object: ObjectRef) {
        let pointer = object.as_ptr();
        // SAFETY: nobody owns it any more.
        unsafe {
            self.held_bytes -= (*pointer).charged();
            free_buffer(&mut *pointer);
            (*pointer).holds = Holds::Free;
            (*pointer).data = self.free.cast();
        }
        self.free = pointer;
    }

    /// Makes room for `capacity` elements or bytes.
    pub fn grow(&mut self, object: ObjectRef, capacity: usize) -> Result<(), Cause> {
        // SAFETY: the caller owns it alone.
        let header = unsafe { &mut *object.as_ptr() };
        debug_assert!(header.is_unique() && capacity > header.capacity);
        let more = header.holds.charged(capacity) - header.charged();
        self.charge(more)?;
        match grown_buffer(header, capacity) {
            Some(data) => {
                header.data = data;
                header.capacity = capacity;
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
        unsafe { object.as_ref() }.capacity
    }

    /// Appends a word to a list that has room.
    pub fn push_word(object: ObjectRef, word: u64) {
        // SAFETY: the caller owns it alone, and there is room (checked).
        unsafe {
            let header = &mut *object.as_ptr();
            assert!(header.len < header.capacity, "room was made before");
            match header.holds {
                Holds::Words | Holds::Objects => header.data.cast::<u64>().add(header.len).write(word),
                Holds::Bools => header.data.cast::<bool>().add(header.len).write(word != 0),
                Holds::Bytes | Holds::Record | Holds::Free => unreachable!("words are appended to lists"),
            }
            header.len += 1;
        }
    }

    /// Appends `part` of a list to a list of the same type that has room; objects get one more owner each.
    pub fn push_part(object: ObjectRef, from: &Object, part: Range<usize>) {
        // SAFETY: the caller owns it alone, there is room (checked), and `from` is another object.
        unsafe {
            let header = &mut *object.as_ptr();
            assert!(
                header.capacity - header.len >= part.len()
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
                header.capacity - header.len >= text.len() && header.holds == Holds::Bytes,
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

    /// Brings a value of a type in from outside.
    pub(crate) fn import(&mut self, typed: Typed, value: &Value) -> Result<u64, Cause> {
        Ok(match value {
            Value::Unit => 0,
            Value::Bool(value) => u64::from(*value),
            Value::Int(value) => *value as u64,
            Value::Float(value) => value.to_bits(),
            Value::Str(text) => word(self.text_of(&[text])?),
            Value::List { items, .. } => {
                let list = self.allocate(holds(typed.ty), items.len())?;
                let element = typed.element().expect("values were checked against their types");
                for item in items {
                    let item = self.import(element, item)?;
                    Heap::push_word(list, item);
                }
                word(list)
            }
            Value::Tuple(_) | Value::Map(_) | Value::Struct(_) | Value::Enum(_) => {
                let (variant, values) = record_parts(value);
                if !typed.ty.is_object() {
                    return Ok(variant.into());
                }
                let shape = typed.shape(variant);
                let mut fields = Vec::with_capacity(values.len());
                for (value, &typed) in values.into_iter().zip(&shape.fields) {
                    fields.push(self.import(typed, value)?);
                }
                self.record(shape, &fields)?
            }
        })
    }
}

/// The number of the variant and the fields of a composite value.
pub(crate) fn record_parts(value: &Value) -> (u32, Vec<&Value>) {
    match value {
        Value::Tuple(items) => (0, items.iter().collect()),
        Value::Map(lists) => (0, lists.iter().collect()),
        Value::Struct(record) => (0, record.fields.values().collect()),
        Value::Enum(record) => (record.variant, record.fields.values().collect()),
        _ => (0, Vec::new()),
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.free_all();
    }
}

const FREE_HEADER: Object =
    Object { owners: 0, holds: Holds::Free, len: 0, capacity: 0, data: std::ptr::null_mut() };

fn thread_free(free: &mut *mut Object, slab: &mut [Object; SLAB]) {
    for object in slab.iter_mut().rev() {
        *object = FREE_HEADER;
        object.data = free.cast();
        *free = object;
    }
}

pub(crate) fn new_buffer(holds: Holds, capacity: usize, zeroed: bool) -> Option<*mut u8> {
    if capacity == 0 {
        return Some(std::ptr::dangling_mut::<u64>().cast());
    }
    let layout = holds.layout(capacity)?;
    // SAFETY: the layout is not empty.
    let data = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
    (!data.is_null()).then_some(data)
}

fn grown_buffer(header: &Object, capacity: usize) -> Option<*mut u8> {
    if header.capacity == 0 {
        return new_buffer(header.holds, capacity, false);
    }
    let old = header.holds.layout(header.capacity)?;
    let new = header.holds.layout(capacity)?;
    // SAFETY: `data` was allocated with `old`; the new size is not zero and was checked by `layout`.
    let data = unsafe { realloc(header.data, old, new.size()) };
    (!data.is_null()).then_some(data)
}

pub(crate) fn free_buffer(header: &mut Object) {
    let room = header.room();
    if room > 0
        && let Some(layout) = header.holds.layout(room)
    {
        // SAFETY: `data` was allocated with this layout.
        unsafe { dealloc(header.data, layout) };
    }
    header.capacity = 0;
}

/// What lists of this type hold.
#[must_use]
pub fn holds(list: Ty) -> Holds {
    match list.element() {
        Some(element) if element.is_object() => Holds::Objects,
        Some(Ty::BOOL) => Holds::Bools,
        Some(_) => Holds::Words,
        None => Holds::Bytes,
    }
}

/// The object a word stands for; none where it was moved away.
#[inline(always)]
#[must_use]
pub fn reference(word: u64) -> Option<ObjectRef> {
    NonNull::new(word as usize as *mut Object)
}

/// The word for an object.
#[inline(always)]
#[must_use]
pub fn word(object: ObjectRef) -> u64 {
    object.as_ptr() as usize as u64
}

/// The texts of no and of one byte: immortal objects that are there once for all runs.
struct Small([Object; 129]);

// SAFETY: nobody changes an immortal object, not even its count of owners.
unsafe impl Sync for Small {}

static BYTES: [u8; 128] = {
    let mut bytes = [0; 128];
    let mut code = 0;
    while code < 128 {
        bytes[code] = code as u8;
        code += 1;
    }
    bytes
};

/// The text of byte n stands at n, the empty one behind them.
static SMALL: Small = {
    let mut objects = [const { Object { owners: IMMORTAL, holds: Holds::Bytes, ..FREE_HEADER } }; 129];
    let mut code = 0;
    while code < 128 {
        objects[code].len = 1;
        objects[code].data = (&raw const BYTES[code]).cast_mut();
        code += 1;
    }
    objects[128].data = (&raw const BYTES[0]).cast_mut();
    Small(objects)
};

/// The word of a text of at most one byte.
#[inline(always)]
#[must_use]
pub fn small_text(text: &str) -> u64 {
    let index = text.as_bytes().first().map_or(128, |&byte| usize::from(byte));
    word(NonNull::from(&SMALL.0[index]))
}
