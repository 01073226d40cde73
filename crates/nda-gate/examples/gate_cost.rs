//! What a verdict costs, with and without the probe: `cargo run --release -p nda-gate --example gate_cost`. A ten-line function,
//! a warm gate before a store; each submission is new to it.

use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Verdict};
use nda_sitemap::SiteMap;
use nda_sitemap::storage::memory::MemoryStorage;
use std::sync::Arc;
use std::time::Instant;

/// A function that no gate has seen: `turn` is in its meaning.
fn source(turn: usize) -> String {
    format!(
        "/// The mean of those above a bound, or nothing.
#[example(mean_above([1, 5, 7], 2) == Some(6))]
fn mean_above(xs: [i64], bound: i64) -> Option<i64> {{
    let mut sum = {turn} - {turn};
    let mut count = 0;
    for x in xs {{
        if x > bound {{ sum = sum + x; count = count + 1; }}
    }}
    if count == 0 {{ None }} else {{ Some(sum / count) }}
}}
"
    )
}

/// What so many of the times do not reach.
fn at(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(share * (times.len() - 1) as f64) as usize]
}

fn main() {
    for probes in [false, true] {
        let storage = Arc::new(MemoryStorage::new());
        let store = SiteMap::over(storage, Arc::new(Definitions)).expect("an empty store");
        let mut gate = Gate::over(Engine::new(), store);
        gate.probes = probes;
        let mut times: Vec<f64> = Vec::new();
        let mut stages: [Vec<f64>; 6] = Default::default();
        let mut inputs = 0;
        for turn in 0..2_000 {
            let source = source(turn);
            let started = Instant::now();
            let verdict: Verdict = gate.submit(&source).expect("the store can be read");
            times.push(started.elapsed().as_secs_f64() * 1e6);
            assert!(verdict.is_admitted());
            let cost = verdict.cost;
            let each =
                [cost.secrets_us, cost.parse_us, cost.check_us, cost.compile_us, cost.run_us, cost.probe_us];
            stages.iter_mut().zip(each).for_each(|(all, us)| all.push(us));
            inputs += cost.probe_inputs;
        }
        println!("probe: {probes}; median {:.1} µs, p99 {:.1} µs", at(&mut times, 0.5), at(&mut times, 0.99));
        let probing: f64 = stages[5].iter().sum();
        let names = ["secrets", "parse", "check", "compile", "examples", "probe"];
        for (name, mut all) in names.iter().zip(stages) {
            println!("  {name:8} {:7.2} µs (median)", at(&mut all, 0.5));
        }
        if probes {
            println!("  {inputs} inputs, {:.0} inputs/s", inputs as f64 / probing * 1e6);
        }
    }
}
