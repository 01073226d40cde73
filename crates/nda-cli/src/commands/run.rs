//! `nda run`.

use crate::args;
use crate::context::{Context, Exit};
use crate::failure::Failure;
use crate::sources;
use crate::target::{self, Found};
use nda_engine::{Engine, Level, Limits, NdaJitSandbox, RunOptions, Tier};
use nda_graph::{Hash, Value};
use nda_host::Granted;
use nda_report::run::ArgumentError;
use nda_report::target::Target;
use nda_report::{self as report, trap};
use serde_json::json;
use std::io::Write as _;
use std::time::Duration;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// How to execute
    #[command(flatten)]
    pub how: How,
    /// FILE.nda (its `main`), FILE.nda::FUNCTION, FOLDER/ (the first of ARGS names the function, else `main`), a committed
    /// name, or #HASH-PREFIX
    #[arg(value_name = "TARGET")]
    target: String,
    /// NDA literals, one for each parameter: 3, -2.5, true, "text" (or a bare word), [1, 2]
    #[arg(value_name = "ARGS")]
    args: Vec<String>,
}

/// How to execute: shared by `run` and `eval`.
#[derive(clap::Args, Debug)]
pub struct How {
    /// Which tier runs it
    #[arg(long, value_enum, default_value = "auto")]
    tier: TierChoice,
    #[command(flatten)]
    optimise: Optimise,
    /// The most fuel it may use
    #[arg(long, value_name = "N", value_parser = args::count)]
    fuel: Option<u64>,
    /// The most memory its values may hold: 65536, 64MiB
    #[arg(long, value_name = "N", value_parser = args::bytes)]
    memory: Option<u64>,
    /// The most calls that may nest
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// The longest it may take, in milliseconds
    #[arg(long, value_name = "N")]
    deadline_ms: Option<u64>,
    /// Grant a capability; may stand several times: clock, random, env=HOME,LANG, fs=./data, http=example.org
    #[arg(long, value_name = "CAP")]
    grant: Vec<String>,
    /// What random numbers come from
    #[arg(long, value_name = "N", value_parser = args::count, default_value_t = 0)]
    seed: u64,
    /// Say what the run used
    #[arg(long)]
    stats: bool,
}

/// The tiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum TierChoice {
    /// The fastest there is
    Auto,
    /// The reference evaluator
    Eval,
    /// Tier 1, threaded closures
    Closure,
    /// Tier 2, machine code
    Native,
}

/// How machine code is made: shared with `show`.
#[derive(clap::Args, Debug)]
pub struct Optimise {
    /// How much is done about the speed of machine code: 0, 1 or 2
    #[arg(short = 'O', long = "optimise", value_name = "LEVEL", default_value = "2",
          value_parser = clap::value_parser!(u8).range(0..=2))]
    optimise: u8,
}

impl Optimise {
    pub fn level(&self) -> Level {
        match self.optimise {
            0 => Level::None,
            1 => Level::Some,
            _ => Level::All,
        }
    }
}

impl How {
    fn options(&self, granted: &Granted) -> RunOptions {
        let standard = Limits::default();
        RunOptions {
            limits: Limits {
                fuel: self.fuel.unwrap_or(standard.fuel),
                memory_bytes: self.memory.unwrap_or(standard.memory_bytes),
                depth: self.depth.unwrap_or(standard.depth),
                ..standard
            },
            grants: granted.grants(),
            tier: match self.tier {
                TierChoice::Auto => Tier::Auto,
                TierChoice::Eval => Tier::Eval,
                TierChoice::Closure => Tier::Closure,
                TierChoice::Native => Tier::Native,
            },
            deadline: self.deadline_ms.map(Duration::from_millis),
            cancel: None,
            seed: self.seed,
        }
    }
}

