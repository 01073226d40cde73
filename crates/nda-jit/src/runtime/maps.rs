//! Maps, which machine code leaves to the work of steps.

use super::Job;
use crate::layout::{Layouts, LayoutsOf, Typed};
use crate::steps::lists::Operands;
use crate::steps::maps::{At, New, Part};
use nda_graph::Ty;
use std::sync::Arc;

/// The types of a map's keys and values; none of any other type.
#[must_use]
pub fn parts(layouts: Option<&Arc<Layouts>>, ty: Ty) -> Option<(Ty, Ty)> {
    let (key, value) = Typed::new(layouts, ty).map_parts()?;
    Some((key.ty, value.ty))
}

/// Makes an empty map of the operands' type.
#[must_use]
pub fn new(operands: Operands, layouts: LayoutsOf) -> Job {
    Job::new(operands, New { layouts })
}

/// The key or the value at a position; `share` says that it is an object and gets one more owner.
#[must_use]
pub fn at(operands: Operands, is_key: bool, share: bool) -> Job {
    Job::new(operands, At { part: if is_key { Part::Key } else { Part::Value }, share })
}
