//! Names, types and effects: from the syntax tree to the graph.
