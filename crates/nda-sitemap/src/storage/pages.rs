//! LMDB's page format, read with every offset checked.
//!
//! LMDB itself trusts its pages: one flipped bit in a node offset and its C code reads or writes wherever that points.
//! So reading never goes through it: this module descends the tree in safe code and answers damage with an error. And
//! before LMDB may change a page, the path to it is validated here. It knows pages and nodes; it does not know where the
//! bytes come from (see `lmdb.rs`) nor what they mean. Layout: `docs/store-format.md`, "Pages".

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashSet as HashSet;

use super::{StorageError, Visit};

const MAGIC: u32 = 0xBEEF_C0DE;
const DATA_VERSION: u32 = 1;
const HEADER: usize = 16;
const NODE_HEADER: usize = 8;
/// Bytes of a meta page that mean something.
pub(crate) const META_BYTES: usize = 152;
const FIRST_DATA_PAGE: u64 = 2;
const MAX_DEPTH: u16 = 32;

const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const OVERFLOW: u16 = 0x04;
const META: u16 = 0x08;
const BIG_DATA: u16 = 0x01;
const INTEGER_KEY: u16 = 0x08;

/// Where the file's bytes come from. `None` when any of them lies outside.
pub(crate) trait Source<'a>: Copy {
    fn slice(&self, offset: u64, len: usize) -> Option<&'a [u8]>;
}

impl<'a> Source<'a> for &'a [u8] {
    fn slice(&self, offset: u64, len: usize) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        self.get(start..start.checked_add(len)?)
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|found| found.try_into().ok()).unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

/// One tree's record in a meta page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    pub depth: u16,
    pub entries: u64,
    pub page: Option<u64>,
}

/// A meta page: one committed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub page_size: usize,
    pub free: Root,
    pub main: Root,
    pub last_page: u64,
    pub txn: u64,
}

impl Meta {
    /// The size of the file's pages: the one thing that a writer, who overwrites the older head, never changes.
    pub fn page_size(bytes: &[u8]) -> Result<usize, &'static str> {
        if bytes.len() < META_BYTES {
            return Err("the file is too short");
        }
        if u16_at(bytes, 10) & META == 0 || u32_at(bytes, 16) != MAGIC {
            return Err("it does not begin as one");
        }
        if u32_at(bytes, 20) != DATA_VERSION {
            return Err("its page format has another version");
        }
        let page_size = u32_at(bytes, 40) as usize;
        if !page_size.is_power_of_two() || !(512..=65536).contains(&page_size) {
            return Err("its page size is impossible");
        }
        Ok(page_size)
    }

    /// Reads a meta page's first [`META_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let page_size = Self::page_size(bytes)?;
        let last_page = u64_at(bytes, 136);
        let root = |at: usize, flags: u16| {
            let page = u64_at(bytes, at + 40);
            let depth = u16_at(bytes, at + 6);
            let page = (page != u64::MAX).then_some(page);
            let sound = match page {
                None => depth == 0,
                Some(page) => {
                    (FIRST_DATA_PAGE..=last_page).contains(&page) && (1..=MAX_DEPTH).contains(&depth)
                }
            };
            if u16_at(bytes, at + 4) != flags || !sound {
                return Err("the record of one of its trees is impossible");
            }
            Ok(Root { depth, entries: u64_at(bytes, at + 32), page })
        };
        if last_page < 1 || last_page > (1 << 47) / page_size as u64 {
            return Err("its last page is impossible");
        }
        Ok(Self {
            page_size,
            free: root(40, INTEGER_KEY)?,
            main: root(88, 0)?,
            last_page,
            txn: u64_at(bytes, 144),
        })
    }
}

/// Takes a row.
type EachNode<'v, 'a> = dyn FnMut(&Node<'a>) -> Result<ControlFlow<()>, StorageError> + 'v;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// A part of the free list.
enum Free<'a> {
    /// So many pages that the list itself takes.
    Pages(u64),
    /// A record: the transaction that freed, and the list of what it freed.
    Record(u64, &'a [u8]),
}

/// Takes a page number and what lies there.
type VisitFree<'v> = dyn FnMut(u64, Free<'_>) -> Result<(), StorageError> + 'v;

