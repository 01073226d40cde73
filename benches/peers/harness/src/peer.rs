//! The trait that an engine implements to take part.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{Answer, Row, Start};

/// The language in which a peer takes its programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// NDA, level 1.
    Nda,
    /// Rust functions compiled into this benchmark ([`crate::reference`]).
    Native,
    /// Lua with 64-bit integers.
    Lua54,
    /// Lua whose numbers are doubles.
    LuaJit,
    /// JavaScript.
    Js,
    /// Rhai.
    Rhai,
    /// WebAssembly: written as text, given as bytes.
    Wasm,
    /// Python 3.
    Python,
}

impl Dialect {
    /// False where `s*31 + i` cannot wrap at 64 bits in the language's own arithmetic; row `wrap` then keeps 32 bits.
    #[must_use]
    pub fn wraps_64(self) -> bool {
        match self {
            Self::Nda | Self::Native | Self::Lua54 | Self::Wasm | Self::Python => true,
            Self::LuaJit | Self::Js | Self::Rhai => false,
        }
    }
}

/// A program in one dialect, as its engine takes it.
#[derive(Debug, Clone)]
pub enum Code {
    /// Source text.
    Text(String),
    /// A wasm module in binary form.
    Wasm(Vec<u8>),
}

impl Code {
    /// Makes the code of `dialect` from program text; wasm text becomes bytes here, outside every timed part.
    ///
    /// # Errors
    /// If wasm text does not parse.
    pub fn new(dialect: Dialect, text: String) -> Result<Self> {
        match dialect {
            Dialect::Wasm => Ok(Self::Wasm(wat::parse_str(&text)?)),
            _ => Ok(Self::Text(text)),
        }
    }

    /// The source text; empty for wasm, whose peers never ask for it.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Wasm(_) => "",
        }
    }

    /// The wasm bytes; empty for a text dialect, whose peers never ask for them.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        match self {
            Self::Text(_) => &[],
            Self::Wasm(bytes) => bytes,
        }
    }
}

/// One engine in one configuration. Constructing a peer also makes the warm state that [`Start::Warm`] reuses.
pub trait Peer {
    /// Short and unique, as in `--peers` and the table's head: `lua54`, `wasmi`, `nda`.
    fn name(&self) -> &'static str;

    /// Engine version and what was switched on, for the report's head.
    fn version(&self) -> String;

    /// The language of this peer's programs.
    fn dialect(&self) -> Dialect;

    /// Loads a throughput program, so that running it again costs running alone. Not timed. `row` tells which program
    /// it is; only native code, which has no text, asks.
    ///
    /// # Errors
    /// If the engine refuses the program.
    fn prepare(&mut self, row: Row, code: &Code) -> Result<Box<dyn Prepared>>;

    /// False if there is nothing to parse and compile (native code); [`Peer::cold`] is then never called.
    fn has_cold_start(&self) -> bool {
        true
    }

    /// From code never seen before to the answer of its one call: parse, compile, run. The whole call is timed.
    ///
    /// [`Start::Fresh`] makes the engine and its state inside the timed part, [`Start::Warm`] uses the one made with
    /// the peer. What can be dropped later is best kept in `self` until [`Peer::release`].
    ///
    /// # Errors
    /// If the engine refuses the program or the run fails.
    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer>;

    /// Drops what the last [`Peer::cold`] left behind. Not timed.
    fn release(&mut self) {}
}

/// A loaded throughput program.
pub trait Prepared {
    /// Runs the program's `main` once, from its beginning. The whole call is timed.
    ///
    /// # Errors
    /// If the run fails.
    fn run(&mut self) -> Result<Answer>;

    /// CPU time of the last run, of a program that runs in a process of its own and is timed there.
    fn own_cpu_ms(&self) -> Option<f64> {
        None
    }

    /// The most memory that the last run held, where the engine says it; else the growth of the process tells.
    fn own_peak_bytes(&self) -> Option<u64> {
        None
    }
}
