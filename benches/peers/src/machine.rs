//! The report's head: on what, when and with which versions the figures were taken.

use std::process::Command;
use std::time::SystemTime;

use serde::Serialize;

use crate::seat::Seat;

/// Machine, compiler, date.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// As the kernel calls it.
    pub cpu: String,
    /// Logical processors that this process may use.
    pub cores: usize,
    /// The kernel.
    pub system: String,
    /// The compiler of this binary.
    pub rustc: String,
    /// UTC.
    pub date: String,
    /// Name and version of every peer.
    pub peers: Vec<(String, String)>,
}

impl Machine {
    /// Looks at this machine; what cannot be found out is "unknown".
    pub fn look(seats: &[Seat]) -> Self {
        let peers = seats.iter().map(|seat| (seat.about.name.clone(), seat.about.version.clone()));
        Self {
            cpu: cpu_model().unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            system: first_line("uname", &["-sr"]).unwrap_or_else(unknown),
            rustc: first_line("rustc", &["--version"]).unwrap_or_else(unknown),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            peers: peers.collect(),
        }
    }

    /// As text.
    pub fn render(&self) -> String {
        let Self { cpu, cores, system, rustc, date, peers } = self;
        let mut text = format!("{cpu}, {cores} cores, {system}\n{rustc}\n{date}\n");
        for (name, version) in peers {
            text.push_str(&format!("  {name:<11} {version}\n"));
        }
        text
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The first line that a command prints.
pub fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.lines().next()?.to_owned())
}
