//! Names → definitions: a 16-way Merkle trie over the hash of the name.
//!
//! A name sits at the shallowest node where no other name shares its path, so the shape, and with it the root hash,
//! depends on the content alone and never on the order of changes. One change rewrites the path to it, `log₁₆ n` nodes. It
//! knows no storage: nodes come from a [`NodeSource`] and go to a closure. Byte layout: `docs/store-format.md`. The proofs
//! over it are in `proof.rs`.

use std::collections::BTreeMap;

use nda_graph::Hash;

use crate::object::{Kind, hash_of};
use crate::storage::StorageError;

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

const NODE_VERSION: u8 = 1;
const FANOUT: usize = 16;
/// Half-bytes in a name's hash: the deepest a node can lie.
const MAX_DEPTH: usize = 64;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Binding {
    /// The definition.
    pub definition: Hash,
    /// What the author wrote about it, under this name.
    pub metadata: Hash,
}

/// One name's difference between two roots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameChange {
    /// The name.
    pub name: String,
    /// In the first root.
    pub before: Option<Binding>,
    /// In the second root.
    pub after: Option<Binding>,
}

/// Why a name map cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamesError {
    /// A node is not in the store.
    #[error("the name map's node {0} is missing")]
    Missing(Hash),
    /// A node's bytes do not form one.
    #[error("the name map's node {hash} is malformed: {reason}")]
    Malformed {
        /// Its hash.
        hash: Hash,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that no map holds.
    #[error("`{}` cannot be a name: {reason}", .name.escape_debug())]
    Name {
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Checks that a text can be a name.
pub fn check_name(name: &str) -> Result<(), NamesError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_NAME_BYTES {
        "it is longer than 255 bytes"
    } else if name.chars().any(char::is_control) {
        "it has a control character"
    } else {
        return Ok(());
    };
    Err(NamesError::Name { name: name.to_owned(), reason })
}

/// Where nodes come from.
pub trait NodeSource {
    /// The payload of a node.
    fn node(&self, hash: &Hash) -> Result<Vec<u8>, NamesError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub name: String,
    pub binding: Binding,
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum Slot {
    #[default]
    Empty,
    Leaf(Leaf),
    Node(Hash),
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Node(pub [Slot; FANOUT]);

/// The half-byte of a name's hash that chooses the slot at `depth`.
pub(crate) fn nibble(path: &Hash, depth: usize) -> usize {
    let byte = path.0[depth / 2];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
}

pub(crate) fn path_of(name: &str) -> Hash {
    Hash::of("name", name.as_bytes())
}

impl Node {
    pub fn encode(&self) -> Vec<u8> {
        let (mut used, mut leaves) = (0_u16, 0_u16);
        for (index, slot) in self.0.iter().enumerate() {
            used |= u16::from(*slot != Slot::Empty) << index;
            leaves |= u16::from(matches!(slot, Slot::Leaf(_))) << index;
        }
        let mut bytes = Vec::with_capacity(5 + 32 * FANOUT);
        bytes.push(NODE_VERSION);
        bytes.extend_from_slice(&used.to_le_bytes());
        bytes.extend_from_slice(&leaves.to_le_bytes());
        for slot in &self.0 {
            match slot {
                Slot::Empty => {}
                Slot::Node(hash) => bytes.extend_from_slice(&hash.0),
                Slot::Leaf(Leaf { name, binding }) => {
                    bytes.push(name.len() as u8); // at most MAX_NAME_BYTES: checked on the way in
                    bytes.extend_from_slice(name.as_bytes());
                    bytes.extend_from_slice(&binding.definition.0);
                    bytes.extend_from_slice(&binding.metadata.0);
                }
            }
        }
        bytes
    }

    /// Reads a node; refuses every byte string that [`Node::encode`] does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut rest = bytes;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at_checked(count).ok_or("it ends early")?;
            rest = left;
            Ok::<_, &'static str>(taken)
        };
        let head = take(5)?;
        if head[0] != NODE_VERSION {
            return Err("its version is unknown");
        }
        let used = u16::from_le_bytes([head[1], head[2]]);
        let leaves = u16::from_le_bytes([head[3], head[4]]);
        if used == 0 || leaves & !used != 0 {
            return Err("its slots contradict each other");
        }
        let mut node = Node::default();
        for (index, slot) in node.0.iter_mut().enumerate() {
            if used >> index & 1 == 0 {
                continue;
            }
            let mut hash = || {
                let mut hash = Hash::ZERO;
                hash.0.copy_from_slice(take(32)?);
                Ok::<_, &'static str>(hash)
            };
            if leaves >> index & 1 == 0 {
                *slot = Slot::Node(hash()?);
                continue;
            }
            let len = usize::from(take(1)?[0]);
            let name = std::str::from_utf8(take(len)?).map_err(|_| "a name is not UTF-8")?;
            check_name(name).map_err(|_| "a name is not allowed")?;
            let mut hash = || {
                let mut hash = Hash::ZERO;
                hash.0.copy_from_slice(take(32)?);
                Ok::<_, &'static str>(hash)
            };
            let binding = Binding { definition: hash()?, metadata: hash()? };
            *slot = Slot::Leaf(Leaf { name: name.to_owned(), binding });
        }
        if rest.is_empty() { Ok(node) } else { Err("it has bytes after its end") }
    }
}

pub(crate) fn node_hash(bytes: &[u8]) -> Hash {
    hash_of(Kind::NameNode, bytes)
}

fn load(nodes: &(impl NodeSource + ?Sized), hash: &Hash) -> Result<Node, NamesError> {
    Node::decode(&nodes.node(hash)?).map_err(|reason| NamesError::Malformed { hash: *hash, reason })
}

fn root_slot(root: &Hash) -> Slot {
    if *root == Hash::ZERO { Slot::Empty } else { Slot::Node(*root) }
}

/// What `name` stands for under `root`.
pub fn get(
    nodes: &(impl NodeSource + ?Sized),
    root: &Hash,
    name: &str,
) -> Result<Option<Binding>, NamesError> {
    let path = path_of(name);
    let mut slot = root_slot(root);
    for depth in 0..MAX_DEPTH {
        match slot {
            Slot::Empty => return Ok(None),
            Slot::Leaf(leaf) => return Ok((leaf.name == name).then_some(leaf.binding)),
            Slot::Node(hash) => slot = std::mem::take(&mut load(nodes, &hash)?.0[nibble(&path, depth)]),
        }
    }
    Ok(match slot {
        Slot::Leaf(leaf) if leaf.name == name => Some(leaf.binding),
        _ => None,
    })
}

struct Change<'c> {
    path: Hash,
    name: &'c str,
    binding: Option<Binding>,
}

