//! The entries of a map: a B+ tree that finds them by key and by position.
//!
//! Each entry has a *head*, a word that orders as its key does as far as it goes (`crate::values::head`): a key that is a
//! plain word is its head, of others the heads are compared first and the keys themselves only where those are equal. An
//! inner node knows for each child how many entries stand below it and where its keys begin; of the first child it does
//! not look at that. Nodes are full at [`FULL`], and one that a removal leaves nearly empty joins a neighbour with room.
//!
//! It knows nothing of owners and limits: the heap counts them. An entry is charged before it is added ([`crate::object::Heap`]),
//! 32 bytes, and takes 24 in full leaves and at most four times 24 in sparse ones, besides a part of the inner nodes; so the limit of a
//! run ends it long before vectors fail to grow, which would abort, unless the machine has less than four times the limit.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::cmp::Ordering;

/// The most entries of a leaf, and children of an inner node.
const FULL: usize = 64;
/// A node with fewer looks for a neighbour to join.
const SPARSE: usize = FULL / 4;
/// The most that a joined node has, so that it is not split by the next entry.
const JOINED: usize = FULL * 3 / 4;

/// Keys in order: a head each, and the key itself where the head does not say it all.
#[derive(Clone, Debug, Default)]
struct Keys {
    heads: Vec<u64>,
    words: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
struct Leaf {
    keys: Keys,
    /// Cells, because a value changes while its leaf is known to others.
    values: Vec<Cell<u64>>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    /// The first key below each child; what stands for the first child means nothing.
    keys: Keys,
    sizes: Vec<usize>,
    children: Vec<Node>,
}

#[derive(Clone, Debug)]
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
}

/// The leaf that was looked at last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    leaf: *const Leaf,
    /// The position of its first entry.
    first: usize,
    /// By level from the root: the child that leads to it, if `depth` says that it is known.
    way: [u8; MAX_WAY],
    /// Inner nodes above it, or [`NO_WAY`].
    depth: u8,
}

/// Deeper than any tree that fits a memory: its inner nodes have 32 children and more, but for the last ones.
const MAX_WAY: usize = 14;
const NO_WAY: u8 = u8::MAX;

impl Clone for Tree {
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
            keys_are_objects: self.keys_are_objects,
            seen: Cell::new(NOTHING_SEEN),
        }
    }
}

const NOTHING_SEEN: Seen = Seen { leaf: std::ptr::null(), first: 0, way: [0; MAX_WAY], depth: NO_WAY };

impl Keys {
    /// Where the key stands that `entry`'s would equal, or else where it would stand; `from` keys are passed over.
    #[inline(always)]
    fn find(&self, from: usize, head: u64, order: &impl Fn(u64) -> Ordering) -> Result<usize, usize> {
        let heads = &self.heads[from..];
        let low = from + heads.partition_point(|&other| other < head);
        if self.heads.get(low) != Some(&head) {
            return Err(low);
        }
        if self.words.is_empty() {
            return Ok(low);
        }
        let equal = self.heads[low..].partition_point(|&other| other == head);
        match self.words[low..low + equal].binary_search_by(|&key| order(key)) {
            Ok(at) => Ok(low + at),
            Err(at) => Err(low + at),
        }
    }

    fn insert(&mut self, at: usize, (head, word): (u64, Option<u64>)) {
        self.heads.insert(at, head);
        if let Some(word) = word {
            self.words.insert(at, word);
        }
    }

    fn at(&self, at: usize) -> (u64, Option<u64>) {
        (self.heads[at], self.words.get(at).copied())
    }

    fn set(&mut self, at: usize, (head, word): (u64, Option<u64>)) {
        self.heads[at] = head;
        if let Some(word) = word {
            self.words[at] = word;
        }
    }

    fn remove(&mut self, at: usize) {
        self.heads.remove(at);
        if !self.words.is_empty() {
            self.words.remove(at);
        }
    }

    fn split_off(&mut self, at: usize) -> Self {
        let words = if self.words.is_empty() { Vec::new() } else { self.words.split_off(at) };
        Self { heads: self.heads.split_off(at), words }
    }

    fn append(&mut self, mut more: Self) {
        self.heads.append(&mut more.heads);
        self.words.append(&mut more.words);
    }
}

/// The word that is the head of a plain key.
#[inline(always)]
pub(crate) const fn plain_head(word: u64) -> u64 {
    word ^ 1 << 63
}

impl Leaf {
    #[inline(always)]
    fn key(&self, at: usize) -> u64 {
        if self.keys.words.is_empty() { plain_head(self.keys.heads[at]) } else { self.keys.words[at] }
    }
}

impl Inner {
    /// The child below which the entry at a position stands, or, if `end`, may be added; and how many stand before it.
    fn child_at(&self, position: usize, end: bool) -> (usize, usize) {
        let mut before = 0;
        for (child, &size) in self.sizes.iter().enumerate() {
            if position < before + size || end && position == before + size {
                return (child, before);
            }
            before += size;
        }
        (self.sizes.len() - 1, before - self.sizes[self.sizes.len() - 1])
    }

