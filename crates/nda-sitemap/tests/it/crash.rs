//! SIGKILL in the middle of commits, again and again: every acknowledged commit is there, never half of one.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use nda_sitemap::merge_disjoint;

use crate::child;
use crate::disk::open;
use crate::toy::{assert_sound, request};

#[test]
fn killed_writers_lose_nothing_and_leave_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("acknowledged");
    let started = Instant::now();
    let mut kills = 0;
    let mut verified = 0;
    let mut random = 0x9E37_79B9_u64;
    while kills < 300 && started.elapsed() < Duration::from_secs(20) {
        // Two writers at once, so that one often dies with the other waiting for its lock.
        let mut writers: Vec<_> = (0..2)
            .map(|writer| {
                child::spawn("commit-until-killed", folder.path(), &[&format!("k{kills}_{writer}")])
            })
            .collect();
        let lines = || fs::read(&log).map_or(0, |log| log.iter().filter(|byte| **byte == b'\n').count());
        let before = lines();
        let deadline = Instant::now() + Duration::from_secs(10);
        while lines() == before && Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(200));
        }
        for writer in &mut writers {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_micros((random >> 33) % 3000));
            writer.kill().unwrap();
            kills += 1;
        }
        for mut writer in writers {
            let status = writer.wait().unwrap();
            assert!(status.code().is_none(), "it ended by itself: {status}");
        }

        let site_map = open(folder.path());
        let snapshot = site_map.snapshot().unwrap();
        let acknowledged = fs::read_to_string(&log).unwrap_or_default();
        // The store may hold one commit per kill that was made but not yet noted.
        let names: BTreeSet<String> =
            snapshot.names("main", "", None, usize::MAX).unwrap().into_iter().map(|name| name.0).collect();
        let lost: Vec<&str> = acknowledged.lines().filter(|name| !names.contains(*name)).collect();
        assert!(lost.is_empty(), "after {kills} kills: {lost:?} lost");
        assert!(names.len() <= acknowledged.lines().count() + kills);
        if kills % 20 == 0 {
            assert_sound(&site_map);
            verified += 1;
        }
        let head = snapshot.head("main").unwrap();
        let _ =
            site_map.commit(&request(head, &[(&format!("p{kills}"), "parent")]), &merge_disjoint).unwrap();
    }
    assert!(kills >= 40 && verified > 0, "{kills} kills, {verified} verifications");
    assert_sound(&open(folder.path()));
    println!("{kills} kills in {:?}", started.elapsed());
}
