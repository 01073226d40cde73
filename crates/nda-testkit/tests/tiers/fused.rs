//! Operators on vectors that are done in one pass: what is charged for, in which order, and what is left of the operands, cut at
//! every unit of fuel and at many sizes of memory.
//!
//! That they are in fact done in one pass is tested in `nda-jit`.

use nda_graph::{Limits, Outcome};
use nda_testkit::oracle::{LIMITS, compare_under};

/// What the evaluator says of `main`, and every tier too, under every limit of fuel below what it uses, and some of memory.
fn agrees_everywhere(source: &str) -> Outcome {
    let same = |limits: Limits| match compare_under(source, 7, &limits) {
        Ok(agreement) => agreement.main.expect("the program has a `main`"),
        Err(difference) => panic!("{difference}\n{source}"),
    };
    let whole = same(LIMITS);
    (0..=whole.fuel).for_each(|fuel| drop(same(Limits { fuel, ..LIMITS })));
    // A vector more or less.
    (0..=whole.peak_bytes).step_by(68).for_each(|memory_bytes| drop(same(Limits { memory_bytes, ..LIMITS })));
    whole
}

/// A program whose `main` computes with vectors of 9 elements.
fn of_tree(tree: &str) -> String {
    format!(
        "fn make(first: f64) -> vec[9] {{ let mut v = vec[-0.5; 9]; v[0] = first; v }}
         fn main() -> vec[9] {{
             let a = make(1.0); let b = make(2.0); let c = b; let s = 0.25;
             {tree}
         }}"
    )
}

#[test]
fn rows_of_operators() {
    for (tree, fuel) in [
        ("relu(a + b) * s - c", 4 * 2),
        ("silu(a) * b", 2 * 2),
        ("(a - b) * s + c * (s * 2.0)", 4 * 2),
        ("gelu(relu(a) * 0.5)", 3 * 2),
    ] {
        let before = agrees_everywhere(&of_tree("a")).fuel;
        let with_tree = agrees_everywhere(&of_tree(tree)).fuel;
        assert_eq!(with_tree - before, fuel, "{tree}");
    }
}

#[test]
fn variables_that_a_tree_reads_and_empties() {
    for tree in [
        "(a + b) * a",
        "a * a + a",
        "relu(b) - c * relu(b)",
        "(relu(c) + b) * (c - b) + c",
        "{ let d = a + relu(a); d * b - d }",
        "relu(a + relu(b - relu(c + relu(a * relu(b + relu(c * s))))))",
    ] {
        agrees_everywhere(&of_tree(tree));
    }
}

/// Variables that only the next operator takes are no more than names.
#[test]
fn rows_over_several_statements() {
    for tree in [
        "let d = a + b; let e = relu(d); let f = e * s; f - c",
        "let d = make(3.0) * s; let e = d + { let g = relu(b); g * g }; e",
        "let d = a + b; if s > 0.5 { relu(d) } else { d * s }",
        "let mut d = a; for i in 0..2 { let e = d + b; let f = relu(e); d = f * s; } d",
    ] {
        agrees_everywhere(&of_tree(tree));
    }
}

/// What charges or stops between two operators keeps its place.
#[test]
fn what_comes_between_two_operators() {
    for tree in [
        "relu(a) * make(2.0)",
        "(relu(a) + b) * (1.0 / dot(b, c))",
        "relu(a + b) * { print(1); s }",
        "(relu(a + b) - { let i = 7 / (a[0] as i64 + 3); vec[i as f64; 9] }) * s",
        "{ let mut d = a; (d + b) * { d[3] = 1.0; d + b } }",
        "relu(a) + (if s > 0.1 { return b; } else { c })",
    ] {
        agrees_everywhere(&of_tree(tree));
    }
}

#[test]
fn more_operators_than_one_pass_takes() {
    let row = (0..20).fold("a".to_owned(), |row, at| format!("relu({row} + {})", ["b", "c"][at % 2]));
    agrees_everywhere(&of_tree(&row));
    let nest = (0..9).fold("a".to_owned(), |nest, _| format!("(b - silu({nest}))"));
    agrees_everywhere(&of_tree(&nest));
}
