//! Printing and its bounds.

use crate::library::{Library, main};
use nda_graph::{Outcome, TrapKind};

fn print(records: &str) -> Library {
    main("()", &format!("{records}; builtin print copy"))
}

fn kind(outcome: Outcome) -> TrapKind {
    assert_eq!(outcome.output, "", "a refused line is not printed in part");
    outcome.result.unwrap_err().kind
}

#[test]
fn text_is_raw_and_all_else_as_written() {
    let printed = |records: &str| print(records).run(&[]).output;
    assert_eq!(printed("text \"a b\""), "a b\n");
    assert_eq!(printed("int -5"), "-5\n");
    assert_eq!(printed("float 1.0"), "1.0\n");
    assert_eq!(printed("float 1e100"), "1e100\n");
    assert_eq!(printed("float NaN; unary fneg"), "NaN\n");
    assert_eq!(printed("bool true"), "true\n");
    assert_eq!(printed("unit"), "()\n");
    assert_eq!(printed("text \"a b\"; text \"c\"; list 2 [str]"), "[\"a b\", \"c\"]\n");
    assert_eq!(printed("float 0.0; list 1 [f64]; list 0 [f64]; list 2 [[f64]]"), "[[0.0], []]\n");
}

#[test]
fn a_line_costs_its_bytes_and_its_end() {
    let line = |len: usize| print(&format!("text \"{}\"", "x".repeat(len)));
    assert_eq!(line(0).run(&[]).fuel, 1 + 1);
    assert_eq!(line(63).run(&[]).fuel, 1 + 1);
    assert_eq!(line(64).run(&[]).fuel, 1 + 2);
    let outcome = line(64).fuel(2).run(&[]);
    assert_eq!(outcome.fuel, 1);
    assert_eq!(kind(outcome), TrapKind::OutOfFuel);
    assert!(line(63).fuel(2).run(&[]).result.is_ok());
    assert_eq!(kind(line(0).fuel(1).run(&[])), TrapKind::OutOfFuel);
}

#[test]
fn output_is_limited_to_the_byte() {
    let twice = main("()", "text \"abc\"; builtin print copy; text \"de\"; builtin print copy; scope 2 0");
    let outcome = twice.output(7).run(&[]);
    assert_eq!((outcome.output.as_str(), outcome.result.is_ok()), ("abc\nde\n", true));
    let twice = main("()", "text \"abc\"; builtin print copy; text \"de\"; builtin print copy; scope 2 0");
    let outcome = twice.output(6).run(&[]);
    assert_eq!((outcome.output.as_str(), outcome.fuel), ("abc\n", 2));
    let trap = outcome.result.unwrap_err();
    assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::OutputTooLarge, "the output limit is reached"));
    assert_eq!(kind(print("unit").output(0).run(&[])), TrapKind::OutputTooLarge);
}

#[test]
fn the_nearer_bound_gives_the_trap() {
    let line = |fuel: u64, output: u64| {
        kind(print(&format!("text \"{}\"", "x".repeat(200))).fuel(fuel + 1).output(output).run(&[]))
    };
    assert_eq!(line(2, 127), TrapKind::OutputTooLarge);
    assert_eq!(line(2, 128), TrapKind::OutOfFuel);
    assert_eq!(line(2, 1_000), TrapKind::OutOfFuel);
    assert_eq!(line(100, 200), TrapKind::OutputTooLarge);
    assert_eq!(line(0, 0), TrapKind::OutOfFuel);
}

#[test]
fn enormous_texts_are_cut_where_the_limits_are() {
    // A list of 2, of 2, of 2, … sixty levels down.
    let mut records = String::from("list 0 [i64]; let $0 [i64]");
    let mut ty = "[i64]".to_string();
    for level in 1..=60 {
        ty = format!("[{ty}]");
        let below = level - 1;
        records += &format!("; load share ${below}; load move ${below}; list 2 {ty}; let ${level} {ty}");
    }
    records += "; load borrow $60; builtin print copy; drop $60; scope 63 1";
    assert_eq!(kind(main("()", &records).run(&[])), TrapKind::OutputTooLarge);
    assert_eq!(kind(main("()", &records).fuel(1_000).run(&[])), TrapKind::OutOfFuel);
}
