//! How many tokens an agent must read to change one function: whole files, or what `describe` gives. Every answer is also held to
//! be enough: with its declarations as stubs, the function passes the checker.

mod client;
mod corpus;
mod stub;

use client::Client;
use corpus::File;
use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Text};
use nda_graph::{Definition, Hash, Verifier};
use nda_sitemap::storage::lmdb::LmdbOptions;
use nda_sitemap::{DEFAULT_BRANCH, SiteMap, Snapshot};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::sync::Arc;
use tiktoken_rs::CoreBPE;

/// Definitions in one file, as people cut them: a code base's files are that long.
const FILE_SIZES: [usize; 3] = [12, 25, 55];

fn main() -> Result<(), Box<dyn Error>> {
    let files = corpus::files();
    let folder = tempfile::tempdir()?;
    let create = LmdbOptions { create: true, ..LmdbOptions::default() };
    let store = SiteMap::open(folder.path(), &create, Arc::new(Definitions))?;
    let count = commit(&files, &store)?;
    let snapshot = store.snapshot()?;
    let tokenizer = tiktoken_rs::o200k_base()?;
    let mut client = Client::new(nda_mcp::Options {
        store: store.clone(),
        engine: Engine::new(),
        branch: DEFAULT_BRANCH.to_owned(),
        author: "tokens".to_owned(),
        grants: Vec::new(),
        read_only: true,
        signer: None,
    });
    let once = tokens(&tokenizer, &client.request("tools/list", &json!({}))["tools"].to_string());
    let language = client.request("resources/read", &json!({ "uri": "nda://language" }));
    let language = tokens(&tokenizer, language["contents"][0]["text"].as_str().unwrap_or_default());
    let whole: Vec<usize> = files.iter().map(|file| tokens(&tokenizer, &text_of(file))).collect();
    println!(
        "{count} definitions in {} modules, {} tokens (o200k_base)",
        files.len(),
        whole.iter().sum::<usize>()
    );
    println!("once a session: {once} tokens for the tools, {language} for the language\n");

    let functions: Vec<&str> = files
        .iter()
        .flat_map(|file| &file.items)
        .filter(|item| item.is_function)
        .map(|item| item.path.as_str())
        .collect();
    let (mut slices, mut texts) = (Vec::new(), Vec::new());
    let mut used: Vec<BTreeSet<String>> = Vec::new();
    let mut enough = Gate::new(Engine::new());
    for name in &functions {
        let answer = client.call("describe", &json!({ "name": name }));
        slices.push(tokens(&tokenizer, &answer.to_string()));
        let source = answer["source"].as_str().ok_or_else(|| format!("{name}: no source: {answer}"))?;
        texts.push(tokens(&tokenizer, source));
        let slice: Vec<&str> =
            answer["slice"].as_array().into_iter().flatten().filter_map(|one| one.as_str()).collect();
        let program = stub::program(name, source, &slice);
        let verdict = enough.submit(&program)?;
        if !verdict.is_admitted() {
            let found = verdict.diagnostics.iter().map(|found| found.message.as_str()).collect::<Vec<_>>();
            return Err(format!("{name}: the slice is not enough: {found:?}\n{program}").into());
        }
        used.push(uses(&snapshot, name)?);
    }
    println!("{:<48} {:>8} {:>8} {:>8}", "tokens to read to change one function", "median", "p90", "most");
    row("`describe`: source, slice, users, base", &mut slices.clone());
    row("its own text alone, which nobody can do without", &mut texts.clone());
    for size in FILE_SIZES {
        let (of, costs) = cut(&files, size, &tokenizer);
        let own: Vec<usize> = functions.iter().map(|name| costs[of[*name]]).collect();
        let around: Vec<usize> = functions
            .iter()
            .zip(&used)
            .map(|(name, used)| {
                let read: BTreeSet<usize> = used
                    .iter()
                    .map(String::as_str)
                    .chain([*name])
                    .filter_map(|name| of.get(name).copied())
                    .collect();
                read.into_iter().map(|file| costs[file]).sum()
            })
            .collect();
        row(&format!("its file alone, {size} definitions a file"), &mut own.clone());
        row(&format!("and the files of what it uses, {size} a file"), &mut around.clone());
        let (alone, with) = (times(&own, &slices), times(&around, &slices));
        println!("{:<48} {alone:>7.0}x {with:>7.0}x", "  times fewer at the median: alone, with files");
        let most = times(&around, &texts);
        println!("{:<48} {:>8} {most:>7.0}x", "  and if its own text were all", "");
    }
    println!("\n{} of {} slices were enough for the checker", functions.len(), functions.len());
    Ok(())
}

