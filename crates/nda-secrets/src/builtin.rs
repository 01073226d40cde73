//! The rules that come with NDA, as tables of the program.

use crate::rule::{Allowlist, Rule, Target};
use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The version of the rules and of how they are tried: another one may find what this one did not.
pub const VERSION: &str = "1";

/// The rules, and what is no secret for any of them.
pub(crate) fn rules() -> (impl Iterator<Item = Rule>, [Allowlist; 2]) {
    (BETTERLEAKS.iter().chain(NDA).cloned(), [BETTERLEAKS_ALLOWED.clone(), NDA_ALLOWED.clone()])
}
