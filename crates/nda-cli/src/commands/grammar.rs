//! `nda grammar`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use clap::ValueEnum;
use nda_grammar::Scope;
use nda_graph::{DefinitionRef, Kind, Verifier};
use nda_sitemap::Snapshot;
use serde_json::json;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  nda grammar > nda.lark                                        every program
  nda grammar --format gbnf --module geo --define area          a function `area` of the module `geo`, which calls what is committed
  nda grammar --format json-schema --capability clock           calls of the tool `draft`, in records

docs/grammar.md says how llguidance and llama.cpp take it.")]
pub struct Options {
    /// What it is printed as
    #[arg(long, value_name = "FORMAT", default_value = "lark")]
    format: Format,
    /// Narrow calls to what is in scope in this module of the store (`crate` for the root): committed functions, by their paths
    #[arg(long, value_name = "PATH")]
    module: Option<String>,
    /// Narrow calls; the text defines a function of this name
    #[arg(long, value_name = "NAME")]
    define: Vec<String>,
    /// Narrow calls; those of this capability's host functions are among them
    #[arg(long, value_name = "CAP")]
    capability: Vec<String>,
}

/// What it is printed as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For llguidance
    Lark,
    /// For llama.cpp
    Gbnf,
    /// Of the arguments of the tool `draft`, in records
    JsonSchema,
}

/// Prints the grammar.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let narrowed = options.module.is_some() || !options.define.is_empty() || !options.capability.is_empty();
    let scope = if narrowed { Some(scope(options, context)?) } else { None };
    let format = match options.format {
        Format::Lark => nda_grammar::Format::Lark,
        Format::Gbnf => nda_grammar::Format::Gbnf,
        Format::JsonSchema => nda_grammar::Format::JsonSchema,
    };
    let text = nda_grammar::print(format, scope.as_ref());
    if context.json {
        let functions = scope.map(|scope| scope.functions);
        context.print_json(&json!({ "grammar": text, "functions": functions }))?;
    } else {
        write!(context.out, "{text}")?;
    }
    Ok(Exit::Ok)
}

/// What may be called: what the text defines, what is committed, what the capabilities allow.
fn scope(options: &Options, context: &Context) -> Result<Scope, Failure> {
    let mut scope = Scope {
        functions: options.define.clone(),
        records: Vec::new(),
        capabilities: options.capability.clone(),
    };
    if let Some(module) = &options.module {
        let module = if module == "crate" { "" } else { module };
        add_committed(&mut scope, &context.snapshot()?, &context.branch, module)?;
    }
    let engine = context.engine();
    let known = engine.capabilities();
    if let Some(unknown) = options.capability.iter().find(|wanted| !known.contains(wanted)) {
        let known = known.join(", ");
        return Err(Failure::usage(format!("there is no capability `{unknown}`; there are: {known}")));
    }
    for name in engine.host_names() {
        if engine.host(name).is_some_and(|host| options.capability.contains(&host.capability)) {
            scope.functions.push(name.to_owned());
            scope.records.push(name.to_owned());
        }
    }
    scope.functions.sort();
    scope.functions.dedup();
    Ok(scope)
}

/// Names are read from the store in pieces of this size.
const PIECE: usize = 500;

/// Adds the committed functions that a text in `module` may call: by their full paths, and by shorter ones if they lie in it.
fn add_committed(scope: &mut Scope, snapshot: &Snapshot, branch: &str, module: &str) -> Result<(), Failure> {
    let mut verifier = Verifier::default();
    let mut after: Option<String> = None;
    loop {
        let names = snapshot.names(branch, "", after.as_deref(), PIECE)?;
        for (name, binding) in &names {
            let view = DefinitionRef::verify(snapshot.definition(&binding.definition)?, &mut verifier)?;
            // What is known of it says where it may be used; without that it is not offered.
            let metadata = snapshot.metadata(&binding.metadata);
            let usable = metadata.is_ok_and(|found| lies_in(module, &found.within));
            if view.kind() != Kind::Function || !usable {
                continue;
            }
            // An instance of a generic function is called by the name of that.
            let called = name.split('<').next().unwrap_or_default();
            scope.functions.push(called.to_owned());
            let own = called.strip_prefix(module).and_then(|rest| rest.strip_prefix("::"));
            scope.functions.extend(own.map(str::to_owned));
            if called == name && view.types().parameters().next().is_none() {
                scope.records.push(name.clone());
            }
        }
        match names.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Whether a module is another one, or lies in it; all lie in the root.
fn lies_in(module: &str, outer: &str) -> bool {
    module
        .strip_prefix(outer)
        .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with("::"))
}
