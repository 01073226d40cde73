//! The memory of a tree's leaves: blocks of one size out of chunks, which go all at once when the tree does.
//!
//! A chunk holds as many blocks as all before it, up to a large page. A search of a large tree ends in any leaf, so what it waits for
//! is not only the leaf but also the page table's entry for it, of which a tree in large pages has few.

use super::leaf::FULL;
use memmap2::MmapMut;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// What a processor fetches together, in words.
pub(super) const LINE: usize = 8;
/// The size of a large page where there are some.
const LARGE: usize = 2 << 20;
/// How many blocks the first chunk of a tree has that was empty.
pub(super) const FIRST: usize = 2;

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line {
    _words: [u64; LINE],
}

#[derive(Debug)]
enum Chunk {
    Allocated(Box<[MaybeUninit<Line>]>),
    Mapped(MmapMut),
}

/// Blocks for leaves that have room for [`FULL`] entries.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Of one block.
    lines: usize,
    chunks: Vec<Chunk>,
    /// Of how many blocks the first chunk is, if they fit a large page; each other is of as many as there are.
    first: usize,
    /// Blocks of all chunks.
    room: usize,
    /// The first block of the last chunk that nobody had yet, and how many there are from there on.
    fresh: NonNull<Line>,
    left: usize,
    /// Blocks that came back.
    free: Vec<NonNull<u64>>,
}

impl Blocks {
    /// Blocks for leaves with so many columns; the first chunk has `first` of them.
    pub(super) const fn new(columns: usize, first: usize) -> Self {
        Self {
            lines: columns * FULL / LINE,
            chunks: Vec::new(),
            first,
            room: 0,
            fresh: NonNull::dangling(),
            left: 0,
            free: Vec::new(),
        }
    }

    /// A block, with nothing in it that means anything.
    pub(super) fn take(&mut self) -> NonNull<u64> {
        if let Some(block) = self.free.pop() {
            return block;
        }
        if self.left == 0 {
            self.add_chunk();
        }
        let block = self.fresh.cast();
        // SAFETY: the chunk has that many lines from there on.
        self.fresh = unsafe { self.fresh.add(self.lines) };
        self.left -= 1;
        block
    }

    /// Takes a block back, which came from here.
    pub(super) fn give_back(&mut self, block: NonNull<u64>) {
        self.free.push(block);
    }

    /// How many blocks leaves ever had.
    pub(super) const fn written(&self) -> usize {
        self.room - self.left
    }

    /// How many blocks leaves have.
    pub(super) const fn in_use(&self) -> usize {
        self.written() - self.free.len()
    }

    /// Whether most of the blocks that leaves ever had came back, so that the leaves should move to fewer.
    pub(super) const fn mostly_free(&self) -> bool {
        self.free.len() > FIRST && self.free.len() > self.in_use()
    }

    #[cold]
    #[inline(never)]
    fn add_chunk(&mut self) {
        let most = LARGE / (self.lines * size_of::<Line>());
        let blocks = self.room.max(self.first).min(most);
        let page = if blocks == most { large_page() } else { None };
        self.chunks.push(match page {
            Some(page) => Chunk::Mapped(page),
            None => Chunk::Allocated(Box::new_uninit_slice(blocks * self.lines)),
        });
        let lines = match self.chunks.last_mut() {
            Some(Chunk::Mapped(map)) => map.as_mut_ptr().cast(),
            Some(Chunk::Allocated(lines)) => lines.as_mut_ptr().cast(),
            None => unreachable!("it was just pushed"),
        };
        self.fresh = NonNull::new(lines).expect("no chunk begins at address 0");
        (self.left, self.room) = (blocks, self.room + blocks);
    }
}

/// Memory of that size, in a large page if the system has one to give.
fn large_page() -> Option<MmapMut> {
    let page = MmapMut::map_anon(LARGE).ok()?;
    #[cfg(target_os = "linux")]
    // Where there are none, small ones do.
    let _ = page.advise(memmap2::Advice::HugePage);
    Some(page)
}

/// Asks for the memory at an address before it is needed.
#[inline(always)]
pub(super) fn prefetch(address: *const u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this family has it, and it reads nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}
