//! Rhai, with overflow checks (no `unchecked`), in both of its evaluators.

use anyhow::{Result, anyhow, ensure};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};
use rhai::grain::{Compiler, Program, Vm};
use rhai::packages::{BasicIteratorPackage, Package as _};
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel};

use super::locked;

/// Nested calls; Rhai's default of 64 is less than the cold module of 100 functions needs.
const CALL_LEVELS: usize = 1024;

/// How Rhai runs a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluator {
    /// Bytecode and its virtual machine ("Rhai Grain").
    Vm,
    /// The walker over the syntax tree, Rhai's standard evaluator.
    Ast,
}

/// One evaluator and its warm engine.
pub struct Rhai {
    evaluator: Evaluator,
    warm: Engine,
    fresh: Option<Engine>,
}

impl Rhai {
    /// Makes the warm engine.
    pub fn new(evaluator: Evaluator) -> Self {
        Self { evaluator, warm: lean_engine(), fresh: None }
    }
}

/// An engine that can run the cold programs and no more: the least work for a fresh start. Without the optimizer, which
/// costs a program that runs once more than it gains.
fn lean_engine() -> Engine {
    let mut engine = Engine::new_raw();
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    engine.set_max_call_levels(CALL_LEVELS).set_optimization_level(OptimizationLevel::None);
    engine
}

impl Peer for Rhai {
    fn name(&self) -> &'static str {
        match self.evaluator {
            Evaluator::Vm => "rhai",
            Evaluator::Ast => "rhai-ast",
        }
    }

    fn version(&self) -> String {
        let evaluator = match self.evaluator {
            Evaluator::Vm => "Grain VM",
            Evaluator::Ast => "AST walker",
        };
        format!("rhai {} ({evaluator}), checked arithmetic", locked("rhai"))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Rhai
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        let mut engine = Engine::new();
        engine.set_max_call_levels(CALL_LEVELS);
        let ast = engine.compile(format!("{}\nmain()", code.text()))?;
        match self.evaluator {
            Evaluator::Ast => Ok(Box::new(LoadedAst { engine, ast })),
            Evaluator::Vm => {
                let program = Compiler::new().compile(&ast);
                ensure!(program.residual_count() == 0, "part of the program would run on the AST walker");
                Ok(Box::new(LoadedVm { engine, program }))
            }
        }
    }

    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer> {
        let engine = match start {
            Start::Warm => &self.warm,
            Start::Fresh => self.fresh.insert(lean_engine()),
        };
        let ast = engine.compile(code.text())?;
        let value = match self.evaluator {
            Evaluator::Ast => engine.eval_ast::<Dynamic>(&ast),
            Evaluator::Vm => Vm::new(engine).eval(&Compiler::new().compile(&ast)),
        };
        answer(&value.map_err(failed)?)
    }

    fn release(&mut self) {
        self.fresh = None;
    }
}

struct LoadedVm {
    engine: Engine,
    program: Program<'static>,
}

impl Prepared for LoadedVm {
    fn run(&mut self) -> Result<Answer> {
        answer(&Vm::new(&self.engine).eval(&self.program).map_err(failed)?)
    }
}

struct LoadedAst {
    engine: Engine,
    ast: rhai::AST,
}

impl Prepared for LoadedAst {
    fn run(&mut self) -> Result<Answer> {
        answer(&self.engine.eval_ast::<Dynamic>(&self.ast).map_err(failed)?)
    }
}

fn answer(value: &Dynamic) -> Result<Answer> {
    value
        .as_int()
        .map(Answer::Int)
        .or_else(|_| value.as_float().map(Answer::Float))
        .map_err(|kind| anyhow!("the program gives a {kind}"))
}

/// Rhai's error without its `sync` feature cannot leave the thread: keep the text.
fn failed(error: Box<EvalAltResult>) -> anyhow::Error {
    anyhow!("{error}")
}
