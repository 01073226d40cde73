//! This test binary as another process: [`spawn`] runs it again with a task in its environment.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nda_sitemap::storage::StorageError;
use nda_sitemap::storage::lmdb::LmdbOptions;
use nda_sitemap::{CommitError, SiteMap, merge_disjoint};

use crate::disk::{commit_many, open, options};
use crate::toy::{Toy, assert_sound, request};

const TASK: &str = "NDA_SITEMAP_TEST_TASK";
const FOLDER: &str = "NDA_SITEMAP_TEST_FOLDER";
const ARGUMENTS: &str = "NDA_SITEMAP_TEST_ARGUMENTS";

/// Runs a task of [`child_process`] in a process of its own.
pub fn spawn(task: &str, folder: &Path, arguments: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::child_process", "--nocapture", "--test-threads=1"])
        .env(TASK, task)
        .env(FOLDER, folder)
        .env(ARGUMENTS, arguments.join(" "))
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// No test: the tasks of other tests' processes. Without a task it does nothing.
#[test]
fn child_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let arguments = std::env::var(ARGUMENTS).unwrap();
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    match task.as_str() {
        "commit" => commit_many(&open(&folder), arguments[0], arguments[1].parse().unwrap()),
        "commit-until-killed" => commit_until_killed(&folder, arguments[0]),
        "no-rights" => no_rights(&folder),
        "full-disk" => full_disk(&folder),
        "survey" => crate::damage::survey(&folder, arguments[0].parse().unwrap()),
        other => panic!("unknown task {other}"),
    }
}

/// Commits until somebody kills it; notes each name after its commit returned.
fn commit_until_killed(folder: &Path, who: &str) {
    let mut acknowledged =
        std::fs::OpenOptions::new().create(true).append(true).open(folder.join("acknowledged")).unwrap();
    let site_map = open(folder);
    for index in 0.. {
        let head = site_map.snapshot().unwrap().head("main").unwrap();
        let name = format!("{who}_{index}");
        let _ = site_map.commit(&request(head, &[(&name, &name)]), &merge_disjoint).unwrap();
        acknowledged.write_all(format!("{name}\n").as_bytes()).unwrap();
    }
}

fn no_rights(folder: &Path) {
    // SAFETY: a plain system call.
    #[allow(unsafe_code)]
    let root = unsafe { libc::geteuid() } == 0;
    if root {
        // SAFETY: plain system calls; this process has one test thread.
        #[allow(unsafe_code)]
        let refused = unsafe { libc::setgid(65534) | libc::setuid(65534) };
        assert_eq!(refused, 0);
    }
    let content = || std::sync::Arc::new(Toy);
    let error = SiteMap::open(folder, &options(), content()).err().expect("no permission to write");
    assert!(matches!(error, StorageError::Io(_) | StorageError::ReadOnly), "{error}");
    let read_only = LmdbOptions { read_only: true, create: false, ..options() };
    let site_map = SiteMap::open(folder, &read_only, content()).unwrap();
    assert_eq!(site_map.snapshot().unwrap().names("main", "", None, 10).unwrap().len(), 5);
    assert_sound(&site_map);
}

fn full_disk(folder: &Path) {
    let limit = |bytes: u64| {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: plain system calls in a process with one test thread.
        #[allow(unsafe_code)]
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
        }
    };
    let site_map = open(folder);
    limit(400_000);
    let mut acknowledged = String::new();
    let mut failures = 0;
    for index in 0..600 {
        let head = site_map.snapshot().unwrap().head("main").unwrap();
        let name = format!("n{index}");
        match site_map.commit(&request(head, &[(&name, &name)]), &merge_disjoint) {
            Ok(_) => acknowledged.push_str(&format!("{name}\n")),
            Err(CommitError::Storage(StorageError::DiskFull | StorageError::Io(_))) => {
                failures += 1;
                assert_eq!(site_map.snapshot().unwrap().head("main").unwrap(), head);
                assert_sound(&site_map);
                if failures == 20 {
                    break;
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(failures >= 20, "the limit was never met");
    // Space again: it goes on.
    limit(libc::RLIM_INFINITY);
    let head = site_map.snapshot().unwrap().head("main").unwrap();
    let _ = site_map.commit(&request(head, &[("space", "again")]), &merge_disjoint).unwrap();
    acknowledged.push_str("space\n");
    std::fs::write(folder.join("acknowledged"), acknowledged).unwrap();
}
