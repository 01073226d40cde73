//! The compilers that take part: each gets verified input and gives code that can be called.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use nda_engine::{Hash, Level, Limits, Loaded, Value};
use nda_graph::{Definition, DefinitionRef};
use nda_jit::{Control, FrameStack, Heap, Hosts, JitFn, JitState};
use nda_native::NativeFn;
use wasmtime::{Config, Engine, Instance, Module, Store, Strategy};

use super::programs::{ARGS, FUNCTIONS, Program};

/// One compiler in one configuration; what can be kept between units is.
pub trait Compiler {
    /// As in `--peers` and in the table's head.
    fn name(&self) -> &'static str;

    /// Compiles all functions of the program, which is timed, and calls each, which is not.
    ///
    /// # Errors
    /// If it refuses the program, or a call fails.
    fn compile(&mut self, program: &Program) -> Result<(Duration, Vec<i64>)>;
}

/// What `--peers` may name here.
pub const NAMES: [&str; 4] = ["tier1", "tier2", "wasmtime", "winch"];

/// Every compiler.
pub fn all() -> Result<Vec<Box<dyn Compiler>>> {
    let tier2 = nda_native::Compiler::new(Level::All).context("Cranelift does not know this machine")?;
    Ok(vec![
        Box::new(Tier1(nda_jit::Compiler::default())),
        Box::new(Tier2(tier2)),
        Box::new(Wasmtime::new("wasmtime", Strategy::Cranelift)?),
        Box::new(Wasmtime::new("winch", Strategy::Winch)?),
    ])
}

/// The functions of a program, which refer to nothing.
struct Members<'p>(&'p [(Hash, Definition)]);

impl<'p> Members<'p> {
    fn views(&self) -> Vec<(Hash, DefinitionRef<'p>)> {
        self.0.iter().map(|(hash, definition)| (*hash, definition.view())).collect()
    }

    fn position(&self, hash: Hash) -> Option<usize> {
        self.0.iter().position(|(known, _)| *known == hash)
    }
}

impl nda_jit::Linker for Members<'_> {
    fn member(&self, hash: Hash) -> Option<usize> {
        self.position(hash)
    }

    fn function(&self, _: Hash) -> Option<JitFn> {
        None
    }

    fn definition(&self, _: Hash) -> Option<DefinitionRef<'_>> {
        None
    }

    fn constant(&self, _: Hash) -> Option<Value> {
        None
    }
}

impl nda_native::Linker for Members<'_> {
    fn member(&self, hash: Hash) -> Option<usize> {
        self.position(hash)
    }

    fn function(&self, _: Hash) -> Option<NativeFn> {
        None
    }

    fn constant(&self, _: Hash) -> Option<Value> {
        None
    }

    fn weights(&self, _: Hash) -> Option<Arc<Loaded>> {
        None
    }
}

struct NoHosts;

impl Hosts for NoHosts {
    fn call(&mut self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("there is no {name}"))
    }
}

/// Calls a function with a state of its own.
fn called(
    call: impl FnOnce(&mut JitState<'_>, &mut FrameStack, &[Value]) -> Result<Value, String>,
) -> Result<i64> {
    let mut hosts = NoHosts;
    let mut state =
        JitState::new(Limits::default(), Control::default(), &mut hosts, Heap::default(), String::new());
    let args = [Value::Int(ARGS.0), Value::Int(ARGS.1)];
    match call(&mut state, &mut FrameStack::default(), &args) {
        Ok(Value::Int(value)) => Ok(value),
        Ok(other) => Err(anyhow!("a function gave {other}")),
        Err(error) => Err(anyhow!("{error}")),
    }
}

struct Tier1(nda_jit::Compiler);

impl Compiler for Tier1 {
    fn name(&self) -> &'static str {
        "tier1"
    }

    fn compile(&mut self, program: &Program) -> Result<(Duration, Vec<i64>)> {
        let members = Members(&program.definitions);
        let views = members.views();
        let began = Instant::now();
        let functions = self.0.compile(&views, &members)?;
        let took = began.elapsed();
        let answers = functions.iter().map(|function| {
            called(|state, frames, args| {
                let outcome = function.call(state, frames, args).map_err(|error| format!("{error:?}"))?;
                outcome.result.map_err(|trap| trap.to_string())
            })
        });
        Ok((took, answers.collect::<Result<_>>()?))
    }
}

struct Tier2(nda_native::Compiler);

impl Compiler for Tier2 {
    fn name(&self) -> &'static str {
        "tier2"
    }

    fn compile(&mut self, program: &Program) -> Result<(Duration, Vec<i64>)> {
        let members = Members(&program.definitions);
        let views = members.views();
        let began = Instant::now();
        let functions = self.0.compile(&views, &members)?;
        let took = began.elapsed();
        let answers = functions.iter().map(|function| {
            called(|state, frames, args| {
                let outcome = function.call(state, frames, args).map_err(|error| format!("{error:?}"))?;
                outcome.result.map_err(|trap| trap.to_string())
            })
        });
        Ok((took, answers.collect::<Result<_>>()?))
    }
}

struct Wasmtime {
    name: &'static str,
    engine: Engine,
}

impl Wasmtime {
    fn new(name: &'static str, strategy: Strategy) -> Result<Self> {
        let mut config = Config::default();
        config.strategy(strategy).consume_fuel(true);
        Ok(Self { name, engine: Engine::new(&config).map_err(failed)? })
    }
}

impl Compiler for Wasmtime {
    fn name(&self) -> &'static str {
        self.name
    }

    fn compile(&mut self, program: &Program) -> Result<(Duration, Vec<i64>)> {
        let began = Instant::now();
        let module = Module::new(&self.engine, &program.wasm).map_err(failed)?;
        let took = began.elapsed();
        let mut store = Store::new(&self.engine, ());
        store.set_fuel(super::FUEL).map_err(failed)?;
        let instance = Instance::new(&mut store, &module, &[]).map_err(failed)?;
        let answers = (0..FUNCTIONS).map(|function| {
            let name = format!("f{function}");
            let function = instance.get_typed_func::<(i64, i64), i64>(&mut store, &name).map_err(failed)?;
            function.call(&mut store, ARGS).map_err(failed)
        });
        Ok((took, answers.collect::<Result<_>>()?))
    }
}

fn failed(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:?}")
}
