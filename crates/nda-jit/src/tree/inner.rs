//! An inner node of a tree.

use super::blocks::{Blocks, LINE, prefetch};
use super::leaf::{NOTHING, among_equals, lower_bound};
use super::{JOINED, Node, SPARSE, WIDE};
use arrayvec::ArrayVec;
use std::cmp::Ordering;

/// The first keys below the children of a node, in order: a head each, and the key itself where the head does not say it all. What stands
/// for the first child means nothing.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Keys {
    heads: [u64; WIDE + 1],
    len: usize,
    words: Vec<u64>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { heads: [NOTHING; WIDE + 1], len: 0, words: Vec::new() }
    }
}

/// All in one piece of memory, so that a search waits once for where keys are compared and once for the child.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Inner {
    /// The first key below each child; what stands for the first child means nothing.
    pub(super) keys: Keys,
    pub(super) children: ArrayVec<Node, { WIDE + 1 }>,
    pub(super) sizes: ArrayVec<usize, { WIDE + 1 }>,
}

impl Keys {
    /// Below which child a key stands, or would stand.
    #[inline(always)]
    pub(super) fn child(&self, head: u64, order: &impl Fn(u64) -> Ordering) -> usize {
        // The first word is looked at last, where the second is not smaller: all that it could do is to make 0 of 1.
        let low = lower_bound(&self.heads, head).max(1);
        let equal = low < self.len && self.heads[low] == head;
        if self.words.is_empty() || !equal {
            // No jump depends on what was found.
            return low - usize::from(!equal);
        }
        match among_equals(&self.heads[..self.len], &self.words, low, order) {
            Ok(at) => at,
            Err(at) => at - 1,
        }
    }

    pub(super) fn insert(&mut self, at: usize, (head, word): (u64, Option<u64>)) {
        self.heads.copy_within(at..self.len, at + 1);
        self.heads[at] = head;
        self.len += 1;
        if let Some(word) = word {
            self.words.insert(at, word);
        }
    }

    pub(super) fn at(&self, at: usize) -> (u64, Option<u64>) {
        (self.heads[at], self.words.get(at).copied())
    }

    pub(super) fn set(&mut self, at: usize, (head, word): (u64, Option<u64>)) {
        self.heads[at] = head;
        if let Some(word) = word {
            self.words[at] = word;
        }
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.heads.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self.heads[self.len] = NOTHING;
        if !self.words.is_empty() {
            self.words.remove(at);
        }
    }

    /// The keys from a child on.
    fn split_off(&mut self, at: usize) -> Self {
        let mut other = Self { len: self.len - at, ..Self::default() };
        other.heads[..other.len].copy_from_slice(&self.heads[at..self.len]);
        self.heads[at..].fill(NOTHING);
        self.len = at;
        if !self.words.is_empty() {
            other.words = self.words.split_off(at);
        }
        other
    }

    fn append(&mut self, mut more: Self) {
        self.heads[self.len..self.len + more.len].copy_from_slice(&more.heads[..more.len]);
        self.len += more.len;
        self.words.append(&mut more.words);
    }
}

impl Inner {
    /// A search that is about to begin touches these lines of memory.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        let heads = self.keys.heads.as_ptr();
        for line in 0..(WIDE + 1) / LINE {
            prefetch(heads.wrapping_add(line * LINE));
        }
    }

    /// Takes over what its right neighbour has, whose first key is `first`.
    pub(super) fn append(&mut self, first: (u64, Option<u64>), mut right: Self) {
        right.keys.set(0, first);
        self.keys.append(right.keys);
        self.sizes.extend(right.sizes);
        self.children.extend(right.children);
    }

    /// Another node, with the children from one on.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        Self {
            keys: self.keys.split_off(at),
            sizes: self.sizes.drain(at..).collect(),
            children: self.children.drain(at..).collect(),
        }
    }

    /// The same, with leaves of their own, whose blocks are of these.
    pub(super) fn copy(&self, blocks: &mut Blocks) -> Self {
        Self {
            keys: self.keys.clone(),
            sizes: self.sizes.clone(),
            children: self.children.iter().map(|child| child.copy(blocks)).collect(),
        }
    }

    /// The child below which the entry at a position stands, and how many stand before it.
    pub(super) fn child_at(&self, position: usize) -> (usize, usize) {
        let mut before = 0;
        for (child, &size) in self.sizes.iter().enumerate() {
            if position < before + size {
                return (child, before);
            }
            before += size;
        }
        (self.sizes.len() - 1, before - self.sizes[self.sizes.len() - 1])
    }

    /// Lets a child that became sparse join a neighbour, if that has room.
    pub(super) fn tidy(&mut self, child: usize, blocks: &mut Blocks) {
        let sparse = self.children[child].len();
        if sparse >= SPARSE || self.children.len() < 2 {
            return;
        }
        let left = if child > 0 { child - 1 } else { child };
        let joined = self.children[left].len() + self.children[left + 1].len();
        if joined > JOINED {
            return;
        }
        let first = self.keys.at(left + 1);
        let right = self.children.remove(left + 1);
        self.sizes[left] += self.sizes.remove(left + 1);
        self.keys.remove(left + 1);
        self.children[left].append(first, right, blocks);
    }
}
