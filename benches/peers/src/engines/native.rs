//! Rust, compiled with this binary: what the machine can do.

use anyhow::{Result, bail};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start, reference};

/// The functions of [`reference`].
pub struct Native;

impl Peer for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn version(&self) -> String {
        "rustc -O, overflow unchecked".to_owned()
    }

    fn dialect(&self) -> Dialect {
        Dialect::Native
    }

    fn prepare(&mut self, row: Row, _code: &Code) -> Result<Box<dyn Prepared>> {
        Ok(Box::new(Loaded(row)))
    }

    fn has_cold_start(&self) -> bool {
        false
    }

    fn cold(&mut self, _code: &Code, _start: Start) -> Result<Answer> {
        bail!("native code is compiled beforehand")
    }
}

struct Loaded(Row);

impl Prepared for Loaded {
    fn run(&mut self) -> Result<Answer> {
        Ok(reference::run(self.0))
    }
}
