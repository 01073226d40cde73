//! Copies, moves and borrows under every kind of control flow: values stay values, and every graph verifies.

use crate::run;

fn body(body: &str) -> String {
    run(&format!("fn id(xs: [i64]) -> [i64] {{ xs }} fn main() {{ {body} }}")).trim_end().replace('\n', " | ")
}

#[test]
fn copies_are_independent() {
    for (source, output) in [
        ("let mut a = [1]; let b = a; a.push(2); print(a); print(b);", "[1, 2] | [1]"),
        ("let a = [1]; let mut b = a; b[0] = 5; print(a); print(b);", "[1] | [5]"),
        ("let mut g = [[0]; 2]; g[0].push(1); print(g);", "[[0, 1], [0]]"),
        ("let mut g = [[1], [2]]; let row = g[0]; g[0][0] = 9; print(row); print(g);", "[1] | [[9], [2]]"),
        (
            "let mut g = [[1], [2]]; let h = g; g[1] = g[0]; g[1][0] = 7; print(g); print(h);",
            "[[1], [7]] | [[1], [2]]",
        ),
        ("let mut xs = [1, 2, 3]; for x in xs { xs.push(x * 10); } print(xs);", "[1, 2, 3, 10, 20, 30]"),
        ("let mut xs = [1, 2]; for x in xs { xs = [x]; } print(xs);", "[2]"),
        ("let mut g = [[1], [2]]; for row in g { g[0] = row; } print(g);", "[[2], [2]]"),
        (
            "let mut g = [[1]]; for mut row in g { row.push(2); print(row); } g[0][0] = 4; print(g);",
            "[1, 2] | [[4]]",
        ),
        ("let mut s = \"a\"; let t = s + s; s += t; print(s); print(t);", "aaa | aa"),
        ("let mut xs = [1]; xs = xs; xs.push(2); print(xs);", "[1, 2]"),
        (
            "let mut xs = [[1]]; let ys = [xs, xs]; xs[0].push(3); print(ys); print(xs);",
            "[[[1]], [[1]]] | [[1, 3]]",
        ),
        ("let mut xs = [1]; let ys = [xs; 3]; xs.push(2); print(ys); print(xs);", "[[1], [1], [1]] | [1, 2]"),
        ("let mut xs = [1]; let r = { let t = xs; t }; xs.push(2); print(r); print(xs);", "[1] | [1, 2]"),
        ("let mut xs = [\"a\"]; let first = xs[0]; xs[0] += \"b\"; print(first); print(xs);", "a | [\"ab\"]"),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}

#[test]
fn operands_that_jump() {
    for (source, output) in [
        (
            "let xs = [1, 2]; for i in 0..3 { print(xs[if i == 2 { break } else { i }]); } print(xs);",
            "1 | 2 | [1, 2]",
        ),
        (
            "let xs = [1, 2]; for i in 0..3 { print(xs[if i == 0 { continue } else { i - 1 }]); } print(xs);",
            "1 | 2 | [1, 2]",
        ),
        ("let xs = [1]; print(xs == { if xs.len() == 1 { return } xs });", ""),
        (
            "let xs = [1]; let ys = [2]; print(xs.concat({ if xs.len() > 5 { return } ys })); print(xs);",
            "[1, 2] | [1]",
        ),
        ("let xs = [1]; while xs[{ if xs.len() == 1 { break } 0 }] > 0 { } print(xs);", "[1]"),
        ("let mut xs = [1]; loop { xs.push({ if xs.len() > 3 { break } 7 }); } print(xs);", "[1, 7, 7, 7]"),
        ("let mut xs = [1, 2]; xs[{ xs.push(3); 2 }] = { xs.push(4); 9 }; print(xs);", "[1, 2, 9, 3]"),
        ("let mut xs = [1, 2]; print(xs[{ xs = [5, 6]; 0 }]); print(xs);", "1 | [5, 6]"),
        ("let mut xs = [1, 2]; print(xs == { xs.push(3); xs }); print(xs);", "false | [1, 2, 3]"),
        ("let mut xs = [1, 2]; print(xs.contains({ xs = []; 2 })); print(xs);", "true | []"),
        ("let mut xs = [[1]]; print(xs[0] == { xs[0].push(2); xs[0] });", "false"),
        ("let mut s = \"a\"; print(s + { s += \"b\"; s }); print(s);", "aab | ab"),
        ("let mut s = \"a\"; print(s < { s = \"0\"; s });", "false"),
        (
            "let xs = [1]; let y = if xs.is_empty() { [] } else { loop { let z = xs; break z } }; print(y);",
            "[1]",
        ),
        (
            "let s = \"q\"; let x = loop { let t = s; if t.len() > 0 { break t + s } }; print(x); print(s);",
            "qq | q",
        ),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}

#[test]
fn moves_in_branches_and_loops() {
    for (source, output) in [
        ("let xs = [1]; if xs.len() == 1 { print(id(xs)); } else { print(0); }", "[1]"),
        ("let xs = [1]; let ys = if true { xs } else { [2] }; print(ys);", "[1]"),
        ("let xs = [1]; let ys = if false { xs } else { [2] }; print(ys); print(xs);", "[2] | [1]"),
        ("let mut xs = [1]; if false { xs = id(xs); } xs.push(2); print(xs);", "[1, 2]"),
        ("let mut xs = [0]; for i in 1..4 { xs = id(xs); xs.push(i); } print(xs);", "[0, 1, 2, 3]"),
        (
            "let mut xs = [0]; let mut old = []; for i in 1..3 { old = xs; xs = [i]; } print(old); print(xs);",
            "[1] | [2]",
        ),
        (
            "let mut a = [1]; let mut b = [2]; for _ in 0..3 { let t = a; a = b; b = t; } print(a); print(b);",
            "[2] | [1]",
        ),
        ("let xs = [1]; for _ in 0..2 { let ys = xs; print(ys); }", "[1] | [1]"),
        ("let xs = [1]; loop { print(id(xs)); break; }", "[1]"),
        ("let xs = [1]; loop { if xs.len() == 1 { print(id(xs)); break; } print(xs); }", "[1]"),
        (
            "let mut xs = [1]; while xs.len() < 4 { let n = xs.len(); xs = id(xs); if n == 2 { xs.push(5); continue; } xs.push(n); } print(xs);",
            "[1, 1, 5, 3]",
        ),
        (
            "let mut xs = [1]; 'o: loop { loop { let ys = xs; xs = []; if ys.len() == 1 { continue 'o; } print(ys); break 'o; } } print(xs);",
            "[] | []",
        ),
        ("let xs = [1]; let ok = xs.len() == 1 && id(xs) == [1]; print(ok);", "true"),
        ("let xs = [1]; let ok = xs.len() == 2 && id(xs) == [1]; print(ok); print(xs);", "false | [1]"),
        ("let mut xs = [1]; for x in id(xs) { xs = [x + 1]; } print(xs);", "[2]"),
        ("let x = [1]; let x = id(x); let x = [x[0], x.len()]; print(x);", "[1, 1]"),
        ("let x = [1]; { let x = id(x); print(x); } print(x);", "[1] | [1]"),
        ("for s in [\"a\", \"b\"] { let t = s; if t == \"a\" { continue; } print(t + s); }", "bb"),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}

#[test]
fn a_list_that_is_its_own_argument() {
    for (source, output) in [
        (
            "let mut xs = [1, 2, 3]; print(xs[xs.len() - 1]); xs.push(xs.len()); print(xs);",
            "3 | [1, 2, 3, 3]",
        ),
        ("let mut xs = [1, 0]; xs[xs[1]] = xs[xs[0]]; print(xs);", "[0, 0]"),
        ("let mut xs = [2, 1, 0]; xs.swap(xs[2], xs[0]); print(xs);", "[0, 1, 2]"),
        ("let mut xs = [1]; xs.insert(xs.len(), xs[0] + 1); print(xs);", "[1, 2]"),
        (
            "let mut g = [[1, 2], [3, 4]]; g[1][0] += g[0][1]; g[g[0][0]][1] *= 2; print(g);",
            "[[1, 2], [5, 8]]",
        ),
        (
            "let mut g = [[1]]; g[0] = g[0].concat(g[0]); g.push(g[0]); g[1].push(9); print(g);",
            "[[1, 1], [1, 1, 9]]",
        ),
        (
            "let mut g = [[0; 2]; 2]; for i in 0..2 { for j in 0..2 { g[i][j] += i * 2 + j; } } print(g);",
            "[[0, 1], [2, 3]]",
        ),
        ("let mut xs = [1]; xs = xs.concat(xs); xs = xs.concat(id(xs)); print(xs);", "[1, 1, 1, 1]"),
        ("let xs = [1]; print(xs == id(xs)); print(xs.concat({ let ys = xs; ys }));", "true | [1, 1]"),
        ("let xs = [1]; print([xs, id(xs), xs].len());", "3"),
        ("let mut g = [[1, 2]]; g[0].push(g[0].remove(0)); print(g);", "[[2, 1]]"),
        ("let mut g = [[3, 1]]; g[g[0].len() - 2].sort(); print(g[0][g[0].len() - 1]);", "3"),
        ("let g = [[[1]]]; print(g[0][0][g[0][0].len() - 1] + g[0][0][0]);", "2"),
        ("let mut xs = [1, 2, 3]; let n = xs.remove(xs.len() - 1) + xs.len(); print(n);", "5"),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}
