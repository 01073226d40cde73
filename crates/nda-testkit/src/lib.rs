//! Generators and oracles, shared by tests and fuzz targets.
//!
//! - [`generate`]: well-typed programs as source text, driven by bytes, so that a fuzzer or `proptest` can steer and
//!   shrink them.
//! - [`disguise`]: the same program under other names, in another order and layout.
//! - [`hostile`]: bytes that somebody tampered with.
//! - [`forge`]: definitions that no checker wrote, but that the verifier accepts.
//! - [`sampler`]: definitions drawn from what a draft expects, record by record.
//! - [`program`]: from source text to definitions to the reference evaluator's outcome.
//! - [`oracle`]: every tier against the reference evaluator.
//! - [`spec`]: the programs in `docs/spec/*.md` and what their fences promise.

pub mod choices;
pub mod disguise;
pub mod forge;
pub mod generate;
pub mod hostile;
pub mod moving;
pub mod oracle;
pub mod program;
pub mod sampler;
pub mod spec;
