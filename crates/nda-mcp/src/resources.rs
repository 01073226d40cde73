//! Resources: objects of the store under their hashes, the language's pages and its grammar, the pages of diagnostics.

use crate::house::House;
use nda_diagnostics::Code;
use nda_graph::{DefinitionRef, Hash, Verifier, listing};
use nda_report::history;
use nda_sitemap::object::Kind;
use nda_sitemap::{ReadError, ResolveError, Snapshot};
use rmcp::model::{CacheScope, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::json;
use std::sync::LazyLock;

/// The language on one page.
const LANGUAGE: &str = include_str!("../../../docs/language.md");
/// The pages of `docs/spec`, by name.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The grammar in Lark, which llguidance reads.
static GRAMMAR: LazyLock<String> = LazyLock::new(|| nda_grammar::print(nda_grammar::Format::Lark, None));

/// What never changes may be kept as long as one likes: a year.
const FOR_EVER_MS: u64 = 365 * 24 * 3_600 * 1_000;
/// Pages change with the program only; it may be another one tomorrow.
const A_DAY_MS: u64 = 24 * 3_600 * 1_000;

const MARKDOWN: &str = "text/markdown";
const PLAIN: &str = "text/plain";

/// All that are listed: pages. Objects are too many; they are found by `search`.
pub(crate) fn all() -> Vec<Resource> {
    let card = Resource::new("nda://language", "language")
        .with_title("NDA on one page")
        .with_description("Enough of the language to write a function")
        .with_mime_type(MARKDOWN)
        .with_size(LANGUAGE.len() as u64);
    let grammar = Resource::new("nda://language/grammar", "grammar")
        .with_title("The grammar in Lark")
        .with_description("For llguidance: what is sampled under it is a text that parses")
        .with_mime_type(PLAIN)
        .with_size(GRAMMAR.len() as u64);
    let mut resources = vec![card, grammar];
    resources.extend(PAGES.iter().map(|(name, text)| {
        Resource::new(format!("nda://language/{name}"), *name)
            .with_title(text.lines().next().unwrap_or_default().trim_start_matches("# "))
            .with_description("A page of the language's specification")
            .with_mime_type(MARKDOWN)
            .with_size(text.len() as u64)
    }));
    resources
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("nda://object/{hash}", "object")
            .with_title("Object of the store")
            .with_description("A definition's records, what was written about it, a commit, a gate record: by its hash, or the beginning of it; it never changes"),
        ResourceTemplate::new("nda://errors/{code}", "error")
            .with_title("Page of a diagnostic")
            .with_description("What a code such as E0201 means, with a failing and a right program")
            .with_mime_type(MARKDOWN),
        ResourceTemplate::new("nda://language/{page}", "page")
            .with_title("Page of the specification")
            .with_description("types, expressions, lists, text, fuel, …; resources/list names them")
            .with_mime_type(MARKDOWN),
    ]
}

/// What is under a URI; `None` if there is nothing.
pub(crate) fn read(uri: &str, house: &House) -> Result<Option<ReadResourceResult>, ReadError> {
    let text = |text: &str, mime: &str| {
        let contents = ResourceContents::text(text, uri).with_mime_type(mime);
        Some(
            ReadResourceResult::new(vec![contents])
                .with_ttl_ms(A_DAY_MS)
                .with_cache_scope(CacheScope::Public),
        )
    };
    let page = |markdown: &str| text(markdown, MARKDOWN);
    let Some(path) = uri.strip_prefix("nda://") else { return Ok(None) };
    Ok(match path.split_once('/') {
        None if path == "language" => page(LANGUAGE),
        Some(("language", "grammar")) => text(&GRAMMAR, PLAIN),
        Some(("language", name)) => {
            PAGES.iter().find(|(known, _)| *known == name).and_then(|(_, text)| page(text))
        }
        Some(("errors", code)) => Code::parse(code).and_then(|code| page(code.page())),
        Some(("object", hash)) => {
            let snapshot = house.snapshot()?;
            let hash = match snapshot.resolve(hash.trim_start_matches('#'), None) {
                Ok((hash, _)) => hash,
                Err(ResolveError::Read(error)) => return Err(error),
                Err(_) => return Ok(None),
            };
            let Some((text, mime)) = object(&snapshot, &hash)? else { return Ok(None) };
            let contents = ResourceContents::text(text, uri).with_mime_type(mime);
            let result = ReadResourceResult::new(vec![contents]);
            // Whoever may ask for it may keep it; not everybody may ask.
            Some(result.with_ttl_ms(FOR_EVER_MS).with_cache_scope(CacheScope::Private))
        }
        _ => None,
    })
}

/// An object as text, with its media type.
fn object(snapshot: &Snapshot, hash: &Hash) -> Result<Option<(String, &'static str)>, ReadError> {
    let Some(found) = snapshot.object(hash)? else { return Ok(None) };
    let value = match found.kind {
        Kind::Definition => {
            let view = DefinitionRef::verify(found.bytes, &mut Verifier::default());
            return Ok(view.ok().map(|view| (listing::list(view), "text/plain")));
        }
        Kind::Metadata => {
            let metadata = snapshot.metadata(hash)?;
            json!({
                "definition": metadata.definition.to_string(),
                "name": metadata.name,
                "source": metadata.source,
                "docs": metadata.docs,
                "examples": metadata.examples.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(),
                "uses": metadata.uses,
            })
        }
        Kind::Commit => {
            let commit = snapshot.commit(hash)?;
            let mut value = history::commit_json(hash, &commit);
            value["root"] = json!(commit.root.to_string());
            let admitted = commit.admitted.iter();
            value["admitted"] = admitted
                .map(|(definition, record)| {
                    json!({ "definition": definition.to_string(), "record": record.to_string() })
                })
                .collect();
            value
        }
        Kind::GateRecord => {
            let record = snapshot.gate_record(hash)?;
            let checks = record.checks.iter();
            json!({
                "definition": record.definition.to_string(),
                "checks": checks.map(|check| json!([check.name, check.version, check.passed])).collect::<Vec<_>>(),
                "engine": record.engine,
                "limits": record.limits.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                "fuel": record.fuel,
                "peak_bytes": record.peak_bytes,
                "examples": record.examples.len(),
                "time": nda_report::time::iso(record.time_ms),
                "author": record.author,
            })
        }
        _ => return Ok(None),
    };
    Ok(Some((value.to_string(), "application/json")))
}

#[cfg(test)]
mod tests {
    use super::{LANGUAGE, PAGES};

    #[test]
    fn the_page_is_short_and_its_program_passes_the_gate() {
        assert!(nda_report::slice::tokens(LANGUAGE) < 1_500, "{} bytes", LANGUAGE.len());
        let program = LANGUAGE.split("```nda\n").nth(1).unwrap().split("```").next().unwrap();
        let verdict = nda_gate::Gate::new(nda_engine::Engine::new()).submit(program).unwrap();
        assert!(verdict.is_admitted(), "{:#?}", verdict.diagnostics);
        assert!(PAGES.len() > 15);
    }
}
