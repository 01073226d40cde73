//! `nda bench`: what NDA takes on this machine, beside published figures.

mod block;
mod network;

use self::block::{Figures, Times};
use self::network::{Networks, Product, SEED, SHAPES, Spelling};
use crate::context::{Context, Exit};
use crate::failure::Failure;
use clap::Subcommand;
use nda_tensor::Path;
use serde_json::{Map, Value, json};
use std::io::Write as _;

/// Compiling and running such a block, as published for another system; and of that compiling alone. In microseconds.
const PUBLISHED: (f64, f64) = (206.0, 93.0);

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Four layers of 2-bit weights: source to result, and warm runs
    Block {
        /// Rounds, each with a network of its own
        #[arg(long, value_name = "N", default_value = "2000", value_parser = clap::value_parser!(u32).range(1..=20_000))]
        rounds: u32,
        /// Write each matrix as a constant of its own: five definitions instead of one
        #[arg(long)]
        constants: bool,
    },
}

/// Measures.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let Action::Block { rounds, constants } = options.action;
    let spelling = if constants { Spelling::Constants } else { Spelling::Function };
    let figures = block::measure(rounds as usize, spelling)?;
    if context.json {
        show_json(rounds, spelling, &figures, context)?;
    } else {
        show(rounds, spelling, &figures, context)?;
    }
    Ok(Exit::Ok)
}

/// Every line: its field, its words, what was published.
type Row = (&'static str, &'static str, fn(&Figures) -> &Times, Option<f64>);

const COLD: [Row; 7] = [
    ("whole", "cold: source to result", |figures| &figures.cold, Some(PUBLISHED.0)),
    ("compile", "  compile: source to code", |figures| &figures.compile, Some(PUBLISHED.1)),
    ("secrets", "    credentials looked for", |figures| &figures.secrets, None),
    ("parse", "    parsed", |figures| &figures.parse, None),
    ("check", "    checked, hashed", |figures| &figures.check, None),
    ("code", "    code made", |figures| &figures.code, None),
    ("run", "  first run", |figures| &figures.run, Some(PUBLISHED.0 - PUBLISHED.1)),
];
const WARM: [Row; 3] = [
    ("whole", "warm: a call, vector lent", |figures| &figures.warm, None),
    ("kernels", "  its kernels, from Rust", |figures| &figures.kernels, None),
    ("values", "  a run, vectors copied", |figures| &figures.values, None),
];

fn show(
    rounds: u32,
    spelling: Spelling,
    figures: &[Figures; 2],
    context: &mut Context,
) -> Result<(), Failure> {
    let shapes: Vec<String> = SHAPES.iter().map(|(rows, columns)| format!("{rows}×{columns}")).collect();
    let out = &mut context.out;
    writeln!(out, "the block: {}, a ReLU between, 896 floats in, {rounds} rounds", shapes.join(", "))?;
    writeln!(out, "machine: {}, kernels by {}", machine(), Path::best().name())?;
    let weights = Networks::weight_count();
    writeln!(
        out,
        "weights: {weights} of 2 bits from the seed {SEED}; made, loaded and laid out before, in no time below"
    )?;
    writeln!(
        out,
        "each cold round is a program never seen before, of {} definition(s); medians and best, µs",
        spelling.definitions()
    )?;
    writeln!(out)?;
    let [first, second] = Product::ALL.map(Product::name);
    writeln!(out, "{:<27}{:>9}{:>9}{:>11}{:>9}{:>11}", "", first, "best", second, "best", "published")?;
    for (_, words, times, published) in COLD.iter().chain(&WARM) {
        let [first, second] = figures.each_ref().map(times);
        write!(out, "{words:<27}{:>9.2}{:>9.2}", first.median(), first.best())?;
        write!(out, "{:>11.2}{:>9.2}", second.median(), second.best())?;
        writeln!(out, "{:>11}", published.map_or(String::new(), |us| format!("{us:.0}")))?;
    }
    Ok(())
}

fn show_json(
    rounds: u32,
    spelling: Spelling,
    figures: &[Figures; 2],
    context: &mut Context,
) -> Result<(), Failure> {
    let rows = |rows: &[Row], figures: &Figures| {
        let fields = rows.iter().map(|(field, _, times, _)| {
            let times = times(figures);
            ((*field).to_owned(), json!({ "median_us": times.median(), "best_us": times.best() }))
        });
        Value::Object(fields.collect::<Map<_, _>>())
    };
    let products = Product::ALL.iter().zip(figures).map(|(product, figures)| {
        json!({ "product": product.name(), "cold": rows(&COLD, figures), "warm": rows(&WARM, figures) })
    });
    let value = json!({
        "machine": machine(),
        "path": Path::best().name(),
        "rounds": rounds,
        "definitions": spelling.definitions(),
        "seed": SEED,
        "weights": Networks::weight_count(),
        "published": { "whole_us": PUBLISHED.0, "compile_us": PUBLISHED.1 },
        "products": products.collect::<Vec<_>>(),
    });
    context.print_json(&value)
}

/// The processor's name, where the system says it.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
