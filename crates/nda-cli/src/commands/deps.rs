//! `nda deps` and `nda dependents`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_graph::Hash;
use nda_report::target;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A committed name or #HASH-PREFIX
    name: String,
    /// Follow the references all the way
    #[arg(long)]
    all: bool,
}

/// Which way to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// What it refers to.
    Down,
    /// What refers to it.
    Up,
}

/// Lists what a definition depends on, or what depends on it.
pub fn run(options: &Options, direction: Direction, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let start = target::stored(&options.name, &snapshot, &context.branch)?;
    let next = |hash: &Hash| -> Result<Vec<Hash>, Failure> {
        Ok(match direction {
            Direction::Down => snapshot.dependencies(hash)?,
            Direction::Up => snapshot.dependents(hash)?,
        })
    };
    let mut seen: HashSet<Hash> = HashSet::from([start]);
    let mut level = vec![start];
    let mut found: Vec<(u32, Hash)> = Vec::new();
    let mut distance = 0;
    while !level.is_empty() && (distance == 0 || options.all) {
        distance += 1;
        let mut further = Vec::new();
        for hash in &level {
            for other in next(hash)? {
                if seen.insert(other) {
                    found.push((distance, other));
                    further.push(other);
                }
            }
        }
        level = further;
    }
    let mut all: Vec<Value> = Vec::new();
    for (distance, hash) in found {
        let names = snapshot.names_of(&context.branch, &hash)?;
        if context.json {
            all.push(json!({ "hash": hash.to_string(), "names": names, "distance": distance }));
        } else {
            let name = if names.is_empty() { "(no name)".to_owned() } else { names.join(", ") };
            writeln!(context.out, "#{} {name}", hash.short())?;
        }
    }
    if context.json {
        context.print_json(&json!({ "definitions": all }))?;
    }
    Ok(Exit::Ok)
}
