//! The entries of a map: a B+ tree that finds them by key and by position.
//!
//! Each entry has a *head*, a word that orders as its key does as far as it goes (`crate::values::head`): a key that is a
//! plain word is its head, of others the heads are compared first and the keys themselves only where those are equal. An
//! inner node knows for each child how many entries stand below it and where its keys begin; of the first child it does
//! not look at that. Nodes are full at [`FULL`] and [`WIDE`], and one that a removal leaves nearly empty joins a neighbour with room.
//!
//! It knows nothing of owners and limits: the heap counts them. An entry is charged before it is added ([`crate::object::Heap`]),
//! 32 bytes, and takes 16 in full leaves, 24 if its key is an object, at most four times that in sparse ones, and as much again in leaves that
//! are to be used once more, besides a part of the inner nodes; so the limit of a run ends it long before there is no memory for a node, which
//! would abort, unless the machine has less than eight times the limit.
#![allow(unsafe_code)]

mod blocks;
mod inner;
mod leaf;

use blocks::{Blocks, FIRST};
use inner::Inner;
use leaf::{FULL, Leaf, blocks};
use std::cell::Cell;
use std::cmp::Ordering;

/// The most children of an inner node.
const WIDE: usize = 63;
/// A node with fewer entries or children looks for a neighbour to join.
const SPARSE: usize = FULL / 4;
/// The most that a joined node has, so that it is not split by the next entry.
const JOINED: usize = FULL * 3 / 4;

#[derive(Debug)]
enum Node {
    Leaf(Leaf),
    Inner(Box<Inner>),
}

/// An entry to be added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) head: u64,
    /// The key.
    pub(crate) key: u64,
    /// Its value.
    pub(crate) value: u64,
}

/// The entries of a map.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Node,
    /// Whether keys are objects, so that heads do not say it all.
    keys_are_objects: bool,
    /// Forgotten by whatever moves entries from leaf to leaf.
    seen: Cell<Seen>,
    /// The memory of its leaves, once they are large.
    blocks: Blocks,
}

/// The leaf that was looked at last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    leaf: *const Leaf,
    /// The position of its first entry, or [`UNKNOWN`].
    first: usize,
    /// By level from the root: the child that leads to it.
    way: [u8; MAX_WAY],
    /// Inner nodes above it.
    depth: u8,
}

/// Deeper than any tree that fits a memory: two neighbours have more than [`JOINED`] children, or could have joined.
const MAX_WAY: usize = 14;
const UNKNOWN: usize = usize::MAX;

impl Clone for Tree {
    fn clone(&self) -> Self {
        self.copy(self.blocks.in_use())
    }
}

const NOTHING_SEEN: Seen = Seen { leaf: std::ptr::null(), first: UNKNOWN, way: [0; MAX_WAY], depth: 0 };

/// The word that is the head of a plain key.
#[inline(always)]
pub(crate) const fn plain_head(word: u64) -> u64 {
    word ^ 1 << 63
}

