//! What narrowing takes away, and what it leaves.

use super::guidance::{lark, taken};
use super::reader::Gbnf;
use super::texts;
use nda_grammar::{Format, Scope};

fn scope(functions: &[&str], capabilities: &[&str]) -> Scope {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Scope { functions: owned(functions), records: Vec::new(), capabilities: owned(capabilities) }
}

#[test]
fn only_what_is_in_scope_is_called() {
    let scope = scope(&["area", "geo::side", "clock::now"], &["clock"]);
    let matcher = lark(Some(&scope));
    let gbnf = Gbnf::read(&nda_grammar::print(Format::Gbnf, Some(&scope)));
    for (body, fits) in [
        ("area(1)", true),
        ("geo::side(2)", true),
        ("crate::geo::side(2)", true),
        ("are(1)", false),
        ("area_of(1)", false),
        ("geo::area(1)", false),
        ("side(1)", false),
        ("print(area)", true),
        ("xs.anything(1)", true),
        ("Some(1)", true),
        ("geo::Shape::new(1)", true),
        ("str::from_code(1)", true),
        ("str::other(1)", false),
        ("geo::LIMIT + area + 1", true),
    ] {
        let text = format!("#[uses(clock)]\nfn f() {{\n    {body}\n}}\n");
        assert_eq!(taken(&matcher, &text) == text.len(), fits, "{body}");
        assert_eq!(gbnf.takes(&text).0 == text.chars().count(), fits, "{body}");
    }
    for (attribute, fits) in [("#[uses(clock)]", true), ("#[uses(fs)]", false)] {
        let text = format!("{attribute}\nfn f() {{}}\n");
        assert_eq!(taken(&matcher, &text) == text.len(), fits, "{attribute}");
    }
    assert_eq!(gbnf.left_recursive(), None);
}

#[test]
fn programs_that_call_their_own_functions_fit_into_their_own_scope() {
    let mut tried = 0;
    for text in texts::all().iter().filter(|text| text.from.starts_with("examples/")) {
        let functions: Vec<&str> =
            text.source.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).collect();
        let matcher = lark(Some(&scope(&functions, &["clock"])));
        let count = taken(&matcher, &text.source);
        assert_eq!(count, text.source.len(), "{}: {}⟂", text.from, &text.source[..count]);
        tried += 1;
        if tried == 12 {
            break;
        }
    }
}
