//! Contenders in turns, and the table of what they took.

use std::time::Instant;

/// Whoever is measured: what it is called, how many bytes of weights one run reads, and the run.
pub struct Contender<'a> {
    /// Its name.
    pub name: String,
    /// Bytes of weights.
    pub bytes: usize,
    /// True for NDA's own.
    pub ours: bool,
    /// One run.
    pub run: Box<dyn FnMut() + 'a>,
}

/// What one contender took.
pub struct Line {
    name: String,
    bytes: usize,
    ours: bool,
    median: f64,
    min: f64,
}

/// Nanoseconds of one run: the best of a few turns' parts, each long enough for the clock.
fn turn(run: &mut dyn FnMut(), repetitions: usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let begin = Instant::now();
        for _ in 0..repetitions {
            run();
        }
        best = best.min(begin.elapsed().as_nanos() as f64 / repetitions as f64);
    }
    best
}

/// Gives every contender one turn in every round, each round beginning with another one.
pub fn measure(contenders: &mut [Contender<'_>], rounds: usize) -> Vec<Line> {
    let repetitions: Vec<usize> = contenders
        .iter_mut()
        .map(|contender| {
            (contender.run)();
            let once = turn(&mut contender.run, 1);
            (100_000.0 / once.max(1.0)).ceil() as usize
        })
        .collect();
    let mut samples = vec![Vec::new(); contenders.len()];
    for round in 0..rounds {
        for place in 0..contenders.len() {
            let who = (place + round) % contenders.len();
            samples[who].push(turn(&mut contenders[who].run, repetitions[who]));
        }
    }
    let lines = contenders.iter().zip(&mut samples).map(|(contender, samples)| {
        samples.sort_by(f64::total_cmp);
        Line {
            name: contender.name.clone(),
            bytes: contender.bytes,
            ours: contender.ours,
            median: samples[samples.len() / 2],
            min: samples[0],
        }
    });
    lines.collect()
}

/// Prints lines; ratios are of medians, against the best peer.
pub fn print(title: &str, lines: &[Line]) {
    let best = lines.iter().filter(|line| !line.ours).map(|line| line.median).fold(f64::INFINITY, f64::min);
    println!("\n{title}\n  {:<22} {:>12} {:>12} {:>12} {:>9}", "", "median", "min", "best peer ×", "GB/s");
    for line in lines {
        let rate =
            if line.bytes == 0 { String::new() } else { format!("{:.1}", line.bytes as f64 / line.median) };
        println!(
            "  {:<22} {:>12} {:>12} {:>12.2} {rate:>9}",
            line.name,
            time(line.median),
            time(line.min),
            best / line.median
        );
    }
}

/// Nanoseconds in a fitting unit.
fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1000.0 {
        format!("{nanoseconds:.1} ns")
    } else {
        format!("{:.2} µs", nanoseconds / 1000.0)
    }
}
