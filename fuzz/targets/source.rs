//! Any bytes as source text.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nda_testkit::hostile::source_holds(bytes);
});
