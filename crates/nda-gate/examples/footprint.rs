//! Memory per compiled record and per definition: the numbers that `cargo xtask bench` prints last.

use nda_engine::Engine;
use nda_gate::Gate;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut source = String::new();
    for index in 0..1_000 {
        source.push_str(&format!(
            "fn f{index}(n: i64, m: i64) -> i64 {{\n    let mut s = 0;\n    for i in 0..n {{\n        s = (s * 3 + i) % m;\n        \
             if s > 4 {{\n            s -= 1;\n        }}\n    }}\n    s + {index}\n}}\n"
        ));
    }
    let mut gate = Gate::new(Engine::new());
    let submission = gate.examine(&source)?;
    let (mut code, mut nodes, mut bytes) = (0, 0, 0);
    for judged in &submission.verdict.definitions {
        let (unit_bytes, unit_nodes) = gate.engine().code_size(&submission, judged.hash)?;
        code += unit_bytes;
        nodes += u64::from(unit_nodes);
        bytes += judged.definition.bytes().len();
    }
    let count = submission.verdict.definitions.len();
    println!("1000 functions of ten lines, {} records each", nodes / count as u64);
    println!("compiled code       {:6.1} bytes per record", code as f64 / nodes as f64);
    println!("canonical bytes     {:6.1} bytes per definition", bytes as f64 / count as f64);
    println!("(bytes in the store, indices and history included: `commit_cost` above)");
    Ok(())
}
