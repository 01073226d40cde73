//! What a commit does and refuses to do.

use nda_graph::Hash;
use nda_sitemap::object::{GateRecord, Kind};
use nda_sitemap::{CommitError, MergeDecision, SiteMap, merge_disjoint, merge_never};

use crate::toy::{assert_sound, definition, memory, metadata, request};

fn commit(site_map: &SiteMap, head: Option<Hash>, names: &[(&str, &str)]) -> Hash {
    site_map.commit(&request(head, names), &merge_disjoint).unwrap().head
}

#[test]
fn what_was_committed_is_there() {
    let site_map = memory();
    let first = site_map.commit(&request(None, &[("one", "1"), ("two", "2")]), &merge_never).unwrap();
    assert!(first.changed && first.rebased_on.is_none());
    assert_eq!(first.new_objects, 2 + 2 + 2 + 1 + 1, "definitions, metadata, gates, root node, commit");

    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.head("main").unwrap(), Some(first.head));
    let binding = snapshot.name("main", "one").unwrap().unwrap();
    assert_eq!(snapshot.definition(&binding.definition).unwrap(), definition(&[], "1").bytes);
    let metadata = snapshot.metadata(&binding.metadata).unwrap();
    assert!(metadata.source.contains("// as written"));
    assert_eq!(snapshot.name("main", "three").unwrap(), None);
    assert_eq!(snapshot.names_of("main", &binding.definition).unwrap(), ["one"]);
    let log = snapshot.log(&first.head, 10).unwrap();
    assert_eq!(log.len(), 1);
    let (admitted, gate) = log[0].1.admitted[0];
    let gate: GateRecord = snapshot.gate_record(&gate).unwrap();
    assert_eq!(gate.definition, admitted);
    assert_sound(&site_map);
}

#[test]
fn a_snapshot_does_not_change() {
    let site_map = memory();
    let head = commit(&site_map, None, &[("one", "1")]);
    let before = site_map.snapshot().unwrap();
    commit(&site_map, Some(head), &[("two", "2")]);
    assert_eq!(before.head("main").unwrap(), Some(head));
    assert_eq!(before.name("main", "two").unwrap(), None);
}

#[test]
fn nothing_to_do_writes_nothing() {
    let site_map = memory();
    let head = commit(&site_map, None, &[("one", "1")]);
    let again = site_map.commit(&request(Some(head), &[("one", "1")]), &merge_never).unwrap();
    assert!(!again.changed);
    assert_eq!((again.head, again.new_objects), (head, 0));
}

#[test]
fn different_names_merge_and_the_same_name_conflicts() {
    let site_map = memory();
    let base = commit(&site_map, None, &[("one", "1")]);
    let theirs = commit(&site_map, Some(base), &[("two", "2")]);

    let mine = site_map.commit(&request(Some(base), &[("three", "3")]), &merge_disjoint).unwrap();
    assert_eq!(mine.rebased_on, Some(theirs));
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.commit(&mine.head).unwrap().parents, [theirs]);
    let names: Vec<String> =
        snapshot.names("main", "", None, 10).unwrap().into_iter().map(|name| name.0).collect();
    assert_eq!(names, ["one", "three", "two"]);

    let error = site_map.commit(&request(Some(base), &[("two", "other"), ("four", "4")]), &merge_disjoint);
    let Err(CommitError::Conflict(conflict)) = error else { panic!("{error:?}") };
    assert_eq!((conflict.base, conflict.head), (Some(base), Some(mine.head)));
    let [name] = conflict.names.as_slice() else { panic!("{:?}", conflict.names) };
    assert_eq!((name.name.as_str(), name.base), ("two", None));
    assert_eq!(name.ours.unwrap().definition, definition(&[], "other").hash);
    assert_eq!(name.theirs.unwrap().definition, definition(&[], "2").hash);
    assert_eq!(
        site_map.snapshot().unwrap().name("main", "four").unwrap(),
        None,
        "nothing of a refused commit"
    );

    // Both did the same thing: no conflict, and nothing left to do.
    let same = site_map.commit(&request(Some(base), &[("two", "2")]), &merge_disjoint).unwrap();
    assert!(!same.changed);
    assert_sound(&site_map);
}

#[test]
fn the_hook_has_the_last_word() {
    let site_map = memory();
    let base = commit(&site_map, None, &[("one", "1")]);
    let head = commit(&site_map, Some(base), &[("two", "2")]);
    let hook = |merge: &nda_sitemap::Merge<'_>| {
        assert_eq!((merge.base, merge.head), (Some(base), head));
        assert_eq!(merge.theirs[0].name, "two");
        assert_eq!(merge.ours[0].name, "three");
        MergeDecision::Refuse { reason: "look first".into() }
    };
    let error = site_map.commit(&request(Some(base), &[("three", "3")]), &hook).unwrap_err();
    assert!(matches!(error, CommitError::Moved { head: now, .. } if now == head), "{error}");
    // A branch that others began meanwhile.
    let error = site_map.commit(&request(None, &[("one", "mine")]), &merge_disjoint).unwrap_err();
    assert!(matches!(error, CommitError::Conflict(_)), "{error}");
    // A branch that is gone.
    let mut lost = request(Some(base), &[("x", "x")]);
    lost.branch = "gone".into();
    assert!(matches!(site_map.commit(&lost, &merge_disjoint), Err(CommitError::Conflict(_))));
}