/// Applies changes (`None` removes a name) to `root`; hands each new node to `store` and returns the new root.
pub fn apply<S: NodeSource + ?Sized>(
    nodes: &S,
    root: &Hash,
    changes: &BTreeMap<String, Option<Binding>>,
    store: &mut dyn FnMut(Hash, Vec<u8>) -> Result<(), NamesError>,
) -> Result<Hash, NamesError> {
    let mut sorted = Vec::with_capacity(changes.len());
    for (name, binding) in changes {
        check_name(name)?;
        sorted.push(Change { path: path_of(name), name, binding: *binding });
    }
    sorted.sort_unstable_by_key(|change| change.path);
    match apply_slot(nodes, root_slot(root), 0, &sorted, store)? {
        Slot::Empty => Ok(Hash::ZERO),
        Slot::Node(hash) => Ok(hash),
        Slot::Leaf(leaf) => {
            // Only the root may hold a single name.
            let mut node = Node::default();
            let at = nibble(&path_of(&leaf.name), 0);
            node.0[at] = Slot::Leaf(leaf);
            write(&node, store)
        }
    }
}

fn write(
    node: &Node,
    store: &mut dyn FnMut(Hash, Vec<u8>) -> Result<(), NamesError>,
) -> Result<Hash, NamesError> {
    let bytes = node.encode();
    let hash = node_hash(&bytes);
    store(hash, bytes)?;
    Ok(hash)
}

