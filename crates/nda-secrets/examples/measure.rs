//! How much is found, how much is flagged wrongly, and how fast: `cargo run --release -p nda-secrets --example measure`. With a
//! folder it writes the corpus there for other scanners (`compare.py`).

#[path = "../tests/secrets/corpus.rs"]
mod corpus;

use nda_secrets::Scanner;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let cases = corpus::all();
    if let Some(folder) = std::env::args().nth(1) {
        std::fs::create_dir_all(&folder)?;
        for (index, case) in cases.iter().enumerate() {
            let kind = if case.secret.is_some() { "secret" } else { "lookalike" };
            let name = format!("{kind}-{}-{index:04}.nda", case.class.replace(' ', "_"));
            std::fs::write(format!("{folder}/{name}"), &case.text)?;
        }
        println!("{} files in {folder}", cases.len());
        return Ok(());
    }
    let started = Instant::now();
    let scanner = Scanner::default();
    println!("rules: {}; keywords ready in {} µs", scanner.rules().count(), started.elapsed().as_micros());
    let mut table: BTreeMap<(bool, &str), (usize, usize)> = BTreeMap::new();
    for case in &cases {
        let row = table.entry((case.secret.is_none(), case.class)).or_default();
        row.0 += 1;
        let flagged = !scanner.scan(&case.text).is_empty();
        row.1 += usize::from(flagged);
        if flagged == case.secret.is_none() {
            println!("wrong about: {}", case.text.trim());
        }
    }
    for ((innocent, class), (count, flagged)) in &table {
        println!(
            "{} {class:14} {flagged:4} of {count:4}",
            if *innocent { "look-alike" } else { "secret    " }
        );
    }
    let sum = |innocent: bool| {
        let rows = table.iter().filter(|((kind, _), _)| *kind == innocent);
        rows.fold((0, 0), |sum, (_, row)| (sum.0 + row.0, sum.1 + row.1))
    };
    let ((secrets, found), (innocents, wrong)) = (sum(false), sum(true));
    println!("recall {:.1} % ({found}/{secrets})", 100.0 * found as f64 / secrets as f64);
    println!(
        "precision {:.1} % ({wrong}/{innocents} look-alikes flagged)",
        100.0 * found as f64 / (found + wrong) as f64
    );
    let small = "/// The sum of both.\n#[example(add(1, 2) == 3)]\nfn add(one: i64, two: i64) -> i64 {\n    one + two\n}\n";
    let hit = "/// The key of a token.\n#[example(key(1, 2) == 3)]\nfn key(user: i64, token: i64) -> i64 {\n    user + token\n}\n";
    let megabyte = small.repeat((1 << 20) / small.len());
    let mixed: String = std::iter::repeat_n(small, 20).chain([hit]).collect::<String>().repeat(480);
    for (name, text, times) in [
        ("small, no keyword", small, 20_000),
        ("small, keywords", hit, 20_000),
        ("1 MB, no keyword", megabyte.as_str(), 20),
        ("1 MB, a keyword in one of 21", mixed.as_str(), 5),
    ] {
        black_box(scanner.scan(text));
        let started = Instant::now();
        for _ in 0..times {
            black_box(scanner.scan(black_box(text)));
        }
        let each = started.elapsed().as_secs_f64() / f64::from(times);
        println!("{name:30} {:10.2} µs {:8.1} MB/s", each * 1e6, text.len() as f64 / each / 1e6);
    }
    Ok(())
}
