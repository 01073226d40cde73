//! Bytes that steer a forger of definitions: the tiers must agree on whatever the verifier accepts.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(report) = nda_testkit::forge::compare(bytes, 0) {
        panic!("{report}");
    }
});
