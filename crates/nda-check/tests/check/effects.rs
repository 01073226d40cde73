//! Capabilities: what is declared, what is needed, what callers need.

use crate::{codes, said};
use expect_test::expect;

#[test]
fn as_people_read_them() {
    expect![[r#"
        error[E0401]: this needs the capability `clock`, which the function does not declare
         --> a.nda:1:17
          |
        1 | fn f() -> i64 { clock::now() }
          |                 ^^^^^^^^^^ needs `clock`
          |
        help: declare it; callers of this function must then declare it too
          |
        1 + #[uses(clock)]
          |

        error[E0401]: this needs the capability `clock`, which the function does not declare
         --> a.nda:2:17
          |
        2 | fn g() -> i64 { stamp() }
          |                 ^^^^^ needs `clock`
          |
        help: declare it; callers of this function must then declare it too
          |
        2 + #[uses(clock)]
          |
    "#]]
    .assert_eq(&said("fn f() -> i64 { clock::now() }\nfn g() -> i64 { stamp() }"));
    expect![[r#"
        error[E0405]: there is no capability `clok`
         --> a.nda:1:8
          |
        1 | #[uses(clok)] fn f() {}
          |        ^^^^
          |
        help: there is `clock`
          |
        1 | #[uses(clock)] fn f() {}
          |           +

        warning[W0006]: nothing here needs the capability `clok`
         --> a.nda:1:8
          |
        1 | #[uses(clok)] fn f() {}
          |        ^^^^
    "#]]
    .assert_eq(&said("#[uses(clok)] fn f() {}"));
    expect![[r#"
        warning[W0006]: nothing here needs the capability `net`
         --> a.nda:1:15
          |
        1 | #[uses(clock, net)] fn f() -> i64 { clock::now() }
          |               ^^^
    "#]]
    .assert_eq(&said("#[uses(clock, net)] fn f() -> i64 { clock::now() }"));
}

#[test]
fn callers_declare_what_callees_use() {
    for (source, expected) in [
        ("#[uses(clock)] fn f() -> i64 { clock::now() }", ""),
        ("#[uses(clock)] fn f() -> i64 { clock::now() } fn g() -> i64 { f() }", "E0401"),
        ("#[uses(clock)] fn f() -> i64 { clock::now() } #[uses(clock)] fn g() -> i64 { f() }", ""),
        ("#[uses(clock)] fn f() -> i64 { g() } #[uses(clock)] fn g() -> i64 { f() }", ""),
        ("#[uses(net)] fn f() -> i64 { clock::now() }", "E0401 W0006"),
        ("#[uses(net)] fn f() -> str { net::get(\"a\") }", ""),
        ("#[uses(net)] fn f() -> str { net::get(1) }", "E0201"),
        ("#[uses(net)] fn f() -> str { net::get() }", "E0202"),
        ("const A: i64 = clock::now();", "E0505 E0402"),
        ("fn f() { print(1); panic(\"a\"); }", ""),
        ("fn f() { clock::later(); }", "E0101"),
        ("use stamp as s; fn f() -> i64 { s() }", "E0401"),
        ("use geo::SIDES; fn f() -> i64 { SIDES + geo::SIDES }", ""),
        ("use geo::SIDES; const N: i64 = SIDES * 2; fn f() -> i64 { N }", ""),
    ] {
        assert_eq!(codes(source).join(" "), expected, "{source}");
    }
}
