//! Any bytes as a stored definition.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nda_testkit::hostile::definition_holds(bytes);
});
