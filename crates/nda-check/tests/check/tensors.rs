//! Vectors and matrices: types, shapes, and what is said where they do not fit.

use crate::{listing, run, said};

fn body(body: &str) -> String {
    run(&format!("fn main() {{ {body} }}")).trim_end().replace('\n', " | ")
}

#[test]
fn lengths_are_found_out() {
    for (text, value) in [
        ("let z = zeros(); print(z + vec[1.0, 2.0]);", "vec[1.0, 2.0]"),
        ("let z: vec[2] = vec::from([1.0, 2.0]); print(z[1]);", "2.0"),
        ("let p: vec[1] = vec[1.0, 2.0].part(1); print(p);", "vec[2.0]"),
        ("print(vec[1.0].concat(vec[2.0, 3.0]).len());", "3"),
        ("print(vec[1.0][0]);", "1.0"),
        ("let vec = [7, 8]; print(vec[1]);", "8"),
        ("print([vec[1.0, 2.0], vec[3.0, 4.0]].len());", "2"),
        ("print((vec[0.1; 2], Some(vec[1.0, 2.0])));", "(vec[0.1, 0.1], Some(vec[1.0, 2.0]))"),
        (
            "let a = vec[1.0, 2.0]; let b = relu(a * 2.0); print(a); print(b);",
            "vec[1.0, 2.0] | vec[2.0, 4.0]",
        ),
        ("print(vec[1.0, 2.0] == vec[1.0, 2.0]);", "true"),
        ("print(vec[f64::NAN; 2] == vec[f64::NAN; 2]);", "false"),
    ] {
        assert_eq!(body(text), value, "{text}");
    }
}

#[test]
fn a_shape_that_does_not_fit_is_named_with_the_other() {
    for (text, words) in [
        (
            "fn f(a: vec[2], b: vec[3]) -> vec[2] { a + b }",
            "E0231]: `+` takes two vectors of one length, found `vec[2]` and `vec[3]`",
        ),
        (
            "fn f(w: mat[2, 3], x: vec[4]) -> vec[2] { gemv(w, x) }",
            "E0231]: `gemv` of a `mat[2, 3]` takes a `vec[3]`, found `vec[4]`",
        ),
        (
            "fn f(w: mat[2, 3], x: vec[3]) -> vec[3] { gemv(w, x) }",
            "E0201]: expected `vec[3]`, found `vec[2]`",
        ),
        (
            "fn f(x: vec[2]) -> f64 { dot(x, vec[1.0, 2.0, 3.0]) }",
            "E0201]: expected `vec[2]`, found `vec[3]`",
        ),
        ("fn f() -> i64 { let z = zeros(); z.len() }", "E0205]: the length of this vector is not known"),
        (
            "fn f(x: vec[262145]) -> f64 { x[0] }",
            "E0230]: a side of a shape is 1 to 262144, and this is 262145",
        ),
        ("fn f(x: vec[99999999999999999999]) -> f64 { 0.0 }", "E0206"),
        (
            "fn f(w: mat[1, 1]) -> bool { w == w }",
            "E0203]: `==` does not take `mat[1, 1]`: matrices are not compared",
        ),
        ("fn f(x: vec[2]) -> vec[2] { 2.0 + x }", "E0203]: `+` takes two values of one type"),
        ("fn f(x: vec[2], n: i64) -> vec[2] { n * x }", "E0201]: expected `f64`, found `i64`"),
        ("fn f(x: vec[2]) { x[0] = 1.0; }", "E0301]: `x` is not `mut`, so it cannot change"),
        ("fn f() { vec[1.0, 2.0][0] = 1.0; }", "E0302]: only a variable"),
        ("fn f(mut x: vec[2]) { x[0] = 1; }", "E0207]: expected `f64`, found the integer `1`"),
        ("fn f(mut x: vec[2]) { x /= x; }", "E0203]: `/=` does not take `vec[2]` and `vec[2]`"),
        (
            "fn f(mut x: vec[2], y: vec[3]) { x += y; }",
            "E0231]: `+` takes two vectors of one length, found `vec[2]` and `vec[3]`",
        ),
        ("fn f(x: vec[2]) -> bool { x < x }", "E0203"),
        (
            "fn f() -> vec[2] { weights(\"b3:12\") }",
            "E0120]: weights are named by `b3:` and 64 hex digits in lower case, not by \"b3:12\" (5 bytes)",
        ),
    ] {
        let found = said(text);
        assert!(found.contains(words), "{text}\n{found}");
    }
}

#[test]
fn vectors_change() {
    let point = "struct P { v: vec[2], s: f64 }";
    for (text, value) in [
        ("let mut v = vec[1.0, 2.0]; v[1] = 5.0; print(v);", "vec[1.0, 5.0]"),
        (
            "let mut v = vec[1.0, 2.0]; let w = v; v[0] = v[1] * 3.0; print(v); print(w);",
            "vec[6.0, 2.0] | vec[1.0, 2.0]",
        ),
        ("let mut v = vec[1.0, 2.0]; v[0] += 2.0; v[1] *= v[0]; print(v);", "vec[3.0, 6.0]"),
        (
            "let mut v = vec[1.0, 2.0]; v += v; v -= vec[1.0; 2]; v *= 2.0; v *= v; print(v);",
            "vec[4.0, 36.0]",
        ),
        ("let mut v = vec[1.0, 2.0]; v += v * 2.0; print(v);", "vec[3.0, 6.0]"),
        ("let mut s = 2.0; print(s * { s = 9.0; vec[1.0, 2.0] });", "vec[2.0, 4.0]"),
        ("print(-0.5 * vec[1.0, 2.0] * 2.0);", "vec[-1.0, -2.0]"),
        (
            "let mut p = P { v: vec[1.0, 2.0], s: 3.0 }; p.v[1] = p.s; p.v += p.v; p.v *= p.s; print(p.v);",
            "vec[6.0, 18.0]",
        ),
        (
            "let mut all = [vec[1.0, 2.0], vec[3.0, 4.0]]; for i in 0..2 { all[1 - i][i] = 0.5; all[i] += all[0]; } print(all);",
            "[vec[2.0, 0.5], vec[2.5, 4.5]]",
        ),
        (
            "let mut m = Map::new(); m.insert(7, vec[1.0, 2.0]); m[7][1] = 3.0; m[7] += m[7]; print(m[7]);",
            "vec[2.0, 6.0]",
        ),
    ] {
        assert_eq!(
            run(&format!("{point} fn main() {{ {text} }}")).trim_end().replace('\n', " | "),
            value,
            "{text}"
        );
    }
}

#[test]
fn a_variable_gives_its_vector_away_to_be_changed() {
    let found = listing("fn f(mut x: vec[2], y: vec[2]) -> vec[2] { x[0] = y[1] + x[1]; x += y; x }");
    assert!(!found.contains("load share $0"), "{found}");
    assert_eq!(found.matches("load move $0").count(), 3, "{found}");
}

#[test]
fn what_nobody_else_holds_is_moved_into_its_operator() {
    let found = listing("fn f(x: vec[2], y: vec[2]) -> vec[2] { relu(x + y) * 2.0 }");
    assert!(found.contains("load move $0") && found.contains("load borrow $1"), "{found}");
    assert!(found.contains("tensor tensor_add") && found.contains("tensor relu"), "{found}");
}
