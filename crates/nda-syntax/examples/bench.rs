//! Measures the parser: `cargo run --release -p nda-syntax --example bench`.

use std::time::Instant;

const LINE: &str = "fn main() -> i64 { 1 + 2 * 3 }\n";
const TEN_LINES: &str = "fn collatz(limit: i64) -> i64 {
    let mut best = 0;
    for n in 1..limit {
        let mut steps = n * 3 + 1;
        while steps % 2 == 0 && steps > best {
            steps = steps / 2;
        }
        best = best + steps;
    }
    best
}
";

fn main() {
    let hundred: String = (0..100).map(|n| TEN_LINES.replace("collatz", &format!("collatz_{n}"))).collect();
    for (name, source) in [("one line", LINE), ("ten lines", TEN_LINES), ("hundred functions", &hundred)] {
        let mut tree = nda_syntax::Tree::default();
        let mut problems = Vec::new();
        let repeats = 20_000_000 / (source.len() + 50);
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..repeats {
                nda_syntax::parse_into(&mut tree, std::hint::black_box(source), &mut problems);
            }
            best = best.min(start.elapsed().as_secs_f64() / repeats as f64);
        }
        assert!(problems.is_empty(), "{problems:?}");
        let start = Instant::now();
        for _ in 0..repeats {
            std::hint::black_box(nda_syntax::parse(std::hint::black_box(source)));
        }
        let fresh = start.elapsed().as_secs_f64() / repeats as f64;
        let rate = source.len() as f64 / best / 1e6;
        println!("{name}: {:.0} ns ({rate:.0} MB/s), into a fresh tree {:.0} ns", best * 1e9, fresh * 1e9);
    }
}
