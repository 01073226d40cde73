//! Loops and jumps: values, and one unit of fuel for each round.

use crate::library::{ints, main};
use nda_graph::run::message;
use nda_graph::{Frame, TrapKind, Value};

/// Prints nothing but collects the loop variable in a list: `s` pushes it.
fn collected(ends: &str, range: &str) -> String {
    main(
        "() -> [i64]",
        &format!(
            "list 0 [i64]; let $0 [i64]
             {ends}; for_begin $1{range}; load copy $1; place push $0 0; for
             load move $0; scope 3 0"
        ),
    )
    .value()
}

#[test]
fn ranges() {
    assert_eq!(collected("int 1; int 4", ""), "[1, 2, 3]");
    assert_eq!(collected("int 4; int 1", ""), "[]");
    assert_eq!(collected("int 1; int 4", " inclusive"), "[1, 2, 3, 4]");
    assert_eq!(collected("int 1; int 4", " reversed"), "[3, 2, 1]");
    assert_eq!(collected("int 1; int 4", " inclusive reversed"), "[4, 3, 2, 1]");
    assert_eq!(collected("int 1; int 7; int 2", " stepped"), "[1, 3, 5]");
    assert_eq!(collected("int 1; int 7; int 2", " inclusive stepped"), "[1, 3, 5, 7]");
    assert_eq!(collected("int 1; int 7; int 2", " reversed stepped"), "[6, 4, 2]");
    assert_eq!(collected("int 1; int 7; int 3", " inclusive reversed stepped"), "[7, 4, 1]");
    let (max, min) = (i64::MAX, i64::MIN);
    assert_eq!(collected(&format!("int {max}; int {max}"), " inclusive"), format!("[{max}]"));
    assert_eq!(collected(&format!("int {min}; int {min}"), " inclusive reversed"), format!("[{min}]"));
    assert_eq!(collected(&format!("int {min}; int {min}"), " reversed"), "[]");
    assert_eq!(
        collected(&format!("int {min}; int {max}; int {max}"), " stepped"),
        format!("[{min}, -1, {}]", max - 1)
    );
    assert_eq!(
        collected(&format!("int {max}; int {max}; int {max}"), " inclusive stepped"),
        format!("[{max}]")
    );
}

#[test]
fn a_step_below_one_panics_even_on_an_empty_range() {
    for step in [0, -1] {
        let library = main("()", &format!("int 5; int 1; int {step}; for_begin $0 stepped; unit; for"));
        let trap = library.trap();
        assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::Panic, message::STEP));
        assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 3 }]);
    }
}

#[test]
fn each_round_costs_one() {
    let counted = main("()", "int 0; int 10; for_begin $0; unit; for");
    assert_eq!(counted.cost(), ("()".into(), 11, 0));
    let library = counted.fuel(7);
    let outcome = library.run(&[]);
    assert_eq!(outcome.fuel, 7);
    let trap = outcome.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::OutOfFuel);
    assert_eq!(trap.message, "the fuel is used up");
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 2 }]);
}

#[test]
fn a_while_runs_its_condition_in_the_loop() {
    let records = "int 0; let $0 i64
        while_begin; load copy $0; int 5; compare lt i64; do
          load copy $0; int 1; math add; store $0
        while
        load copy $0; scope 3 0";
    assert_eq!(main("() -> i64", records).cost(), ("5".into(), 6, 0));
    let library = main("() -> i64", records).fuel(3);
    assert_eq!(library.trap().frames, [Frame { definition: library.hash("main"), node: 6 }]);
    // A break in the condition leaves the loop without paying for a body.
    let records = "while_begin; unit; break 0; do; unit; while";
    assert_eq!(main("()", records).cost(), ("()".into(), 1, 0));
}

#[test]
fn going_round_inside_a_condition_is_not_free() {
    // while { if n < 3 { n += 1; continue } true } { break }
    let records = "int 0; let $0 i64
        while_begin
          load copy $0; int 3; compare lt i64
          then; load copy $0; int 1; math add; store $0; continue 0; scope 2 0
          else; unit; if
          bool true; scope 2 0
        do; unit; break 0; while
        load copy $0; scope 3 0";
    assert_eq!(main("() -> i64", records).cost(), ("3".into(), 1 + 3 + 1, 0));
    let endless = main("()", "while_begin; continue 0; do; unit; while").fuel(1_000);
    let outcome = endless.run(&[]);
    assert_eq!(outcome.fuel, 1_000);
    let trap = outcome.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::OutOfFuel);
    assert_eq!(trap.frames, [Frame { definition: endless.hash("main"), node: 1 }]);
}

