//! Bytes that steer the generator of well-typed programs: the tiers must agree on what comes out.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let source = nda_testkit::generate::program(bytes);
    if let Err(difference) = nda_testkit::oracle::compare(&source, 0) {
        panic!("{difference}\n{source}");
    }
});
