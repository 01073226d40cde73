//! The SiteMap: objects by hash, names, commits, triples.
