//! Arguments of a run that have parts.

use super::{nda, text};

const SOURCE: &str = "
struct P { x: i64, y: (f64, str) }
struct Metres(f64);
enum Shape { Dot, Circle(f64), Rect { w: f64, h: f64 } }

pub fn pair(t: (i64, str)) -> (i64, str) { t }
pub fn option(x: Option<Option<i64>>) -> Option<Option<i64>> { x }
pub fn result(x: Result<i64, str>) -> Result<i64, str> { x }
pub fn point(p: P) -> P { p }
pub fn metres(m: Metres) -> Metres { m }
pub fn shapes(xs: [Shape]) -> [Shape] { xs }
pub fn map(m: Map<str, [i64]>) -> Map<str, [i64]> { m }
pub fn nested(m: Map<(i64, bool), Map<i64, str>>) -> Map<(i64, bool), Map<i64, str>> { m }
";

#[test]
fn literals_with_parts_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.nda"), SOURCE).expect("the folder is writable");
    let run = |function: &str, argument: &str| {
        let (code, out, err) = text(&nda(folder.path(), &["run", &format!("a.nda::{function}"), argument]));
        (code, format!("{out}{err}"))
    };
    for (function, argument, shown) in [
        ("pair", "(1, \"a\")", "(1, \"a\")"),
        ("option", "Some(Some(-3))", "Some(Some(-3))"),
        ("option", "Some(None)", "Some(None)"),
        ("result", "Err(\"x\")", "Err(\"x\")"),
        ("point", "P { y: (1.5, \"b\"), x: 2 }", "P { x: 2, y: (1.5, \"b\") }"),
        ("metres", "Metres(2.5)", "Metres(2.5)"),
        (
            "shapes",
            "[Dot, Shape::Circle(1.0), Rect { w: 1.0, h: -2.0 }]",
            "[Dot, Circle(1.0), Rect { w: 1.0, h: -2.0 }]",
        ),
        ("map", "{\"b: {\": [2], \"a\": [1, 1], \"a\": []}", "{\"a\": [], \"b: {\": [2]}"),
        ("map", "{}", "{}"),
        ("map", "Map::from([(\"z\", [1])])", "{\"z\": [1]}"),
        ("nested", "{(2, true): {7: \"s\",}, (1, false): {}}", "{(1, false): {}, (2, true): {7: \"s\"}}"),
    ] {
        assert_eq!(run(function, argument), (0, format!("{shown}\n")), "{function} {argument}");
    }
    for (function, argument, said) in [
        ("pair", "(1, \"a\", 2)", "`(1, \"a\", 2)` is no (i64, str): write it as (…, …)"),
        ("option", "5", "write it as None or Some(…)"),
        ("point", "P { x: 1 }", "write it as P { x: …, y: … }"),
        ("point", "P { x: 1, y: (1, \"b\") }", "`1` is no f64: write 1.0"),
        ("shapes", "[Square]", "write it as Dot or Circle(…) or Rect { w: …, h: … }"),
        ("map", "7", "write a map as {\"a\": 1}"),
        ("map", "{\"a\": [1]", "is no"),
        ("map", "{\"a\"}", "write a map as"),
    ] {
        let (code, out) = run(function, argument);
        assert!(code == 2 && out.contains(said), "{function} {argument}: {code} {out}");
    }
}