fn commit(files: &[File], store: &SiteMap) -> Result<usize, Box<dyn Error>> {
    let texts: Vec<String> = files.iter().map(text_of).collect();
    let parts: Vec<Text<'_>> =
        files.iter().zip(&texts).map(|(file, text)| Text { module: &file.module, text }).collect();
    let mut gate = Gate::over(Engine::new(), store.clone());
    let verdict = gate.submit_parts(&parts)?;
    if let Some(found) = verdict.diagnostics.iter().find(|found| found.is_error()) {
        let line = found.span.line_column(&verdict.source).0;
        let text = verdict.source.lines().nth(line as usize - 1).unwrap_or_default();
        return Err(format!("the code base does not pass: {} in `{text}`", found.message).into());
    }
    gate.commit(&verdict, "tokens", "A code base")?;
    Ok(verdict.definitions.len())
}

fn text_of(file: &File) -> String {
    let items: Vec<&str> = file.items.iter().map(|item| item.text.as_str()).collect();
    format!("{}{}", file.head, items.join("\n"))
}

fn tokens(tokenizer: &CoreBPE, text: &str) -> usize {
    tokenizer.encode_ordinary(text).len()
}

/// Which file each item is in, and what each file costs, if the modules are cut into files of so many definitions.
fn cut<'f>(files: &'f [File], size: usize, tokenizer: &CoreBPE) -> (HashMap<&'f str, usize>, Vec<usize>) {
    let (mut of, mut costs) = (HashMap::new(), Vec::new());
    for file in files {
        for piece in file.items.chunks(size) {
            let texts: Vec<&str> = piece.iter().map(|item| item.text.as_str()).collect();
            of.extend(piece.iter().map(|item| (item.path.as_str(), costs.len())));
            costs.push(tokens(tokenizer, &format!("{}{}", file.head, texts.join("\n"))));
        }
    }
    (of, costs)
}

/// The names of what a function refers to, and of the types that it is about: what somebody with files must look up.
fn uses(snapshot: &Snapshot, name: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let binding = snapshot.name(DEFAULT_BRANCH, name)?.ok_or("a name that was committed")?;
    let bytes = snapshot.definition(&binding.definition)?.to_vec();
    let definition = Definition::from_bytes(bytes, &mut Verifier::default())?;
    let view = definition.view();
    let types = view.signature().types();
    let all: Vec<Hash> =
        view.references().map(|one| one.hash).chain(types.named().map(|ty| types.hash_of(ty))).collect();
    let mut names = BTreeSet::new();
    for hash in all {
        names.extend(snapshot.names_of(DEFAULT_BRANCH, &hash)?);
    }
    Ok(names)
}

fn at(sorted: &[usize], share: f64) -> usize {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn row(what: &str, all: &mut [usize]) {
    all.sort_unstable();
    println!("{what:<48} {:>8} {:>8} {:>8}", at(all, 0.5), at(all, 0.9), at(all, 1.0));
}

/// How many times more one costs than the other, function by function, at the median.
fn times(many: &[usize], few: &[usize]) -> f64 {
    let mut all: Vec<f64> = many.iter().zip(few).map(|(&many, &few)| many as f64 / few as f64).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
