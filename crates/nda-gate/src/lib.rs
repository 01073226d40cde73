//! Submit, verdict, commit.
