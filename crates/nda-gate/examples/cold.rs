//! Cold verdicts in a loop, for profilers: `cold [ROUNDS] [FUNCTIONS]`; 0 functions stand for the program of one line.

use nda_engine::Engine;
use nda_gate::Gate;

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse::<usize>().ok());
    let (rounds, functions) = (args.next().unwrap_or(10_000), args.next().unwrap_or(1));
    let mut gate = Gate::new(Engine::new());
    let mut total = std::time::Duration::ZERO;
    let mut best = std::time::Duration::MAX;
    let mut cost = nda_gate::Cost::default();
    for round in 0..rounds {
        let source = module(functions, round * functions.max(1));
        let started = std::time::Instant::now();
        let verdict = gate.submit(&source).expect("there is no store");
        let took = started.elapsed();
        total += took;
        best = best.min(took);
        assert!(verdict.is_admitted(), "{:?}", verdict.diagnostics);
        cost = verdict.cost;
    }
    println!("mean {:?} best {best:?} {cost:?}", total / rounds as u32);
}

/// The cold programs of `benches/peers`: functions that each call the one before; the example calls the last.
fn module(functions: usize, salt: usize) -> String {
    if functions == 0 {
        let expected = 10_021 + salt;
        return format!(
            "#[example(f0(3, 7) == {expected})]\nfn f0(a: i64, b: i64) -> i64 {{ a * b + {} }}\n",
            expected - 21
        );
    }
    let (steps, salt) = (if functions == 1 { 100 } else { 3 }, 10_000 + salt as i64);
    let mut source = String::new();
    for index in 0..functions {
        if index + 1 == functions {
            let expected = evaluate(index as i64, salt, steps, 3, 7);
            source.push_str(&format!("#[example(f{index}(3, 7) == {expected})]\n"));
        }
        let start = match index {
            0 => "a".to_owned(),
            _ => format!("f{}(b, a)", index - 1),
        };
        let own = salt + index as i64;
        source.push_str(&format!(
            "fn f{index}(a: i64, b: i64) -> i64 {{
    let mut s = {start} + {own};
    for i in 0..{steps} {{
        s = (s * 31 + a * i + b) % 65521;
        if s > 40000 {{
            s = s - 7;
        }}
    }}
    s
}}
"
        ));
    }
    source
}

/// The functions of [`module`], in Rust.
fn evaluate(index: i64, salt: i64, steps: i64, a: i64, b: i64) -> i64 {
    let mut s = salt + index + if index == 0 { a } else { evaluate(index - 1, salt, steps, b, a) };
    for i in 0..steps {
        s = (s * 31 + a * i + b) % 65521;
        if s > 40000 {
            s -= 7;
        }
    }
    s
}
