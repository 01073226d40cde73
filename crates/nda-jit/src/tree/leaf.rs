//! A leaf of a tree: keys in order and their values, all in one piece of memory, so that a search that ends in a leaf waits for
//! memory once. While it is small it has an allocation of its own, then a block of its tree's, which the tree takes back.

use super::blocks::{Blocks, LINE, prefetch};
use super::{Entry, plain_head};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cmp::Ordering;
use std::ptr::NonNull;

/// The most entries of a leaf.
pub(super) const FULL: usize = 64;
/// The room of the first leaf of a tree; it doubles.
const FIRST_ROOM: usize = 4;
/// What stands where no head is.
pub(super) const NOTHING: u64 = u64::MAX;

/// Entries. Its memory has room for `room` heads, behind them for as many values, and for as many keys if those are objects.
#[derive(Debug)]
pub(super) struct Leaf {
    data: NonNull<u64>,
    len: u8,
    room: u8,
    keys_are_objects: bool,
}

/// What a leaf knows of each entry, by columns.
#[derive(Clone, Copy)]
enum Column {
    Heads,
    Values,
    Keys,
}

/// The columns of the leaves of a tree.
const fn columns(keys_are_objects: bool) -> &'static [Column] {
    if keys_are_objects {
        &[Column::Heads, Column::Values, Column::Keys]
    } else {
        &[Column::Heads, Column::Values]
    }
}

/// No blocks yet for the leaves of such a tree; the first chunk will have `first` of them.
pub(super) const fn blocks(keys_are_objects: bool, first: usize) -> Blocks {
    Blocks::new(columns(keys_are_objects).len(), first)
}

/// How many of these words are smaller than one: they are in order, behind them is [`NOTHING`] up to a power of two. No step of
/// the search depends on a jump.
#[inline(always)]
pub(super) fn lower_bound(words: &[u64], word: u64) -> usize {
    let (mut low, mut half) = (0, words.len() / 2);
    while half > 0 {
        // SAFETY: all halves together are fewer than the words.
        let before = unsafe { *words.get_unchecked(low + half - 1) } < word;
        low = std::hint::select_unpredictable(before, low + half, low);
        half /= 2;
    }
    low + usize::from(words.get(low).is_some_and(|&last| last < word))
}

/// Where the key stands that the one looked for equals, or else where that would stand, among those whose heads are that of `low`.
#[inline(always)]
pub(super) fn among_equals(
    heads: &[u64],
    keys: &[u64],
    low: usize,
    order: &impl Fn(u64) -> Ordering,
) -> Result<usize, usize> {
    let head = heads[low];
    if heads.get(low + 1) != Some(&head) {
        return match order(keys[low]) {
            Ordering::Equal => Ok(low),
            Ordering::Less => Err(low + 1),
            Ordering::Greater => Err(low),
        };
    }
    let equal = heads[low..].partition_point(|&other| other == head);
    match keys[low..low + equal].binary_search_by(|&key| order(key)) {
        Ok(at) => Ok(low + at),
        Err(at) => Err(low + at),
    }
}

impl Leaf {
    /// No entries, and no allocation.
    pub(super) const fn new(keys_are_objects: bool) -> Self {
        Self { data: NonNull::dangling(), len: 0, room: 0, keys_are_objects }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len.into()
    }

