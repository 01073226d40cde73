//! Worker with one peer: Lua 5.4.

mod engine;

use engine::{Flavour, Lua};
use harness::{Station, worker};

fn main() -> anyhow::Result<()> {
    worker::serve(vec![Station::new(Box::new(Lua::new(Flavour::Lua54)?))])
}
