//! The reference evaluator: slow, obvious, and the oracle for every tier.
