//! A peer with a clock around it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::{Answer, Code, Peer, Prepared, Row, Shape, Start, reference};

/// A throughput run shorter than this is done twice and the better one counts: it halves what one interrupt can spoil.
const TWICE_BELOW_MS: f64 = 200.0;

/// Cold runs in one visit: at least, and at most.
const COLD_RUNS: (usize, usize) = (3, 400);

/// One timed throughput run.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RunSample {
    /// CPU time of the thread.
    pub cpu_ms: f64,
    /// What the run gave; already compared with the reference.
    pub answer: Answer,
}

/// One visit's cold runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ColdSample {
    /// Wall time of each run; a run is far shorter than a time slice, and the thread CPU clock costs a system call.
    pub wall_us: Vec<f64>,
}

/// A peer, its loaded programs, and the number of the next cold text.
pub struct Station {
    peer: Box<dyn Peer>,
    loaded: HashMap<Row, Box<dyn Prepared>>,
    expected: HashMap<Row, Answer>,
    next_text: i64,
}

impl Station {
    /// A station for this peer, with nothing loaded yet.
    #[must_use]
    pub fn new(peer: Box<dyn Peer>) -> Self {
        Self { peer, loaded: HashMap::new(), expected: HashMap::new(), next_text: 0 }
    }

    /// The peer that is timed here.
    #[must_use]
    pub fn peer(&self) -> &dyn Peer {
        self.peer.as_ref()
    }

    /// Runs `row` once, loading it first if this is the first time, and compares the answer with the reference.
    ///
    /// # Errors
    /// If the peer fails or its answer is wrong.
    pub fn run(&mut self, row: Row) -> Result<RunSample> {
        let dialect = self.peer.dialect();
        let program = match self.loaded.entry(row) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let code = Code::new(dialect, row.text(dialect).to_owned())?;
                entry
                    .insert(self.peer.prepare(row, &code).with_context(|| format!("loading {}", row.name()))?)
            }
        };
        let mut sample = timed_run(program.as_mut())?;
        if sample.cpu_ms < TWICE_BELOW_MS {
            let again = timed_run(program.as_mut())?;
            sample.cpu_ms = sample.cpu_ms.min(again.cpu_ms);
        }
        let expected = *self.expected.entry(row).or_insert_with(|| reference::run(row));
        ensure!(
            row.accepts(dialect, expected, sample.answer),
            "{} gives {:?} for {}, native {expected:?}",
            self.peer.name(),
            sample.answer,
            row.name(),
        );
        Ok(sample)
    }

    /// The most bytes that one run of `row` held: what the engine says, else by how much the process grew. That tells
    /// something in a process that has done nothing else.
    ///
    /// # Errors
    /// If the peer fails.
    pub fn peak(&mut self, row: Row) -> Result<u64> {
        let dialect = self.peer.dialect();
        let code = Code::new(dialect, row.text(dialect).to_owned())?;
        let mut program = self.peer.prepare(row, &code)?;
        let before = status_bytes("VmRSS:")?;
        program.run()?;
        match program.own_peak_bytes() {
            Some(bytes) => Ok(bytes),
            None => Ok(status_bytes("VmHWM:")?.saturating_sub(before)),
        }
    }

    /// Cold runs of ever new texts of this shape until `budget` of timed work is spent.
    ///
    /// # Errors
    /// If the peer fails or an answer is wrong.
    pub fn cold(&mut self, shape: Shape, start: Start, budget: Duration) -> Result<ColdSample> {
        let dialect = self.peer.dialect();
        let mut sample = ColdSample::default();
        let mut spent = Duration::ZERO;
        while sample.wall_us.len() < COLD_RUNS.0 || (spent < budget && sample.wall_us.len() < COLD_RUNS.1) {
            // Five or six digits, and always three bytes as a wasm constant.
            let salt = 10_000 + self.next_text % 900_000;
            // The functions of a module carry salt, salt + 1, …: no two texts share one.
            self.next_text += 100;
            let code = Code::new(dialect, shape.text(dialect, salt))?;
            let begin = Instant::now();
            let answer = self.peer.cold(&code, start);
            let took = begin.elapsed();
            self.peer.release();
            let answer = answer.with_context(|| format!("cold {}", shape.name()))?;
            ensure!(
                answer.agrees(shape.answer(salt)),
                "{} gives {answer:?} for cold {}, not {:?}",
                self.peer.name(),
                shape.name(),
                shape.answer(salt),
            );
            spent += took;
            sample.wall_us.push(took.as_secs_f64() * 1e6);
        }
        Ok(sample)
    }
}

fn timed_run(program: &mut dyn Prepared) -> Result<RunSample> {
    let begin_ms = thread_cpu_ms();
    let answer = program.run()?;
    let cpu_ms = program.own_cpu_ms().unwrap_or(thread_cpu_ms() - begin_ms);
    Ok(RunSample { cpu_ms, answer })
}

/// A line of the kernel's account of this process.
fn status_bytes(line: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("reading /proc/self/status")?;
    let found = status.lines().find_map(|found| found.strip_prefix(line)).context("no such line")?;
    let kib: u64 = found.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

fn thread_cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}
