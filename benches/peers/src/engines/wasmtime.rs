//! wasmtime: wasm compiled by Cranelift at its default level (speed), with fuel, on the thread that asks.

use anyhow::{Context as _, Result, anyhow};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};
use wasmtime::{Config, Engine, Instance, Module, Store, TypedFunc};

use super::locked;

/// More than any program here burns, set anew for every run.
const FUEL: u64 = 1_000_000_000_000;

/// The warm engine, and what the last cold run made.
pub struct Wasmtime {
    engine: Engine,
    kept: Option<(Engine, Loaded)>,
}

impl Wasmtime {
    /// Makes the warm engine.
    pub fn new() -> Result<Self> {
        Ok(Self { engine: engine()?, kept: None })
    }
}

fn engine() -> Result<Engine> {
    let mut config = Config::default();
    config.consume_fuel(true);
    Engine::new(&config).map_err(failed)
}

impl Peer for Wasmtime {
    fn name(&self) -> &'static str {
        "wasmtime"
    }

    fn version(&self) -> String {
        format!("wasmtime {} (Cranelift), fuel on", locked("wasmtime"))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Wasm
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        Ok(Box::new(Loaded::new(&self.engine, code.wasm())?))
    }

    /// The engine is what is warm; module, store and instance are new with every program.
    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer> {
        let engine = match start {
            Start::Warm => self.engine.clone(),
            Start::Fresh => engine()?,
        };
        let loaded = Loaded::new(&engine, code.wasm())?;
        self.kept.insert((engine, loaded)).1.run()
    }

    fn release(&mut self) {
        self.kept = None;
    }
}

struct Loaded {
    store: Store<()>,
    main: Main,
}

enum Main {
    Int(TypedFunc<(), i64>),
    Float(TypedFunc<(), f64>),
}

impl Loaded {
    fn new(engine: &Engine, wasm: &[u8]) -> Result<Self> {
        let module = Module::new(engine, wasm).map_err(failed)?;
        let mut store = Store::new(engine, ());
        store.set_fuel(FUEL).map_err(failed)?;
        let instance = Instance::new(&mut store, &module, &[]).map_err(failed)?;
        let main = match instance.get_typed_func(&mut store, "main") {
            Ok(main) => Main::Int(main),
            Err(_) => Main::Float(
                instance
                    .get_typed_func(&mut store, "main")
                    .map_err(failed)
                    .context("main gives neither i64 nor f64")?,
            ),
        };
        Ok(Self { store, main })
    }
}

impl Prepared for Loaded {
    fn run(&mut self) -> Result<Answer> {
        self.store.set_fuel(FUEL).map_err(failed)?;
        match &self.main {
            Main::Int(main) => main.call(&mut self.store, ()).map(Answer::Int).map_err(failed),
            Main::Float(main) => main.call(&mut self.store, ()).map(Answer::Float).map_err(failed),
        }
    }
}

fn failed(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:?}")
}
