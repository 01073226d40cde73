//! What programs may ask of the outside: `clock`, `random`, `env`, `fs`, `http`, each under the capability of its name.
//!
//! A program names a capability, a run is granted it, and for what reaches outside of the process the grant says how far:
//! `env=HOME,LANG`, `fs=./data`, `http=example.org`. [`Granted`] reads such grants, gives an engine the functions within
//! them, and says what a run is to be granted:
//!
//! ```
//! # use nda_engine::{Engine, RunOptions};
//! # fn show() -> Result<(), nda_host::GrantError> {
//! let granted = nda_host::Granted::read(["random", "env=LANG"])?;
//! let mut engine = Engine::new();
//! granted.install(&mut engine);
//! let options = RunOptions { grants: granted.grants(), ..RunOptions::default() };
//! # Ok(())
//! # }
//! ```
//!
//! Every function is always there, so that programs can be checked; outside of its scope it refuses. Two kinds of failure are
//! kept apart: what was not granted ends the run with a `HostError`, what the world did not give (no such file, no answer) is an
//! `Err` or a `None` that the program deals with. `docs/hosts.md` describes the functions.

mod clock;
mod env;
mod fs;
mod grant;
#[cfg(feature = "http")]
mod http;
mod random;

pub use fs::{MAX_ENTRIES, MAX_FILE_BYTES};
pub use grant::{GrantError, Granted};
#[cfg(feature = "http")]
pub use http::{MAX_BODY_BYTES, MAX_REDIRECTS, MAX_WAIT};
