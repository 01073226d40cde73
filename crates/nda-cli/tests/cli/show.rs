//! `nda show`: what a definition becomes.

use super::{folder, nda, text};

#[test]
fn the_graph_after_each_pass() {
    let folder = folder();
    let path = folder.path();
    let source = "fn one(n: i64) -> i64 { let k = 2 + 3; let j = k; if 1 < 2 { n * j } else { 0 } }\n";
    std::fs::write(path.join("b.nda"), source).expect("the folder is writable");
    nda(path, &["init"]);
    assert_eq!(text(&nda(path, &["commit", "b.nda"])).0, 0);
    let (code, shown, problems) = text(&nda(path, &["show", "--passes", "one"]));
    assert_eq!((code, problems.as_str()), (0, ""));
    let parts: Vec<(&str, &str)> =
        shown.split("\n; ").filter_map(|part| part.trim_start_matches("; ").split_once('\n')).collect();
    let heads: Vec<&str> = parts.iter().map(|(head, _)| *head).collect();
    let graph = ["propagate", "fold", "branches", "inline", "recurrence"].map(|pass| format!("after {pass}"));
    let graph: Vec<&str> = graph.iter().map(String::as_str).collect();
    let all = ["translated", "after straighten", "after checks", "after select"];
    assert_eq!(heads, [&["as committed"], &graph[..], &all].concat());
    let after = |pass: &str| parts.iter().find(|(head, _)| *head == pass).expect(pass).1;
    assert!(after("as committed").contains("math add") && after("after propagate").contains("math add"));
    assert!(!after("after fold").contains("math add") && after("after fold").contains("then"));
    assert!(!after("after branches").contains("then") && after("after branches").contains("math mul"));
    let (_, plain, _) = text(&nda(path, &["show", "--passes", "-O", "0", "one"]));
    assert!(plain.contains("; translated") && !plain.contains("; after straighten"), "{plain}");
    let (_, some, _) = text(&nda(path, &["show", "--passes", "-O", "1", "one"]));
    assert!(some.contains("; after straighten") && !some.contains("; after checks"), "{some}");
    assert_eq!(text(&nda(path, &["show", "--passes", "-O", "3", "one"])).0, 2);
}

/// The graph's function gives what it changes; a line for people says it as its author does.
#[test]
fn what_is_changed_in_place_is_shown_as_it_is_written() {
    let folder = folder();
    let path = folder.path();
    let source = "struct S { xs: [i64] }\n\
        impl S {\n    fn feed(&mut self, from: &mut [i64], n: i64) -> Option<i64> {\n        self.xs.push(n);\n        from.pop()\n    }\n}\n\
        fn swap<T>(a: &mut T, b: &mut T) {\n    let kept = a;\n    a = b;\n    b = kept;\n}\n\
        fn bump(n: &mut i64) {\n    n += 1;\n}\n";
    std::fs::write(path.join("s.nda"), source).expect("the folder is writable");
    let lines = [
        "fn S::feed(&mut self, from: &mut [i64], n: i64) -> Option<i64>",
        "fn swap<T>(a: &mut T, b: &mut T)",
        "fn bump(n: &mut i64)",
    ];
    let (code, out, err) = text(&nda(path, &["check", "s.nda"]));
    assert!(code == 0 && lines.iter().all(|line| out.contains(line)), "{out}{err}");
    for setup in [&["init"][..], &["commit", "s.nda"]] {
        assert_eq!(text(&nda(path, setup)).0, 0, "{setup:?}");
    }
    let (_, out, _) = text(&nda(path, &["ls"]));
    assert!(lines.iter().all(|line| out.lines().any(|found| found.ends_with(line))), "{out}");
    assert_eq!(text(&nda(path, &["run", "bump", "4"])).1, "5\n");
}
