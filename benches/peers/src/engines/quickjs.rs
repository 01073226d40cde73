//! QuickJS through rquickjs.

use anyhow::{Result, anyhow};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};
use rquickjs::{Context, Ctx, Function, Persistent, Runtime, context::intrinsic};

use super::locked;

/// The warm context, and what the last fresh run made.
pub struct QuickJs {
    warm: State,
    fresh: Option<State>,
}

/// Dropped in this order: a context before its runtime.
struct State {
    context: Context,
    _runtime: Runtime,
}

impl QuickJs {
    /// Makes the warm context.
    pub fn new() -> Result<Self> {
        Ok(Self { warm: State::lean()?, fresh: None })
    }
}

impl State {
    /// A context without the library objects that the cold programs do not use: the least work for a fresh start.
    fn lean() -> Result<Self> {
        let runtime = Runtime::new()?;
        let context = Context::builder().with::<intrinsic::Eval>().build(&runtime)?;
        Ok(Self { context, _runtime: runtime })
    }

    fn full() -> Result<Self> {
        let runtime = Runtime::new()?;
        let context = Context::full(&runtime)?;
        Ok(Self { context, _runtime: runtime })
    }
}

impl Peer for QuickJs {
    fn name(&self) -> &'static str {
        "quickjs"
    }

    fn version(&self) -> String {
        format!("QuickJS-NG (rquickjs {})", locked("rquickjs"))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Js
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        let state = State::full()?;
        let main = state.context.with(|ctx| {
            ctx.eval::<(), _>(code.text()).map_err(|error| failed(&ctx, error))?;
            let main: Function<'_> = ctx.globals().get("main")?;
            anyhow::Ok(Persistent::save(&ctx, main))
        })?;
        Ok(Box::new(Loaded { main, state }))
    }

    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer> {
        let state = match start {
            Start::Warm => &self.warm,
            Start::Fresh => self.fresh.insert(State::lean()?),
        };
        state.context.with(|ctx| {
            let x: f64 = ctx.eval(code.text()).map_err(|error| failed(&ctx, error))?;
            Ok(Answer::from_f64(x))
        })
    }

    fn release(&mut self) {
        self.fresh = None;
    }
}

/// Dropped in this order: the function before its context.
struct Loaded {
    main: Persistent<Function<'static>>,
    state: State,
}

impl Prepared for Loaded {
    fn run(&mut self) -> Result<Answer> {
        self.state.context.with(|ctx| {
            let main = self.main.clone().restore(&ctx)?;
            let x: f64 = main.call(()).map_err(|error| failed(&ctx, error))?;
            Ok(Answer::from_f64(x))
        })
    }
}

/// The thrown value, where there is one.
fn failed(ctx: &Ctx<'_>, error: rquickjs::Error) -> anyhow::Error {
    let thrown = ctx.catch();
    anyhow!("{error}: {:?}", thrown.as_exception().and_then(rquickjs::Exception::message))
}
