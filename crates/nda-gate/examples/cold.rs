//! Cold verdicts in a loop, for profilers: `cold [ROUNDS] [FUNCTIONS]`.

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
        let source = module(functions, round * functions);
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

/// A module of functions that each call the one before; the example calls the last.
fn module(functions: usize, salt: usize) -> String {
    let steps = if functions == 1 { 100 } else { 3 };
    let mut source = String::new();
    let mut below = 0;
    for function in 0..functions {
        let constant = 1000 + salt + function;
        let mut s = 0;
        for i in 0..steps {
            s = (s * 3 + i) % 7;
            if s > 4 {
                s -= 1;
            }
        }
        below += s + constant;
        if function + 1 == functions {
            source.push_str(&format!("#[example(f{function}(3, 7) == {below})]\n"));
        }
        let call = if function == 0 { String::new() } else { format!(" + f{}(n, m)", function - 1) };
        source.push_str(&format!(
            "fn f{function}(n: i64, m: i64) -> i64 {{\n    let mut s = 0;\n    for i in 0..{steps} {{\n        s = (s * n + i) % m;\n        if s > 4 {{\n            s -= 1;\n        }}\n    }}\n    s + {constant}{call}\n}}\n"
        ));
    }
    source
}
