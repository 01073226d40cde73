//! Units of machine code: compiled, called, shared, dropped.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

use nda_graph::{
    CompareOp, Definition, Draft, Hash, Kind, Limits, MathOp, NdaNode, Signature, Target, Ty, Value,
};
use nda_jit::runtime::tensors::Loaded;
use nda_jit::{Control, FrameStack, Heap, Hosts, JitState};
use nda_native::{Compiler, Level, Linker, NativeFn};
use std::sync::Arc;

/// A host that panics whatever it is asked.
struct Broken;

impl Hosts for Broken {
    fn call(&mut self, name: &str, _: &[Value]) -> Result<Value, String> {
        panic!("{name} is broken")
    }
}

/// One definition that refers to nothing.
struct Alone(Hash);

impl Linker for Alone {
    fn member(&self, hash: Hash) -> Option<usize> {
        (hash == self.0).then_some(0)
    }

    fn function(&self, _: Hash) -> Option<NativeFn> {
        None
    }

    fn constant(&self, _: Hash) -> Option<Value> {
        None
    }

    fn weights(&self, _: Hash) -> Option<Arc<Loaded>> {
        None
    }
}

/// `fn(n: i64) -> i64 { if n == 4242 { n } else { itself(n + 1) } }`.
fn counts_up() -> Definition {
    let mut draft = Draft::default();
    let signature = Signature::plain(vec![Ty::I64], Ty::I64);
    draft.begin(Kind::Function, &signature).unwrap();
    let itself = draft.reference(Target::Member, false, &signature);
    let load = NdaNode::Load { slot: 0, mode: nda_graph::Mode::Copy };
    let decides =
        [load, NdaNode::Int(4242), NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, NdaNode::Then, load];
    let goes_on =
        [load, NdaNode::Int(1), NdaNode::Math(MathOp::Add), NdaNode::Call { callee: itself, args: 1 }];
    for node in decides.into_iter().chain([NdaNode::Else]).chain(goes_on).chain([NdaNode::If]) {
        draft.push(node).unwrap();
    }
    draft.finish().unwrap()
}

/// `fn(x: i64) -> i64 { x + more }`.
fn adds(more: i64) -> Definition {
    let mut draft = Draft::default();
    draft.begin(Kind::Function, &Signature::plain(vec![Ty::I64], Ty::I64)).unwrap();
    let load = NdaNode::Load { slot: 0, mode: nda_graph::Mode::Copy };
    for node in [load, NdaNode::Int(more), NdaNode::Math(MathOp::Add)] {
        draft.push(node).unwrap();
    }
    draft.finish().unwrap()
}

fn compile(compiler: &mut Compiler, definition: &Definition) -> NativeFn {
    let hash = Hash::of("test", definition.bytes());
    compiler.compile(&[(hash, definition.view())], &Alone(hash)).unwrap().remove(0)
}

fn call(function: &NativeFn, arg: i64) -> Result<Value, nda_graph::Trap> {
    let mut hosts = Broken;
    let limits = Limits::default();
    let mut state = JitState::new(limits, Control::default(), &mut hosts, Heap::default(), String::new());
    function.call(&mut state, &mut FrameStack::default(), &[Value::Int(arg)]).unwrap().result
}

/// A recursion's last call is none of machine code: what decides stands in the function, in its copy within, and where that calls.
#[test]
fn ways_out_stand_where_functions_are_called() {
    let definition = counts_up();
    // Until its group is sealed it goes by that name.
    let hash = Hash::ZERO;
    for (level, places) in [(Level::Some, 1), (Level::All, 3)] {
        let mut compiler = Compiler::new(level).unwrap();
        let listings = compiler.list(&[(hash, definition.view())], &Alone(hash)).unwrap();
        assert_eq!(listings[0].clif.matches("iconst.i64 4242").count(), places, "{}", listings[0].clif);
    }
}

#[test]
fn a_handle_keeps_its_code_whoever_drops_the_others() {
    let mut compiler = Compiler::new(Level::All).unwrap();
    let function = compile(&mut compiler, &adds(5));
    let other = function.clone();
    drop((function, compiler));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|at| {
                scope.spawn({
                    let other = &other;
                    move || call(other, at)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers, (5..9).map(|sum| Ok(Value::Int(sum))).collect::<Vec<_>>());
    assert_eq!(call(&other, i64::MAX).unwrap_err().kind, nda_graph::TrapKind::IntegerOverflow);
}

/// The panic goes through the state, and not through machine code.
#[test]
fn a_panic_of_a_host_comes_out_where_the_run_began() {
    let mut draft = Draft::default();
    draft.begin(Kind::Function, &Signature::plain(vec![Ty::I64], Ty::I64)).unwrap();
    draft.uses(["clock"]);
    let host = draft.host("clock::now", "clock", &Signature::plain(Vec::new(), Ty::I64));
    draft.push(NdaNode::Host { host, args: 0 }).unwrap();
    let function = compile(&mut Compiler::new(Level::All).unwrap(), &draft.finish().unwrap());
    let panic = std::panic::catch_unwind(|| call(&function, 1)).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("clock::now is broken"));
}

/// Pages of this process by what may be done with them: `rwx`.
#[cfg(target_os = "linux")]
fn mappings(may: &str) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines()
        .filter(|line| line.split_whitespace().nth(1).is_some_and(|found| found.starts_with(may)))
        .count()
}

#[cfg(target_os = "linux")]
fn resident_pages() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn units_that_are_dropped_give_their_memory_back() {
    compile_and_drop(3_000);
}

/// A minute in an optimised build: `cargo test --release -p nda-native -- --ignored`.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "long"]
fn a_hundred_thousand_units_that_are_dropped_give_their_memory_back() {
    compile_and_drop(100_000);
}

#[cfg(target_os = "linux")]
fn compile_and_drop(rounds: i64) {
    let mut compiler = Compiler::new(Level::All).unwrap();
    let mut early = (0, 0);
    for round in 0..rounds {
        let function = compile(&mut compiler, &adds(round));
        assert_eq!(call(&function, 1), Ok(Value::Int(round + 1)));
        assert_eq!(mappings("rwx") * usize::from(round % 100 == 0), 0, "no page is writable and executable");
        if round == rounds / 4 {
            early = (resident_pages(), mappings("r-x"));
        }
    }
    let late = (resident_pages(), mappings("r-x"));
    println!("{rounds} units: {early:?} pages resident and mappings of code, then {late:?}");
    assert!(late.0 < early.0 + 512, "{early:?} pages resident and mappings of code, then {late:?}");
    assert!(late.1 < early.1 + 8, "{early:?} pages resident and mappings of code, then {late:?}");
}
