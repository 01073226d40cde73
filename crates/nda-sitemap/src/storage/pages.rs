//! LMDB's page format, read with every offset checked.
//!
//! LMDB itself trusts its pages: one flipped bit in a node offset and its C code reads or writes wherever that points.
//! So reading never goes through it: this module descends the tree in safe code and answers damage with an error. And
//! before LMDB may change a page, the path to it is validated here. It knows pages and nodes; it does not know where the
//! bytes come from (see `lmdb.rs`) nor what they mean. Layout: `docs/store-format.md`, "Pages".

use std::ops::ControlFlow;

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
    /// Reads a meta page's first [`META_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
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
#[derive(Clone, Copy)]
pub(crate) struct Tree<S> {
    source: S,
    meta: Meta,
}

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
    fn node(&self, index: usize) -> Result<Node<'a>, StorageError> {
        let lost = || fault(self.number, "a node lies outside its page");
        let at = usize::from(u16_at(self.bytes, HEADER + 2 * index));
        let upper = usize::from(u16_at(self.bytes, 14));
        let head = self.bytes.get(at..at + NODE_HEADER).filter(|_| at >= upper).ok_or_else(lost)?;
        let (low, high, flags) = (u16_at(head, 0), u16_at(head, 2), u16_at(head, 4));
        let key_len = usize::from(u16_at(head, 6));
        let key_at = at + NODE_HEADER;
        let key = self.bytes.get(key_at..key_at + key_len).ok_or_else(lost)?;
        if !self.leaf {
            let child = u64::from(low) | u64::from(high) << 16 | u64::from(flags) << 32;
            return Ok(Node { key, child, flags: 0, len: 0, inline: &[], taken: NODE_HEADER + key_len });
        }
        if flags & !BIG_DATA != 0 {
            return Err(fault(self.number, "a node has unknown flags"));
        }
        let len = usize::from(low) | usize::from(high) << 16;
        let inline_len = if flags & BIG_DATA != 0 { 8 } else { len };
        let value_at = key_at + key_len;
        let inline = self.bytes.get(value_at..value_at + inline_len).ok_or_else(lost)?;
        Ok(Node { key, child: 0, flags, len, inline, taken: NODE_HEADER + key_len + inline_len })
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
        let mut used = 0;
        let mut before: Option<&[u8]> = None;
        for index in 0..self.nodes {
            let node = self.node(index)?;
            used += node.taken.next_multiple_of(2);
            if !self.leaf && index == 0 {
                continue;
            }
            let in_order = before.is_none_or(|before| match integer_keys {
                true => u64_at(before, 0) < u64_at(node.key, 0),
                false => before < node.key,
            });
            let fits = if integer_keys { node.key.len() == 8 } else { (1..=511).contains(&node.key.len()) };
            if !in_order || !fits {
                return Err(fault(self.number, "its keys are out of order"));
            }
            before = Some(node.key);
        }
        if used != self.bytes.len() - usize::from(u16_at(self.bytes, 14)) {
            return Err(fault(self.number, "its nodes overlap or leave holes"));
        }
        Ok(())
    }
}

impl<'a, S: Source<'a>> Tree<S> {
    pub fn new(source: S, meta: Meta) -> Self {
        Self { source, meta }
    }

    /// The same state, read from another place.
    pub fn at(&self, source: S) -> Self {
        Self { source, meta: self.meta }
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

    /// A page at `level` (the root is level 1): only the last level holds leaves, which also ends any cycle.
    fn page_at(&self, root: Root, number: u64, level: u16) -> Result<Page<'a>, StorageError> {
        let page = self.page(number)?;
        if page.leaf != (level == root.depth) {
            return Err(fault(number, "it is on the wrong level of its tree"));
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

    /// The value under `key`.
    pub fn get(&self, key: &[u8]) -> Result<Option<&'a [u8]>, StorageError> {
        let root = self.meta.main;
        let Some(mut number) = root.page else { return Ok(None) };
        let mut level = 1;
        loop {
            let page = self.page_at(root, number, level)?;
            if page.leaf {
                let (at, found) = page.search(key)?;
                return if found { self.value(&page.node(at)?).map(Some) } else { Ok(None) };
            }
            number = page.node(page.descend(key)?)?.child;
            level += 1;
        }
    }

    /// Visits rows from `from` on, in key order, until told to stop.
    pub fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        match self.meta.main.page {
            Some(root) => self.scan_page(root, 1, from, visit).map(|_| ()),
            None => Ok(()),
        }
    }

    fn scan_page(
        &self,
        number: u64,
        level: u16,
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let page = self.page_at(self.meta.main, number, level)?;
        let start = if page.leaf { page.search(from)?.0 } else { page.descend(from)? };
        for index in start..page.nodes {
            let node = page.node(index)?;
            let flow = if page.leaf {
                visit(node.key, self.value(&node)?)
            } else {
                // Only the first child can hold keys below `from`.
                let from = if index == start { from } else { &[] };
                self.scan_page(node.child, level + 1, from, visit)?
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Validates the pages LMDB touches for `key`: the path, with `siblings` also the neighbours a removal may merge.
    pub fn guard(&self, key: &[u8], siblings: bool, checked: &mut HashSet<u64>) -> Result<(), StorageError> {
        let root = self.meta.main;
        let Some(mut number) = root.page else { return Ok(()) };
        let mut level = 1;
        loop {
            let page = self.page_at(root, number, level)?;
            if checked.insert(number) {
                page.validate(false)?;
            }
            if page.leaf {
                let (at, found) = page.search(key)?;
                if found {
                    let node = page.node(at)?;
                    if node.flags & BIG_DATA != 0 {
                        self.overflow(&node)?;
                    }
                }
                return Ok(());
            }
            let at = page.descend(key)?;
            if siblings {
                for beside in [at.wrapping_sub(1), at + 1] {
                    if beside < page.nodes {
                        let number = page.node(beside)?.child;
                        if checked.insert(number) {
                            self.page_at(root, number, level + 1)?.validate(false)?;
                        }
                    }
                }
            }
            number = page.node(at)?.child;
            level += 1;
        }
    }

    /// Validates every page that holds rows from `from` to the last that `within` accepts.
    pub fn guard_range(
        &self,
        from: &[u8],
        within: &dyn Fn(&[u8]) -> bool,
        checked: &mut HashSet<u64>,
    ) -> Result<(), StorageError> {
        let mut failed = None;
        self.scan(from, &mut |key, _| match self.guard(key, true, checked) {
            Ok(()) if within(key) => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        self.guard(from, true, checked)?;
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
        page.validate(true)?;
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
        let result =
            self.page_at(self.meta.main, number, level).and_then(|page| page.validate(false).map(|()| page));
        let page = match result {
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
