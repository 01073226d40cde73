//! Where the weights that programs name come from: the folder `weights` of the store, one blob a file, and weights files beside
//! sources.

use crate::failure::Failure;
use nda_engine::{Engine, Hash, Loaded, WeightsSource};
use nda_graph::{DefinitionRef, NdaNode, Verifier};
use nda_sitemap::Snapshot;
use nda_tensor::weights::{ContentHash, Weights};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder of blobs in a store.
const FOLDER: &str = "weights";
/// The ending of a blob's file, whose name is its hash.
const ENDING: &str = "ndat";

/// The blobs of a store.
pub struct StoredWeights {
    folder: PathBuf,
}

/// What checking a store's blobs found.
pub struct Checked {
    /// Blobs that were looked at.
    pub blobs: usize,
    /// What is wrong with some.
    pub problems: Vec<String>,
}

impl StoredWeights {
    /// Those of the store in a folder.
    pub fn of(store: &Path) -> Self {
        Self { folder: store.join(FOLDER) }
    }

    fn path(&self, hash: ContentHash) -> PathBuf {
        self.folder.join(format!("{hash}.{ENDING}"))
    }

    /// Keeps a blob; whether it was new. It is written beside and renamed: a file is whole or not there.
    pub fn add(&self, hash: ContentHash, blob: &[u8]) -> io::Result<bool> {
        let path = self.path(hash);
        if path.exists() {
            return Ok(false);
        }
        std::fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(blob)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(true)
    }

    /// What the definitions of a branch name and the store does not have, each weights once.
    pub fn missing(&self, snapshot: &Snapshot, branch: &str) -> Result<Vec<String>, Failure> {
        /// Names that are read at a time.
        const PIECE: usize = 500;
        let (mut problems, mut known) = (Vec::new(), BTreeSet::new());
        let (mut after, mut verifier) = (None::<String>, Verifier::default());
        loop {
            let names = snapshot.names(branch, "", after.as_deref(), PIECE)?;
            for (name, binding) in &names {
                let view = DefinitionRef::verify(snapshot.definition(&binding.definition)?, &mut verifier)?;
                for hash in named_by(view) {
                    if known.insert(hash.0) && !self.path(ContentHash(hash.0)).is_file() {
                        let text = hash.weights_text();
                        problems.push(format!(
                            "{name} names the weights {text}, and the store does not have them"
                        ));
                    }
                }
            }
            match names.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(problems),
            }
        }
    }

    /// Reads every blob and holds it against its name.
    pub fn verify(&self) -> io::Result<Checked> {
        let mut checked = Checked { blobs: 0, problems: Vec::new() };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(checked),
            Err(error) => return Err(error),
        };
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort_unstable();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let hash = name.strip_suffix(ENDING).and_then(|name| Hash::parse(name.strip_suffix('.')?));
            let Some(hash) = hash else {
                checked.problems.push(format!("{}: its name is no hash of weights", path.display()));
                continue;
            };
            checked.blobs += 1;
            let read = nda_import::map(&path).map_err(|error| error.to_string());
            let read = read
                .and_then(|blob| Loaded::read(&blob, ContentHash(hash.0)).map_err(|error| error.to_string()));
            if let Err(problem) = read {
                checked.problems.push(format!("{}: {problem}", path.display()));
            }
        }
        Ok(checked)
    }
}

impl WeightsSource for StoredWeights {
    fn load(&self, hash: Hash) -> Option<Loaded> {
        let hash = ContentHash(hash.0);
        let blob = nda_import::map(&self.path(hash)).ok()?;
        Loaded::read(&blob, hash).ok()
    }
}

/// The weights that a definition names: each by the literal in front.
fn named_by(view: DefinitionRef<'_>) -> Vec<Hash> {
    let (mut before, mut named) = (None, Vec::new());
    for node in view.nodes() {
        match node {
            NdaNode::Text { start, len } => before = Hash::parse_weights(view.text(start, len)),
            NdaNode::Weights { .. } => named.extend(before.take()),
            _ => {}
        }
    }
    named
}

/// Weights files that are looked through when somebody asks.
struct Files(Vec<PathBuf>);

impl WeightsSource for Files {
    fn load(&self, hash: Hash) -> Option<Loaded> {
        self.0.iter().find_map(|path| {
            let bytes = nda_import::map(path).ok()?;
            let weights = Weights::open(&bytes).ok()?;
            let entry = weights.entries().find(|entry| entry.hash.0 == hash.0)?;
            Some(Loaded::new(&entry.tensor(), entry.hash))
        })
    }
}

/// Offers the weights files beside sources: `NAME.ndaw` of `NAME.nda`, and all of a folder that is named.
pub fn offer_beside(engine: &Engine, sources: &[String]) {
    let mut files = Vec::new();
    for source in sources {
        let path = Path::new(source);
        if path.is_dir() {
            let inside = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
            files.extend(inside.filter(|path| path.extension().is_some_and(|ending| ending == "ndaw")));
        } else {
            files.push(path.with_extension("ndaw"));
        }
    }
    files.retain(|path| path.is_file());
    files.sort_unstable();
    if !files.is_empty() {
        engine.offer_weights(Files(files));
    }
}
