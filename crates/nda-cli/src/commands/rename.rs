//! `nda rename`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use nda_engine::Engine;
use nda_gate::Gate;
use nda_graph::{DefinitionRef, Hash, NdaNode, Verifier};
use nda_sitemap::names::check_name;
use nda_sitemap::object::Metadata;
use nda_sitemap::{CommitRequest, Snapshot, merge_never};
use nda_syntax::tree::{ExprKind, Item, ItemKind, Tree};
use serde_json::json;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The name there is
    old: String,
    /// The name there will be
    new: String,
}

/// Gives a definition another name. Meaning is not spelling: every hash stays what it is; the texts of the definition
/// and of its dependents are rewritten so that they can be checked again.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let (old, new) = (options.old.as_str(), options.new.as_str());
    check_new_name(new)?;
    let store = context.store(Access::Write { sync: true })?;
    let snapshot = store.snapshot()?;
    let branch = context.branch.clone();
    let Some(binding) = snapshot.name(&branch, old)? else {
        return Err(Failure::usage(format!("nothing called `{old}` is committed")));
    };
    if snapshot.name(&branch, new)?.is_some() {
        return Err(Failure::usage(format!("`{new}` is taken; remove or rename it first")));
    }
    let definition = binding.definition;
    let own = snapshot.metadata(&binding.metadata)?;
    let starts = reference_starts(&snapshot, &own, definition)?;
    let mut bind = vec![renamed(own, &starts, old, new, true)?];
    for dependent in snapshot.dependents(&binding.definition)? {
        for name in snapshot.names_of(&branch, &dependent)? {
            if name != old {
                bind.push(dependent_text(&snapshot, &branch, &name, definition, old, new)?);
            }
        }
    }
    let rewritten = bind.len() - 1;
    let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let request = CommitRequest {
        branch: branch.clone(),
        expected_head: snapshot.head(&branch)?,
        bind,
        remove: vec![old.to_owned()],
        author: super::commit::author(None),
        time_ms,
        message: format!("Rename {old} to {new}"),
        ..CommitRequest::default()
    };
    drop(snapshot);
    let committed = store.commit(&request, &merge_never).map_err(nda_gate::CommitError::from)?;
    if context.json {
        context.print_json(&json!({
            "commit": committed.head.to_string(),
            "definition": binding.definition.to_string(),
            "rewritten": rewritten,
        }))?;
    } else {
        let hash = binding.definition.short();
        writeln!(
            context.out,
            "`{new}` is #{hash} now; {rewritten} dependent text(s) rewritten, no hash changed"
        )?;
    }
    Ok(Exit::Ok)
}

/// Refuses what is no identifier, and what the checker would not let anybody define.
fn check_new_name(new: &str) -> Result<(), Failure> {
    let identifier = new.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && new.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !identifier || check_name(new).is_err() {
        return Err(Failure::usage(format!("`{new}` cannot be a name")));
    }
    let verdict = Gate::new(Engine::new()).submit(&format!("fn {new}() {{}}\n"))?;
    if verdict.definition(new).is_none() {
        return Err(Failure::usage(format!("`{new}` belongs to the language and cannot be a name")));
    }
    Ok(())
}

fn dependent_text(
    snapshot: &Snapshot,
    branch: &str,
    name: &str,
    definition: Hash,
    old: &str,
    new: &str,
) -> Result<Metadata, Failure> {
    let binding = snapshot.name(branch, name)?;
    let binding = binding.ok_or_else(|| Failure::usage(format!("`{name}` is gone; try again")))?;
    let metadata = snapshot.metadata(&binding.metadata)?;
    let starts = reference_starts(snapshot, &metadata, definition)?;
    renamed(metadata, &starts, old, new, false)
}

