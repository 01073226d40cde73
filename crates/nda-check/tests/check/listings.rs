//! Programs and their records: order of evaluation, ownership, releases. Read one, and see whether it is what you would
//! have written by hand.

use crate::listing;
use expect_test::{Expect, expect};

fn case(source: &str, expected: Expect) {
    expected.assert_eq(&listing(source));
}

#[test]
fn arithmetic_and_variables() {
    case(
        "fn f(a: i64, b: i64) -> i64 { let c = a * 2; c - b % 3 }",
        expect![[r#"
        f
        %0    load copy $0
        %1    int 2
        %2    math mul
        %3    let $2 i64
        %4    load copy $2
        %5    load copy $1
        %6    int 3
        %7    math rem
        %8    math sub
        %9    scope 2 0
    "#]],
    );
    case(
        "fn f(mut n: i64) -> i64 { n += 1; n += { n = 5; 2 }; n }",
        expect![[r#"
        f
        %0    load copy $0
        %1    int 1
        %2    math add
        %3    store $0
        %4    int 5
        %5    store $0
        %6    int 2
        %7    scope 2 0
        %8    let $1 i64
        %9    load copy $0
        %10   load copy $1
        %11   math add
        %12   store $0
        %13   scope 2 0
        %14   load copy $0
        %15   scope 3 0
    "#]],
    );
    case(
        "fn f(x: f64) -> i64 { -x.sqrt().max(0.5) as i64 + true as i64 + -3 }",
        expect![[r#"
        f
        %0    load copy $0
        %1    unary fsqrt
        %2    float 0.5
        %3    math fmax
        %4    unary fneg
        %5    unary float_to_int
        %6    bool true
        %7    unary bool_to_int
        %8    math add
        %9    int -3
        %10   math add
    "#]],
    );
}

#[test]
fn branches() {
    case(
        "fn f(a: bool, b: bool) -> i64 { if a && !b { 1 } else if b || a { 2 } else { return 3 } }",
        expect![[r#"
        f
        %0    load copy $0
        %1    rhs
        %2      load copy $1
        %3      unary bnot
        %4    and
        %5    then
        %6      int 1
        %7    else
        %8      load copy $1
        %9      rhs
        %10       load copy $0
        %11     or
        %12     then
        %13       int 2
        %14     else
        %15       int 3
        %16       return
        %17     if
        %18   if
    "#]],
    );
    case(
        "fn f(n: i64) { if n > 0 { print(n); } }",
        expect![[r#"
        f
        %0    load copy $0
        %1    int 0
        %2    compare gt i64
        %3    then
        %4      load copy $0
        %5      builtin print copy
        %6    else
        %7      unit
        %8    if
    "#]],
    );
    case(
        "fn f(xs: [i64], b: bool) -> [i64] { if b { xs } else { [] } }",
        expect![[r#"
        f
        %0    load copy $1
        %1    then
        %2      load move $0
        %3    else
        %4      list 0 [i64]
        %5    if
        %6    drop $0
        %7    scope 2 1
    "#]],
    );
}

#[test]
fn loops() {
    case(
        "fn f(mut n: i64) { while n > 0 { n -= 1; if n == 3 { continue; } if n == 2 { break; } } }",
        expect![[r#"
        f
        %0    while_begin
        %1      load copy $0
        %2      int 0
        %3      compare gt i64
        %4    do
        %5      load copy $0
        %6      int 1
        %7      math sub
        %8      store $0
        %9      load copy $0
        %10     int 3
        %11     compare eq i64
        %12     then
        %13       continue 0
        %14     else
        %15       unit
        %16     if
        %17     load copy $0
        %18     int 2
        %19     compare eq i64
        %20     then
        %21       unit
        %22       break 0
        %23     else
        %24       unit
        %25     if
        %26     scope 3 0
        %27   while
    "#]],
    );
    case(
        "fn f() -> i64 { let mut s = 0; for i in (1..=9).rev().step_by(2) { s += i; } s }",
        expect![[r#"
        f
        %0    int 0
        %1    let $0 i64
        %2    int 1
        %3    int 9
        %4    int 2
        %5    for_begin $1 inclusive reversed stepped
        %6      load copy $0
        %7      load copy $1
        %8      math add
        %9      store $0
        %10   for
        %11   load copy $0
        %12   scope 3 0
    "#]],
    );
    case(
        "fn f(xs: [[i64]]) { 'a: for row in xs { for x in row { if x == 0 { break 'a; } print(row); } } }",
        expect![[r#"
        f
        %0    load move $0
        %1    each_begin $1 [i64]
        %2      load share $1
        %3      each_begin $2 i64
        %4        load copy $2
        %5        int 0
        %6        compare eq i64
        %7        then
        %8          unit
        %9          drop $1
        %10         scope 2 1
        %11         break 1
        %12       else
        %13         unit
        %14       if
        %15       load borrow $1
        %16       builtin print copy
        %17       scope 2 0
        %18     each
        %19     drop $1
        %20     scope 2 1
        %21   each
        %22   drop $0
        %23   scope 2 1
    "#]],
    );
    case(
        "fn f() -> i64 { loop { let s = \"a\"; if s.len() > 0 { break s.len(); } } }",
        expect![[r#"
        f
        %0    loop_begin i64
        %1      text 0 1  ; "a"
        %2      let $0 str
        %3      load borrow $0
        %4      builtin len copy
        %5      int 0
        %6      compare gt i64
        %7      then
        %8        load borrow $0
        %9        builtin len copy
        %10       drop $0
        %11       scope 2 1
        %12       break 0
        %13     else
        %14       unit
        %15     if
        %16     drop $0
        %17     scope 3 1
        %18   loop
    "#]],
    );
}

#[test]
fn objects() {
    case(
        "fn f(xs: [i64]) -> i64 { xs[xs.len() - 1] }",
        expect![[r#"
        f
        %0    load borrow $0
        %1    load borrow $0
        %2    builtin len copy
        %3    int 1
        %4    math sub
        %5    builtin index copy
        %6    drop $0
        %7    scope 2 1
    "#]],
    );
    case(
        "fn f(mut xs: [i64]) -> [i64] { xs.push(xs.len()); xs[0] = xs[1]; xs[0] += 2; xs }",
        expect![[r#"
        f
        %0    load borrow $0
        %1    builtin len copy
        %2    place push $0 0
        %3    load borrow $0
        %4    int 1
        %5    builtin index copy
        %6    int 0
        %7    place set $0 1
        %8    int 2
        %9    int 0
        %10   update add $0 1
        %11   load move $0
        %12   scope 4 0
    "#]],
    );
    case(
        "fn f(mut g: [[i64]], i: i64) -> [i64] { g[i].push(1); g[i][0] *= 3; let row = g[i]; row }",
        expect![[r#"
        f
        %0    load copy $1
        %1    int 1
        %2    place push $0 1
        %3    int 3
        %4    load copy $1
        %5    int 0
        %6    update mul $0 2
        %7    load borrow $0
        %8    load copy $1
        %9    builtin index share
        %10   let $2 [i64]
        %11   load move $2
        %12   drop $0
        %13   scope 5 1
    "#]],
    );
    case(
        "fn f(s: str) -> str { let mut t = s + \"b\"; t += s; t + t }",
        expect![[r#"
        f
        %0    load share $0
        %1    text 0 1  ; "b"
        %2    builtin join copy
        %3    let $1 str
        %4    load move $0
        %5    place append $1 0
        %6    load share $1
        %7    load borrow $1
        %8    builtin join copy
        %9    drop $1
        %10   drop $0
        %11   scope 5 2
    "#]],
    );
    case(
        "fn f(a: [str], b: [str]) -> bool { a == b || a.contains(b[0]) }",
        expect![[r#"
        f
        %0    load borrow $0
        %1    load borrow $1
        %2    compare eq [str]
        %3    rhs
        %4      load borrow $0
        %5      load borrow $1
        %6      int 0
        %7      builtin index borrow
        %8      builtin contains copy
        %9    or
        %10   drop $1
        %11   drop $0
        %12   scope 3 2
    "#]],
    );
    case(
        "fn g(xs: [i64]) -> [i64] { xs } fn f(xs: [i64]) -> [i64] { let ys = g(xs); g(ys).concat(xs) }",
        expect![[r#"
        g
        %0    load move $0
        f
        %0    load share $0
        %1    call 0 1
        %2    let $1 [i64]
        %3    load move $1
        %4    call 0 1
        %5    load borrow $0
        %6    builtin concat copy
        %7    drop $1
        %8    drop $0
        %9    scope 4 2
    "#]],
    );
    case(
        "fn f(xs: [i64]) -> bool { xs == { if xs.len() > 3 { return false } xs } }",
        expect![[r#"
        f
        %0    load share $0
        %1    load borrow $0
        %2    builtin len copy
        %3    int 3
        %4    compare gt i64
        %5    then
        %6      bool false
        %7      drop $0
        %8      scope 2 1
        %9      return
        %10   else
        %11     unit
        %12   if
        %13   load move $0
        %14   scope 2 0
        %15   compare eq [i64]
        %16   drop $0
        %17   scope 2 1
    "#]],
    );
    case(
        "fn f() { let a = [1]; let b = [\"x\"; 2]; let _ = a; print(b[0]); }",
        expect![[r#"
        f
        %0    int 1
        %1    list 1 [i64]
        %2    let $0 [i64]
        %3    text 0 1  ; "x"
        %4    int 2
        %5    builtin repeat copy
        %6    let $1 [str]
        %7    load borrow $0
        %8    discard
        %9    load borrow $1
        %10   int 0
        %11   builtin index borrow
        %12   builtin print copy
        %13   drop $1
        %14   drop $0
        %15   scope 6 2
    "#]],
    );
    case(
        "const XS: [i64] = [1, 2]; fn f(i: i64) -> i64 { XS[i] + XS.len() }",
        expect![[r#"
        XS
        %0    int 1
        %1    int 2
        %2    list 2 [i64]
        f
        %0    const 0
        %1    load copy $0
        %2    builtin index copy
        %3    const 0
        %4    builtin len copy
        %5    math add
    "#]],
    );
    case(
        "fn f(xs: [i64]) -> [i64] { xs[1..] }",
        expect![[r#"
        f
        %0    load borrow $0
        %1    int 1
        %2    builtin slice_from copy
        %3    drop $0
        %4    scope 2 1
    "#]],
    );
}

#[test]
fn effects_and_ends() {
    case(
        "#[uses(clock)] fn f() -> i64 { assert(stamp() > 0, \"early\"); clock::now() }",
        expect![[r#"
        f
        %0    call 0 0
        %1    int 0
        %2    compare gt i64
        %3    text 5 5  ; "early"
        %4    builtin assert copy
        %5    host 0 0  ; clock::now
        %6    scope 2 0
    "#]],
    );
    case(
        "fn f(n: i64) -> i64 { if n < 0 { panic(\"negative\"); } f(n - 1) }",
        expect![[r#"
        f
        %0    load copy $0
        %1    int 0
        %2    compare lt i64
        %3    then
        %4      text 0 8  ; "negative"
        %5      builtin panic copy
        %6    else
        %7      unit
        %8    if
        %9    load copy $0
        %10   int 1
        %11   math sub
        %12   call 0 1
        %13   scope 2 0
    "#]],
    );
    case(
        "fn f() -> i64 { let x = return 1; x }",
        expect![[r#"
        f
        %0    int 1
        %1    return
    "#]],
    );
}
