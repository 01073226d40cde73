//! From source text to the reference evaluator's outcome, in one step each.

use nda_check::{CheckedItem, Checker, Empty};
use nda_diagnostics::Diagnostic;
use nda_eval::{NoHosts, Program};
use nda_graph::{Definition, Hash, Limits, Outcome, Value};
use nda_syntax::Tree;
use std::collections::HashMap;

/// The definitions of a source that passed the checker, without a store.
#[derive(Debug)]
pub struct Compiled {
    /// The tree they come from.
    pub tree: Tree,
    /// What the checker gave, in the order of the items.
    pub items: Vec<CheckedItem>,
    names: HashMap<String, Hash>,
    definitions: HashMap<Hash, Definition>,
}

impl Compiled {
    /// Parses and checks a source that needs nothing outside itself.
    ///
    /// # Errors
    /// All diagnostics, if one of them is an error.
    pub fn new(source: &str) -> Result<Self, Vec<Diagnostic>> {
        let (tree, mut diagnostics) = nda_syntax::parse(source);
        let items = if diagnostics.iter().any(Diagnostic::is_error) {
            Vec::new()
        } else {
            Checker::default().check(&tree, source, &Empty, &mut diagnostics)
        };
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(diagnostics);
        }
        let mut names = HashMap::new();
        let mut definitions = HashMap::new();
        for item in &items {
            definitions.insert(item.hash, item.definition.clone());
            names.insert(item.path.clone(), item.hash);
            for example in &item.examples {
                definitions.insert(example.hash, example.definition.clone());
            }
        }
        Ok(Self { tree, items, names, definitions })
    }

    /// The hash of the function or constant of this name.
    #[must_use]
    pub fn hash(&self, name: &str) -> Option<Hash> {
        self.names.get(name).copied()
    }

    /// Every name with its hash, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<(&str, Hash)> {
        let mut names: Vec<_> = self.names.iter().map(|(name, &hash)| (name.as_str(), hash)).collect();
        names.sort();
        names
    }

    /// Runs the function `name` on the reference evaluator, without host functions or deadline.
    ///
    /// # Panics
    /// If there is no such function.
    #[must_use]
    pub fn run(&self, name: &str, args: &[Value], limits: &Limits) -> Outcome {
        let entry = self.hash(name).unwrap_or_else(|| panic!("the program has no `{name}`"));
        nda_eval::run(self, entry, args, limits, &mut NoHosts, &|| None)
    }

    /// Runs every example; those that are not true, as the text of the example and what came out instead.
    #[must_use]
    pub fn failing_examples(&self, source: &str, limits: &Limits) -> Vec<(String, Outcome)> {
        let examples = self.items.iter().flat_map(|item| &item.examples);
        examples
            .map(|example| {
                let outcome = nda_eval::run(self, example.hash, &[], limits, &mut NoHosts, &|| None);
                (example.span.text(source).to_owned(), outcome)
            })
            .filter(|(_, outcome)| outcome.result != Ok(Value::Bool(true)))
            .collect()
    }
}

impl Program for Compiled {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.definitions.get(&hash)
    }
}