/// One committed state of the file.
pub(crate) struct Tree<S> {
    source: S,
    meta: Meta,
    sound: Sound,
    valid: Arc<ValidPages>,
}

/// Pages found valid since the store was opened: a small cache, one page per slot. A page that LMDB rewrites meanwhile
/// stays in it: what LMDB writes is valid, and what is asked here is whether the medium gave back what was written.
pub(crate) struct ValidPages(Box<[AtomicU64]>);

impl ValidPages {
    const SLOTS: usize = 1 << 14;

    pub fn new() -> Self {
        Self((0..Self::SLOTS).map(|_| AtomicU64::new(0)).collect())
    }

    fn slot(&self, page: u64) -> &AtomicU64 {
        &self.0[page as usize % Self::SLOTS]
    }

    fn contains(&self, page: u64) -> bool {
        self.slot(page).load(Ordering::Relaxed) == page
    }

    fn insert(&self, page: u64) {
        self.slot(page).store(page, Ordering::Relaxed);
    }
}

/// Whether a row is what was written; asked about the rows beside one that is not there.
pub(crate) type Sound = fn(&[u8], &[u8]) -> Result<(), StorageError>;

/// The keys a page may hold, by the branches above it: not below the first, below the second.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    low: &'a [u8],
    high: Option<&'a [u8]>,
}

const ALL_KEYS: Bounds<'static> = Bounds { low: &[], high: None };

#[derive(Clone, Copy)]
struct Page<'a> {
    number: u64,
    bytes: &'a [u8],
    leaf: bool,
    nodes: usize,
}

#[derive(Clone, Copy)]
struct Node<'a> {
    key: &'a [u8],
    /// Child page of a branch node.
    child: u64,
    flags: u16,
    /// Bytes of the value, wherever it lies.
    len: usize,
    inline: &'a [u8],
    /// Bytes the node takes on its page.
    taken: usize,
}

fn fault(page: u64, what: &str) -> StorageError {
    StorageError::damaged(format!("page {page}: {what}"))
}

