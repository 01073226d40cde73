//! Drafts of which every record was chosen from what was expected: all of them verify, and all tiers agree on them.
//! `cargo run --release -p nda-testkit --bin oracle -- drafts --count 100000 --seconds 3600` tries the rest.

use nda_testkit::program::Compiled;
use nda_testkit::{forge, sampler};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[test]
fn what_follows_the_expected_records_verifies_and_runs() {
    let wardrobe = Compiled::new(forge::WARDROBE).unwrap();
    let end = Instant::now() + Duration::from_secs(15);
    let mut ends = BTreeMap::<String, u32>::new();
    // However slow the machine is, a hundred.
    for seed in (0..2_000).take_while(|&seed| seed < 100 || Instant::now() < end) {
        let agreement =
            sampler::compare(&wardrobe, seed).unwrap_or_else(|report| panic!("seed {seed}: {report}"));
        let end = match agreement.main.expect("it ran").result {
            Ok(_) => "value".to_owned(),
            Err(trap) => trap.kind.to_string(),
        };
        *ends.entry(end).or_default() += 1;
    }
    println!("{ends:?}");
    let tried: u32 = ends.values().sum();
    assert!(ends["value"] * 12 > tried && ends.len() > 4, "{ends:?}");
}

#[test]
fn a_record_is_expected_if_and_only_if_it_is_accepted() {
    let wardrobe = Compiled::new(forge::WARDROBE).unwrap();
    let tried: u32 = (0..600)
        .map(|seed| sampler::exact(&wardrobe, seed).unwrap_or_else(|report| panic!("seed {seed}: {report}")))
        .sum();
    assert!(tried > 20_000, "{tried}");
}
