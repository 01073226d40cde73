//! Decides how steps follow one another: see `src/step.rs`.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(nda_threaded)");
    println!("cargo::rerun-if-changed=build.rs");
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    // LLVM turns a call in tail position into a jump on these targets when it optimises; without that every step
    // would cost native stack.
    if matches!(level.as_str(), "2" | "3") && matches!(arch.as_str(), "x86_64" | "aarch64") {
        println!("cargo::rustc-cfg=nda_threaded");
    }
}
