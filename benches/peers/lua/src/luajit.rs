//! Worker with two peers: LuaJIT's interpreter alone, and with its JIT compiler.

mod engine;

use engine::{Flavour, Lua};
use harness::{Station, worker};

fn main() -> anyhow::Result<()> {
    let flavours = [Flavour::LuaJitInterpreter, Flavour::LuaJit];
    let stations = flavours.into_iter().map(|flavour| Ok(Station::new(Box::new(Lua::new(flavour)?))));
    worker::serve(stations.collect::<anyhow::Result<_>>()?)
}
