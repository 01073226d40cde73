//! What can go wrong in the outside world. Faulty programs are no failures: they are verdicts and traps.

use nda_report::history::RevisionError;
use nda_report::run::ArgumentError;
use nda_report::target::NotFound;
use nda_sitemap::storage::StorageError;
use nda_sitemap::{DependencyError, ReadError};
use std::io;
use std::path::PathBuf;

/// Why a command could not do its work; exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Arguments that make no sense together or name nothing.
    #[error("{0}")]
    Usage(String),
    /// A file that cannot be read or written.
    #[error("{}: {}", .path.display(), plain(.source))]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No store where one is needed.
    #[error("there is no store here or in a folder above; `nda init` makes one, `--store DIR` names one")]
    NoStore,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The store.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A name or a hash prefix that stands for nothing.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// Arguments of a run.
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    /// What names a commit and does not.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// References of a definition.
    #[error(transparent)]
    Dependency(#[from] DependencyError),
    /// The gate could not look.
    #[error(transparent)]
    Gate(#[from] nda_gate::GateError),
    /// The gate could not commit.
    #[error(transparent)]
    Commit(#[from] nda_gate::CommitError),
    /// Stored bytes that are no definition.
    #[error(transparent)]
    Format(#[from] nda_graph::FormatError),
    /// A model that is not imported.
    #[error("{}: {error}", .path.display())]
    Import {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<nda_import::ImportError>,
    },
    /// Bytes that are no weights file.
    #[error("{}: {error}", .path.display())]
    Weights {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<nda_tensor::weights::WeightsError>,
    },
    /// The server.
    #[cfg(feature = "mcp")]
    #[error(transparent)]
    Serve(#[from] nda_mcp::ServeError),
    /// A benchmark whose program does not do what it should.
    #[error("the benchmark is wrong: {0}")]
    Benchmark(String),
    /// Output could not be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// A `--grant` that cannot be given.
    pub fn grant(error: nda_host::GrantError) -> Self {
        Self::usage(format!("--grant: {error}"))
    }

    /// Arguments that make no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// A file's trouble.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}

/// The system's words without its number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