    /// Lets a child that became sparse join a neighbour, if that has room.
    fn tidy(&mut self, child: usize) {
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
        self.children[left].append(first, right);
    }
}

impl Node {
    /// Entries of a leaf, children of an inner node.
    fn len(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.values.len(),
            Node::Inner(inner) => inner.children.len(),
        }
    }

    /// How many entries stand below it.
    fn size(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.values.len(),
            Node::Inner(inner) => inner.sizes.iter().sum(),
        }
    }

    fn first_key(&self) -> (u64, Option<u64>) {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.keys.at(0),
                Node::Inner(inner) => node = &inner.children[0],
            }
        }
    }

    /// Takes over what its right neighbour has, whose first key is `first`.
    fn append(&mut self, first: (u64, Option<u64>), right: Node) {
        match (self, right) {
            (Node::Leaf(left), Node::Leaf(mut right)) => {
                left.keys.append(right.keys);
                left.values.append(&mut right.values);
            }
            (Node::Inner(left), Node::Inner(mut right)) => {
                right.keys.set(0, first);
                left.keys.append(right.keys);
                left.sizes.append(&mut right.sizes);
                left.children.append(&mut right.children);
            }
            _ => unreachable!("all leaves are equally deep"),
        }
    }

    /// Adds an entry at a position below this node; `last` says that nothing stands behind the node. What does not fit
    /// any more becomes its right neighbour, whose first key comes with it.
    fn insert(
        &mut self,
        position: usize,
        entry: Entry,
        is_object: bool,
        last: bool,
    ) -> Option<((u64, Option<u64>), Node)> {
        match self {
            Node::Leaf(leaf) => {
                let len = leaf.values.len();
                let (mut right, mut at) = (None, position);
                if len == FULL {
                    // Keys that come in order leave full leaves behind.
                    let half = if last && position == len { len } else { len / 2 };
                    let mut other =
                        Leaf { keys: leaf.keys.split_off(half), values: leaf.values.split_off(half) };
                    if position > half || half == len {
                        at -= half;
                        other.add(at, entry, is_object);
                        return Some((other.keys.at(0), Node::Leaf(other)));
                    }
                    right = Some((other.keys.at(0), Node::Leaf(other)));
                }
                leaf.add(at, entry, is_object);
                right
            }
            Node::Inner(inner) => {
                let (child, before) = inner.child_at(position, true);
                inner.sizes[child] += 1;
                let last = last && child + 1 == inner.children.len();
                let (first, new) = inner.children[child].insert(position - before, entry, is_object, last)?;
                let size = new.size();
                inner.sizes[child] -= size;
                inner.keys.insert(child + 1, first);
                inner.sizes.insert(child + 1, size);
                inner.children.insert(child + 1, new);
                let len = inner.children.len();
                if len <= FULL {
                    return None;
                }
                let half = if last { len - 1 } else { len / 2 };
                let other = Inner {
                    keys: inner.keys.split_off(half),
                    sizes: inner.sizes.split_off(half),
                    children: inner.children.split_off(half),
                };
                Some((other.keys.at(0), Node::Inner(Box::new(other))))
            }
        }
    }

    fn remove(&mut self, position: usize) -> (u64, u64) {
        match self {
            Node::Leaf(leaf) => {
                let key = leaf.key(position);
                leaf.keys.remove(position);
                (key, leaf.values.remove(position).get())
            }
            Node::Inner(inner) => {
                let (child, before) = inner.child_at(position, false);
                let removed = inner.children[child].remove(position - before);
                inner.sizes[child] -= 1;
                if inner.sizes[child] == 0 {
                    inner.keys.remove(child);
                    inner.sizes.remove(child);
                    inner.children.remove(child);
                } else {
                    if position == before {
                        let first = inner.children[child].first_key();
                        inner.keys.set(child, first);
                    }
                    inner.tidy(child);
                }
                removed
            }
        }
    }

    fn each(&self, work: &mut impl FnMut(u64, u64)) {
        match self {
            Node::Leaf(leaf) => {
                (0..leaf.values.len()).for_each(|at| work(leaf.key(at), leaf.values[at].get()))
            }
            Node::Inner(inner) => inner.children.iter().for_each(|child| child.each(work)),
        }
    }
}

impl Leaf {
    #[inline(always)]
    fn add(&mut self, at: usize, entry: Entry, is_object: bool) {
        self.keys.insert(at, (entry.head, is_object.then_some(entry.key)));
        self.values.insert(at, Cell::new(entry.value));
    }
}

impl Tree {
    /// No entries yet.
    pub(crate) fn new(keys_are_objects: bool) -> Self {
        Self { root: Node::Leaf(Leaf::default()), keys_are_objects, seen: Cell::new(NOTHING_SEEN) }
    }