impl<'a> Page<'a> {
    /// A node, inside the page in all its parts.
    fn node(&self, index: usize) -> Result<Node<'a>, StorageError> {
        let at = usize::from(u16_at(self.bytes, HEADER + 2 * index));
        self.node_at(at).ok_or_else(|| fault(self.number, "a node lies outside its page"))
    }

    /// Kept small: validating a page comes here for every node.
    fn node_at(&self, at: usize) -> Option<Node<'a>> {
        let (head, rest) = self.bytes.get(at..)?.split_first_chunk::<NODE_HEADER>()?;
        // Size low, size high, flags, key size: 16 bits each.
        let head = u64::from_le_bytes(*head);
        let (key, rest) = rest.split_at_checked((head >> 48) as usize)?;
        let mut node = Node { key, child: 0, flags: 0, len: 0, inline: &[], taken: NODE_HEADER + key.len() };
        if !self.leaf {
            node.child = head & 0xFFFF_FFFF_FFFF;
            return Some(node);
        }
        node.flags = (head >> 32) as u16;
        node.len = (head & 0xFFFF_FFFF) as usize;
        let inline_len = if node.flags == BIG_DATA { 8 } else { node.len };
        node.inline = rest.get(..inline_len)?;
        node.taken += inline_len;
        (node.flags & !BIG_DATA == 0).then_some(node)
    }

    /// The first index whose key is not below `key`, and whether it equals it. A branch's first key counts as lowest.
    fn search(&self, key: &[u8]) -> Result<(usize, bool), StorageError> {
        let (mut low, mut high) = (usize::from(!self.leaf), self.nodes);
        while low < high {
            let middle = (low + high) / 2;
            match self.node(middle)?.key.cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok((middle, true)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok((low, false))
    }

    /// The branch node to descend into for `key`.
    fn descend(&self, key: &[u8]) -> Result<usize, StorageError> {
        let (at, equal) = self.search(key)?;
        Ok(if equal { at } else { at.saturating_sub(1) })
    }

    /// Every node inside the page, in order, together filling exactly the used part: what LMDB takes for granted.
    fn validate(&self, integer_keys: bool) -> Result<(), StorageError> {
        let upper = usize::from(u16_at(self.bytes, 14));
        let mut used = 0;
        let mut before: &[u8] = &[];
        for index in 0..self.nodes {
            let at = usize::from(u16_at(self.bytes, HEADER + 2 * index));
            let node = self.node_at(at).filter(|_| at >= upper && at.is_multiple_of(2));
            let node = node.ok_or_else(|| fault(self.number, "a node lies outside its page"))?;
            used += node.taken.next_multiple_of(2);
            // A branch's first key says nothing.
            if self.leaf || index > 0 {
                let in_order = match integer_keys {
                    true => {
                        node.key.len() == 8 && (before.is_empty() || u64_at(before, 0) < u64_at(node.key, 0))
                    }
                    false => node.key.len() <= 511 && before < node.key,
                };
                if !in_order {
                    return Err(fault(self.number, "its keys are out of order"));
                }
                before = node.key;
            }
        }
        if used != self.bytes.len() - upper {
            return Err(fault(self.number, "its nodes overlap or leave holes"));
        }
        Ok(())
    }
}

impl<'a, S: Source<'a>> Tree<S> {
    pub fn new(source: S, meta: Meta, sound: Sound, valid: Arc<ValidPages>) -> Self {
        Self { source, meta, sound, valid }
    }

    /// The same state, read from another place.
    pub fn at(&self, source: S) -> Self {
        Self { source, meta: self.meta, sound: self.sound, valid: Arc::clone(&self.valid) }
    }

    fn page(&self, number: u64) -> Result<Page<'a>, StorageError> {
        let size = self.meta.page_size;
        if !(FIRST_DATA_PAGE..=self.meta.last_page).contains(&number) {
            return Err(fault(number, "no such page"));
        }
        let bytes = self
            .source
            .slice(number * size as u64, size)
            .ok_or_else(|| fault(number, "the file ends before it"))?;
        let (flags, lower, upper) = (u16_at(bytes, 10), u16_at(bytes, 12), u16_at(bytes, 14));
        let (lower, upper) = (usize::from(lower), usize::from(upper));
        let nodes = lower.saturating_sub(HEADER) / 2;
        let leaf = flags == LEAF;
        let sound = u64_at(bytes, 0) == number
            && (leaf || flags == BRANCH)
            && lower >= HEADER
            && lower % 2 == 0
            && lower <= upper
            && upper <= size
            && nodes >= if leaf { 1 } else { 2 };
        if !sound {
            return Err(fault(number, "its header is impossible"));
        }
        Ok(Page { number, bytes, leaf, nodes })
    }

    /// A valid page at `level` (the root is level 1): only the last level holds leaves, which also ends any cycle.
    fn page_at(&self, root: Root, number: u64, level: u16) -> Result<Page<'a>, StorageError> {
        let page = self.page(number)?;
        if page.leaf != (level == root.depth) {
            return Err(fault(number, "it is on the wrong level of its tree"));
        }
        if !self.valid.contains(number) {
            page.validate(root == self.meta.free)?;
            self.valid.insert(number);
        }
        Ok(page)
    }

    /// Page numbers of an out-of-line value.
    fn overflow(&self, node: &Node<'_>) -> Result<(u64, u64), StorageError> {
        let first = u64_at(node.inline, 0);
        let size = self.meta.page_size;
        let need = (HEADER + node.len).div_ceil(size) as u64;
        if first < FIRST_DATA_PAGE || first.saturating_add(need - 1) > self.meta.last_page {
            return Err(fault(first, "no such page"));
        }
        let head = self
            .source
            .slice(first * size as u64, HEADER)
            .ok_or_else(|| fault(first, "the file ends before it"))?;
        if u64_at(head, 0) != first || u16_at(head, 10) != OVERFLOW || u64::from(u32_at(head, 12)) != need {
            return Err(fault(first, "its header is impossible"));
        }
        Ok((first, need))
    }

    fn value(&self, node: &Node<'a>) -> Result<&'a [u8], StorageError> {
        if node.flags & BIG_DATA == 0 {
            return Ok(node.inline);
        }
        let (first, _) = self.overflow(node)?;
        self.source
            .slice(first * self.meta.page_size as u64 + HEADER as u64, node.len)
            .ok_or_else(|| fault(first, "the file ends inside a value"))
    }

    /// The root of the rows' tree.
    fn root(&self) -> Result<Option<Page<'a>>, StorageError> {
        self.meta.main.page.map(|number| self.page_at(self.meta.main, number, 1)).transpose()
    }

    /// A child page and its bounds; it must keep to them.
    fn child(
        &self,
        page: &Page<'a>,
        index: usize,
        bounds: Bounds<'a>,
        level: u16,
    ) -> Result<(Page<'a>, Bounds<'a>), StorageError> {
        let node = page.node(index)?;
        let low = if index == 0 { bounds.low } else { node.key };
        let high = if index + 1 < page.nodes { Some(page.node(index + 1)?.key) } else { bounds.high };
        let child = self.page_at(self.meta.main, node.child, level)?;
        let first = child.node(usize::from(!child.leaf))?.key;
        let last = child.node(child.nodes - 1)?.key;
        if first < low || high.is_some_and(|high| last >= high) {
            return Err(fault(child.number, "a key lies outside its parent's bounds"));
        }
        Ok((child, Bounds { low, high }))
    }

    /// The value under `key`. That there is none is believed only if the rows beside it say so.
    pub fn get(&self, key: &[u8]) -> Result<Option<&'a [u8]>, StorageError> {
        let Some(mut page) = self.root()? else { return Ok(None) };
        let mut bounds = ALL_KEYS;
        let mut level = 1;
        while !page.leaf {
            level += 1;
            (page, bounds) = self.child(&page, page.descend(key)?, bounds, level)?;
        }
        let (at, found) = page.search(key)?;
        if found {
            return self.value(&page.node(at)?).map(Some);
        }
        self.check_gap(key).map(|()| None)
    }

    /// Checks that nothing hides where `key` is not: its neighbours in the tree's own order are sound and on their sides.
    /// A damaged separator leads to a leaf where they are not; a damaged key is itself the neighbour.
    pub fn check_gap(&self, key: &[u8]) -> Result<(), StorageError> {
        let Some(root) = self.root()? else { return Ok(()) };
        for side in [Side::Before, Side::After] {
            let Some(node) = self.beside(&root, ALL_KEYS, 1, Some(key), side)? else { continue };
            let in_order = if side == Side::Before { node.key < key } else { node.key > key };
            if !in_order {
                return Err(StorageError::damaged("a row is not where its key says"));
            }
            (self.sound)(node.key, self.value(&node)?)?;
        }
        Ok(())
    }

    /// The row on one side of where `key` would be; without a key, the last or first row below this page.
    fn beside(
        &self,
        page: &Page<'a>,
        bounds: Bounds<'a>,
        level: u16,
        key: Option<&[u8]>,
        side: Side,
    ) -> Result<Option<Node<'a>>, StorageError> {
        let end = if side == Side::Before { page.nodes - 1 } else { 0 };
        if page.leaf {
            let at = match key {
                None => Some(end),
                Some(key) => {
                    let (at, found) = page.search(key)?;
                    if side == Side::Before { at.checked_sub(1) } else { Some(at + usize::from(found)) }
                }
            };
            return at.filter(|at| *at < page.nodes).map(|at| page.node(at)).transpose();
        }
        let at = key.map_or(Ok(end), |key| page.descend(key))?;
        let (child, within) = self.child(page, at, bounds, level + 1)?;
        let found = self.beside(&child, within, level + 1, key, side)?;
        let next = if side == Side::Before { at.checked_sub(1) } else { Some(at + 1) };
        match next.filter(|next| found.is_none() && *next < page.nodes) {
            None => Ok(found),
            Some(next) => {
                let (child, within) = self.child(page, next, bounds, level + 1)?;
                self.beside(&child, within, level + 1, None, side)
            }
        }
    }

    /// Visits the rows whose key starts with `prefix` and is not below `from`, in order, until told to stop. Where they
    /// begin and end is checked as in [`Tree::get`].
    pub fn scan(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        let from = from.max(prefix);
        let Some(root) = self.root()? else { return Ok(()) };
        if let Some(node) = self.beside(&root, ALL_KEYS, 1, Some(from), Side::Before)? {
            if node.key >= from {
                return Err(StorageError::damaged("a row is not where its key says"));
            }
            (self.sound)(node.key, self.value(&node)?)?;
        }
        let mut last: &[u8] = &[];
        let mut each = |node: &Node<'a>| {
            let value = self.value(node)?;
            if node.key < from || node.key <= last {
                return Err(StorageError::damaged("a row is not where its key says"));
            }
            last = node.key;
            if node.key.starts_with(prefix) {
                return Ok(visit(node.key, value));
            }
            (self.sound)(node.key, value)?;
            Ok(ControlFlow::Break(()))
        };
        self.scan_page(&root, ALL_KEYS, 1, from, &mut each).map(|_| ())
    }

    fn scan_page(
        &self,
        page: &Page<'a>,
        bounds: Bounds<'a>,
        level: u16,
        from: &[u8],
        each: &mut EachNode<'_, 'a>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let start = if page.leaf { page.search(from)?.0 } else { page.descend(from)? };
        for index in start..page.nodes {
            let flow = if page.leaf {
                each(&page.node(index)?)?
            } else {
                let (child, bounds) = self.child(page, index, bounds, level + 1)?;
                // Only the first child can hold keys below `from`.
                let from = if index == start { from } else { &[] };
                self.scan_page(&child, bounds, level + 1, from, each)?
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Validates the pages LMDB touches for `key`: the path, with `siblings` also the neighbours a removal may merge.
    /// Returns whether the key is there.
    pub fn guard(&self, key: &[u8], siblings: bool) -> Result<bool, StorageError> {
        let Some(mut page) = self.root()? else { return Ok(false) };
        let mut bounds = ALL_KEYS;
        let mut level = 1;
        loop {
            if page.leaf {
                let (at, found) = page.search(key)?;
                if found {
                    let node = page.node(at)?;
                    if node.flags & BIG_DATA != 0 {
                        self.overflow(&node)?;
                    }
                }
                return Ok(found);
            }
            level += 1;
            let at = page.descend(key)?;
            if siblings {
                for beside in [at.wrapping_sub(1), at + 1] {
                    if beside < page.nodes {
                        self.child(&page, beside, bounds, level)?;
                    }
                }
            }
            (page, bounds) = self.child(&page, at, bounds, level)?;
        }
    }

    /// Validates every page that holds rows of [`Tree::scan`].
    pub fn guard_range(&self, prefix: &[u8], from: &[u8]) -> Result<(), StorageError> {
        let mut failed = None;
        let mut last = from.max(prefix).to_vec();
        self.guard(&last, true)?;
        self.scan(prefix, from, &mut |key, _| match self.guard(key, true) {
            Ok(_) => {
                last.clear();
                last.extend_from_slice(key);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        // The row that ends the scan may lie on a page of its own.
        if let Some(root) = self.root()?
            && let Some(end) = self.beside(&root, ALL_KEYS, 1, Some(&last), Side::After)?
        {
            self.guard(end.key, true)?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Validates the free list: LMDB hands out whatever page numbers stand there. Records found valid before, by page and
    /// key, are not looked at again.
    pub fn guard_free_list(&self, checked: &mut HashSet<(u64, u64)>) -> Result<(), StorageError> {
        self.free_list(&mut |page, part| match part {
            Free::Record(key, list) if checked.insert((page, key)) => {
                self.free_record(page, list, &mut |_| ())
            }
            _ => Ok(()),
        })
    }

    /// Visits the pages of the free list itself, and its records with the page where each lies.
    fn free_list(&self, visit: &mut VisitFree<'_>) -> Result<(), StorageError> {
        match self.meta.free.page {
            Some(root) => self.free_page(root, 1, visit),
            None => Ok(()),
        }
    }

    fn free_page(&self, number: u64, level: u16, visit: &mut VisitFree<'_>) -> Result<(), StorageError> {
        let page = self.page_at(self.meta.free, number, level)?;
        visit(number, Free::Pages(1))?;
        for index in 0..page.nodes {
            let node = page.node(index)?;
            if !page.leaf {
                self.free_page(node.child, level + 1, visit)?;
                continue;
            }
            let mut at = number;
            if node.flags & BIG_DATA != 0 {
                let (first, pages) = self.overflow(&node)?;
                visit(first, Free::Pages(pages))?;
                at = first;
            }
            visit(at, Free::Record(u64_at(node.key, 0), self.value(&node)?))?;
        }
        Ok(())
    }

    /// A free-list record: how many, then that many page numbers, falling.
    fn free_record(&self, at: u64, list: &[u8], free: &mut dyn FnMut(u64)) -> Result<(), StorageError> {
        let (numbers, rest) = list.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        let count = numbers.next().unwrap_or(u64::MAX);
        if !rest.is_empty() || count > numbers.len() as u64 {
            return Err(fault(at, "a free-list record has an impossible length"));
        }
        let mut above = self.meta.last_page + 1;
        for page in numbers.take(count as usize) {
            if page >= above || page < FIRST_DATA_PAGE {
                return Err(fault(at, "a free-list record is out of order"));
            }
            above = page;
            free(page);
        }
        Ok(())
    }

    /// Walks everything: each page valid, used once and not free, keys within their parents' bounds, counts right.
    pub fn check(&self) -> Vec<String> {
        let mut walk = Walk { used: HashSet::default(), rows: 0, problems: Vec::new() };
        if let Some(root) = self.meta.main.page {
            self.check_page(root, 1, (&[], None), &mut walk);
        }
        if walk.problems.is_empty() && walk.rows != self.meta.main.entries {
            walk.problems.push(format!(
                "the tree holds {} rows, its record says {}",
                walk.rows, self.meta.main.entries
            ));
        }
        let mut free = Vec::new();
        let result = self.free_list(&mut |page, part| {
            match part {
                Free::Record(_, list) => self.free_record(page, list, &mut |page| free.push(page))?,
                Free::Pages(pages) => (page..page + pages).for_each(|page| walk.use_page(page)),
            }
            Ok(())
        });
        walk.problems.extend(result.err().map(|error| error.to_string()));
        for page in free {
            if !walk.used.insert(page) {
                walk.problems.push(fault(page, "it is in use and also in the free list").to_string());
            }
        }
        walk.problems
    }

    fn check_page(&self, number: u64, level: u16, bounds: (&[u8], Option<&[u8]>), walk: &mut Walk) {
        let valid = |page: Page<'a>| page.validate(false).map(|()| page);
        let page = match self.page_at(self.meta.main, number, level).and_then(valid) {
            Ok(page) => page,
            Err(error) => return walk.problems.push(error.to_string()),
        };
        walk.use_page(number);
        for index in 0..page.nodes {
            let Ok(node) = page.node(index) else { return };
            let key = if page.leaf || index > 0 { node.key } else { bounds.0 };
            if key < bounds.0 || bounds.1.is_some_and(|end| key >= end) {
                walk.problems.push(fault(number, "a key lies outside its parent's bounds").to_string());
            }
            if page.leaf {
                walk.rows += 1;
                if node.flags & BIG_DATA != 0 {
                    match self.overflow(&node) {
                        Ok((first, pages)) => (first..first + pages).for_each(|page| walk.use_page(page)),
                        Err(error) => walk.problems.push(error.to_string()),
                    }
                }
            } else {
                let end = page.node(index + 1).ok().filter(|_| index + 1 < page.nodes).map(|next| next.key);
                self.check_page(node.child, level + 1, (key, end.or(bounds.1)), walk);
            }
        }
    }
}

struct Walk {
    used: HashSet<u64>,
    rows: u64,
    problems: Vec<String>,
}

impl Walk {
    fn use_page(&mut self, number: u64) {
        if !self.used.insert(number) {
            self.problems.push(fault(number, "used twice").to_string());
        }
    }
}
