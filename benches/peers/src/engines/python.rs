//! CPython 3, if the machine has one: each run is a process of its own, which times itself.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};

/// Runs `main`, and says what it gave, how long it took, and by how much the process grew.
const DRIVER: &str = r#"
import resource, sys, time
sys.setrecursionlimit(10000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.thread_time()
value = main()
took = time.thread_time() - begin
print(repr(value), took * 1000, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"#;

/// The interpreter.
pub struct Python {
    version: String,
}

impl Python {
    /// None if there is no `python3`.
    pub fn find() -> Result<Option<Self>> {
        let Ok(found) = Command::new("python3").arg("--version").output() else { return Ok(None) };
        Ok(found.status.success().then(|| {
            let version = String::from_utf8_lossy(&found.stdout).trim().to_owned();
            Self { version: format!("C{version}, a process for each run") }
        }))
    }
}

impl Peer for Python {
    fn name(&self) -> &'static str {
        "cpython"
    }

    fn version(&self) -> String {
        self.version.clone()
    }

    fn dialect(&self) -> Dialect {
        Dialect::Python
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        Ok(Box::new(Script { text: format!("{}{DRIVER}", code.text()), cpu_ms: 0.0, peak_bytes: 0 }))
    }

    fn has_cold_start(&self) -> bool {
        false
    }

    fn cold(&mut self, _code: &Code, _start: Start) -> Result<Answer> {
        bail!("starting a process is no cold start of an engine")
    }
}

struct Script {
    text: String,
    cpu_ms: f64,
    peak_bytes: u64,
}

impl Prepared for Script {
    fn run(&mut self) -> Result<Answer> {
        let ran = Command::new("python3").arg("-c").arg(&self.text).output().context("starting python3")?;
        ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let said = String::from_utf8(ran.stdout)?;
        let [value, cpu_ms, peak_bytes] = said.split_whitespace().collect::<Vec<_>>()[..] else {
            bail!("python3 said {said:?}")
        };
        self.cpu_ms = cpu_ms.parse()?;
        self.peak_bytes = peak_bytes.parse()?;
        value.parse().map(Answer::Int).or_else(|_| Ok(Answer::from_f64(value.parse()?)))
    }

    fn own_cpu_ms(&self) -> Option<f64> {
        Some(self.cpu_ms)
    }

    fn own_peak_bytes(&self) -> Option<u64> {
        Some(self.peak_bytes)
    }
}
