//! Lists: values, traps, fuel.

use crate::library::{Library, main};
use nda_graph::{Outcome, TrapKind};

/// Runs `main` with `$0 = [10, 20, 30]` before the records, which end in a value of type `ty`; `$0` is released after.
fn on_list(ty: &str, records: &str, count: u32) -> Outcome {
    let records = format!(
        "int 10; int 20; int 30; list 3 [i64]; let $0 [i64]\n{records}\ndrop $0\nscope {} 1",
        count + 2
    );
    main(&format!("() -> {ty}"), &records).run(&[])
}

/// The value, and the fuel beyond the entry and the building of the list.
fn value(outcome: Outcome) -> (String, u64) {
    (outcome.result.unwrap().to_string(), outcome.fuel - 2)
}

fn trap(outcome: Outcome) -> String {
    let trap = outcome.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::IndexOutOfBounds);
    assert_eq!(outcome.fuel, 2, "checks come before fuel");
    trap.message
}

#[test]
fn reading() {
    assert_eq!(value(on_list("i64", "load borrow $0; builtin len copy", 1)), ("3".into(), 0));
    assert_eq!(value(on_list("i64", "load borrow $0; int 2; builtin index copy", 1)), ("30".into(), 0));
    let outside =
        |index: i64| trap(on_list("i64", &format!("load borrow $0; int {index}; builtin index copy"), 1));
    assert_eq!(outside(3), "index 3 is outside a list of 3");
    assert_eq!(outside(-1), "index -1 is outside a list of 3");
    let contains =
        |x: i64| value(on_list("bool", &format!("load borrow $0; int {x}; builtin contains copy"), 1));
    assert_eq!((contains(20), contains(21)), (("true".into(), 1), ("false".into(), 1)));
}

#[test]
fn slices() {
    let slice = |a: i64, b: i64| {
        on_list("[i64]", &format!("load borrow $0; int {a}; int {b}; builtin slice copy"), 1)
    };
    assert_eq!(value(slice(1, 3)), ("[20, 30]".into(), 1));
    assert_eq!(value(slice(3, 3)), ("[]".into(), 0));
    assert_eq!(trap(slice(2, 1)), "2..1 is not a part of a list of 3");
    assert_eq!(trap(slice(0, 4)), "0..4 is not a part of a list of 3");
    assert_eq!(trap(slice(-1, 2)), "-1..2 is not a part of a list of 3");
    let from = |a: i64| on_list("[i64]", &format!("load borrow $0; int {a}; builtin slice_from copy"), 1);
    assert_eq!(value(from(1)), ("[20, 30]".into(), 1));
    assert_eq!(trap(from(4)), "4..3 is not a part of a list of 3");
}

#[test]
fn building() {
    let concat = on_list("[i64]", "load borrow $0; load borrow $0; builtin concat copy", 1);
    assert_eq!(value(concat), ("[10, 20, 30, 10, 20, 30]".into(), 1));
    assert_eq!(main("() -> [i64]", "list 0 [i64]").cost(), ("[]".into(), 1, 32));
    let nine = format!("{}list 9 [i64]", "int 1;".repeat(9));
    assert_eq!(main("() -> [i64]", &nine).cost(), ("[1, 1, 1, 1, 1, 1, 1, 1, 1]".into(), 3, 32 + 72));
    assert_eq!(main("() -> [()]", "unit; int 3; builtin repeat copy").cost(), ("[(), (), ()]".into(), 2, 56));
    let trap = main("() -> [i64]", "int 0; int -1; builtin repeat copy").trap();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::Panic, "a list cannot have -1 elements"));
    let huge = main("() -> [i64]", &format!("int 0; int {}; builtin repeat copy", 1_i64 << 40));
    assert_eq!(huge.trap().kind, TrapKind::OutOfFuel);
    assert_eq!(huge.fuel(u64::MAX).trap().kind, TrapKind::OutOfMemory);
}

#[test]
fn methods_that_change() {
    let changed = |records: &str| value(on_list("[i64]", &format!("{records}; load move $0"), 2));
    assert_eq!(changed("int 40; place push $0 0"), ("[10, 20, 30, 40]".into(), 0));
    assert_eq!(changed("int 0; int 5; place insert $0 0"), ("[5, 10, 20, 30]".into(), 1));
    assert_eq!(changed("int 3; int 5; place insert $0 0"), ("[10, 20, 30, 5]".into(), 0));
    assert_eq!(changed("int 0; int 2; place swap $0 0"), ("[30, 20, 10]".into(), 0));
    assert_eq!(changed("place reverse $0 0"), ("[30, 20, 10]".into(), 1));
    assert_eq!(changed("int 0; place remove $0 0; discard"), ("[20, 30]".into(), 1));
    assert_eq!(changed("int 2; place remove $0 0; discard"), ("[10, 20]".into(), 0));
    assert_eq!(value(on_list("i64", "int 1; place remove $0 0", 1)), ("20".into(), 1));
    assert_eq!(changed("int 7; int 1; place set $0 1"), ("[10, 7, 30]".into(), 0));
    assert_eq!(changed("int 7; int 1; update sub $0 1"), ("[10, 13, 30]".into(), 0));
}