    /// The position of a key, or where it would stand. `order` says how a key compares to it, of keys that are objects.
    #[inline]
    pub(crate) fn find(&self, head: u64, order: impl Fn(u64) -> Ordering) -> Result<usize, usize> {
        let mut before = 0;
        let mut node = &self.root;
        let (mut way, mut depth) = ([0; MAX_WAY], 0);
        loop {
            match node {
                Node::Leaf(leaf) => {
                    let depth = if depth <= MAX_WAY { depth as u8 } else { NO_WAY };
                    self.seen.set(Seen { leaf, first: before, way, depth });
                    return match leaf.keys.find(0, head, &order) {
                        Ok(at) => Ok(before + at),
                        Err(at) => Err(before + at),
                    };
                }
                Node::Inner(inner) => {
                    let child = match inner.keys.find(1, head, &order) {
                        Ok(child) => child,
                        Err(next) => next - 1,
                    };
                    if let Some(step) = way.get_mut(depth) {
                        *step = child as u8;
                    }
                    depth += 1;
                    before += inner.sizes[..child].iter().sum::<usize>();
                    node = &inner.children[child];
                }
            }
        }
    }

    /// The leaf that was looked at last, and the position of its first entry.
    #[inline(always)]
    fn seen(&self) -> Option<(&Leaf, usize)> {
        let seen = self.seen.get();
        // SAFETY: a leaf that was seen is where it was, for whatever moves one forgets it.
        unsafe { seen.leaf.as_ref() }.map(|leaf| (leaf, seen.first))
    }

    /// The leaf of an entry, and where it stands in there.
    #[inline]
    fn leaf(&self, position: usize) -> (&Leaf, usize) {
        if let Some((leaf, first)) = self.seen()
            && position.wrapping_sub(first) < leaf.values.len()
        {
            return (leaf, position - first);
        }
        let mut before = 0;
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.seen.set(Seen { leaf, first: before, ..NOTHING_SEEN });
                    return (leaf, position - before);
                }
                Node::Inner(inner) => {
                    let (child, less) = inner.child_at(position - before, false);
                    before += less;
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
        leaf.values[at].get()
    }

    /// The same, to be changed.
    #[inline]
    pub(crate) fn value_mut(&mut self, position: usize) -> &mut u64 {
        let (leaf, at) = self.leaf(position);
        // SAFETY: `&mut self` is the only way to it.
        unsafe { &mut *leaf.values[at].as_ptr() }
    }

    /// Adds an entry at the position where its key belongs.
    pub(crate) fn insert(&mut self, position: usize, entry: Entry) {
        if self.insert_where_seen(position, &entry) {
            return;
        }
        self.seen.set(NOTHING_SEEN);
        let Some((first, right)) = self.root.insert(position, entry, self.keys_are_objects, true) else {
            return;
        };
        let left = std::mem::replace(&mut self.root, Node::Leaf(Leaf::default()));
        let mut root = Inner { sizes: vec![left.size(), right.size()], ..Inner::default() };
        root.keys.insert(0, first);
        root.keys.insert(1, first);
        root.children.extend([left, right]);
        self.root = Node::Inner(Box::new(root));
    }

    /// Adds an entry to the leaf that its key was looked for in, if that has room: whether it did.
    fn insert_where_seen(&mut self, position: usize, entry: &Entry) -> bool {
        let Seen { first, way, depth, .. } = self.seen.get();
        let has_room = self.seen().is_some_and(|(leaf, first)| {
            position.wrapping_sub(first) <= leaf.values.len() && leaf.values.len() < FULL
        });
        if !has_room || depth == NO_WAY {
            return false;
        }
        let mut node = &mut self.root;
        for &child in &way[..usize::from(depth)] {
            let Node::Inner(inner) = node else { unreachable!("the way goes through inner nodes") };
            inner.sizes[usize::from(child)] += 1;
            node = &mut inner.children[usize::from(child)];
        }
        let Node::Leaf(leaf) = node else { unreachable!("the way ends at the leaf") };
        leaf.add(position - first, *entry, self.keys_are_objects);
        // The leaf is where it was, and so is its first entry's position.
        true
    }

    /// Takes the entry at a position out: its key and its value.
    pub(crate) fn remove(&mut self, position: usize) -> (u64, u64) {
        self.seen.set(NOTHING_SEEN);
        let removed = self.root.remove(position);
        while let Node::Inner(inner) = &mut self.root
            && inner.children.len() < 2
        {
            self.root = inner.children.pop().unwrap_or(Node::Leaf(Leaf::default()));
        }
        removed
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
                match (tree.find(plain_head(key as u64), |_| Ordering::Equal), adds) {
                    (Ok(at), true) => {
                        *tree.value_mut(at) = round;
                        model.insert(key, round);
                    }
                    (Ok(at), false) => {
                        assert_eq!(tree.remove(at), (key as u64, model.remove(&key).unwrap()));
                    }
                    (Err(at), true) => {
                        let entry = Entry { head: plain_head(key as u64), key: key as u64, value: round };
                        tree.insert(at, entry);
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
    fn keys_that_come_in_order_fill_their_leaves() {
        let mut tree = Tree::new(false);
        for key in 0..10_000 {
            tree.insert(key, Entry { head: plain_head(key as u64), key: key as u64, value: 0 });
        }
        let Node::Inner(root) = &tree.root else { panic!("it has grown") };
        assert!(root.children.len() <= 10_000 / (FULL * (FULL - 1)) + 1, "{}", root.children.len());
    }
}
