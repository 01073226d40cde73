//! Mutated sources and mutated definitions: what must hold for any bytes.

use nda_testkit::choices::{Choices, bytes_of_seed};
use nda_testkit::generate;
use nda_testkit::hostile::{definition_holds, mutate_bytes, source_holds};
use nda_testkit::program::Compiled;

#[test]
fn mutated_sources_are_judged_and_never_panic() {
    let mut admitted = 0;
    for seed in 0..600 {
        let source = generate::program_of_seed(seed % 40);
        let steering = bytes_of_seed(seed ^ 0x50_u64 << 32, 256);
        admitted += u32::from(source_holds(&mutate_bytes(source.as_bytes(), &mut Choices::new(&steering))));
    }
    assert!((1..600).contains(&admitted), "{admitted} of 600 admitted");
}

#[test]
fn mutated_definitions_are_verified_or_refused_and_never_panic() {
    let mut verified = 0;
    let mut tried = 0;
    for seed in 0..40 {
        let program = Compiled::new(&generate::program_of_seed(seed)).unwrap();
        for (index, item) in program.items.iter().enumerate() {
            assert!(definition_holds(item.definition.bytes()));
            for round in 0..20 {
                let steering = bytes_of_seed(seed << 32 | (index as u64) << 16 | round, 64);
                let mutated = mutate_bytes(item.definition.bytes(), &mut Choices::new(&steering));
                verified += u32::from(definition_holds(&mutated));
                tried += 1;
            }
        }
    }
    assert!(verified > 0 && verified < tried, "{verified} of {tried} verified");
}