impl Node {
    /// Entries of a leaf, children of an inner node.
    fn len(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.children.len(),
        }
    }

    /// How many entries stand below it.
    fn size(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.sizes.iter().sum(),
        }
    }

    fn first_key(&self) -> (u64, Option<u64>) {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.separator(0),
                Node::Inner(inner) => node = &inner.children[0],
            }
        }
    }

    /// Takes over what its right neighbour has, whose first key is `first`.
    fn append(&mut self, first: (u64, Option<u64>), right: Node, blocks: &mut Blocks) {
        match (self, right) {
            (Node::Leaf(left), Node::Leaf(right)) => left.append(right, blocks),
            (Node::Inner(left), Node::Inner(right)) => left.append(first, *right),
            _ => unreachable!("all leaves are equally deep"),
        }
    }

    /// Adds an entry at a place in the leaf that a way leads to; `last` says that nothing stands behind the node. What does not
    /// fit any more becomes its right neighbour, whose first key comes with it.
    fn insert(
        &mut self,
        way: &[u8],
        at: usize,
        entry: &Entry,
        last: bool,
        blocks: &mut Blocks,
    ) -> Option<((u64, Option<u64>), Node)> {
        match self {
            Node::Leaf(leaf) => {
                let len = leaf.len();
                if len < FULL {
                    leaf.add(at, entry, blocks);
                    return None;
                }
                // Keys that come in order leave full leaves behind.
                let half = if last && at == len { len } else { len / 2 };
                let mut right = leaf.split_off(half, blocks);
                if at > half || half == len {
                    right.add(at - half, entry, blocks);
                } else {
                    leaf.add(at, entry, blocks);
                }
                Some((right.separator(0), Node::Leaf(right)))
            }
            Node::Inner(inner) => {
                let (&child, way) = way.split_first().expect("a way ends at a leaf");
                let child = usize::from(child);
                let last = last && child + 1 == inner.children.len();
                let (first, new) = inner.children[child].insert(way, at, entry, last, blocks)?;
                let size = new.size();
                inner.sizes[child] -= size;
                inner.keys.insert(child + 1, first);
                inner.sizes.insert(child + 1, size);
                inner.children.insert(child + 1, new);
                let len = inner.children.len();
                if len <= WIDE {
                    return None;
                }
                let half = if last { len - 1 } else { len / 2 };
                let other = inner.split_off(half);
                Some((other.keys.at(0), Node::Inner(Box::new(other))))
            }
        }
    }

    fn remove(&mut self, position: usize, blocks: &mut Blocks) -> (u64, u64) {
        match self {
            Node::Leaf(leaf) => leaf.remove(position),
            Node::Inner(inner) => {
                let (child, before) = inner.child_at(position);
                let removed = inner.children[child].remove(position - before, blocks);
                inner.sizes[child] -= 1;
                if inner.sizes[child] == 0 {
                    inner.keys.remove(child);
                    inner.sizes.remove(child);
                    if let Node::Leaf(leaf) = inner.children.remove(child) {
                        leaf.give_back(blocks);
                    }
                } else {
                    if position == before {
                        let first = inner.children[child].first_key();
                        inner.keys.set(child, first);
                    }
                    inner.tidy(child, blocks);
                }
                removed
            }
        }
    }

    /// The same, with leaves of their own, whose blocks are of these.
    fn copy(&self, blocks: &mut Blocks) -> Self {
        match self {
            Node::Leaf(leaf) => Node::Leaf(leaf.copy(blocks)),
            Node::Inner(inner) => Node::Inner(Box::new(inner.copy(blocks))),
        }
    }

    fn each(&self, work: &mut impl FnMut(u64, u64)) {
        match self {
            // SAFETY: the entry is there, and nobody changes it meanwhile.
            Node::Leaf(leaf) => (0..leaf.len()).for_each(|at| work(leaf.key(at), unsafe { *leaf.value(at) })),
            Node::Inner(inner) => inner.children.iter().for_each(|child| child.each(work)),
        }
    }
}

impl Tree {
    /// No entries yet.
    pub(crate) fn new(keys_are_objects: bool) -> Self {
        Self {
            root: Node::Leaf(Leaf::new(keys_are_objects)),
            keys_are_objects,
            seen: Cell::new(NOTHING_SEEN),
            blocks: blocks(keys_are_objects, FIRST),
        }
    }

    /// Where in its leaf a key stands, or would stand; the leaf is the one that was looked at last, then. `order` says how a
    /// key compares to it, of keys that are objects.
    #[inline(always)]
    pub(crate) fn look(&self, head: u64, order: impl Fn(u64) -> Ordering) -> Result<usize, usize> {
        let mut node = &self.root;
        let (mut way, mut depth) = ([0; MAX_WAY], 0);
        loop {
            match node {
                Node::Leaf(leaf) => {
                    if depth > 1 {
                        leaf.prefetch();
                    }
                    self.seen.set(Seen { leaf, first: UNKNOWN, way, depth: depth as u8 });
                    return leaf.find(head, &order);
                }
                Node::Inner(inner) => {
                    if depth > 0 {
                        inner.prefetch();
                    }
                    let child = inner.keys.child(head, &order);
                    way[depth] = child as u8;
                    depth += 1;
                    node = &inner.children[child];
                }
            }
        }
    }

