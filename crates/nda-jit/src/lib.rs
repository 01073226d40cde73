//! Tier 1: threaded closures over the graph.
