//! A toy content: a definition is a list of references and a text; its hash is that of its bytes.

use std::sync::Arc;

use nda_graph::Hash;
use nda_sitemap::object::{Example, GateRecord, Metadata};
use nda_sitemap::storage::memory::MemoryStorage;
use nda_sitemap::{CommitRequest, Content, ContentError, NewDefinition, SiteMap, Triple};

pub struct Toy;

pub fn bytes(references: &[Hash], body: &str) -> Vec<u8> {
    let mut bytes = vec![references.len() as u8];
    references.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

fn split(bytes: &[u8]) -> Result<(Vec<Hash>, &str), ContentError> {
    let wrong = || ContentError::Malformed { reason: "not a toy".to_owned() };
    let (count, rest) = bytes.split_first().ok_or_else(wrong)?;
    let (hashes, body) = rest.split_at_checked(32 * usize::from(*count)).ok_or_else(wrong)?;
    let hashes = hashes.chunks(32).map(|hash| Hash(hash.try_into().unwrap())).collect();
    Ok((hashes, std::str::from_utf8(body).map_err(|_| wrong())?))
}

impl Content for Toy {
    fn references(&self, bytes: &[u8]) -> Result<Vec<Hash>, ContentError> {
        Ok(split(bytes)?.0)
    }

    fn verify(
        &self,
        hash: &Hash,
        bytes: &[u8],
        _: &dyn Fn(&Hash) -> Option<Vec<u8>>,
    ) -> Result<(), ContentError> {
        split(bytes)?;
        let found = Hash::of("definition", bytes);
        if found == *hash { Ok(()) } else { Err(ContentError::Hash { found }) }
    }

    fn triples(&self, hash: &Hash, bytes: &[u8]) -> Result<Vec<Triple>, ContentError> {
        let (references, body) = split(bytes)?;
        let mut triples: Vec<Triple> =
            references.into_iter().map(|to| Triple::new(*hash, "calls", to)).collect();
        triples.push(Triple::new(*hash, "type", "fn(i64) -> i64"));
        for word in body.split_whitespace().filter_map(|word| word.strip_prefix("uses:")) {
            triples.push(Triple::new(*hash, "uses", word));
        }
        Ok(triples)
    }
}

pub fn definition(references: &[Hash], body: &str) -> NewDefinition {
    let bytes = bytes(references, body);
    let hash = Hash::of("definition", &bytes);
    let triples = Toy.triples(&hash, &bytes).unwrap();
    let gate = GateRecord { definition: hash, fuel: 7, author: "gate".into(), ..GateRecord::default() };
    NewDefinition { hash, bytes, triples, gate: Some(gate) }
}

pub fn metadata(name: &str, definition: &NewDefinition) -> Metadata {
    Metadata {
        definition: definition.hash,
        name: name.to_owned(),
        source: format!("/// docs\nfn {name}(x: i64) -> i64 {{ x + 1 }} // as written\n"),
        spans: vec![(9, 20), (21, 22)],
        parameters: vec!["x".into()],
        docs: "docs".into(),
        examples: vec![Example { text: format!("{name}(1) == 2"), definition: definition.hash }],
        ..Metadata::default()
    }
}

/// Binds each name to a new definition with that body.
pub fn request(head: Option<Hash>, names: &[(&str, &str)]) -> CommitRequest {
    let mut request = CommitRequest {
        branch: "main".into(),
        expected_head: head,
        author: "tester".into(),
        time_ms: 1,
        message: "change".into(),
        ..CommitRequest::default()
    };
    for (name, body) in names {
        let definition = definition(&[], body);
        request.bind.push(metadata(name, &definition));
        request.definitions.push(definition);
    }
    request
}

pub fn memory() -> SiteMap {
    SiteMap::over(Arc::new(MemoryStorage::new()), Arc::new(Toy)).unwrap()
}

/// Verification with nothing to say.
#[track_caller]
pub fn assert_sound(site_map: &SiteMap) {
    let report = site_map.verify(&mut |_| {}).unwrap();
    assert!(report.is_sound(), "{:#?}", report.problems);
}