    /// The position of a key, or where it would stand.
    #[inline]
    pub(crate) fn find(&self, head: u64, order: impl Fn(u64) -> Ordering) -> Result<usize, usize> {
        let found = self.look(head, order);
        let mut seen = self.seen.get();
        seen.first = 0;
        let mut node = &self.root;
        for &child in &seen.way[..usize::from(seen.depth)] {
            let Node::Inner(inner) = node else { unreachable!("the way goes through inner nodes") };
            seen.first += inner.sizes[..usize::from(child)].iter().sum::<usize>();
            node = &inner.children[usize::from(child)];
        }
        self.seen.set(seen);
        match found {
            Ok(at) => Ok(seen.first + at),
            Err(at) => Err(seen.first + at),
        }
    }

    /// The leaf of an entry, and where it stands in there.
    #[inline]
    fn leaf(&self, position: usize) -> (&Leaf, usize) {
        let seen = self.seen.get();
        // SAFETY: a leaf that was seen is where it was, for whatever moves one forgets it.
        if let Some(leaf) = unsafe { seen.leaf.as_ref() }
            && seen.first != UNKNOWN
            && position.wrapping_sub(seen.first) < leaf.len()
        {
            return (leaf, position - seen.first);
        }
        let mut seen = Seen { first: 0, ..NOTHING_SEEN };
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.seen.set(Seen { leaf, ..seen });
                    return (leaf, position - seen.first);
                }
                Node::Inner(inner) => {
                    let (child, before) = inner.child_at(position - seen.first);
                    seen.way[usize::from(seen.depth)] = child as u8;
                    seen.depth += 1;
                    seen.first += before;
                    node = &inner.children[child];
                }
            }
        }
    }

    /// The key of the entry at a position, which is there.
    #[inline]
    pub(crate) fn key(&self, position: usize) -> u64 {
        let (leaf, at) = self.leaf(position);
        leaf.key(at)
    }

    /// The value of the entry at a position, which is there.
    #[inline]
    pub(crate) fn value(&self, position: usize) -> u64 {
        let (leaf, at) = self.leaf(position);
        // SAFETY: it is there, and `&mut self` would be needed to change it.
        unsafe { *leaf.value(at) }
    }

    /// The same, to be changed.
    #[inline]
    pub(crate) fn value_mut(&mut self, position: usize) -> &mut u64 {
        let (leaf, at) = self.leaf(position);
        // SAFETY: `&mut self` is the only way to it.
        unsafe { &mut *leaf.value(at) }
    }

    /// The value of an entry in the leaf that was looked at last, to be changed.
    #[inline(always)]
    pub(crate) fn value_here(&mut self, at: usize) -> &mut u64 {
        // SAFETY: a leaf that was seen is where it was, and `&mut self` is the only way to it.
        unsafe {
            let leaf = self.seen.get().leaf.as_ref().expect("a leaf was looked at");
            &mut *leaf.value(at)
        }
    }

    /// Adds an entry to the leaf that was looked at last, where its key belongs.
    #[inline(always)]
    pub(crate) fn insert_here(&mut self, at: usize, entry: &Entry) {
        let Seen { way, depth, .. } = self.seen.get();
        let way = &way[..usize::from(depth)];
        let mut node = &mut self.root;
        for &child in way {
            let Node::Inner(inner) = node else { unreachable!("the way goes through inner nodes") };
            inner.sizes[usize::from(child)] += 1;
            node = &mut inner.children[usize::from(child)];
        }
        let Node::Leaf(leaf) = node else { unreachable!("the way ends at the leaf") };
        if leaf.len() < FULL {
            // The leaf is where it was, and so is its first entry's position.
            leaf.add(at, entry, &mut self.blocks);
        } else {
            self.split(way, at, entry);
        }
    }

    /// Adds an entry to a leaf that is full; it is counted along the way.
    #[cold]
    #[inline(never)]
    fn split(&mut self, way: &[u8], at: usize, entry: &Entry) {
        self.seen.set(NOTHING_SEEN);
        let Some((first, right)) = self.root.insert(way, at, entry, true, &mut self.blocks) else { return };
        let left = {
            let none = self.no_entries();
            std::mem::replace(&mut self.root, none)
        };
        let mut root = Inner::default();
        root.sizes.extend([left.size(), right.size()]);
        root.keys.insert(0, first);
        root.keys.insert(1, first);
        root.children.extend([left, right]);
        self.root = Node::Inner(Box::new(root));
    }

    const fn no_entries(&self) -> Node {
        Node::Leaf(Leaf::new(self.keys_are_objects))
    }

    /// Takes the entry at a position out: its key and its value.
    pub(crate) fn remove(&mut self, position: usize) -> (u64, u64) {
        self.seen.set(NOTHING_SEEN);
        let removed = self.root.remove(position, &mut self.blocks);
        while let Node::Inner(inner) = &mut self.root
            && inner.children.len() < 2
        {
            let child = inner.children.pop();
            self.root = child.unwrap_or_else(|| self.no_entries());
        }
        if self.blocks.mostly_free() {
            *self = self.clone();
        }
        removed
    }

    /// The same entries, in leaves that stand close together.
    fn copy(&self, leaves: usize) -> Self {
        let mut blocks = blocks(self.keys_are_objects, leaves.max(FIRST));
        let root = self.root.copy(&mut blocks);
        Self { root, keys_are_objects: self.keys_are_objects, seen: Cell::new(NOTHING_SEEN), blocks }
    }

    /// All keys with their values, in order.
    pub(crate) fn each(&self, mut work: impl FnMut(u64, u64)) {
        self.root.each(&mut work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn check(tree: &Tree, model: &BTreeMap<i64, u64>) {
        let mut found = Vec::new();
        tree.each(|key, value| found.push((key as i64, value)));
        assert!(found.iter().copied().eq(model.iter().map(|(&key, &value)| (key, value))));
        for (at, (&key, &value)) in model.iter().enumerate().step_by(7) {
            assert_eq!((tree.key(at) as i64, tree.value(at)), (key, value));
            assert_eq!(tree.find(plain_head(key as u64), |_| Ordering::Equal), Ok(at));
        }
    }

    #[test]
    fn it_holds_what_a_map_of_the_standard_library_holds() {
        let mut random = 1u64;
        for (rounds, range) in [(300, 50), (6_000, 4_000), (30_000, 20_000)] {
            let (mut tree, mut model) = (Tree::new(false), BTreeMap::new());
            for round in 0..rounds {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let key = (random >> 33) as i64 % range - range / 2;
                // First it grows, then it shrinks.
                let adds = random >> 20 & 7 > if round < rounds / 2 { 1 } else { 5 };
                let entry = Entry { head: plain_head(key as u64), key: key as u64, value: round };
                let here = tree.look(entry.head, |_| Ordering::Equal);
                match (here, adds) {
                    (Ok(at), true) => {
                        *tree.value_here(at) = round;
                        model.insert(key, round);
                    }
                    (Ok(_), false) => {
                        let at = tree.find(entry.head, |_| Ordering::Equal).unwrap();
                        assert_eq!(tree.remove(at), (key as u64, model.remove(&key).unwrap()));
                    }
                    (Err(at), true) => {
                        tree.insert_here(at, &entry);
                        model.insert(key, round);
                    }
                    (Err(_), false) => assert!(!model.contains_key(&key)),
                }
                if round % 997 == 0 {
                    check(&tree, &model);
                }
            }
            check(&tree, &model);
        }
    }

    #[test]
    fn keys_that_come_in_falling_order() {
        let (mut tree, mut model) = (Tree::new(false), BTreeMap::new());
        for key in (0..10_000).rev() {
            let entry = Entry { head: plain_head(key), key, value: key };
            let at = tree.look(entry.head, |_| Ordering::Equal).unwrap_err();
            tree.insert_here(at, &entry);
            model.insert(key as i64, key);
        }
        check(&tree, &model);
    }

    #[test]
    fn the_least_and_the_greatest_key() {
        let (mut tree, mut model) = (Tree::new(false), BTreeMap::new());
        let between = (0..5_000).map(|key: i64| key.wrapping_mul(0x9E37_79B9) % 1_000_003);
        let ends = [i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1];
        for (round, key) in ends.into_iter().chain(between).chain(ends).enumerate() {
            let entry = Entry { head: plain_head(key as u64), key: key as u64, value: round as u64 };
            match tree.look(entry.head, |_| Ordering::Equal) {
                Ok(at) => *tree.value_here(at) = entry.value,
                Err(at) => tree.insert_here(at, &entry),
            }
            model.insert(key, entry.value);
        }
        check(&tree, &model);
        for key in ends {
            let at = tree.find(plain_head(key as u64), |_| Ordering::Equal).unwrap();
            assert_eq!(tree.remove(at), (key as u64, model.remove(&key).unwrap()));
        }
        check(&tree, &model);
    }

    #[test]
    fn keys_of_one_head_are_told_apart_by_what_they_are() {
        let mut random = 1u64;
        let (mut tree, mut model) = (Tree::new(true), BTreeMap::new());
        let head = |key: i64| plain_head(key as u64) / 500;
        for round in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = (random >> 33) as i64 % 6_000;
            let order = |other: u64| (other as i64).cmp(&key);
            match tree.look(head(key), order) {
                Ok(at) if random >> 20 & 3 == 0 => *tree.value_here(at) = round,
                Ok(_) => {
                    let at = tree.find(head(key), order).unwrap();
                    assert_eq!(tree.remove(at), (key as u64, model.remove(&key).unwrap()));
                    continue;
                }
                Err(at) => tree.insert_here(at, &Entry { head: head(key), key: key as u64, value: round }),
            }
            model.insert(key, round);
        }
        let copy = tree.clone();
        let mut found = Vec::new();
        copy.each(|key, value| found.push((key as i64, value)));
        assert!(model.len() > 1_000 && found.iter().copied().eq(model));
    }

    #[test]
    fn memory_follows_what_is_held() {
        for objects in [false, true] {
            let mut tree = Tree::new(objects);
            let order = |of: u64| move |other: u64| other.cmp(&of);
            let add = |tree: &mut Tree, key: u64| {
                let entry = Entry { head: plain_head(key), key, value: key };
                let at = tree.look(entry.head, order(key)).unwrap_err();
                tree.insert_here(at, &entry);
            };
            let odd = |index: u64| (index * 7_919) % 200_003;
            (0..200_003).for_each(|index| add(&mut tree, odd(index)));
            let most = tree.blocks.in_use();
            assert!((200_003 / FULL..200_003 / FULL * 2).contains(&most), "{most}");
            // Large pages are in use by now.
            assert!(most * FULL * 16 > 2 << 20);
            let copy = tree.clone();
            assert_eq!(copy.blocks.in_use(), most);
            for index in 0..200_003 {
                let at = tree.find(plain_head(odd(index)), order(odd(index))).unwrap();
                assert_eq!(tree.remove(at), (odd(index), odd(index)));
                let held = 200_002 - index as usize;
                assert!(tree.blocks.written() <= 2 * tree.blocks.in_use() + FIRST, "{held}");
                assert!(tree.blocks.in_use() <= held / SPARSE + 2, "{held}: {}", tree.blocks.in_use());
            }
            assert!(tree.blocks.in_use() <= 1, "no more than the root");
            (0..1_000).for_each(|index| add(&mut tree, odd(index)));
            let mut count = 0;
            copy.each(|key, value| {
                assert_eq!((key, value), (count, count));
                count += 1;
            });
            assert_eq!(count, 200_003);
        }
    }

    #[test]
    fn keys_that_come_in_order_fill_their_leaves() {
        let mut tree = Tree::new(false);
        for key in 0..10_000 {
            let entry = Entry { head: plain_head(key), key, value: 0 };
            let at = tree.look(entry.head, |_| Ordering::Equal).unwrap_err();
            tree.insert_here(at, &entry);
        }
        let Node::Inner(root) = &tree.root else { panic!("it has grown") };
        assert!(root.children.len() <= 10_000 / (FULL * (FULL - 1)) + 1, "{}", root.children.len());
    }
}
