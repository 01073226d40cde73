//! Definitions that no checker wrote: whatever the verifier accepts runs alike on both tiers, and the ones that would
//! not are refused.

use nda_graph::{Draft, Kind, Signature, listing};
use nda_testkit::choices::bytes_of_seed;
use nda_testkit::forge;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[test]
fn forged_definitions_agree() {
    nda_testkit::oracle::compare(forge::WARDROBE, 0).unwrap();
    let end = Instant::now() + Duration::from_secs(15);
    let mut ends = BTreeMap::<String, u32>::new();
    // However slow the machine is, some hundreds.
    for seed in (0..1_500).take_while(|&seed| seed < 300 || Instant::now() < end) {
        let kind = match forge::compare(&bytes_of_seed(seed, forge::BYTES), seed) {
            Ok(Some(agreement)) => match agreement.main.expect("it has an outcome").result {
                Ok(_) => "value".to_owned(),
                Err(trap) => trap.kind.to_string(),
            },
            Ok(None) => "not run".to_owned(),
            Err(report) => panic!("seed {seed}: {report}"),
        };
        *ends.entry(kind).or_default() += 1;
    }
    println!("{ends:?}");
    let tried: u32 = ends.values().sum();
    assert!(ends["value"] * 5 > tried && ends["not run"] * 2 < tried, "{ends:?}");
    assert!(ends.len() > 5, "{ends:?}");
}

/// What the verifier says of these records, as the body of a function.
fn verdict(signature: &str, records: &str) -> Result<(), String> {
    let (params, ret) = signature.split_once("->").unwrap();
    let params = params.split(',').map(str::trim).filter(|ty| !ty.is_empty());
    let signature = Signature {
        params: params.map(|ty| listing::parse_ty(ty).unwrap()).collect(),
        ret: listing::parse_ty(ret.trim()).unwrap(),
        types: nda_graph::Types::default(),
    };
    let mut draft = Draft::default();
    draft.begin(Kind::Function, &signature).unwrap();
    for record in records.split(';').map(str::trim) {
        let node = listing::parse(record).unwrap_or_else(|| panic!("no record: {record}"));
        draft.push(node).map_err(|refused| refused.message)?;
    }
    draft.finish().map(drop).map_err(|refused| refused.message)
}

#[test]
fn an_object_that_nothing_releases_is_refused() {
    const KEPT: &str = "may still hold an object that nothing releases";
    let kept = |signature: &str, records: &str| {
        let refused = verdict(signature, records).unwrap_err();
        assert!(refused.contains(KEPT), "{records}: {refused}");
    };
    // At the end of the body, at a return, at the end of a part, at a break, and when a loop goes round.
    kept("[i64] -> ()", "unit");
    assert_eq!(verdict("[i64] -> ()", "unit; drop $0; scope 2 1"), Ok(()));
    kept("[i64] -> ()", "unit; return");
    assert_eq!(verdict("[i64] -> ()", "drop $0; unit; return; scope 2 0"), Ok(()));
    kept("bool -> ()", "load copy $0; then; list 0 [i64]; let $1 [i64]; else");
    kept("bool -> bool", "load copy $0; rhs; list 0 [i64]; let $1 [i64]; bool true; scope 2 0; and");
    kept("-> ()", "loop_begin (); list 0 [i64]; let $0 [i64]; unit; break 0");
    kept("-> ()", "while_begin; bool true; do; list 0 [i64]; let $0 [i64]; while");
    kept("-> ()", "while_begin; bool true; do; list 0 [i64]; let $0 [i64]; continue 0");
    kept("[[i64]] -> ()", "load move $0; each_begin $1 [i64]; unit; each");
    // A loop that would fill what was empty when it began.
    let fills =
        "list 0 [i64]; let $0 [i64]; drop $0; while_begin; bool true; do; list 0 [i64]; store $0; while";
    kept("-> ()", fills);
    // Possibly emptied is possibly kept.
    let either = "load copy $0; then; load move $1; discard; else; unit; if";
    kept("bool, [i64] -> ()", either);
    assert_eq!(verdict("bool, [i64] -> ()", &format!("{either}; drop $1; scope 2 0")), Ok(()));
}

#[test]
fn only_releases_stand_behind_a_scopes_value() {
    // `$0 = { 5; print($0) }` with the value first would show whether it was written before it was read.
    let refused = verdict("i64 -> ()", "int 5; load copy $0; builtin print copy; scope 2 1").unwrap_err();
    assert!(refused.contains("without its partner"), "{refused}");
}

#[test]
fn text_that_is_appended_is_owned() {
    // Tier 1 gives up what it appended; a borrowed one is not its to give up.
    let refused = verdict("str, str -> ()", "load borrow $1; place append $0 0; drop $0; drop $1; scope 3 0")
        .unwrap_err();
    assert!(refused.contains("owned"), "{refused}");
}
