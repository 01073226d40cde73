//! Definitions that no checker writes.

use nda_engine::{Engine, MemoryLibrary, NdaJitSandbox, Refused, RunOptions, Tier, Value};
use nda_graph::group::hash_definition;
use nda_graph::{Definition, Draft, Hash, Kind, NdaNode, Signature, Target, Ty};

fn definition(kind: Kind, write: impl FnOnce(&mut Draft) -> NdaNode) -> (Hash, Definition) {
    let mut draft = Draft::default();
    draft.begin(kind, &Signature::plain(Vec::new(), Ty::BOOL)).unwrap();
    let node = write(&mut draft);
    draft.push(node).unwrap();
    let definition = draft.finish().unwrap();
    (hash_definition(definition.bytes()), definition)
}

#[test]
fn an_example_is_run_but_never_called() {
    let example = definition(Kind::Example, |_| NdaNode::Bool(true));
    let caller = definition(Kind::Function, |draft| {
        let signature = Signature::plain(Vec::new(), Ty::BOOL);
        let callee = draft.reference(Target::Hash(example.0), false, &signature);
        NdaNode::Call { callee, args: 0 }
    });
    let mut library = MemoryLibrary::default();
    for (hash, definition) in [&example, &caller] {
        library.add(*hash, definition.clone());
    }
    for tier in [Tier::Eval, Tier::Closure] {
        let engine = Engine::new();
        let options = RunOptions { tier, ..RunOptions::default() };
        let run = |hash| NdaJitSandbox::new(&engine, &library).run(hash, &[], &options);
        let refused = Err(Refused::NotAFunction(example.0));
        assert_eq!(run(caller.0), refused);
        assert_eq!(run(example.0).unwrap().outcome.result, Ok(Value::Bool(true)));
        // Its code is there now, and still nobody calls it.
        assert_eq!(run(caller.0), refused);
    }
}
