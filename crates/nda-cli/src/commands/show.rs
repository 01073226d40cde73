//! `nda show`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_engine::Engine;
use nda_gate::StoreLibrary;
use nda_graph::triples::{self, NodeObject};
use nda_graph::{DefinitionRef, Hash, Verifier, listing};
use nda_report::style::{Style, counted};
use nda_report::{definition, target, time};
use nda_sitemap::Snapshot;
use serde_json::json;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A committed name or #HASH-PREFIX
    name: String,
    /// The author's text
    #[arg(long)]
    source: bool,
    /// The graph's records
    #[arg(long)]
    nodes: bool,
    /// What it says about the world, and its records about each other
    #[arg(long)]
    triples: bool,
    /// The canonical bytes
    #[arg(long)]
    bytes: bool,
    /// What tier 2 translates it to, in Cranelift's language
    #[arg(long)]
    clif: bool,
    /// The records as each pass leaves them, then Cranelift's language after each
    #[arg(long)]
    passes: bool,
    /// Its machine code, disassembled
    #[arg(long)]
    asm: bool,
    #[command(flatten)]
    optimise: super::run::Optimise,
}

/// Shows a definition: all about it, or one view of it.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let hash = target::stored(&options.name, &snapshot, &context.branch)?;
    let view = DefinitionRef::verify(snapshot.definition(&hash)?, &mut Verifier::default())?;
    let known = match snapshot.name(&context.branch, &options.name)? {
        Some(binding) => Some((options.name.clone(), snapshot.metadata(&binding.metadata)?)),
        None => definition::metadata_of(&snapshot, &context.branch, &hash)?,
    };
    let name = known.as_ref().map_or("_", |(name, _)| name.as_str());
    let metadata = known.as_ref().map(|(_, metadata)| metadata);
    if context.json {
        let triples: Vec<serde_json::Value> = triples::definition(view)
            .into_iter()
            .map(|(predicate, object)| json!([predicate, object_text(&object)]))
            .collect();
        let names = snapshot.names_of(&context.branch, &hash)?;
        context.print_json(&json!({
            "hash": hash.to_string(),
            "names": names,
            "signature": view.signature().to_string(),
            "docs": metadata.map(|it| it.docs.as_str()),
            "source": metadata.map(|it| it.source.as_str()),
            "nodes": listing::list(view).lines().collect::<Vec<_>>(),
            "triples": triples,
            "bytes": hex(view.bytes()),
            "dependents": snapshot.dependents(&hash)?.len(),
        }))?;
        return Ok(Exit::Ok);
    }
    let mut any = false;
    if options.source {
        any = true;
        match metadata {
            Some(metadata) => writeln!(context.out, "{}", metadata.source.trim_end())?,
            None => writeln!(context.out, "// nothing is known of how #{} was written", hash.short())?,
        }
    }
    if options.nodes {
        any = true;
        write!(context.out, "{}", listing::list(view))?;
    }
    if options.triples {
        any = true;
        for (predicate, object) in triples::definition(view) {
            writeln!(context.out, "#{} {predicate} {}", hash.short(), object_text(&object))?;
        }
        for triple in triples::nodes(view) {
            let object = match triple.object {
                NodeObject::Node(node) => format!("%{node}"),
                NodeObject::Text(text) => format!("{text:?}"),
            };
            writeln!(context.out, "%{} {} {object}", triple.node, triple.predicate)?;
        }
    }
    if options.bytes {
        any = true;
        for (row, bytes) in view.bytes().chunks(16).enumerate() {
            let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(context.out, "{:06x}  {}", row * 16, text.join(" "))?;
        }
    }
    if options.clif || options.passes || options.asm {
        any = true;
        let library = StoreLibrary { snapshot: Some(&snapshot), branch: &context.branch };
        let engine = Engine::new().at_level(options.optimise.level());
        let listing = engine.listing(&library, hash).map_err(Failure::usage)?;
        if options.passes {
            write!(context.out, "; as committed\n{}", listing::list(view))?;
            for (pass, text) in &listing.graph {
                let text = if text.is_empty() { "nothing\n" } else { text };
                write!(context.out, "\n; after {pass}\n{text}")?;
            }
            write!(context.out, "\n; translated\n{}", listing.clif)?;
            for (pass, clif) in &listing.passes {
                write!(context.out, "\n; after {pass}\n{clif}")?;
            }
        } else if options.clif {
            write!(context.out, "{}", listing.clif)?;
        }
        if options.asm {
            write!(context.out, "{}", listing.assembly)?;
        }
    }
    if !any {
        let line = definition::stored(view, metadata, name);
        overview(&snapshot, hash, view, metadata, &line, context)?;
    }
    Ok(Exit::Ok)
}

fn overview(
    snapshot: &Snapshot,
    hash: Hash,
    view: DefinitionRef<'_>,
    metadata: Option<&nda_sitemap::object::Metadata>,
    line: &str,
    context: &mut Context,
) -> Result<(), Failure> {
    let style = Style(context.color_out());
    let names = snapshot.names_of(&context.branch, &hash)?;
    writeln!(context.out, "{}", style.bold(line))?;
    writeln!(context.out, "hash        #{hash}")?;
    writeln!(
        context.out,
        "names       {}",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    )?;
    writeln!(context.out, "records     {} in {} bytes", view.node_count(), view.bytes().len())?;
    writeln!(context.out, "dependents  {}", snapshot.dependents(&hash)?.len())?;
    if let Some(head) = snapshot.head(&context.branch)? {
        // The newest commit that admitted it holds its gate record.
        for (commit_hash, commit) in snapshot.log(&head, 1_000)? {
            let Some((_, record)) = commit.admitted.iter().find(|(admitted, _)| *admitted == hash) else {
                continue;
            };
            let record = snapshot.gate_record(record)?;
            writeln!(
                context.out,
                "admitted    {} by {} in #{}: {}, {} fuel, {} bytes at most",
                time::iso(record.time_ms),
                record.author,
                commit_hash.short(),
                counted(record.examples.len(), "example"),
                record.fuel,
                record.peak_bytes
            )?;
            break;
        }
    }
    if let Some(metadata) = metadata {
        writeln!(context.out, "\n{}", metadata.source.trim_end())?;
    }
    Ok(())
}

fn object_text(object: &triples::Object) -> String {
    match object {
        triples::Object::Hash(hash) => format!("#{}", hash.short()),
        triples::Object::Text(text) => text.clone(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