/// Finds the target, reads its arguments, runs it.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut given = options.args.clone();
    let (found, gate) = target::find(&options.target, &mut given, context)?;
    let target = match found {
        Found::Ready(target) => target,
        Found::Faulty(faulty) => {
            sources::complain_faulty(&faulty, context)?;
            return Ok(Exit::Refused);
        }
        Found::Refused { sources, diagnostics: found } => {
            if context.json {
                let found = sources.json(&found);
                context.print_json(&json!({ "outcome": "refused", "diagnostics": found }))?;
            } else {
                sources::complain(&found, &sources, context)?;
            }
            return Ok(Exit::Refused);
        }
    };
    let definition = target
        .definition(&context.branch)
        .ok_or_else(|| Failure::usage(format!("`{}` cannot be read", options.target)))?;
    if let Some(value) = report::run::constant(&definition) {
        if context.json {
            context.print_json(&report::run::constant_json(&value, &definition))?;
        } else {
            writeln!(context.out, "{value}")?;
        }
        return Ok(Exit::Ok);
    }
    let given: Vec<&str> = given.iter().map(|argument| args::unshield(argument)).collect();
    let args = report::run::arguments(&options.target, definition.view(), &given).map_err(|error| match error {
        ArgumentError::Generic(name) => Failure::usage(format!(
            "`{name}` is generic; `nda ls '{name}<'` lists what it is for the types it is used with, and `nda eval '{name}(…)'` uses it with any"
        )),
        error => error.into(),
    })?;
    execute(&target, gate.engine(), &args, &options.how, context)
}

/// Runs a function and shows how it went.
pub fn execute(
    target: &Target,
    engine: &Engine,
    args: &[Value],
    how: &How,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let branch = context.branch.clone();
    let granted = Granted::read(&how.grant).map_err(Failure::grant)?;
    let mut engine = engine.at_level(how.optimise.level());
    granted.install(&mut engine);
    let engine = &engine;
    let ran = target.with_library(&branch, |library| {
        NdaJitSandbox::new(engine, library).run(target.hash(), args, &how.options(&granted))
    });
    let run = match ran {
        Ok(run) => run,
        Err(refused) => {
            if context.json {
                let message = refused.to_string();
                context
                    .print_json(&json!({ "outcome": "refused", "message": message, "diagnostics": [] }))?;
            } else {
                context.print_err(&format!("refused: {refused}"))?;
            }
            return Ok(Exit::Refused);
        }
    };
    let outcome = &run.outcome;
    let place = |definition: Hash, node: u32| target.place(definition, node, &branch);
    let exit = if outcome.result.is_ok() { Exit::Ok } else { Exit::Trap };
    if context.json {
        context.print_json(&report::run::json(&run, target, &branch))?;
        return Ok(exit);
    }
    write!(context.out, "{}", outcome.output)?;
    match &outcome.result {
        Ok(Value::Unit) => {}
        Ok(value) => writeln!(context.out, "{value}")?,
        Err(trap) => {
            let text = trap::text(trap, &place, context.color_err());
            context.print_err(&text)?;
        }
    }
    if how.stats {
        let line = format!(
            "{} fuel, {} bytes at most, depth {}, tier {}, {} run",
            outcome.fuel,
            outcome.peak_bytes,
            outcome.depth,
            run.tier.name(),
            report::style::micros(run.run_us)
        );
        context.print_err(&line)?;
        if granted.names().any(|name| name == "random") {
            context.print_err(&format!("random numbers from --seed {}", run.seed))?;
        }
        if let Some(why) = &run.stayed {
            context.print_err(&format!("on tier 1: {why}"))?;
        }
        if let Some(moved) = run.moved {
            let asked = run.asked.map_or_else(String::new, |asked| {
                format!(" (asked for after {})", report::style::micros(asked.us))
            });
            let times = if run.moves == 1 { "once".to_owned() } else { format!("{} times", run.moves) };
            context.print_err(&format!(
                "moved to machine code {times}, first after {}{asked}, {} fuel",
                report::style::micros(moved.us),
                moved.fuel
            ))?;
        }
    }
    Ok(exit)
}
