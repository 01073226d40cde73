//! The checker, text in and text out: diagnostics, graphs, runs, hashes, pages.

mod chains;
mod diagnostics;
mod effects;
mod everyday;
mod formats;
mod fuzz;
mod hashes;
mod limits;
mod listings;
mod maps;
mod modules;
mod options;
mod ownership;
mod pages;
mod runs;
mod tensors;
mod warnings;

use nda_check::{CheckedItem, Checker, External, HostFunction, Scope};
use nda_diagnostics::{Code, Diagnostic, Fix, Safety, render};
use nda_graph::{Limits, Signature, Ty, Value};
use nda_testkit::program::Compiled;

/// A world with a clock, a network, and committed definitions.
pub struct World;

impl Scope for World {
    fn definition(&self, name: &str) -> Option<External> {
        let hash = nda_graph::Hash::of("test", name.as_bytes());
        match name {
            "geo::area" => Some(External {
                hash,
                signature: Signature::plain(vec![Ty::F64, Ty::F64], Ty::F64),
                constant: None,
                uses: Vec::new(),
                within: String::new(),
                in_place: nda_check::InPlace::default(),
                is_type: false,
                hands_on: None,
            }),
            "geo::SIDES" => Some(External {
                hash,
                signature: Signature::plain(Vec::new(), Ty::I64),
                constant: Some(Value::Int(4)),
                uses: Vec::new(),
                within: String::new(),
                in_place: nda_check::InPlace::default(),
                is_type: false,
                hands_on: None,
            }),
            "stamp" => Some(External {
                hash,
                signature: Signature::plain(Vec::new(), Ty::I64),
                constant: None,
                uses: vec!["clock".into()],
                within: String::new(),
                in_place: nda_check::InPlace::default(),
                is_type: false,
                hands_on: None,
            }),
            "geo::inner::secret" => Some(External {
                hash,
                signature: Signature::plain(Vec::new(), Ty::I64),
                constant: None,
                uses: Vec::new(),
                within: "geo::inner".into(),
                in_place: nda_check::InPlace::default(),
                is_type: false,
                hands_on: None,
            }),
            _ => None,
        }
    }

    fn namespace(&self, path: &str) -> bool {
        matches!(path, "geo" | "geo::inner")
    }

    fn host(&self, name: &str) -> Option<HostFunction> {
        let (capability, params, ret) = match name {
            "clock::now" => ("clock", vec![], Ty::I64),
            "net::get" => ("net", vec![Ty::STR], Ty::STR),
            _ => return None,
        };
        Some(HostFunction { capability: capability.into(), signature: Signature::plain(params, ret) })
    }

    fn capabilities(&self) -> Vec<String> {
        vec!["clock".into(), "net".into()]
    }

    fn near(&self, name: &str) -> Option<String> {
        nda_diagnostics::nearest(name, ["geo::area", "geo::SIDES", "stamp"]).map(str::to_owned)
    }
}

/// Parses and checks; everything that was said, and what passed.
pub fn check(source: &str) -> (Vec<Diagnostic>, Vec<CheckedItem>) {
    let (tree, mut diagnostics) = nda_syntax::parse(source);
    let items = Checker::default().check(&tree, source, &World, &mut diagnostics);
    (diagnostics, items)
}

/// The codes of everything that was said.
pub fn codes(source: &str) -> Vec<&'static str> {
    check(source).0.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

/// Everything that was said, as a terminal without colours shows it.
pub fn said(source: &str) -> String {
    let (diagnostics, _) = check(source);
    assert!(diagnostics.iter().all(|found| !matches!(found.code, Code::BadRecord | Code::FunctionTooLarge)));
    let texts: Vec<String> =
        diagnostics.iter().map(|found| render::render(found, source, "a.nda", false)).collect();
    repair(source);
    texts.join("\n\n") + "\n"
}

/// Applies a fix.
pub fn fixed(source: &str, fix: &Fix) -> String {
    let mut text = source.to_owned();
    for edit in fix.edits.iter().rev() {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    text
}

/// Applies the safe fix of every error, one after the other: each must answer its error.
fn repair(source: &str) {
    let errors = |source: &str| check(source).0.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>();
    let mut source = source.to_owned();
    let mut before = errors(&source);
    while let Some(fix) =
        before.iter().find_map(|found| found.fix.clone().filter(|fix| fix.safety == Safety::Safe))
    {
        let after = fixed(&source, &fix);
        let left = errors(&after);
        assert!(left.len() < before.len(), "the fix `{}` does not help:\n{after}\n{left:#?}", fix.message);
        (source, before) = (after, left);
    }
}

/// The records of every function and constant, under their names.
pub fn listing(source: &str) -> String {
    let (tree, mut diagnostics) = nda_syntax::parse(source);
    let items = Checker::default().check(&tree, source, &World, &mut diagnostics);
    assert!(!diagnostics.iter().any(Diagnostic::is_error), "{diagnostics:#?}");
    let mut text = String::new();
    for item in items {
        let name = tree.items[item.item].name.map_or("?", |name| tree.name(name.symbol, source));
        assert_eq!(item.spans.len(), item.definition.view().node_count() as usize);
        text += &format!("{name}\n{}", hide(&nda_graph::listing::list(item.definition.view())));
    }
    text
}

/// Hashes change with every bit of a callee; the listings here are about something else.
fn hide(listing: &str) -> String {
    let lines = listing.lines().map(|line| match line.split_once("  ; #") {
        Some((record, _)) => format!("{record}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// What `main` gives: its value and lines, or its trap.
pub fn run(source: &str) -> String {
    let program = Compiled::new(source).unwrap_or_else(|diagnostics| {
        let texts: Vec<String> =
            diagnostics.iter().map(|found| render::render(found, source, "a.nda", false)).collect();
        panic!("{}", texts.join("\n\n"))
    });
    let outcome = program.run("main", &[], &Limits::default());
    let end = match &outcome.result {
        Ok(Value::Unit) => String::new(),
        Ok(value) => format!("{value}"),
        Err(trap) => format!("{trap}"),
    };
    format!("{}{end}", outcome.output)
}
