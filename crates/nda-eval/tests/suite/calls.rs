//! Calls, host calls, depth, the poll, and references that do not hold.

use crate::library::{Library, ints, main};
use nda_eval::{Hosts, NoHosts};
use nda_graph::{Draft, Frame, Hash, Kind, NdaNode, Signature, Target, TrapKind, Ty, Value};
use std::cell::Cell;

const FIB: &str = "load copy $0; int 2; compare lt i64
    then; load copy $0
    else
      load copy $0; int 1; math sub; call main
      load copy $0; int 2; math sub; call main
      math add
    if";

#[test]
fn recursion_counts_calls_and_depth() {
    let outcome = main("(i64) -> i64", FIB).run(&[Value::Int(10)]);
    assert_eq!(outcome.result, Ok(Value::Int(55)));
    assert_eq!((outcome.fuel, outcome.depth), (177, 10));
    let outcome = main("(i64) -> i64", FIB).fuel(100).run(&[Value::Int(10)]);
    assert_eq!(outcome.fuel, 100);
    assert_eq!(outcome.result.unwrap_err().kind, TrapKind::OutOfFuel);
}

#[test]
fn the_first_call_too_deep_traps_in_its_caller() {
    let library = main("(i64) -> i64", "load copy $0; int 1; math add; call main").depth(4);
    let outcome = library.run(&[Value::Int(0)]);
    // Four calls run; the fifth pays its unit and is refused.
    assert_eq!((outcome.fuel, outcome.depth), (5, 4));
    let trap = outcome.result.unwrap_err();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::CallTooDeep, "calls are nested too deeply"));
    assert_eq!(trap.frames, vec![Frame { definition: library.hash("main"), node: 3 }; 4]);
}

#[test]
fn a_backtrace_leads_to_the_entry() {
    let library = Library::default()
        .function("inner", "(i64) -> i64", "int 1; load copy $0; math div")
        .function("main", "() -> i64", "int 0; call inner");
    let frames = library.trap().frames;
    let (inner, outer) = (library.hash("inner"), library.hash("main"));
    assert_eq!(frames, [Frame { definition: inner, node: 2 }, Frame { definition: outer, node: 1 }]);
}

#[test]
fn the_entry_has_no_frames() {
    let library = main("([i64]) -> i64", "int 1; drop $0; scope 2 1").memory(47);
    let outcome = library.run(&[ints([1, 2])]);
    let trap = outcome.result.unwrap_err();
    assert_eq!((trap.kind, trap.frames.len()), (TrapKind::OutOfMemory, 0));
    // The arguments come before the call.
    assert_eq!((outcome.fuel, outcome.depth, outcome.peak_bytes), (0, 0, 0));
    let library = library.memory(48).fuel(0);
    let outcome = library.run(&[ints([1, 2])]);
    assert_eq!(
        outcome.result.unwrap_err(),
        nda_graph::Trap { kind: TrapKind::OutOfFuel, message: "the fuel is used up".into(), frames: vec![] }
    );
    assert_eq!((outcome.fuel, outcome.depth, outcome.peak_bytes), (0, 0, 48));
    let outcome = library.fuel(9).depth(0).run(&[ints([1, 2])]);
    assert_eq!((outcome.fuel, outcome.depth), (1, 0));
    assert_eq!(outcome.result.unwrap_err().kind, TrapKind::CallTooDeep);
}

#[test]
fn very_deep_calls_do_not_overflow_the_stack() {
    let records = "load copy $0; int 0; compare eq i64
        then; int 0
        else; int 1; load copy $0; int 1; math sub; call main; math add
        if";
    let outcome = main("(i64) -> i64", records).depth(100_001).run(&[Value::Int(100_000)]);
    assert_eq!(outcome.result, Ok(Value::Int(100_000)));
    assert_eq!((outcome.fuel, outcome.depth), (100_001, 100_001));
    let outcome = main("(i64) -> i64", records).depth(100_000).run(&[Value::Int(100_000)]);
    assert_eq!(outcome.result.unwrap_err().frames.len(), 100_000);
}

#[test]
fn deep_bodies_do_not_overflow_the_stack() {
    let depth = 2_000;
    let records = format!("int 0{}", "; int 1; math add".repeat(depth));
    assert_eq!(main("() -> i64", &records).value(), depth.to_string());
}

#[test]
fn poll_is_asked_at_calls_and_rounds() {
    let library = Library::default().function("nothing", "()", "unit").function(
        "main",
        "()",
        "int 0; int 5; for_begin $0; call nothing; for",
    );
    let asked = Cell::new(0);
    let count = || {
        asked.set(asked.get() + 1);
        None
    };
    assert!(library.run_with(&[], &mut NoHosts, &count).result.is_ok());
    assert_eq!(asked.get(), 1 + 5 + 5);
    let cancel = || {
        asked.set(asked.get() - 1);
        (asked.get() == 8).then_some(TrapKind::Cancelled)
    };
    let trap = library.run_with(&[], &mut NoHosts, &cancel).result.unwrap_err();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::Cancelled, "the run was cancelled"));
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 3 }]);
}

struct Echo(Vec<Value>);

