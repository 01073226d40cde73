//! Agents at work on one store, each in a process of its own: `agents PATH-TO-nda [SECONDS] [AGENTS]`.
//!
//! Each agent commits a new function again and again, and every eighth time changes one that all agents change, so that there are
//! conflicts; a conflict is answered as an agent would, by reading what stands there and trying again. Beside them a reader
//! asks all the time. At the end every commit that was acknowledged must be in the history, and the store must be sound.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

struct Agent {
    process: Child,
    write: ChildStdin,
    read: BufReader<ChildStdout>,
    next: u64,
}

impl Agent {
    fn start(nda: &Path, folder: &Path, name: &str) -> Result<Self> {
        let mut process = Command::new(nda)
            .args(["mcp", "--author", name])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let write = process.stdin.take().ok_or("no pipe")?;
        let read = BufReader::new(process.stdout.take().ok_or("no pipe")?);
        let mut agent = Self { process, write, read, next: 0 };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "agents", "version": "1" },
        });
        agent.request("initialize", &hello)?;
        Ok(agent)
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.next += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        writeln!(self.write, "{message}")?;
        let mut line = String::new();
        self.read.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": arguments }))?;
        Ok(answer["result"]["structuredContent"].clone())
    }

    fn leave(mut self) -> Result<()> {
        drop(self.write);
        self.process.wait()?;
        Ok(())
    }
}

/// What one agent has to tell.
#[derive(Default)]
struct Told {
    commits: Vec<String>,
    conflicts: u64,
    /// Commits that were given up because somebody else was quicker, again and again.
    overtaken: u64,
    longest: Duration,
}

/// Commits until the time is over.
fn work(mut agent: Agent, number: usize, until: Instant) -> Result<Told> {
    let mut told = Told::default();
    let mut base = None;
    for round in 0_u64.. {
        if Instant::now() >= until {
            break;
        }
        let shared = round % 8 == 7;
        let source = match shared {
            true => format!("fn shared() -> i64 {{ {} }}", round * 1_000 + number as u64),
            false => format!(
                "/// Plus {round}.\n#[example(f{number}_{round}(1) == {})]\nfn f{number}_{round}(n: i64) -> i64 {{\n    n + {round}\n}}\n",
                round + 1
            ),
        };
        loop {
            let arguments = json!({ "source": source, "message": "one more", "base": base });
            let started = Instant::now();
            let answer = agent.call("commit", &arguments)?;
            told.longest = told.longest.max(started.elapsed());
            match answer["outcome"].as_str() {
                Some("committed") => {
                    if answer["changed"] == true {
                        told.commits.push(answer["commit"].as_str().unwrap_or_default().to_owned());
                    }
                    base = answer["base"].as_str().map(str::to_owned);
                    break;
                }
                Some("conflict") => {
                    told.conflicts += 1;
                    let read = agent.call("describe", &json!({ "name": "shared" }))?;
                    base = read["base"].as_str().map(str::to_owned);
                }
                _ if answer["error"]["code"] == "not_committed" => told.overtaken += 1,
                _ => return Err(format!("agent {number}: {answer}").into()),
            }
            if Instant::now() >= until {
                break;
            }
        }
    }
    agent.leave()?;
    Ok(told)
}

/// Reads until the time is over; how long each answer took.
fn read(mut agent: Agent, until: Instant) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    while Instant::now() < until {
        for (tool, arguments) in [
            ("search", json!({ "words": "plus" })),
            ("describe", json!({ "name": "shared" })),
            ("history", json!({ "limit": 3 })),
        ] {
            let started = Instant::now();
            let answer = agent.call(tool, &arguments)?;
            took.push(started.elapsed());
            if answer["outcome"] != "found" {
                return Err(format!("{tool}: {answer}").into());
            }
        }
    }
    agent.leave()?;
    Ok(took)
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let nda = std::path::absolute(args.next().ok_or("usage: agents PATH-TO-nda [SECONDS] [AGENTS]")?)?;
    let seconds: u64 = args.next().map_or(Ok(60), |seconds| seconds.parse())?;
    let agents: usize = args.next().map_or(Ok(8), |agents| agents.parse())?;
    let folder = tempfile::tempdir()?;
    let nda_says = |args: &[&str]| -> Result<String> {
        let output = Command::new(&nda).args(args).current_dir(folder.path()).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    };
    nda_says(&["init"])?;
    std::fs::write(folder.path().join("shared.nda"), "fn shared() -> i64 { 0 }\n")?;
    nda_says(&["commit", "shared.nda"])?;
    let all: Vec<Agent> = (0..agents)
        .map(|number| Agent::start(&nda, folder.path(), &format!("agent{number}")))
        .collect::<Result<_>>()?;
    let reader = Agent::start(&nda, folder.path(), "reader")?;
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let (told, mut reads) = std::thread::scope(|scope| -> Result<_> {
        let reading = scope.spawn(move || read(reader, until));
        let working: Vec<_> = all
            .into_iter()
            .enumerate()
            .map(|(number, agent)| scope.spawn(move || work(agent, number, until)))
            .collect();
        let told: Vec<Told> = working
            .into_iter()
            .map(|one| one.join().map_err(|_| "an agent panicked")?)
            .collect::<Result<_>>()?;
        Ok((told, reading.join().map_err(|_| "the reader panicked")??))
    })?;
    let took = started.elapsed().as_secs_f64();
    let log: Value = serde_json::from_str(&nda_says(&["log", "--limit", "1000000000", "--json"])?)?;
    let history: BTreeSet<&str> = log["commits"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|commit| commit["commit"].as_str())
        .collect();
    let acknowledged: Vec<&String> = told.iter().flat_map(|one| &one.commits).collect();
    let lost = acknowledged.iter().filter(|commit| !history.contains(commit.as_str())).count();
    let sum = |of: fn(&Told) -> u64| told.iter().map(of).sum::<u64>();
    reads.sort_unstable();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    println!("{agents} agents and a reader, {took:.0} s");
    println!(
        "commits acknowledged       {:>8}   {:.0}/s",
        acknowledged.len(),
        acknowledged.len() as f64 / took
    );
    println!("commits lost               {lost:>8}   of {} in the history", history.len());
    println!(
        "conflicts                  {:>8}   overtaken and tried again {}",
        sum(|one| one.conflicts),
        sum(|one| one.overtaken)
    );
    let longest = told.iter().map(|one| one.longest).max().unwrap_or_default();
    println!("longest commit             {:>8.0} ms", ms(longest));
    let at = |share: usize| reads.get(reads.len() * share / 100).or(reads.last()).copied().map_or(0.0, ms);
    println!(
        "reads                      {:>8}   median {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        reads.len(),
        at(50),
        at(99),
        at(100)
    );
    println!("{}", nda_says(&["verify"])?.trim_end());
    if lost > 0 {
        return Err("commits are lost".into());
    }
    Ok(())
}
