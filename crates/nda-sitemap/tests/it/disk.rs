//! The engine on disk: threads, processes, growth, folders without permission, other files, a full disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use nda_sitemap::storage::StorageError;
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{CommitError, SiteMap, merge_disjoint, merge_never};

use crate::child;
use crate::toy::{Toy, assert_sound, request};

/// Fast, and survives everything but the machine.
pub fn options() -> LmdbOptions {
    LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() }
}

pub fn open(path: &Path) -> SiteMap {
    SiteMap::open(path, &options(), Arc::new(Toy)).unwrap()
}

fn try_open(path: &Path, options: &LmdbOptions) -> Result<SiteMap, StorageError> {
    SiteMap::open(path, options, Arc::new(Toy))
}

/// Commits `count` names of its own, one by one.
pub fn commit_many(site_map: &SiteMap, who: &str, count: usize) {
    for index in 0..count {
        let head = site_map.snapshot().unwrap().head("main").unwrap();
        let name = format!("{who}_{index}");
        site_map.commit(&request(head, &[(&name, &name)]), &merge_disjoint).unwrap();
    }
}

#[test]
fn durable_commits_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let options = LmdbOptions { create: true, ..LmdbOptions::default() };
    let site_map = try_open(folder.path(), &options).unwrap();
    commit_many(&site_map, "a", 3);
    let second = try_open(folder.path(), &options).unwrap();
    commit_many(&second, "b", 3);
    drop((site_map, second));
    let site_map = try_open(folder.path(), &options).unwrap();
    assert_eq!(site_map.snapshot().unwrap().names("main", "", None, 100).unwrap().len(), 6);
    assert_sound(&site_map);
    assert!(matches!(
        try_open(folder.path(), &LmdbOptions { read_only: true, ..options }),
        Err(StorageError::OpenedDifferently { .. })
    ));
}

#[test]
fn eight_threads_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site_map = open(folder.path());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let site_map = &site_map;
            scope.spawn(move || commit_many(site_map, &format!("thread{thread}"), 50));
        }
    });
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.names("main", "", None, 1000).unwrap().len(), 400);
    let head = snapshot.head("main").unwrap().unwrap();
    assert_eq!(snapshot.log(&head, 1000).unwrap().len(), 400);
    assert_sound(&site_map);
}

#[test]
fn four_processes_lose_nothing_while_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let site_map = open(folder.path());
    let mut writers: Vec<_> = (0..4)
        .map(|index| child::spawn("commit", folder.path(), &[&format!("process{index}"), "50"]))
        .collect();
    let mut seen = 0;
    while writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
        let snapshot = site_map.snapshot().unwrap();
        let names = snapshot.names("main", "", None, 1000).unwrap();
        assert!(names.len() >= seen, "a commit went back");
        seen = names.len();
        for (name, binding) in names {
            assert_eq!(snapshot.name("main", &name).unwrap(), Some(binding), "a snapshot is one state");
        }
    }
    assert!(writers.into_iter().all(|mut writer| writer.wait().unwrap().success()));
    assert_eq!(site_map.snapshot().unwrap().names("main", "", None, 1000).unwrap().len(), 200);
    assert_sound(&site_map);
}

#[test]
fn the_map_grows_here_and_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let small = LmdbOptions { map_bytes: 256 << 10, ..options() };
    let site_map = try_open(folder.path(), &small).unwrap();
    commit_many(&site_map, "here", 100);
    // Another process with a large map goes far beyond ours.
    assert!(child::spawn("commit", folder.path(), &["elsewhere", "400"]).wait().unwrap().success());
    assert_eq!(site_map.snapshot().unwrap().names("main", "", None, 1000).unwrap().len(), 500);
    commit_many(&site_map, "again", 10);
    let mut large = request(site_map.snapshot().unwrap().head("main").unwrap(), &[("large", "large")]);
    large.bind[0].source = "x".repeat(40 << 20);
    let head = site_map.commit(&large, &merge_never).unwrap().head;
    let snapshot = site_map.snapshot().unwrap();
    let binding = snapshot.name("main", "large").unwrap().unwrap();
    assert_eq!(snapshot.metadata(&binding.metadata).unwrap(), large.bind[0]);
    // Open snapshots neither hinder growing nor notice it.
    large.expected_head = Some(head);
    large.bind[0].source = "y".repeat(150 << 20);
    let _ = site_map.commit(&large, &merge_never).unwrap();
    assert_eq!(snapshot.head("main").unwrap(), Some(head));
    assert_eq!(snapshot.metadata(&binding.metadata).unwrap().source.len(), 40 << 20);
    drop(snapshot);
    assert_sound(&site_map);
}

#[test]
fn a_missing_or_foreign_file_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let only_open = LmdbOptions { create: false, ..options() };
    let error = try_open(&folder.path().join("none"), &only_open).err().unwrap();
    assert!(matches!(error, StorageError::Missing { .. }), "{error}");
    assert!(!folder.path().join("none").exists());
    for text in [&b"hello"[..], &[0; 5000], &[0xff; 8192], "# a text file\n".repeat(1000).as_bytes()] {
        fs::write(folder.path().join("data.mdb"), text).unwrap();
        let error = try_open(folder.path(), &options()).err().unwrap();
        assert!(matches!(error, StorageError::NotAStore { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join("data.mdb")).unwrap(), text, "left as it was");
    }
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(try_open(&file, &options()).is_err());
}

#[test]
fn reading_only_never_writes() {
    let folder = tempfile::tempdir().unwrap();
    let site_map = open(folder.path());
    commit_many(&site_map, "a", 5);
    drop(site_map);
    let before = fs::read(folder.path().join("data.mdb")).unwrap();
    let read_only = LmdbOptions { read_only: true, ..options() };
    let site_map = try_open(folder.path(), &read_only).unwrap();
    assert_sound(&site_map);
    let error = site_map.commit(&request(None, &[("x", "x")]), &merge_disjoint).unwrap_err();
    assert!(matches!(error, CommitError::Storage(StorageError::ReadOnly)), "{error}");
    assert_eq!(fs::read(folder.path().join("data.mdb")).unwrap(), before);
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(try_open(nothing.path(), &read_only), Err(StorageError::Missing { .. })));
}

/// As a user without rights: the child gives up root, for which permissions do not count.
#[test]
fn a_folder_without_write_permission_is_readable() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let site_map = open(folder.path());
    commit_many(&site_map, "a", 5);
    drop(site_map);
    for (path, mode) in [("data.mdb", 0o444), ("lock.mdb", 0o444), ("", 0o555)] {
        fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let status = child::spawn("no-rights", folder.path(), &[]).wait().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(status.success(), "{status}");
}

/// A limit on the file's size stands for a full disk: every write beyond it fails the same way.
#[test]
fn a_full_disk_is_an_error_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let status = child::spawn("full-disk", folder.path(), &[]).wait().unwrap();
    assert!(status.success(), "{status}");
    let site_map = open(folder.path());
    assert_sound(&site_map);
    let acknowledged = fs::read_to_string(folder.path().join("acknowledged")).unwrap();
    let names = site_map.snapshot().unwrap().names("main", "", None, 100_000).unwrap();
    assert_eq!(names.len(), acknowledged.lines().count(), "what was acknowledged, and nothing else");
    commit_many(&site_map, "after", 3);
    assert_sound(&site_map);
}
