//! The crate from outside: paths against each other and against a slow, separate account of what was promised.

mod allocations;
mod floats;
mod hostile;
mod products;
mod quantising;
mod reference;
