//! Proofs that a root binds a name, or does not: the nodes on the path, checkable without a store.

use nda_graph::Hash;

use crate::names::{Binding, NamesError, Node, NodeSource, Slot, nibble, node_hash, path_of};

/// The payloads of the nodes from the root to where a name is, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Root first. Empty for the empty map.
    pub nodes: Vec<Vec<u8>>,
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A node's hash is not the one its parent, or the root, names.
    #[error("node {index} of the proof is not the one that the node above names")]
    Hash {
        /// Which node, from the root.
        index: usize,
    },
    /// A node's bytes do not form one.
    #[error("node {index} of the proof is malformed: {reason}")]
    Malformed {
        /// Which node, from the root.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The path ends before, or goes on after, the place where the name would be.
    #[error("the proof has {found} nodes where the path to the name has another number")]
    Length {
        /// How many it has.
        found: usize,
    },
}

impl Proof {
    /// The proof for `name` under `root`.
    pub fn build(nodes: &(impl NodeSource + ?Sized), root: &Hash, name: &str) -> Result<Self, NamesError> {
        let path = path_of(name);
        let mut proof = Self { nodes: Vec::new() };
        let mut next = *root;
        while next != Hash::ZERO && proof.nodes.len() < 64 {
            let bytes = nodes.node(&next)?;
            let node = Node::decode(&bytes).map_err(|reason| NamesError::Malformed { hash: next, reason })?;
            next = match node.0[nibble(&path, proof.nodes.len())] {
                Slot::Node(child) => child,
                _ => Hash::ZERO,
            };
            proof.nodes.push(bytes);
        }
        Ok(proof)
    }

    /// What `root` binds `name` to: `Ok(None)` is a proven absence.
    pub fn verify(&self, root: &Hash, name: &str) -> Result<Option<Binding>, ProofError> {
        let path = path_of(name);
        let wrong_length = ProofError::Length { found: self.nodes.len() };
        let mut expected = *root;
        for (index, bytes) in self.nodes.iter().enumerate() {
            if expected == Hash::ZERO || index >= 64 {
                return Err(wrong_length);
            }
            if node_hash(bytes) != expected {
                return Err(ProofError::Hash { index });
            }
            let node = Node::decode(bytes).map_err(|reason| ProofError::Malformed { index, reason })?;
            match &node.0[nibble(&path, index)] {
                Slot::Node(child) => expected = *child,
                end => {
                    if index + 1 != self.nodes.len() {
                        return Err(wrong_length);
                    }
                    return Ok(match end {
                        Slot::Leaf(leaf) if leaf.name == name => Some(leaf.binding),
                        _ => None,
                    });
                }
            }
        }
        if expected == Hash::ZERO { Ok(None) } else { Err(wrong_length) }
    }
}