fn apply_slot<S: NodeSource + ?Sized>(
    nodes: &S,
    slot: Slot,
    depth: usize,
    changes: &[Change<'_>],
    store: &mut dyn FnMut(Hash, Vec<u8>) -> Result<(), NamesError>,
) -> Result<Slot, NamesError> {
    let mut node = match (slot, changes) {
        (slot, []) => return Ok(slot),
        (Slot::Empty, [only]) => {
            return Ok(match only.binding {
                Some(binding) => Slot::Leaf(Leaf { name: only.name.to_owned(), binding }),
                None => Slot::Empty,
            });
        }
        (Slot::Leaf(leaf), [only]) if leaf.name == only.name => {
            return Ok(match only.binding {
                Some(binding) => Slot::Leaf(Leaf { binding, ..leaf }),
                None => Slot::Empty,
            });
        }
        (Slot::Leaf(leaf), [Change { binding: None, .. }]) => return Ok(Slot::Leaf(leaf)),
        (Slot::Empty, _) => Node::default(),
        (Slot::Leaf(leaf), _) => {
            let mut node = Node::default();
            let at = nibble(&path_of(&leaf.name), depth);
            node.0[at] = Slot::Leaf(leaf);
            node
        }
        (Slot::Node(hash), _) => load(nodes, &hash)?,
    };
    if depth >= MAX_DEPTH {
        return Err(NamesError::Malformed { hash: changes[0].path, reason: "two names share one hash" });
    }
    for group in changes.chunk_by(|one, two| nibble(&one.path, depth) == nibble(&two.path, depth)) {
        let at = nibble(&group[0].path, depth);
        let child = std::mem::take(&mut node.0[at]);
        node.0[at] = apply_slot(nodes, child, depth + 1, group, store)?;
    }
    let mut used = node.0.iter_mut().filter(|slot| **slot != Slot::Empty);
    match (used.next(), used.next()) {
        (None, _) => Ok(Slot::Empty),
        (Some(only @ Slot::Leaf(_)), None) => Ok(std::mem::take(only)),
        _ => write(&node, store).map(Slot::Node),
    }
}

/// Visits every name under `root`, in the order of their hashes.
pub fn walk(
    nodes: &(impl NodeSource + ?Sized),
    root: &Hash,
    visit: &mut dyn FnMut(&str, Binding),
) -> Result<(), NamesError> {
    walk_slot(nodes, &root_slot(root), 0, visit)
}

fn walk_slot(
    nodes: &(impl NodeSource + ?Sized),
    slot: &Slot,
    depth: usize,
    visit: &mut dyn FnMut(&str, Binding),
) -> Result<(), NamesError> {
    match slot {
        Slot::Empty => {}
        Slot::Leaf(leaf) => visit(&leaf.name, leaf.binding),
        Slot::Node(hash) if depth >= MAX_DEPTH => {
            return Err(NamesError::Malformed { hash: *hash, reason: "it lies too deep" });
        }
        Slot::Node(hash) => {
            for slot in &load(nodes, hash)?.0 {
                walk_slot(nodes, slot, depth + 1, visit)?;
            }
        }
    }
    Ok(())
}

/// What changed from `before` to `after`, by name; shared parts are never looked at.
pub fn diff(
    nodes: &(impl NodeSource + ?Sized),
    before: &Hash,
    after: &Hash,
) -> Result<Vec<NameChange>, NamesError> {
    let mut changes: BTreeMap<String, (Option<Binding>, Option<Binding>)> = BTreeMap::new();
    diff_slots(nodes, &root_slot(before), &root_slot(after), 0, &mut changes)?;
    let changes = changes.into_iter().filter(|(_, (before, after))| before != after);
    Ok(changes.map(|(name, (before, after))| NameChange { name, before, after }).collect())
}

fn diff_slots(
    nodes: &(impl NodeSource + ?Sized),
    before: &Slot,
    after: &Slot,
    depth: usize,
    changes: &mut BTreeMap<String, (Option<Binding>, Option<Binding>)>,
) -> Result<(), NamesError> {
    if before == after {
        return Ok(());
    }
    if let (Slot::Node(one), Slot::Node(two)) = (before, after)
        && depth < MAX_DEPTH
    {
        let (one, two) = (load(nodes, one)?, load(nodes, two)?);
        return one
            .0
            .iter()
            .zip(&two.0)
            .try_for_each(|(one, two)| diff_slots(nodes, one, two, depth + 1, changes));
    }
    walk_slot(nodes, before, depth, &mut |name, binding| {
        changes.entry(name.to_owned()).or_default().0 = Some(binding);
    })?;
    walk_slot(nodes, after, depth, &mut |name, binding| {
        changes.entry(name.to_owned()).or_default().1 = Some(binding);
    })
}

/// Checks the shape under `root`: every name on its own path, no node that a smaller map would not have. `seen` says
/// whether a subtree was checked before (a node well-formed once is so wherever it is shared: its names fix its path).
pub(crate) fn check_shape(
    nodes: &(impl NodeSource + ?Sized),
    root: &Hash,
    seen: &mut dyn FnMut(&Hash) -> bool,
    problem: &mut dyn FnMut(Hash, String),
) {
    if *root != Hash::ZERO {
        check_node(nodes, root, &mut Vec::new(), seen, problem);
    }
}

fn check_node(
    nodes: &(impl NodeSource + ?Sized),
    hash: &Hash,
    path: &mut Vec<usize>,
    seen: &mut dyn FnMut(&Hash) -> bool,
    problem: &mut dyn FnMut(Hash, String),
) {
    if seen(hash) {
        return;
    }
    let node = match load(nodes, hash) {
        Ok(node) if path.len() < MAX_DEPTH => node,
        Ok(_) => return problem(*hash, "it lies too deep".to_owned()),
        Err(error) => return problem(*hash, error.to_string()),
    };
    let mut used = node.0.iter().filter(|slot| **slot != Slot::Empty);
    if let (Some(Slot::Leaf(_)), None, false) = (used.next(), used.next(), path.is_empty()) {
        problem(*hash, "it holds a single name, which belongs to the node above".to_owned());
    }
    for (index, slot) in node.0.iter().enumerate() {
        path.push(index);
        match slot {
            Slot::Empty => {}
            Slot::Node(child) => check_node(nodes, child, path, seen, problem),
            Slot::Leaf(leaf) => {
                let own = path_of(&leaf.name);
                if path.iter().enumerate().any(|(depth, at)| nibble(&own, depth) != *at) {
                    problem(*hash, format!("the name `{}` is not on its path", leaf.name));
                }
            }
        }
        path.pop();
    }
}
