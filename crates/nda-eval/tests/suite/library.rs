//! A small program written as listings, and ways to run it.

use nda_eval::{Hosts, NoHosts, Program};
use nda_graph::{
    Definition, Draft, Hash, Kind, Limits, NdaNode, Outcome, Signature, Target, Trap, TrapKind, Value, group,
    listing,
};
use std::collections::HashMap;

/// Definitions by name. Later ones may refer to earlier ones and to themselves.
#[derive(Default)]
pub struct Library {
    names: HashMap<&'static str, (Hash, Kind, Signature)>,
    hosts: HashMap<&'static str, Signature>,
    pub definitions: HashMap<Hash, Definition>,
    pub limits: Limits,
}

impl Program for Library {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.definitions.get(&hash)
    }
}

/// A program whose `main` has these records.
pub fn main(signature: &str, records: &str) -> Library {
    Library::default().function("main", signature, records)
}

impl Library {
    pub fn host(mut self, name: &'static str, signature: &str) -> Self {
        self.hosts.insert(name, parse_signature(signature));
        self
    }

    pub fn function(self, name: &'static str, signature: &str, records: &str) -> Self {
        self.define(Kind::Function, name, signature, records)
    }

    pub fn constant(self, name: &'static str, ty: &str, records: &str) -> Self {
        self.define(Kind::Constant, name, &format!("() -> {ty}"), records)
    }

    fn define(mut self, kind: Kind, name: &'static str, signature: &str, records: &str) -> Self {
        let signature = parse_signature(signature);
        let mut draft = Draft::default();
        draft.begin(kind, &signature).unwrap();
        let mut partners = Vec::new();
        for record in records.split([';', '\n']).map(str::trim).filter(|record| !record.is_empty()) {
            let (head, rest) = record.split_once(' ').unwrap_or((record, ""));
            let node = match head {
                "call" if rest == name => {
                    let callee = draft.reference(Target::Member, false, &signature);
                    partners.push((callee, 0));
                    NdaNode::Call { callee, args: signature.params.len() as u32 }
                }
                "call" | "const" => {
                    let (hash, kind, signature) = &self.names[rest];
                    let callee = draft.reference(Target::Hash(*hash), *kind == Kind::Constant, signature);
                    if *kind == Kind::Constant {
                        NdaNode::Const(callee)
                    } else {
                        NdaNode::Call { callee, args: signature.params.len() as u32 }
                    }
                }
                "host" => {
                    let signature = &self.hosts[rest];
                    let args = signature.params.len() as u32;
                    NdaNode::Host { host: draft.host(rest, "cap", signature), args }
                }
                "text" => draft.text(rest.trim_matches('"')),
                _ => listing::parse(record).unwrap_or_else(|| panic!("no record: {record}")),
            };
            draft.push(node).unwrap_or_else(|reason| panic!("{record}: {reason:?}"));
        }
        let mut members = [draft.finish().unwrap()];
        let hash = if partners.is_empty() {
            group::hash_definition(members[0].bytes())
        } else {
            group::hash_group(&mut members, &[partners])[0]
        };
        let [definition] = members;
        self.names.insert(name, (hash, kind, signature));
        self.definitions.insert(hash, definition);
        self
    }

    pub fn hash(&self, name: &str) -> Hash {
        self.names[name].0
    }

    pub fn fuel(mut self, fuel: u64) -> Self {
        self.limits.fuel = fuel;
        self
    }

    pub fn memory(mut self, bytes: u64) -> Self {
        self.limits.memory_bytes = bytes;
        self
    }

    pub fn depth(mut self, depth: u32) -> Self {
        self.limits.depth = depth;
        self
    }

    pub fn output(mut self, bytes: u64) -> Self {
        self.limits.output_bytes = bytes;
        self
    }

    pub fn run(&self, args: &[Value]) -> Outcome {
        self.run_with(args, &mut NoHosts, &|| None)
    }

    pub fn run_with(
        &self,
        args: &[Value],
        hosts: &mut dyn Hosts,
        poll: &dyn Fn() -> Option<TrapKind>,
    ) -> Outcome {
        nda_eval::run(self, self.hash("main"), args, &self.limits, hosts, poll)
    }

    /// The text of the value.
    pub fn value(&self) -> String {
        self.run(&[]).result.unwrap().to_string()
    }

    pub fn trap(&self) -> Trap {
        self.run(&[]).result.unwrap_err()
    }

    /// Value, fuel, peak.
    pub fn cost(&self) -> (String, u64, u64) {
        let outcome = self.run(&[]);
        (outcome.result.unwrap().to_string(), outcome.fuel, outcome.peak_bytes)
    }
}

fn parse_signature(text: &str) -> Signature {
    let (params, ret) = text.split_once(')').unwrap();
    let params = params.trim_start_matches('(').split(',').map(str::trim).filter(|ty| !ty.is_empty());
    let ret = ret.trim().strip_prefix("-> ").unwrap_or("()");
    Signature {
        params: params.map(|ty| listing::parse_ty(ty).unwrap()).collect(),
        ret: listing::parse_ty(ret).unwrap(),
        types: nda_graph::Types::default(),
    }
}

/// A list of integers, as an argument.
pub fn ints(items: impl IntoIterator<Item = i64>) -> Value {
    Value::List {
        ty: nda_graph::Ty::I64.list_of().unwrap(),
        items: items.into_iter().map(Value::Int).collect(),
    }
}
