//! Truncated and bit-flipped files: a clear error or the right answer, never a wrong one and never a crash.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use nda_sitemap::query::{Query, QueryLimits};
use nda_sitemap::storage::StorageError;
use nda_sitemap::{CommitError, ReadError, SiteMap, merge_disjoint};

use crate::child;
use crate::disk::options;
use crate::toy::{Toy, definition, metadata, request};

const NAMES: usize = 40;

fn body(index: usize) -> String {
    format!("{index} uses:clock {}", "x".repeat(index * 90))
}

/// A store with single pages, branch pages, overflow pages and a free list.
fn build(folder: &Path) {
    let site_map = SiteMap::open(folder, &options(), Arc::new(Toy)).unwrap();
    let mut head = None;
    for index in 0..NAMES {
        let request = request(head, &[(&format!("name{index}"), &body(index))]);
        head = Some(site_map.commit(&request, &merge_disjoint).unwrap().head);
    }
}

/// What a damaged store may do: answer right, or say that it is damaged. Returns whether it noticed.
fn ask(folder: &Path, write: bool) -> bool {
    let site_map = match SiteMap::open(folder, &options(), Arc::new(Toy)) {
        Ok(site_map) => site_map,
        Err(StorageError::Damaged { .. } | StorageError::NotAStore { .. } | StorageError::Version { .. }) => {
            return true;
        }
        Err(StorageError::Engine(what)) => {
            eprintln!("engine: {what}");
            return true;
        }
        Err(other) => panic!("unclear: {other:?}"),
    };
    let Ok(snapshot) = site_map.snapshot() else { return true };
    let mut noticed = false;
    let mut head = None;
    match snapshot.head("main") {
        Ok(Some(found)) => head = Some(found),
        Ok(None) => panic!("the branch vanished"),
        Err(_) => noticed = true,
    }
    for index in 0..NAMES {
        let new = definition(&[], &body(index));
        let name = format!("name{index}");
        match snapshot.name("main", &name) {
            Ok(Some(binding)) => {
                assert_eq!(binding.definition, new.hash, "a wrong answer for {name}");
                match snapshot.definition(&binding.definition) {
                    Ok(bytes) => assert_eq!(bytes, new.bytes, "wrong bytes for {name}"),
                    Err(_) => noticed = true,
                }
                match snapshot.metadata(&binding.metadata) {
                    Ok(found) => assert_eq!(found, metadata(&name, &new)),
                    Err(_) => noticed = true,
                }
            }
            Ok(None) => panic!("{name} vanished"),
            Err(_) => noticed = true,
        }
    }
    let expected: BTreeMap<String, nda_graph::Hash> =
        (0..NAMES).map(|index| (format!("name{index}"), definition(&[], &body(index)).hash)).collect();
    let sound = site_map.verify(&mut |_| {}).is_ok_and(|report| report.is_sound());
    noticed |= !sound;
    if let Ok(names) = snapshot.names("main", "", None, 1000) {
        assert!(names.iter().all(|(name, binding)| expected.get(name) == Some(&binding.definition)));
        assert_eq!(names.len(), NAMES, "rows vanished");
    }
    let query = Query::parse("?f uses \"clock\" . ?n is ?f").unwrap();
    if let Ok(answer) = snapshot.query("main", &query, QueryLimits::default()) {
        assert_eq!(answer.rows.len(), NAMES, "triples vanished");
    }
    if let Some(head) = head {
        let _: Result<_, ReadError> = snapshot.log(&head, 1000);
    }
    drop(snapshot);
    if write {
        for index in 0..20 {
            let name = format!("more{index}");
            match site_map.commit(&request(head, &[(&name, &name)]), &merge_disjoint) {
                Ok(done) => head = Some(done.head),
                Err(CommitError::Storage(StorageError::Injected { .. })) => unreachable!(),
                Err(_) => {
                    noticed = true;
                    break;
                }
            }
        }
        if let Err(error) = site_map.rebuild_index() {
            eprintln!("rebuild: {error}");
        }
    }
    noticed
}

/// Damages a copy of the store in many ways, from a seed, and asks it each time. A crash ends this process.
pub fn survey(folder: &Path, seed: u64) {
    let original = fs::read(folder.join("original")).unwrap();
    let store = folder.join(format!("store{seed}"));
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit as u64) as usize
    };
    let pages = original.len() / 4096;
    let mut noticed = 0;
    for round in 0..100 {
        let mut bytes = original.clone();
        let what = match round % 5 {
            // Anywhere; in the heads; in the first bytes of a page, where offsets are.
            0 => flip(&mut bytes, below(pages * 4096), below(8)),
            1 => flip(&mut bytes, below(2) * 4096 + below(152), below(8)),
            2 | 3 => flip(&mut bytes, below(pages) * 4096 + below(64), below(8)),
            _ => {
                let len = if below(2) == 0 { below(original.len()) } else { below(pages) * 4096 };
                bytes.truncate(len);
                format!("cut to {len}")
            }
        };
        let _ = fs::remove_dir_all(&store);
        fs::create_dir_all(&store).unwrap();
        fs::write(store.join("data.mdb"), &bytes).unwrap();
        // What a crash leaves behind tells the parent where.
        fs::write(folder.join(format!("last{seed}")), &what).unwrap();
        noticed += usize::from(!bytes.is_empty() && ask(&store, round % 2 == 0));
    }
    assert!(noticed > 20, "only {noticed} of 100 noticed");
}

fn flip(bytes: &mut [u8], at: usize, bit: usize) -> String {
    bytes[at] ^= 1 << bit;
    format!("bit {bit} of byte {at} (page {} offset {})", at / 4096, at % 4096)
}

#[test]
fn damaged_files_give_clear_errors_or_right_answers() {
    let folder = tempfile::tempdir().unwrap();
    build(&folder.path().join("source"));
    fs::copy(folder.path().join("source/data.mdb"), folder.path().join("original")).unwrap();
    // Sixty seeds were clean when this was written; a few run every time.
    for seeds in [[1_u64, 2], [3, 54]] {
        let children = seeds.map(|seed| (seed, child::spawn("survey", folder.path(), &[&seed.to_string()])));
        for (seed, mut child) in children {
            let status = child.wait().unwrap();
            let last = fs::read_to_string(folder.path().join(format!("last{seed}"))).unwrap_or_default();
            assert!(status.success(), "seed {seed}: {status} after: {last}");
        }
    }
}
