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
        let mut source = String::new();
        for function in 0..functions {
            let constant = 1000 + round * functions + function;
            if function + 1 == functions {
                let mut s = 0;
                for i in 0..100 {
                    s = (s * 3 + i) % 7;
                    if s > 4 {
                        s -= 1;
                    }
                }
                source.push_str(&format!("#[example(f{function}(3, 7) == {})]\n", s + constant));
            }
            source.push_str(&format!(
                "fn f{function}(n: i64, m: i64) -> i64 {{\n    let mut s = 0;\n    for i in 0..100 {{\n        s = (s * n + i) % m;\n        if s > 4 {{\n            s -= 1;\n        }}\n    }}\n    s + {constant}\n}}\n"
            ));
        }
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
