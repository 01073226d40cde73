//! The one safe front door to running definitions.
