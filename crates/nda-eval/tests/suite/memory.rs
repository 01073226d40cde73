//! What is held, when it is given back, and limits to the byte.

use crate::library::{Library, ints, main};
use nda_graph::{Frame, TrapKind};

#[test]
fn growth_doubles_and_is_charged_as_a_difference() {
    let push = |n: i64| {
        let records = format!(
            "list 0 [i64]; let $0 [i64]
             int 0; int {n}; for_begin $1; load copy $1; place push $0 0; for
             load move $0; builtin len copy; scope 3 0"
        );
        main("() -> i64", &records)
    };
    for (n, capacity) in [(0, 0), (1, 4), (4, 4), (5, 8), (9, 16)] {
        assert_eq!(push(n).cost(), (n.to_string(), 1 + n as u64, 32 + 8 * capacity));
    }
    assert!(push(5).memory(96).run(&[]).result.is_ok());
    let library = push(5).memory(95);
    let outcome = library.run(&[]);
    assert_eq!((outcome.peak_bytes, outcome.fuel), (64, 1 + 5));
    let trap = outcome.result.unwrap_err();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::OutOfMemory, "the memory limit is reached"));
    assert_eq!(trap.frames, [Frame { definition: library.hash("main"), node: 6 }]);
}

#[test]
fn removing_keeps_the_capacity() {
    let records = "int 1; int 2; list 2 [i64]; let $0 [i64]
        int 0; place remove $0 0; discard
        int 5; place push $0 0
        load move $0; scope 4 0";
    assert_eq!(main("() -> [i64]", records).cost(), ("[2, 5]".into(), 1 + 1 + 1, 48));
}

#[test]
fn a_moved_list_is_changed_in_place_and_a_shared_one_copied() {
    let pushes = |mode: &str, ending: &str| {
        let records = format!(
            "load {mode} $0; let $1 [i64]
             int 4; place push $1 0
             load move $1; {ending}"
        );
        main("([i64]) -> [i64]", &records).run(&[ints(1..=3)])
    };
    let moved = pushes("move", "scope 3 0");
    assert_eq!((moved.fuel, moved.peak_bytes), (1, 32 + 48));
    assert_eq!(moved.result.unwrap().to_string(), "[1, 2, 3, 4]");
    let shared = pushes("share", "drop $0; scope 4 1");
    assert_eq!((shared.fuel, shared.peak_bytes), (2, 56 + 32 + 48));
    assert_eq!(shared.result.unwrap().to_string(), "[1, 2, 3, 4]");
}

#[test]
fn temporaries_are_released_after_the_operator() {
    // [0; 100].concat([0; 100]), twice: both parts and the result at once, but nothing of the first the second time.
    let concat = "int 0; int 100; builtin repeat copy; int 0; int 100; builtin repeat copy; builtin concat copy; builtin len copy";
    let records = format!("{concat}; {concat}; math add");
    let (value, fuel, peak) = main("() -> i64", &records).cost();
    assert_eq!((value.as_str(), fuel, peak), ("400", 1 + 2 * (13 + 13 + 25), 832 + 832 + 1632));
}

#[test]
fn a_store_releases_what_was_there_after_its_operand() {
    let records = "int 0; int 100; builtin repeat copy; let $0 [i64]
        int 0; int 10; builtin repeat copy; store $0
        int 0; int 100; builtin repeat copy; let $1 [i64]
        unit; drop $0; drop $1; scope 6 2";
    assert_eq!(main("()", records).run(&[]).peak_bytes, 832 + 112);
    let records = "int 0; int 100; builtin repeat copy; let $0 [i64]
        drop $0
        int 0; int 100; builtin repeat copy; let $1 [i64]
        unit; drop $1; scope 5 1";
    assert_eq!(main("()", records).run(&[]).peak_bytes, 832);
}

#[test]
fn elements_are_shared_by_copies_of_their_list() {
    // Slicing a list of lists makes a new outer list only; changing an element of the slice copies that element.
    let records = "int 0; int 10; builtin repeat copy; int 4; builtin repeat copy; let $0 [[i64]]
        load borrow $0; int 0; int 2; builtin slice copy; let $1 [[i64]]
        int 9; int 0; int 0; place set $1 2
        unit; drop $0; drop $1; scope 6 2";
    let (_, fuel, peak) = main("()", records).cost();
    assert_eq!((fuel, peak), (1 + 2 + 1 + 1 + 2, 112 + 64 + 48 + 112));
}

#[test]
fn a_removed_element_belongs_to_its_taker() {
    // x = xs.remove(0); x.push(1): in place, for nobody else holds it.
    let records = "int 7; list 1 [i64]; list 1 [[i64]]; let $0 [[i64]]
        int 0; place remove $0 0; let $1 [i64]
        int 1; place push $1 0
        load move $1; drop $0; scope 5 1";
    assert_eq!(main("() -> [i64]", records).cost(), ("[7, 1]".into(), 1 + 1 + 1, 40 + 32 + 32));
}

#[test]
fn repeat_shares_its_element() {
    let repeat = |count: i64| {
        let records = format!(
            "int 7; list 1 [i64]; int {count}; builtin repeat copy; let $0 [[i64]]
             int 9; int 0; int 0; place set $0 2; load move $0; scope 3 0"
        );
        main("() -> [[i64]]", &records).cost()
    };
    // One element: its list is the only owner. Two: the change copies.
    assert_eq!(repeat(1), ("[[9]]".into(), 1 + 1 + 1, 40 + 40));
    assert_eq!(repeat(2), ("[[9], [7]]".into(), 1 + 1 + 1 + 1, 40 + 48 + 40));
}

#[test]
fn a_callee_owns_its_arguments() {
    let library = Library::default()
        .function("grow", "([i64]) -> [i64]", "int 4; place push $0 0; load move $0; scope 2 0")
        .function("main", "([i64]) -> [i64]", "load move $0; call grow");
    let outcome = library.run(&[ints(1..=3)]);
    assert_eq!((outcome.fuel, outcome.peak_bytes), (2, 32 + 48));
    // What a function's variables held is released before it returns.
    let library = Library::default()
        .function("fill", "()", "int 0; int 100; builtin repeat copy; let $0 [i64]; unit; drop $0; scope 3 1")
        .function("main", "()", "call fill; call fill; scope 2 0");
    assert_eq!(library.run(&[]).peak_bytes, 832);
}
