//! The peers that are linked into this binary, one file each. The Lua flavours are in the package `peers-lua`.
//!
//! To add a peer: a file here with an implementation of [`harness::Peer`], a line in [`make`], and its name in
//! [`crate::seat::ORDER`].

mod native;
mod nda;
mod python;
mod quickjs;
mod rhai;
mod wasmi;
mod wasmtime;

use anyhow::Result;
use harness::Peer;

/// Makes the peer with this name, warm state included; `None` if there is none here.
pub fn make(name: &str) -> Result<Option<Box<dyn Peer>>> {
    Ok(Some(match name {
        "nda" => Box::new(nda::Nda::new(nda_engine::Tier::Closure)),
        "nda-native" => Box::new(nda::Nda::new(nda_engine::Tier::Native)),
        "native" => Box::new(native::Native),
        "wasmtime" => Box::new(wasmtime::Wasmtime::new()?),
        "wasmi" => Box::new(wasmi::Wasmi::new()),
        "quickjs" => Box::new(quickjs::QuickJs::new()?),
        "cpython" => match python::Python::find()? {
            Some(python) => Box::new(python),
            None => return Ok(None),
        },
        "rhai" => Box::new(rhai::Rhai::new(rhai::Evaluator::Vm)),
        "rhai-ast" => Box::new(rhai::Rhai::new(rhai::Evaluator::Ast)),
        _ => return Ok(None),
    }))
}

/// The version of a package in this workspace's lock file: what cargo built is what the report says.
fn locked(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \""))
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_lock_file() {
        assert!(locked("wasmi").starts_with("2."));
        assert_eq!(locked("no such package"), "unknown");
    }
}
