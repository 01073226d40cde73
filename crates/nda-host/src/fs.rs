//! `fs`: texts and names below folders that were granted, to be read.
//!
//! Each folder is opened when it is granted, and everything is looked up from there by `cap-std`: neither `..` nor a link leads
//! out of it, whoever changes what at the same time.

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use nda_engine::{Attempt, Caller, Engine};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// The largest file that is read.
pub const MAX_FILE_BYTES: u64 = 16 << 20;
/// The most names of a folder that are listed.
pub const MAX_ENTRIES: usize = 100_000;
/// How much is read before somebody looks whether the run is over.
const CHUNK: u64 = 1 << 20;

/// A folder that programs know by a name.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) name: String,
    folder: Arc<Dir>,
}

impl Root {
    /// `DIR`, known by its last name, or `NAME:DIR`.
    pub(crate) fn open(text: &str) -> Result<Self, String> {
        let named =
            text.split_once(':').filter(|(name, _)| !name.is_empty() && !name.contains(['/', '\\', '.']));
        let folder = named.map_or(text, |(_, folder)| folder);
        let name = match named {
            Some((name, _)) => name.to_owned(),
            None => {
                let name = Path::new(folder).file_name().and_then(|name| name.to_str());
                name.ok_or("a folder without a name of its own needs one: `fs=NAME:DIR`")?.to_owned()
            }
        };
        let opened = Dir::open_ambient_dir(folder, ambient_authority());
        let folder = opened.map_err(|error| format!("the folder cannot be opened: {error}"))?;
        Ok(Self { name, folder: Arc::new(folder) })
    }
}

/// Why something cannot be had: that is how the world is, or it is more than was granted.
enum Failure {
    World(String),
    Refused(String),
}

impl Failure {
    fn of(path: &str, error: &io::Error) -> Self {
        // cap-std's word for a way out; what the system denies has a number.
        if error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none() {
            return Self::Refused(format!("`{path}` leads out of the folder that was granted"));
        }
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
            io::ErrorKind::NotADirectory => "it is no folder".to_owned(),
            kind => kind.to_string(),
        };
        Self::World(format!("{path}: {why}"))
    }
}

/// What the program gets to see of an outcome.
fn outcome<T>(result: Result<T, Failure>) -> Result<Attempt<T>, String> {
    match result {
        Ok(value) => Ok(Attempt(Ok(value))),
        Err(Failure::World(text)) => Ok(Attempt(Err(text))),
        Err(Failure::Refused(text)) => Err(text),
    }
}

/// The folder that a path begins with, and the path from there.
fn find<'r, 'p>(roots: &'r [Root], path: &'p str) -> Result<(&'r Dir, &'p str), Failure> {
    let (first, rest) = path.split_once('/').unwrap_or((path, "."));
    let root = roots.iter().find(|root| root.name == first).ok_or_else(|| {
        let known = crate::grant::there_are(roots.iter().map(|root| &root.name));
        Failure::Refused(format!("`{path}` is in no folder that was granted; {known}"))
    })?;
    Ok((&root.folder, if rest.is_empty() { "." } else { rest }))
}

fn read(roots: &[Root], path: &str, caller: &Caller<'_>) -> Result<String, Failure> {
    let (folder, inside) = find(roots, path)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe that nobody writes to would not even open.
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let failed = |error: io::Error| Failure::of(path, &error);
    let mut file = folder.open_with(inside, &options).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(Failure::World(format!("{path}: it is no file")));
    }
    let mut bytes = Vec::new();
    // What was read of it when the run is over, nobody sees.
    let limit = MAX_FILE_BYTES.min(caller.memory_bytes());
    while !caller.is_over() {
        let read = file.by_ref().take(CHUNK).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(Failure::World(format!("{path}: it has more than {MAX_FILE_BYTES} bytes")));
        }
        if bytes.len() as u64 > limit {
            return Err(Failure::Refused(format!("`{path}` has more bytes than the run may hold, {limit}")));
        }
        if read == 0 {
            break;
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::World(format!("{path}: it is no text in UTF-8")))
}

fn list(roots: &[Root], path: &str, caller: &Caller<'_>) -> Result<Vec<String>, Failure> {
    let (folder, inside) = find(roots, path)?;
    let failed = |error: io::Error| Failure::of(path, &error);
    let mut names = Vec::new();
    for entry in folder.read_dir(inside).map_err(failed)? {
        if caller.is_over() {
            break;
        }
        if names.len() == MAX_ENTRIES {
            return Err(Failure::World(format!("{path}: it has more than {MAX_ENTRIES} entries")));
        }
        let entry = entry.map_err(failed)?;
        // A name that is no text cannot be asked for either.
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        if entry.file_type().map_err(failed)?.is_dir() {
            name.push('/');
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}

pub(crate) fn install(engine: &mut Engine, roots: &[Root]) {
    let known: Arc<[Root]> = roots.into();
    engine.register_with("fs::read", "fs", move |caller: &mut Caller<'_>, (path,): (String,)| {
        outcome(read(&known, &path, caller))
    });
    let known: Arc<[Root]> = roots.into();
    engine.register_with("fs::list", "fs", move |caller: &mut Caller<'_>, (path,): (String,)| {
        outcome(list(&known, &path, caller))
    });
}