#[test]
fn renaming_removing_and_history() {
    let site_map = memory();
    let first = commit(&site_map, None, &[("one", "1"), ("keep", "k")]);
    let second = commit(&site_map, Some(first), &[("one", "1b")]);
    let mut rename = request(Some(second), &[("uno", "1b")]);
    rename.remove.push("one".into());
    let third = site_map.commit(&rename, &merge_never).unwrap().head;
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.name("main", "one").unwrap(), None);
    assert_eq!(snapshot.names_of("main", &definition(&[], "1b").hash).unwrap(), ["uno"]);
    let history = snapshot.history(&third, "one", 10).unwrap();
    assert_eq!(history.iter().map(|entry| entry.commit).collect::<Vec<_>>(), [third, second, first]);
    assert_eq!(history[0].after, None);
    let root = |commit: &Hash| snapshot.commit(commit).unwrap().root;
    let changes = snapshot.diff(&root(&first), &root(&third)).unwrap();
    assert_eq!(changes.iter().map(|change| change.name.as_str()).collect::<Vec<_>>(), ["one", "uno"]);
    assert_sound(&site_map);
}

#[test]
fn nothing_dangles() {
    let site_map = memory();
    let missing = definition(&[], "not committed");
    let caller = definition(&[missing.hash], "caller");
    let mut bad = request(None, &[]);
    bad.bind.push(metadata("caller", &caller));
    bad.definitions.push(caller.clone());
    let error = site_map.commit(&bad, &merge_never).unwrap_err();
    assert!(matches!(error, CommitError::Dangling { to, .. } if to == missing.hash), "{error}");
    bad.definitions.push(missing.clone());
    let head = site_map.commit(&bad, &merge_never).unwrap().head;
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.dependents(&missing.hash).unwrap(), [caller.hash]);
    assert_eq!(snapshot.dependencies(&caller.hash).unwrap(), [missing.hash]);

    let mut forged = request(Some(head), &[("x", "x")]);
    forged.definitions[0].bytes.push(b'!');
    assert!(matches!(site_map.commit(&forged, &merge_never), Err(CommitError::Content { .. })));
    let mut twice = request(Some(head), &[("x", "x"), ("x", "y")]);
    assert!(matches!(site_map.commit(&twice, &merge_never), Err(CommitError::DuplicateName { .. })));
    twice = request(Some(head), &[("", "x")]);
    assert!(matches!(site_map.commit(&twice, &merge_never), Err(CommitError::Names(_))));
    twice = request(Some(head), &[("x", "x")]);
    twice.branch = "a\0b".into();
    assert!(matches!(site_map.commit(&twice, &merge_never), Err(CommitError::BranchName { .. })));
    assert_sound(&site_map);
}

#[test]
fn branches_are_made_moved_and_removed() {
    let site_map = memory();
    let first = commit(&site_map, None, &[("one", "1"), ("two", "2")]);
    let second = commit(&site_map, Some(first), &[("three", "3")]);
    site_map.set_branch("work", None, &first).unwrap();
    assert!(site_map.set_branch("work", None, &second).is_err(), "it exists");
    assert_sound(&site_map);
    let mut work = request(Some(first), &[("four", "4")]);
    work.branch = "work".into();
    let fourth = site_map.commit(&work, &merge_never).unwrap().head;
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.branches().unwrap(), [("main".to_owned(), second), ("work".to_owned(), fourth)]);
    assert_eq!(snapshot.name("main", "four").unwrap(), None);
    assert_eq!(snapshot.names("work", "t", None, 10).unwrap().len(), 1);
    site_map.set_branch("work", Some(fourth), &second).unwrap();
    assert_sound(&site_map);
    site_map.delete_branch("work", second).unwrap();
    assert_eq!(site_map.snapshot().unwrap().branches().unwrap().len(), 1);
    assert_sound(&site_map);
}

#[test]
fn prefixes_resolve() {
    let site_map = memory();
    commit(&site_map, None, &[("one", "1"), ("two", "2")]);
    let hash = definition(&[], "1").hash;
    let snapshot = site_map.snapshot().unwrap();
    assert_eq!(snapshot.resolve(&hash.short(), Some(Kind::Definition)).unwrap(), (hash, Kind::Definition));
    assert_eq!(snapshot.resolve(&hash.to_string().to_uppercase(), None).unwrap().0, hash);
    for wrong in ["", "xyz", "é", &"0".repeat(65), "000000000000000000"] {
        assert!(snapshot.resolve(wrong, None).is_err(), "{wrong}");
    }
}

#[test]
fn listing_pages_through_names() {
    let site_map = memory();
    let names: Vec<String> = (0..25).map(|index| format!("a{index:02}")).chain(["b".to_owned()]).collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    commit(&site_map, None, &pairs);
    let snapshot = site_map.snapshot().unwrap();
    let mut listed = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = snapshot.names("main", "a", after.as_deref(), 10).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.0.clone());
        listed.extend(page.into_iter().map(|name| name.0));
    }
    assert_eq!(listed, names[..25]);
    let all: Vec<String> =
        snapshot.names_at(&snapshot.root("main").unwrap()).unwrap().into_iter().map(|name| name.0).collect();
    assert_eq!(all, names);
}