    const fn columns(&self) -> &'static [Column] {
        columns(self.keys_are_objects)
    }

    /// Where a column begins: `room` words, of which the first `len` are written.
    #[inline(always)]
    fn column(&self, column: Column) -> *mut u64 {
        // SAFETY: the allocation has so many columns; `Keys` is asked for where there are keys.
        unsafe { self.data.as_ptr().add(column as usize * usize::from(self.room)) }
    }

    #[inline(always)]
    pub(super) fn heads(&self) -> &[u64] {
        // SAFETY: these are written, and change through `&mut self` only.
        unsafe { std::slice::from_raw_parts(self.column(Column::Heads), self.len()) }
    }

    /// The heads and what is behind them.
    #[inline(always)]
    fn all_heads(&self) -> &[u64] {
        // SAFETY: all are written ([`Self::pad`]), and change through `&mut self` only.
        unsafe { std::slice::from_raw_parts(self.column(Column::Heads), self.room.into()) }
    }

    /// The keys, if they are objects.
    #[inline(always)]
    pub(super) fn keys(&self) -> &[u64] {
        let len = if self.keys_are_objects { self.len() } else { 0 };
        let keys = if len == 0 { NonNull::dangling().as_ptr() } else { self.column(Column::Keys) };
        // SAFETY: as of heads.
        unsafe { std::slice::from_raw_parts(keys, len) }
    }

    #[inline(always)]
    pub(super) fn key(&self, at: usize) -> u64 {
        if self.keys_are_objects { self.keys()[at] } else { plain_head(self.heads()[at]) }
    }

    /// The head of a key, and the key where that does not say it all.
    pub(super) fn separator(&self, at: usize) -> (u64, Option<u64>) {
        (self.heads()[at], self.keys().get(at).copied())
    }

    /// Where a value lies. It changes while its leaf is known to others, so there is no reference to it.
    #[inline(always)]
    pub(super) fn value(&self, at: usize) -> *mut u64 {
        assert!(at < self.len(), "the entry is there");
        // SAFETY: just checked.
        unsafe { self.column(Column::Values).add(at) }
    }

    /// A search that is about to begin touches these lines of memory, and so does adding an entry. Worth it where a tree is too large for
    /// the caches, whose leaves have room for all that a leaf can have; so no jump depends on how many there are.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        for column in [Column::Heads, Column::Values] {
            let from = self.column(column);
            for line in 0..FULL / LINE {
                prefetch(from.wrapping_add(line * LINE));
            }
        }
    }

    /// Where the key stands that the one looked for equals, or else where that would stand.
    #[inline(always)]
    pub(super) fn find(&self, head: u64, order: &impl Fn(u64) -> Ordering) -> Result<usize, usize> {
        let heads = self.all_heads();
        let low = lower_bound(heads, head);
        if low == self.len() || heads[low] != head {
            return Err(low);
        }
        if !self.keys_are_objects {
            return Ok(low);
        }
        among_equals(self.heads(), self.keys(), low, order)
    }

    fn layout(&self, room: usize) -> Layout {
        Layout::array::<u64>(room * self.columns().len()).expect("a leaf has few entries")
    }

    /// An allocation of its own.
    fn allocate(&self, room: usize) -> NonNull<u64> {
        let layout = self.layout(room);
        // SAFETY: the layout is not empty.
        let data = unsafe { alloc(layout) };
        NonNull::new(data.cast()).unwrap_or_else(|| handle_alloc_error(layout))
    }

    /// Moves what it holds to where there is more room.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, room: usize, blocks: &mut Blocks) {
        debug_assert!(room > usize::from(self.room) && room <= FULL);
        let data = if room == FULL { blocks.take() } else { self.allocate(room) };
        let old = std::mem::replace(self, Self { data, room: room as u8, ..*self });
        for &column in self.columns() {
            // SAFETY: both have room for that many.
            unsafe { self.column(column).copy_from_nonoverlapping(old.column(column), old.len()) };
        }
        self.pad();
    }

    /// Nothing stands behind the heads.
    fn pad(&mut self) {
        for at in self.len()..usize::from(self.room) {
            // SAFETY: there is room for it.
            unsafe { self.column(Column::Heads).add(at).write(NOTHING) };
        }
    }

    /// Adds an entry to a leaf that is not full.
    #[inline(always)]
    pub(super) fn add(&mut self, at: usize, entry: &Entry, blocks: &mut Blocks) {
        let len = self.len();
        assert!(at <= len && len < FULL, "there is room");
        if self.len == self.room {
            self.grow(FULL.min(FIRST_ROOM.max(2 * len)), blocks);
        }
        for &column in self.columns() {
            let word = match column {
                Column::Heads => entry.head,
                Column::Values => entry.value,
                Column::Keys => entry.key,
            };
            // SAFETY: `at <= len < room`.
            unsafe {
                let place = self.column(column).add(at);
                place.copy_to(place.add(1), len - at);
                place.write(word);
            }
        }
        self.len += 1;
    }

    /// Takes an entry out: its key and its value.
    pub(super) fn remove(&mut self, at: usize) -> (u64, u64) {
        // SAFETY: `value` checks that it is there.
        let entry = (self.key(at), unsafe { self.value(at).read() });
        let behind = self.len() - at - 1;
        for &column in self.columns() {
            // SAFETY: those behind it are in the column.
            unsafe {
                let place = self.column(column).add(at);
                place.copy_from(place.add(1), behind);
            }
        }
        self.len -= 1;
        // SAFETY: the last entry stood there.
        unsafe { self.column(Column::Heads).add(self.len()).write(NOTHING) };
        entry
    }

    /// Another leaf, with the entries from a position on, that has room for as many as there can be.
    pub(super) fn split_off(&mut self, at: usize, blocks: &mut Blocks) -> Self {
        let count = self.len() - at;
        let mut other = Self::new(self.keys_are_objects);
        other.grow(FULL, blocks);
        other.take(self, at, count);
        self.len = at as u8;
        self.pad();
        other
    }

    /// Takes over the entries of its right neighbour; together they are no more than a leaf can have.
    pub(super) fn append(&mut self, right: Self, blocks: &mut Blocks) {
        let len = self.len() + right.len();
        assert!(len <= FULL, "they fit");
        if len > self.room.into() {
            self.grow(FULL, blocks);
        }
        self.take(&right, 0, right.len());
        right.give_back(blocks);
    }

    /// Gives its block back, if it has one.
    pub(super) fn give_back(self, blocks: &mut Blocks) {
        if self.has_block() {
            blocks.give_back(self.data);
        }
    }

    const fn has_block(&self) -> bool {
        self.room as usize == FULL
    }

    /// Another leaf with the same entries, whose block, if it has one, is of these.
    pub(super) fn copy(&self, blocks: &mut Blocks) -> Self {
        let mut copy = Self::new(self.keys_are_objects);
        if self.room > 0 {
            copy.grow(self.room.into(), blocks);
            copy.take(self, 0, self.len());
        }
        copy
    }

    /// Copies entries of another leaf behind its own; there is room.
    fn take(&mut self, other: &Self, at: usize, count: usize) {
        for &column in self.columns() {
            // SAFETY: the callers saw to it that one has them and the other has room.
            unsafe {
                self.column(column)
                    .add(self.len())
                    .copy_from_nonoverlapping(other.column(column).add(at), count);
            }
        }
        self.len += count as u8;
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        if self.room > 0 && !self.has_block() {
            // SAFETY: `grow` allocated it with this layout.
            unsafe { dealloc(self.data.as_ptr().cast(), self.layout(self.room.into())) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_among_nothing() {
        for room in [0, 4, 8, 16, 32, 64] {
            for len in 0..=room {
                let mut words: Vec<u64> = (0..len as u64).map(|at| at * 2).collect();
                words.resize(room, NOTHING);
                for word in (0..2 * room as u64 + 2).chain([NOTHING]) {
                    assert_eq!(lower_bound(&words, word), words.partition_point(|&other| other < word));
                }
            }
        }
    }
}
