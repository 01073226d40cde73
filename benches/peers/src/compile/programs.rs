//! Functions of a given size, in the language and in wasm, with what they give.

use std::fmt::Write as _;

use anyhow::{Result, anyhow, ensure};
use nda_engine::{Engine, Hash};
use nda_gate::Gate;
use nda_graph::Definition;

/// How many functions are compiled together; each has constants of its own.
pub const FUNCTIONS: usize = 8;

/// What they are called with.
pub const ARGS: (i64, i64) = (3, 5);

/// Functions of one size.
pub struct Program {
    /// How many records a function was to have.
    pub size: usize,
    /// How many it has.
    pub records: u32,
    /// The functions, verified.
    pub definitions: Vec<(Hash, Definition)>,
    /// The same as a wasm module, which exports them as `f0`, `f1` and so on.
    pub wasm: Vec<u8>,
    /// What each gives.
    pub answers: Vec<i64>,
}

impl Program {
    /// Functions of at least about `size` records.
    pub fn new(size: usize) -> Result<Self> {
        let mut blocks = 0;
        loop {
            let definitions = definitions(blocks)?;
            let records = definitions[0].1.view().node_count();
            if records as usize >= size {
                let wasm = wat::parse_str(wasm(blocks))?;
                let answers = (0..FUNCTIONS).map(|function| evaluate(function, blocks)).collect();
                return Ok(Self { size, records, definitions, wasm, answers });
            }
            // The larger ones grow by what a block has.
            blocks += (size.saturating_sub(records as usize) / 40).max(1);
        }
    }
}

fn definitions(blocks: usize) -> Result<Vec<(Hash, Definition)>> {
    let text: String = (0..FUNCTIONS).map(|function| function_text(function, blocks)).collect();
    let submission = Gate::new(Engine::new()).examine(&text)?;
    if let Some(found) = submission.verdict.diagnostics.iter().find(|found| found.is_error()) {
        return Err(anyhow!("{}: {}", found.code, found.message));
    }
    let mut definitions = Vec::new();
    for function in 0..FUNCTIONS {
        let name = format!("f{function}");
        let judged = submission.verdict.definitions.iter().find(|judged| judged.name == name);
        definitions.extend(judged.map(|judged| (judged.hash, judged.definition.clone())));
    }
    ensure!(definitions.len() == FUNCTIONS, "{} of {FUNCTIONS} functions came back", definitions.len());
    Ok(definitions)
}

/// The constant of a block of a function: no two are alike.
fn salt(function: usize, block: usize) -> i64 {
    10_007 + (function * 100 + block) as i64 * 3
}

/// Without blocks a sum of products; else a loop over blocks, each a step of a recurrence and a condition.
fn function_text(function: usize, blocks: usize) -> String {
    let start = salt(function, 0);
    let mut text = format!("fn f{function}(a: i64, b: i64) -> i64 {{\n");
    if blocks == 0 {
        put(&mut text, format_args!("    a * b + b * {start} - a\n"));
    } else {
        put(&mut text, format_args!("    let mut s = a + {start};\n    for i in 0..10 {{\n"));
        for block in 1..=blocks {
            let salt = salt(function, block);
            put(
                &mut text,
                format_args!(
                    "        s = (s * 31 + a * i + b) % {salt};\n        if s > {} {{\n            s = s - 7;\n        }}\n",
                    salt / 2
                ),
            );
        }
        text.push_str("    }\n    s\n");
    }
    text.push_str("}\n");
    text
}

fn wasm(blocks: usize) -> String {
    let mut text = "(module\n".to_owned();
    for function in 0..FUNCTIONS {
        let start = salt(function, 0);
        put(
            &mut text,
            format_args!(
                "  (func (export \"f{function}\") (param $a i64) (param $b i64) (result i64) (local $s i64) (local $i i64)\n"
            ),
        );
        if blocks == 0 {
            put(
                &mut text,
                format_args!(
                    "    (i64.sub (i64.add (i64.mul (local.get $a) (local.get $b))
      (i64.mul (local.get $b) (i64.const {start}))) (local.get $a)))\n"
                ),
            );
            continue;
        }
        put(
            &mut text,
            format_args!("    (local.set $s (i64.add (local.get $a) (i64.const {start})))\n    (loop $next\n"),
        );
        for block in 1..=blocks {
            let salt = salt(function, block);
            put(
                &mut text,
                format_args!(
                    "      (local.set $s (i64.rem_s (i64.add (i64.add (i64.mul (local.get $s) (i64.const 31))
        (i64.mul (local.get $a) (local.get $i))) (local.get $b)) (i64.const {salt})))
      (if (i64.gt_s (local.get $s) (i64.const {}))
        (then (local.set $s (i64.sub (local.get $s) (i64.const 7)))))\n",
                    salt / 2
                ),
            );
        }
        text.push_str(
            "      (br_if $next (i64.lt_s (local.tee $i (i64.add (local.get $i) (i64.const 1))) (i64.const 10))))
    (local.get $s))\n",
        );
    }
    text.push_str(")\n");
    text
}

/// The functions, in Rust.
fn evaluate(function: usize, blocks: usize) -> i64 {
    let (a, b) = ARGS;
    let start = salt(function, 0);
    if blocks == 0 {
        return a * b + b * start - a;
    }
    let mut s = a + start;
    for i in 0..10 {
        for block in 1..=blocks {
            let salt = salt(function, block);
            s = (s * 31 + a * i + b) % salt;
            if s > salt / 2 {
                s -= 7;
            }
        }
    }
    s
}

fn put(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("writing into a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_about_what_was_asked_for() {
        for size in [10, 100, 1000] {
            let program = Program::new(size).unwrap();
            assert!((size..size * 5 / 4 + 5).contains(&(program.records as usize)), "{}", program.records);
        }
    }
}
