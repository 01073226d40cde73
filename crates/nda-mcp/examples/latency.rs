//! From a submission to its verdict over standard input and output: `latency PATH-TO-nda [ROUNDS]`.
//!
//! A warm server, one client, a function of ten lines with two examples, each time with another constant, so that nothing of it
//! is remembered. Shown are the whole round trip, as the client sees it, and the share that is the gate's: secrets, parse, check,
//! compile, examples, probe; the rest is the protocol: JSON, pipes, threads. Beside it how fast the search for secrets goes through
//! a long text, and how many inputs a second the probe tries.

use nda_secrets::Scanner;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Rounds before anything is measured.
const WARM: usize = 200;

fn source(round: usize) -> String {
    format!(
        "/// The sum of squares below n, modulo {m}.\n#[example(sum_sq(0) == 0)]\n#[example(sum_sq(3) == 5)]\nfn sum_sq(n: i64) -> i64 {{\n    \
         let mut s = 0;\n    for i in 0..n {{\n        s = (s + i * i) % {m};\n    }}\n    s\n}}\n",
        m = 1_000 + round
    )
}

/// Megabytes that the search for secrets goes through in a second: sources as above, none of them with a finding.
fn scanned() -> f64 {
    let text: String = (0..8_000).map(source).collect();
    let scanner = Scanner::default();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let started = Instant::now();
        assert!(scanner.scan(&text).is_empty(), "there are no secrets in it");
        best = best.min(started.elapsed().as_secs_f64());
    }
    text.len() as f64 / 1e6 / best
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let nda = args.next().ok_or("usage: latency PATH-TO-nda [ROUNDS]")?;
    let nda = std::path::absolute(nda)?;
    let rounds: usize = args.next().map_or(Ok(2_000), |rounds| rounds.parse())?;
    let folder = tempfile::tempdir()?;
    Command::new(&nda).arg("init").current_dir(folder.path()).stdout(Stdio::null()).status()?;
    let mut server = Command::new(&nda)
        .arg("mcp")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut write = server.stdin.take().ok_or("no pipe")?;
    let mut read = BufReader::new(server.stdout.take().ok_or("no pipe")?);
    let mut request = |id: usize, method: &str, params: Value| -> Result<Value, Box<dyn Error>> {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        writeln!(write, "{message}")?;
        let mut line = String::new();
        read.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    };
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "latency", "version": "1" },
    });
    request(0, "initialize", hello)?;
    let (mut trips, mut ours, mut plain, mut secrets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut inputs, mut probe_us) = (0.0, 0.0);
    for round in 0..WARM + rounds {
        let params = json!({ "name": "submit", "arguments": { "source": source(round) } });
        let started = Instant::now();
        let answer = request(round + 1, "tools/call", params)?;
        let trip = started.elapsed().as_secs_f64() * 1e6;
        let verdict = &answer["result"]["structuredContent"];
        if verdict["outcome"] != "admitted" {
            return Err(format!("not admitted: {answer}").into());
        }
        let times = verdict["cost"]["times_us"].as_object().ok_or("no times")?;
        if round >= WARM {
            let all: f64 = times.values().filter_map(Value::as_f64).sum();
            let stage = |name: &str| times[name].as_f64().unwrap_or_default();
            trips.push(trip);
            ours.push(all);
            plain.push(all - stage("probe"));
            secrets.push(stage("secrets"));
            inputs += verdict["cost"]["probe_inputs"].as_f64().unwrap_or_default();
            probe_us += stage("probe");
        }
    }
    let shares: Vec<f64> = ours.iter().zip(&trips).map(|(ours, trip)| 100.0 * ours / trip).collect();
    println!("{rounds} submissions of 10 lines, microseconds    median      p99");
    for (what, mut all) in [
        ("round trip", trips),
        ("the gate's share", ours),
        ("the same in percent", shares),
        ("the gate's share without the probe", plain),
        ("the search for secrets in it", secrets),
    ] {
        all.sort_by(f64::total_cmp);
        println!("{what:<44} {:>8.0} {:>8.0}", all[all.len() / 2], all[all.len() * 99 / 100]);
    }
    drop(write);
    server.wait()?;
    println!("probe inputs per second {:.0}", inputs / probe_us * 1e6);
    println!("search for secrets in a long text {:.0} MB/s", scanned());
    Ok(())
}