/// Where, in a definition's text, the records begin that refer to `definition`.
fn reference_starts(snapshot: &Snapshot, metadata: &Metadata, definition: Hash) -> Result<Vec<u32>, Failure> {
    let bytes = snapshot.definition(&metadata.definition)?;
    let view = DefinitionRef::verify(bytes, &mut Verifier::default())
        .map_err(|error| Failure::usage(format!("`{}` is damaged: {error}", metadata.name)))?;
    let refers = |node: NdaNode| match node {
        NdaNode::Call { callee: index, .. } | NdaNode::Const(index) => {
            view.reference(index).hash == definition
        }
        _ => false,
    };
    let records = view.nodes().zip(&metadata.spans);
    Ok(records.filter(|(node, _)| refers(*node)).map(|(_, span)| span.0).collect())
}

/// The metadata with every use of the name `old` replaced, and every span moved along. `starts` says where the graph
/// refers to what is renamed; a use of the name elsewhere is one in an example, or of a variable.
fn renamed(
    metadata: Metadata,
    starts: &[u32],
    old: &str,
    new: &str,
    is_item: bool,
) -> Result<Metadata, Failure> {
    let source = metadata.source.clone();
    let (tree, problems) = nda_syntax::parse(&source);
    // Another name that `use` gives hides the name as a variable does; in the `use` line itself nothing is hidden.
    let imported = |name: &str| {
        let mut names = tree.items.iter().filter(|item| is_use(item)).filter_map(|item| item.name);
        names.any(|found| tree.name(found.symbol, &source) == name)
    };
    let local = |name: &str| {
        let mut all = metadata.locals.iter().chain(&metadata.parameters);
        all.any(|local| local == name)
    };
    let mut expressions = if imported(old) { Vec::new() } else { uses(&tree, &source, old) };
    if local(old) {
        let examples = tree.items.iter().flat_map(|item| tree.examples(item)).map(|expr| tree.span(expr));
        let examples: Vec<_> = examples.collect();
        expressions.retain(|at| {
            starts.contains(at) || examples.iter().any(|span| span.start <= *at && *at < span.end)
        });
    }
    let shadowed = !expressions.is_empty() && (local(new) || imported(new)) || is_item && imported(new);
    if shadowed || !problems.is_empty() {
        let name = &metadata.name;
        return Err(Failure::usage(format!(
            "the text of `{name}` cannot be rewritten safely: a variable or another name in it is called `{new}`"
        )));
    }
    let mut places = expressions;
    places.extend(tree.items.iter().filter_map(|item| match item.kind {
        ItemKind::Use { path } if tree.name(path.symbol, &source) == old => Some(path.span.start),
        _ => None,
    }));
    if let Some(item) =
        tree.items.iter().find(|item| !is_use(item)).and_then(|item| item.name).filter(|_| is_item)
    {
        places.push(item.span.start);
    }
    places.sort_unstable();
    places.dedup();
    let shift = |at: u32| {
        let before = places.iter().filter(|&&place| place < at).count() as i64;
        (i64::from(at) + before * (new.len() as i64 - old.len() as i64)).max(0) as u32
    };
    let spans = metadata.spans.iter().map(|&(start, end)| (shift(start), shift(end))).collect();
    let mut text = source;
    for &place in places.iter().rev() {
        let at = place as usize;
        text.replace_range(at..at + old.len(), new);
    }
    let mut examples = metadata.examples.clone();
    let (rewritten, _) = nda_syntax::parse(&text);
    let written: Vec<String> = rewritten
        .items
        .iter()
        .flat_map(|item| rewritten.examples(item))
        .map(|expr| rewritten.span(expr).text(&text).to_owned())
        .collect();
    for (example, written) in examples.iter_mut().zip(written) {
        example.text = written;
    }
    let name = if is_item { new.to_owned() } else { metadata.name.clone() };
    Ok(Metadata { source: text, spans, examples, name, ..metadata })
}

fn is_use(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Use { .. })
}

/// Where expressions name `old`.
fn uses(tree: &Tree, source: &str, old: &str) -> Vec<u32> {
    let named = |expr: &nda_syntax::tree::Expr| match expr.kind {
        ExprKind::Name(symbol) if tree.name(symbol, source) == old => Some(expr.span.start),
        _ => None,
    };
    // The first entry is a filler.
    tree.exprs.iter().skip(1).filter_map(named).collect()
}
