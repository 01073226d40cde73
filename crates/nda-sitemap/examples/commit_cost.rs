//! What a commit of one small function costs, beside raw LMDB writes of the same rows.
//!
//! `cargo run --release -p nda-sitemap --example commit_cost [FOLDER] [DEFINITIONS…]`
//!
//! A store is filled, then three copies of it take the same 200 commits: one notes the rows, one is timed, and into the
//! third the noted rows are written with nothing but LMDB.

#![allow(clippy::disallowed_macros)] // a report is what it is for

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use heed::types::Bytes;
use heed::{CommitOrAbort, EnvFlags, EnvOpenOptions};
use nda_graph::Hash;
use nda_sitemap::object::{Example, GateCheck, GateRecord, Metadata};
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions, LmdbStorage};
use nda_sitemap::storage::{Body, Finish, Read, Snapshot, Storage, StorageError, Table, Visit, Write};
use nda_sitemap::{CommitRequest, Content, ContentError, NewDefinition, SiteMap, Triple, merge_never};

type Error = Box<dyn std::error::Error>;
const COMMITS: usize = 200;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "/tmp/nda-commit-cost".to_owned()));
    let mut sizes: Vec<usize> = arguments.map(|size| size.parse()).collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    println!(
        "definitions  sync     commit µs (median, p90)   raw LMDB µs (median, p90)   ratio   rows  bytes   file MiB"
    );
    for size in sizes {
        let base = folder.join(format!("base{size}"));
        let _ = fs::remove_dir_all(&base);
        fill(&base, size)?;
        let file_mib = fs::metadata(base.join("data.mdb"))?.len() >> 20;
        for durability in [Durability::NoSync, Durability::Full] {
            let rows = noted(&copy(&base, &folder.join("noted"))?, size)?;
            let (commit, commit_90) = timed(&copy(&base, &folder.join("timed"))?, size, durability)?;
            let (raw, raw_90) = replayed(&copy(&base, &folder.join("raw"))?, &rows, durability)?;
            let count = rows.iter().map(Vec::len).sum::<usize>() / rows.len();
            let bytes =
                rows.iter().flatten().map(|row| row.0.len() + row.1.len()).sum::<usize>() / rows.len();
            println!(
                "{size:11}  {:7}  {commit:12.1} {commit_90:10.1}   {raw:14.1} {raw_90:10.1}   {:7.2}  {count:5}  {bytes:5}  {file_mib:9}",
                format!("{durability:?}"),
                commit / raw,
            );
        }
        fs::remove_dir_all(&base)?;
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Reads nothing: what is measured is the store.
struct Blank;

impl Content for Blank {
    fn references(&self, _: &[u8]) -> Result<Vec<Hash>, ContentError> {
        Ok(Vec::new())
    }

    fn verify(&self, _: &Hash, _: &[u8], _: &dyn Fn(&Hash) -> Option<Vec<u8>>) -> Result<(), ContentError> {
        Ok(())
    }

    fn triples(&self, _: &Hash, _: &[u8]) -> Result<Vec<Triple>, ContentError> {
        Ok(Vec::new())
    }
}

/// A function of some ten nodes that calls two others.
fn function(index: usize) -> (NewDefinition, Metadata) {
    let hash_of = |index: usize| Hash::of("definition", &index.to_le_bytes());
    let hash = hash_of(index);
    let mut bytes = vec![7; 200];
    bytes[..8].copy_from_slice(&index.to_le_bytes());
    let triples = vec![
        Triple::new(hash, "calls", hash_of(index / 2)),
        Triple::new(hash, "calls", hash_of(index / 3)),
        Triple::new(hash, "type", "fn(i64, i64) -> i64"),
        Triple::new(hash, "returns", "i64"),
        Triple::new(hash, "parameter", "i64"),
    ];
    let gate = GateRecord {
        definition: hash,
        checks: ["types", "effects", "examples"]
            .map(|name| GateCheck { name: name.into(), version: "1".into(), passed: true })
            .to_vec(),
        limits: vec![("fuel".into(), 1_000_000), ("memory_bytes".into(), 1 << 24)],
        fuel: 100,
        author: "bench".into(),
        ..GateRecord::default()
    };
    let name = format!("module_{}::function_{index}", index % 97);
    let metadata = Metadata {
        definition: hash,
        source: format!(
            "/// Adds.\n#[example]\nfn {name}(a: i64, b: i64) -> i64 {{\n    let c = a + b;\n    c * 2\n}}\n"
        ),
        name,
        spans: (0..10).map(|node| (10 * node, 10 * node + 8)).collect(),
        parameters: vec!["a".into(), "b".into()],
        locals: vec!["c".into()],
        docs: "Adds.".into(),
        examples: vec![Example { text: "f(1, 2) == 6".into(), definition: hash }],
        uses: Vec::new(),
        within: String::new(),
    };
    (NewDefinition { hash, bytes, triples, gate: Some(gate) }, metadata)
}

fn request(head: Option<Hash>, functions: std::ops::Range<usize>) -> CommitRequest {
    let (definitions, bind) = functions.map(function).unzip();
    CommitRequest {
        branch: "main".into(),
        expected_head: head,
        definitions,
        bind,
        author: "bench".into(),
        time_ms: 1,
        message: "add a function".into(),
        ..CommitRequest::default()
    }
}

fn options(durability: Durability) -> LmdbOptions {
    LmdbOptions { create: true, durability, ..LmdbOptions::default() }
}

fn fill(path: &Path, size: usize) -> Result<(), Error> {
    let site_map = SiteMap::open(path, &options(Durability::NoSync), Arc::new(Blank))?;
    let mut head = None;
    for start in (0..size).step_by(1000) {
        head = Some(site_map.commit(&request(head, start..size.min(start + 1000)), &merge_never)?.head);
    }
    // The last ones singly, so that the free list looks like that of a store in use.
    for index in size..size + 100 {
        head = Some(site_map.commit(&request(head, index..index + 1), &merge_never)?.head);
    }
    site_map.sync()?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<PathBuf, Error> {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to)?;
    fs::copy(from.join("data.mdb"), to.join("data.mdb"))?;
    fs::File::open(to.join("data.mdb"))?.sync_all()?;
    Ok(to.to_owned())
}

fn commits(site_map: &SiteMap, size: usize) -> Result<Vec<Duration>, Error> {
    let mut head = site_map.snapshot()?.head("main")?;
    let mut times = Vec::new();
    for index in 0..COMMITS {
        let index = size + 1000 + index;
        let request = request(head, index..index + 1);
        let started = Instant::now();
        head = Some(site_map.commit(&request, &merge_never)?.head);
        times.push(started.elapsed());
    }
    Ok(times)
}

fn timed(path: &Path, size: usize, durability: Durability) -> Result<(f64, f64), Error> {
    let site_map = SiteMap::open(path, &options(durability), Arc::new(Blank))?;
    Ok(summary(commits(&site_map, size)?))
}

fn summary(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e6;
    (at(50), at(90))
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

fn noted(path: &Path, size: usize) -> Result<Vec<Rows>, Error> {
    let notes = Arc::new(Notes {
        inner: LmdbStorage::open(path, &options(Durability::NoSync))?,
        rows: Mutex::new(Vec::new()),
    });
    commits(&SiteMap::over(notes.clone(), Arc::new(Blank))?, size)?;
    let rows = notes.rows.lock().map_err(|_| "poisoned")?.clone();
    Ok(rows)
}

#[allow(unsafe_code)] // heed says so: the file must not be changed by others, and it is ours.
fn replayed(path: &Path, rows: &[Rows], durability: Durability) -> Result<(f64, f64), Error> {
    let mut open = EnvOpenOptions::new();
    open.map_size(64 << 30);
    if durability == Durability::NoSync {
        // SAFETY: changes durability only.
        unsafe { open.flags(EnvFlags::NO_SYNC) };
    }
    // SAFETY: the file is this function's own.
    let env = unsafe { open.open(path)? };
    let mut times = Vec::new();
    for rows in rows {
        let started = Instant::now();
        let transaction = env.write_txn()?;
        let _ = env.create_databases_and_commit(transaction, |opener, transaction| {
            let database = opener.create_database::<Bytes, Bytes>(transaction, None)?;
            for (key, value) in rows {
                database.put(transaction, key, value)?;
            }
            Ok::<_, heed::Error>(CommitOrAbort::<(), ()>::Commit(()))
        })?;
        times.push(started.elapsed());
    }
    Ok(summary(times))
}

/// Notes what each transaction puts.
struct Notes {
    inner: LmdbStorage,
    rows: Mutex<Vec<Rows>>,
}

impl Storage for Notes {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.inner.snapshot()
    }

    fn write(&self, body: &mut Body<'_>) -> Result<Finish, StorageError> {
        let mut rows = Vec::new();
        let finish = self.inner.write(&mut |write| {
            rows.clear();
            body(&mut Noting { inner: write, rows: &mut rows })
        })?;
        if let Ok(mut all) = self.rows.lock() {
            all.push(rows);
        }
        Ok(finish)
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.inner.sync()
    }

    fn file_bytes(&self) -> u64 {
        self.inner.file_bytes()
    }
}

struct Noting<'w> {
    inner: &'w mut dyn Write,
    rows: &'w mut Rows,
}

impl Read for Noting<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        self.inner.scan(table, prefix, from, visit)
    }
}

impl Write for Noting<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.rows.push(([&[table as u8], key].concat(), value.to_vec()));
        self.inner.put(table, key, value)
    }

    fn put_new(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let there = self.inner.put_new(table, key, value)?;
        if there.is_none() {
            self.rows.push(([&[table as u8], key].concat(), value.to_vec()));
        }
        Ok(there)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, StorageError> {
        self.inner.delete(table, key)
    }
}
