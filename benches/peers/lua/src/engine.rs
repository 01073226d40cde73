//! Lua through mlua, whichever flavour is linked.

use anyhow::{Context as _, Result, anyhow};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};
use mlua::{Function, LuaOptions, StdLib, Value};

/// Which Lua this is; each binary uses those of the library that it links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "one binary per linked library: neither uses all flavours")]
pub enum Flavour {
    /// Lua 5.4.
    Lua54,
    /// LuaJIT after `jit.off()`.
    LuaJitInterpreter,
    /// LuaJIT as it comes.
    LuaJit,
}

/// One flavour and its warm state.
pub struct Lua {
    flavour: Flavour,
    warm: mlua::Lua,
    fresh: Option<mlua::Lua>,
}

impl Lua {
    /// Makes the warm state.
    pub fn new(flavour: Flavour) -> Result<Self> {
        Ok(Self { flavour, warm: lean_state(flavour)?, fresh: None })
    }
}

/// A state without the standard library, which the cold programs do not use: the least work for a fresh start.
fn lean_state(flavour: Flavour) -> Result<mlua::Lua> {
    let libraries = match flavour {
        Flavour::Lua54 => StdLib::NONE,
        // `jit.off` lives in this library; without it the compiler would not start at all.
        Flavour::LuaJitInterpreter | Flavour::LuaJit => JIT_LIBRARY,
    };
    let lua = mlua::Lua::new_with(libraries, LuaOptions::new()).map_err(failed)?;
    switch(flavour, &lua)?;
    Ok(lua)
}

#[cfg(feature = "luajit")]
const JIT_LIBRARY: StdLib = StdLib::JIT;
#[cfg(not(feature = "luajit"))]
const JIT_LIBRARY: StdLib = StdLib::NONE;

fn switch(flavour: Flavour, lua: &mlua::Lua) -> Result<()> {
    if flavour == Flavour::LuaJitInterpreter {
        lua.load("jit.off()").exec().map_err(failed)?;
    }
    Ok(())
}

impl Peer for Lua {
    fn name(&self) -> &'static str {
        match self.flavour {
            Flavour::Lua54 => "lua54",
            Flavour::LuaJitInterpreter => "luajit-int",
            Flavour::LuaJit => "luajit",
        }
    }

    fn version(&self) -> String {
        let asked = match self.flavour {
            Flavour::Lua54 => "_VERSION",
            Flavour::LuaJitInterpreter | Flavour::LuaJit => "jit.version",
        };
        let engine: String = self.warm.load(asked).eval().unwrap_or_else(|_| "unknown".to_owned());
        let mode = if self.flavour == Flavour::LuaJitInterpreter { ", jit.off" } else { "" };
        format!("{engine} (mlua, vendored{mode})")
    }

    fn dialect(&self) -> Dialect {
        match self.flavour {
            Flavour::Lua54 => Dialect::Lua54,
            Flavour::LuaJitInterpreter | Flavour::LuaJit => Dialect::LuaJit,
        }
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        let lua = mlua::Lua::new();
        switch(self.flavour, &lua)?;
        lua.load(code.text()).exec().map_err(failed)?;
        let main = lua.globals().get::<Function>("main").map_err(failed)?;
        Ok(Box::new(Loaded { main, _lua: lua }))
    }

    /// `into_function` and not mlua's `eval`, which first tries to parse the text as an expression.
    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer> {
        let lua = match start {
            Start::Warm => &self.warm,
            Start::Fresh => self.fresh.insert(lean_state(self.flavour)?),
        };
        let chunk = lua.load(code.text()).set_name("=cold").into_function().map_err(failed)?;
        answer(&chunk.call::<Value>(()).map_err(failed)?)
    }

    fn release(&mut self) {
        self.fresh = None;
    }
}

struct Loaded {
    main: Function,
    _lua: mlua::Lua,
}

impl Prepared for Loaded {
    fn run(&mut self) -> Result<Answer> {
        answer(&self.main.call::<Value>(()).map_err(failed)?)
    }
}

fn answer(value: &Value) -> Result<Answer> {
    match value {
        Value::Integer(n) => Ok(Answer::Int(*n)),
        Value::Number(x) => Ok(Answer::from_f64(*x)),
        _ => None.with_context(|| format!("the program gives a {}", value.type_name())),
    }
}

/// mlua's error without its `send` feature is bound to its state: keep the text.
fn failed(error: mlua::Error) -> anyhow::Error {
    anyhow!("{error}")
}