#[test]
fn traps_of_methods() {
    let trapped = |records: &str| trap(on_list("()", records, 1));
    assert_eq!(
        trapped("int 4; int 5; place insert $0 0"),
        "index 4 is outside 0..=3, where a list of 3 can take an element"
    );
    assert_eq!(
        trapped("int -1; int 5; place insert $0 0"),
        "index -1 is outside 0..=3, where a list of 3 can take an element"
    );
    assert_eq!(trapped("int 3; place remove $0 0; discard"), "index 3 is outside a list of 3");
    assert_eq!(trapped("int 0; int 3; place swap $0 0"), "index 3 is outside a list of 3");
    assert_eq!(trapped("int 9; int 8; place swap $0 0"), "index 9 is outside a list of 3");
    assert_eq!(trapped("int 7; int 3; place set $0 1"), "index 3 is outside a list of 3");
    let update = on_list("()", &format!("int {}; int 1; update add $0 1", i64::MAX), 1);
    assert_eq!(update.result.unwrap_err().kind, TrapKind::IntegerOverflow);
}

fn sorted(ty: &str, elements: &str, count: u32) -> (String, u64) {
    let records =
        format!("{elements}; list {count} {ty}; let $0 {ty}; place sort $0 0; load move $0; scope 3 0");
    let (value, fuel, _) = main(&format!("() -> {ty}"), &records).cost();
    (value, fuel - 1 - u64::from(count).div_ceil(8))
}

#[test]
fn sorting() {
    assert_eq!(sorted("[i64]", "int 3; int 1; int 2", 3), ("[1, 2, 3]".into(), 1));
    assert_eq!(sorted("[i64]", "int 3", 1), ("[3]".into(), 0));
    assert_eq!(sorted("[bool]", "bool true; bool false", 2), ("[false, true]".into(), 1));
    let floats = "float NaN; float 1.0; float 0.0; float -0.0; float -inf";
    assert_eq!(sorted("[f64]", floats, 5), ("[-inf, -0.0, 0.0, 1.0, NaN]".into(), 2));
    // Two rounds over three elements and over five bytes.
    let texts = "text \"b\"; text \"ab\"; text \"é\"";
    assert_eq!(sorted("[str]", texts, 3), ("[\"ab\", \"b\", \"é\"]".into(), 1 + 1));
}

#[test]
fn nested_places() {
    // xs = [[1, 2], [3]]; xs[0][1] = 9; xs[1].push(4); xs[0][0] += 5
    let records = "int 1; int 2; list 2 [i64]; int 3; list 1 [i64]; list 2 [[i64]]; let $0 [[i64]]
        int 9; int 0; int 1; place set $0 2
        int 1; int 4; place push $0 1
        int 5; int 0; int 0; update add $0 2
        load move $0; scope 5 0";
    assert_eq!(main("() -> [[i64]]", records).cost(), ("[[6, 9], [3, 4]]".into(), 1 + 3, 48 + 64 + 48));
    let outside = |place: &str| {
        main("()", &format!("list 0 [i64]; list 1 [[i64]]; let $0 [[i64]]; {place}; drop $0; scope 3 1"))
            .trap()
            .message
    };
    assert_eq!(outside("int 9; int 2; int 1; place set $0 2"), "index 2 is outside a list of 1");
    assert_eq!(outside("int 9; int 0; int 1; place set $0 2"), "index 1 is outside a list of 0");
    assert_eq!(outside("int 1; place sort $0 1"), "index 1 is outside a list of 1");
}

#[test]
fn equality_pays_for_what_it_looks_at() {
    let equal = |a: &str, b: &str, ty: &str| {
        let (value, fuel, _) = main("() -> bool", &format!("{a}; {b}; compare eq {ty}")).cost();
        (value == "true", fuel)
    };
    let repeat = |x: i64, n: i64| format!("int {x}; int {n}; builtin repeat copy");
    assert_eq!(equal(&repeat(1, 16), &repeat(1, 16), "[i64]"), (true, 1 + 4 + 2));
    assert_eq!(equal(&repeat(1, 16), &repeat(2, 16), "[i64]"), (false, 1 + 4 + 2));
    assert_eq!(equal(&repeat(1, 16), &repeat(1, 17), "[i64]"), (false, 1 + 2 + 3));
    let nan = "float NaN; list 1 [f64]";
    assert_eq!(equal(nan, nan, "[f64]"), (false, 1 + 2 + 1));
    // The outer lists, then the inner ones up to the first difference.
    let nested = |x: i64| format!("{}; {}; {}; list 3 [[i64]]", repeat(1, 8), repeat(x, 8), repeat(1, 8));
    assert_eq!(equal(&nested(1), &nested(1), "[[i64]]"), (true, 1 + 8 + 1 + 3));
    assert_eq!(equal(&nested(1), &nested(2), "[[i64]]"), (false, 1 + 8 + 1 + 2));
    // A search stops at the first equal element.
    let search = |x: i64| {
        let records = format!("{}; {}; builtin contains copy", nested(2), repeat(x, 8));
        let (value, fuel, _) = main("() -> bool", &records).cost();
        (value == "true", fuel)
    };
    assert_eq!(search(1), (true, 1 + 4 + 1 + 1 + 1));
    assert_eq!(search(2), (true, 1 + 4 + 1 + 1 + 2));
    assert_eq!(search(3), (false, 1 + 4 + 1 + 1 + 3));
}

#[test]
fn constants_are_copied_before_they_change() {
    let library = Library::default()
        .constant("TABLE", "[[i64]]", "int 1; list 1 [i64]; int 2; list 1 [i64]; list 2 [[i64]]")
        .function(
            "main",
            "() -> i64",
            "const TABLE; let $0 [[i64]]
            int 9; int 0; int 0; place set $0 2
            load borrow $0; int 0; builtin index borrow; int 0; builtin index copy
            const TABLE; int 0; builtin index share; int 0; builtin index copy
            math add
            drop $0
            scope 4 1",
        );
    // Entry; a copy of the outer list and one of the inner.
    assert_eq!(library.cost(), ("10".into(), 1 + 2, 48 + 40));
}
