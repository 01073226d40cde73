//! The name map: its root depends on its content alone; proofs prove.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use nda_graph::Hash;
use nda_sitemap::names::{self, Binding, NameChange, NamesError, NodeSource};
use nda_sitemap::proof::Proof;
use proptest::prelude::*;

#[derive(Default)]
struct Nodes(RefCell<HashMap<Hash, Vec<u8>>>);

impl NodeSource for Nodes {
    fn node(&self, hash: &Hash) -> Result<Vec<u8>, NamesError> {
        self.0.borrow().get(hash).cloned().ok_or(NamesError::Missing(*hash))
    }
}

impl Nodes {
    fn apply(&self, root: Hash, changes: &BTreeMap<String, Option<Binding>>) -> Hash {
        let mut made = Vec::new();
        let root = names::apply(self, &root, changes, &mut |hash, bytes| {
            made.push((hash, bytes));
            Ok(())
        });
        self.0.borrow_mut().extend(made);
        root.unwrap()
    }

    /// The map made in one go from nothing.
    fn build(&self, content: &BTreeMap<String, Binding>) -> Hash {
        self.apply(
            Hash::ZERO,
            &content.iter().map(|(name, binding)| (name.clone(), Some(*binding))).collect(),
        )
    }
}

fn binding(seed: u8) -> Binding {
    Binding { definition: Hash([seed; 32]), metadata: Hash([seed ^ 255; 32]) }
}

fn changes() -> impl Strategy<Value = Vec<BTreeMap<String, Option<Binding>>>> {
    let name = (0..60_u8).prop_map(|index| format!("name{index}"));
    let change = proptest::option::weighted(0.7, (0..4_u8).prop_map(binding));
    proptest::collection::vec(proptest::collection::btree_map(name, change, 0..12), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_history_of_the_same_content_has_one_root(batches in changes()) {
        let nodes = Nodes::default();
        let mut content = BTreeMap::new();
        let mut root = Hash::ZERO;
        for batch in &batches {
            let before = content.clone();
            for (name, binding) in batch {
                match binding {
                    Some(binding) => content.insert(name.clone(), *binding),
                    None => content.remove(name),
                };
            }
            let after = nodes.apply(root, batch);
            prop_assert_eq!(after, nodes.build(&content));
            // One at a time, backwards, gives the same.
            let single = batch.iter().rev().fold(root, |root, (name, binding)| {
                nodes.apply(root, &BTreeMap::from([(name.clone(), *binding)]))
            });
            prop_assert_eq!(after, single);
            // The difference is what changed.
            let mut expected = Vec::new();
            for name in batch.keys() {
                let (before, after) = (before.get(name).copied(), content.get(name).copied());
                if before != after {
                    expected.push(NameChange { name: name.clone(), before, after });
                }
            }
            prop_assert_eq!(names::diff(&nodes, &root, &after).unwrap(), expected);
            root = after;
        }
        for index in 0..60 {
            let name = format!("name{index}");
            let expected = content.get(&name).copied();
            prop_assert_eq!(names::get(&nodes, &root, &name).unwrap(), expected);
            let proof = Proof::build(&nodes, &root, &name).unwrap();
            prop_assert_eq!(proof.verify(&root, &name).unwrap(), expected);
        }
        let mut walked = BTreeMap::new();
        names::walk(&nodes, &root, &mut |name, binding| { walked.insert(name.to_owned(), binding); }).unwrap();
        prop_assert_eq!(walked, content);
    }

    #[test]
    fn a_changed_proof_proves_nothing(
        count in 1..200_u32, target in 0..250_u32, byte in any::<prop::sample::Index>(), bit in 0..8_u8,
        cut in any::<bool>(),
    ) {
        let nodes = Nodes::default();
        let content = (0..count).map(|index| (format!("n{index}"), binding(index as u8))).collect();
        let root = nodes.build(&content);
        let name = format!("n{target}");
        let truth = content.get(&name).copied();
        let mut proof = Proof::build(&nodes, &root, &name).unwrap();
        prop_assert_eq!(proof.verify(&root, &name).unwrap(), truth);
        if cut {
            proof.nodes.pop();
        } else {
            let total: usize = proof.nodes.iter().map(Vec::len).sum();
            let mut at = byte.index(total);
            let node = proof.nodes.iter_mut().find(|node| {
                let here = at < node.len();
                if !here { at -= node.len(); }
                here
            });
            node.unwrap()[at] ^= 1 << bit;
        }
        prop_assert!(proof.verify(&root, &name).is_err());
        let empty = Proof { nodes: Vec::new() };
        prop_assert!(empty.verify(&root, &name).is_err());
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let hash = Hash::of("x", b"x");
        let nodes = Nodes::default();
        nodes.0.borrow_mut().insert(hash, bytes);
        let _ = names::get(&nodes, &hash, "name");
        let _ = names::diff(&nodes, &Hash::ZERO, &hash);
    }
}

#[test]
fn one_change_rewrites_one_path() {
    let nodes = Nodes::default();
    let content: BTreeMap<String, Binding> =
        (0..100_000).map(|index| (format!("n{index}"), binding(1))).collect();
    let root = nodes.build(&content);
    let before = nodes.0.borrow().len();
    for index in 0..100 {
        nodes.apply(root, &BTreeMap::from([(format!("n{index}"), Some(binding(2)))]));
    }
    let made = nodes.0.borrow().len() - before;
    assert!(made <= 100 * 6, "{made} nodes for 100 changes");
    let proof = Proof::build(&nodes, &root, "n77").unwrap();
    let bytes: usize = proof.nodes.iter().map(Vec::len).sum();
    assert!(bytes < 4096, "a proof of {bytes} bytes");
}