impl Hosts for Echo {
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.0.extend_from_slice(args);
        match name {
            "echo" => Ok(args[0].clone()),
            "wrong" => Ok(Value::Bool(true)),
            _ => Err("it rains".into()),
        }
    }
}

#[test]
fn host_calls_pay_for_what_crosses_the_border() {
    let records = "int 7; int 20; builtin repeat copy; host echo; builtin len copy";
    let library = Library::default().host("echo", "([i64]) -> [i64]").function("main", "() -> i64", records);
    let mut hosts = Echo(vec![]);
    let outcome = library.run_with(&[], &mut hosts, &|| None);
    assert_eq!(outcome.result, Ok(Value::Int(20)));
    assert_eq!(hosts.0, [ints(vec![7; 20])]);
    // The entry, 3 to build, 1 + 3 to call, 3 for the result; argument and result are held at once.
    assert_eq!((outcome.fuel, outcome.peak_bytes), (1 + 3 + 4 + 3, 2 * 192));
    let outcome = library.fuel(7).run_with(&[], &mut Echo(vec![]), &|| None);
    // Price of the call and of its arguments are one charge.
    assert_eq!((outcome.fuel, outcome.result.unwrap_err().kind), (4, TrapKind::OutOfFuel));
}

#[test]
fn host_failures_are_traps() {
    let library = Library::default().host("weather::now", "()").function("main", "()", "host weather::now");
    let trap = library.run_with(&[], &mut Echo(vec![]), &|| None).result.unwrap_err();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::HostError, "weather::now: it rains"));
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 0 }]);
    let library = Library::default().host("wrong", "() -> i64").function("main", "() -> i64", "host wrong");
    let trap = library.run_with(&[], &mut Echo(vec![]), &|| None).result.unwrap_err();
    assert_eq!(trap.message, "wrong: it gave true, which is no `i64`");
}

/// `x` doubled `levels` times: tiny inside, enormous outside.
fn doubled(levels: usize) -> String {
    let mut records = String::from("list 0 [i64]");
    let mut ty = "[i64]".to_string();
    for level in 0..levels {
        ty = format!("[{ty}]");
        records += &format!("; let ${level} {}", &ty[1..ty.len() - 1]);
        records += &format!("; load share ${level}; load move ${level}; list 2 {ty}");
    }
    format!("{records}; scope {} 0", levels + 1)
}

#[test]
fn what_leaves_a_run_is_bounded() {
    let ty = format!("{}i64{}", "[".repeat(61), "]".repeat(61));
    let library = main(&format!("() -> {ty}"), &doubled(60));
    let outcome = library.run(&[]);
    let trap = outcome.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::OutOfMemory);
    let last = library.definitions[&library.hash("main")].view().node_count() - 1;
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: last }]);
    // An empty list, and sixty of two elements.
    assert_eq!((outcome.fuel, outcome.peak_bytes), (61, 32 + 60 * 48));

    let records = format!("{}; host echo", doubled(60));
    let library = Library::default().host("echo", &format!("({ty}) -> {ty}")).function(
        "main",
        &format!("() -> {ty}"),
        &records,
    );
    assert_eq!(library.trap().kind, TrapKind::OutOfMemory);

    // Small enough for the fuel, too large for the memory.
    let ty = "[[[[[[[[[[[i64]]]]]]]]]]]";
    let records = format!("{}; host echo; discard", doubled(10));
    let library = Library::default()
        .host("echo", &format!("({ty}) -> {ty}"))
        .function("main", "()", &records)
        .memory(2_000);
    assert_eq!(library.trap().kind, TrapKind::OutOfMemory);
}

#[test]
fn wrong_arguments_and_missing_definitions_are_our_bugs() {
    let library = main("(i64) -> i64", "load copy $0");
    for args in [vec![], vec![Value::Bool(true)], vec![Value::Int(1), Value::Int(2)]] {
        let trap = library.run(&args).result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::InternalError);
        assert_eq!(trap.message, "the arguments do not fit (i64) -> i64");
    }
    let missing = nda_eval::run(&library, Hash::ZERO, &[], &library.limits, &mut NoHosts, &|| None);
    assert_eq!(missing.result.unwrap_err().message, "the definition #000000000000 is missing");
}

#[test]
fn a_reference_must_be_what_it_says() {
    let mut library = Library::default()
        .function("callee", "(i64) -> i64", "load copy $0")
        .constant("ten", "i64", "int 10")
        .function("main", "() -> i64", "int 1; call callee");
    let signature = |params: Vec<Ty>| Signature::plain(params, Ty::I64);
    for target in [library.hash("callee"), library.hash("ten")] {
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &signature(vec![])).unwrap();
        let callee = draft.reference(Target::Hash(target), false, &signature(vec![]));
        draft.push(NdaNode::Call { callee, args: 0 }).unwrap();
        let hash = library.hash("main");
        library.definitions.insert(hash, draft.finish().unwrap());
        let trap = library.trap();
        assert_eq!(trap.kind, TrapKind::InternalError);
        assert!(trap.message.contains("but a reference to it expects () -> i64"), "{}", trap.message);
        assert_eq!(trap.frames, [Frame { definition: hash, node: 0 }]);
    }
    library.definitions.remove(&library.hash("callee"));
    assert!(library.trap().kind == TrapKind::InternalError);
}
