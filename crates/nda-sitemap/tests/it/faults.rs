//! Storage that fails at any one operation: all or nothing, and the next try works.

use std::sync::Arc;

use nda_sitemap::storage::faulty::Faulty;
use nda_sitemap::storage::memory::MemoryStorage;
use nda_sitemap::storage::{Storage, StorageError, Table};
use nda_sitemap::{CommitError, SiteMap, merge_disjoint};

use crate::toy::{Toy, assert_sound, request};

/// Everything in the store.
fn image(storage: &dyn Storage) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    let snapshot = storage.snapshot().unwrap();
    let mut rows = Vec::new();
    for table in Table::ALL {
        snapshot
            .scan(table, &[], &[], &mut |key, value| {
                rows.push((table, key.to_vec(), value.to_vec()));
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
    }
    rows
}

#[test]
fn a_failure_at_any_operation_changes_nothing() {
    let storage = Arc::new(Faulty::new(MemoryStorage::new()));
    let site_map = SiteMap::over(storage.clone(), Arc::new(Toy)).unwrap();
    let head = site_map.commit(&request(None, &[("one", "1"), ("two", "2")]), &merge_disjoint).unwrap().head;
    let change = request(Some(head), &[("one", "changed"), ("three", "3")]);
    let before = image(&*storage);
    let mut operation = 0;
    loop {
        storage.fail_at(Some(operation));
        match site_map.commit(&change, &merge_disjoint) {
            Ok(_) => break,
            Err(CommitError::Storage(StorageError::Injected { .. })) => {}
            Err(other) => panic!("operation {operation}: {other}"),
        }
        assert_eq!(image(&*storage), before, "operation {operation}");
        operation += 1;
    }
    assert!(operation > 20, "{operation} operations");
    storage.fail_at(None);
    assert_sound(&site_map);
    // The same for rebuilding.
    let before = image(&*storage);
    for operation in 0.. {
        storage.fail_at(Some(operation));
        let done = site_map.rebuild_index().is_ok();
        assert_eq!(image(&*storage), before, "operation {operation}");
        if done {
            break;
        }
    }
}

#[test]
fn verify_reports_every_loss_and_rebuilding_mends_derived_tables() {
    let storage = Arc::new(MemoryStorage::new());
    let site_map = SiteMap::over(storage.clone(), Arc::new(Toy)).unwrap();
    site_map.commit(&request(None, &[("one", "1 uses:clock"), ("two", "2")]), &merge_disjoint).unwrap();
    let rows = image(&*storage);
    for (table, key, value) in &rows {
        if *table == Table::Info {
            continue;
        }
        for damage in 0..2 {
            let put_back = |value: &[u8]| {
                storage
                    .write(&mut |write| {
                        write.put(*table, key, value)?;
                        Ok(nda_sitemap::storage::Finish::Commit)
                    })
                    .unwrap();
            };
            if damage == 0 {
                let mut damaged = value.clone();
                *damaged.last_mut().unwrap() ^= 1;
                put_back(&damaged);
            } else if *table != Table::Refs {
                storage
                    .write(&mut |write| {
                        write.delete(*table, key)?;
                        Ok(nda_sitemap::storage::Finish::Commit)
                    })
                    .unwrap();
            } else {
                continue;
            }
            let report = site_map.verify(&mut |_| {}).unwrap();
            assert!(!report.is_sound(), "damage {damage} to {table:?} {key:02x?}");
            if table.is_derived() {
                site_map.rebuild_index().unwrap();
            } else {
                put_back(value);
            }
            assert_eq!(image(&*storage), rows, "damage {damage} to {table:?} {key:02x?}");
        }
    }
    assert_sound(&site_map);
    let stats = site_map.stats().unwrap();
    assert_eq!(stats.tables.iter().map(|table| table.rows).sum::<u64>(), rows.len() as u64);
    assert_eq!(stats.objects.iter().map(|kind| kind.count).sum::<u64>(), 8);
}