#[test]
fn loops_break_with_a_value_and_continue() {
    let records = "int 0; let $0 i64
        loop_begin i64
          load copy $0; int 1; math add; store $0
          load copy $0; int 3; compare lt i64; then; continue 0; else; unit; if
          load copy $0; break 0
          scope 3 0
        loop
        scope 2 0";
    assert_eq!(main("() -> i64", records).cost(), ("3".into(), 4, 0));
    let library = main("() -> i64", records).fuel(1);
    assert_eq!(library.trap().frames, [Frame { definition: library.hash("main"), node: 2 }]);
}

#[test]
fn jumps_reach_outer_loops() {
    // for a in 0..3 { for b in 0..3 { s += 1; if b == 1 { continue 'outer } ; if a == 2 { break 'outer } } }
    let records = "int 0; let $0 i64
        int 0; int 3; for_begin $1
          int 0; int 3; for_begin $2
            load copy $0; int 1; math add; store $0
            load copy $2; int 1; compare eq i64; then; continue 1; else; unit; if
            load copy $1; int 2; compare eq i64; then; unit; break 1; else; unit; if
            scope 3 0
          for
        for
        load copy $0; scope 3 0";
    assert_eq!(main("() -> i64", records).cost(), ("5".into(), 1 + 3 + 5, 0));
}

#[test]
fn a_list_is_walked_as_it_was() {
    // for x in xs { xs.push(x) }: the loop owns one share, so the first push copies.
    let records = "load share $0; each_begin $1 i64
          load copy $1; place push $0 0
        each
        load move $0; scope 2 0";
    let library = main("([i64]) -> [i64]", records);
    let outcome = library.run(&[ints(1..=3)]);
    assert_eq!(outcome.result.unwrap().to_string(), "[1, 2, 3, 1, 2, 3]");
    // The call, three rounds, one unit for the copy of three elements.
    assert_eq!(outcome.fuel, 1 + 3 + 1);
    // 56 for the argument; its copy of capacity 3 grows to 6.
    assert_eq!(outcome.peak_bytes, (32 + 24) + (32 + 48));
    let library = library.fuel(1);
    let trap = library.run(&[ints(1..=3)]).result.unwrap_err();
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 1 }]);
}

#[test]
fn a_loop_gives_its_list_back_when_it_is_left() {
    // for x in [0; 1000] { break } then [0; 1000] again: never both at once.
    let walk = "int 0; int 1000; builtin repeat copy; each_begin $0 i64; unit; break 0; each";
    let twice = format!("{walk}; {}; scope 2 0", walk.replace("$0", "$1"));
    let outcome = main("()", &twice).run(&[]);
    assert_eq!((outcome.fuel, outcome.peak_bytes), (1 + 2 * (125 + 1), 32 + 8000));
}

#[test]
fn branches_and_short_circuits() {
    let logic = |a: bool, op: &str| {
        let op = if op == "and" { "and" } else { "or" };
        main("() -> bool", &format!("bool {a}; rhs; text \"reached\"; builtin panic copy; {op}"))
            .run(&[])
            .result
    };
    assert_eq!(logic(false, "and"), Ok(Value::Bool(false)));
    assert_eq!(logic(true, "or"), Ok(Value::Bool(true)));
    assert_eq!(logic(true, "and").unwrap_err().message, "reached");
    assert_eq!(logic(false, "or").unwrap_err().message, "reached");
    let choose = main("(bool) -> i64", "load copy $0; then; int 1; else; int 2; if");
    assert_eq!(choose.run(&[Value::Bool(true)]).result, Ok(Value::Int(1)));
    assert_eq!(choose.run(&[Value::Bool(false)]).result, Ok(Value::Int(2)));
}

#[test]
fn a_return_releases_what_waits() {
    // [0; 1000].concat({ return 1 }): the waiting list goes, and is not held by the caller.
    let library = crate::library::Library::default()
        .function(
            "leaves",
            "() -> i64",
            "int 0; int 1000; builtin repeat copy; int 1; return; builtin concat copy; discard; int 0; scope 2 0",
        )
        .function("main", "() -> i64", "call leaves; call leaves; math add");
    assert_eq!(library.cost(), ("2".into(), 3 + 250, 32 + 8000));
}
