//! The key that signs commits: a file of its user, outside of every store.

use crate::failure::Failure;
use nda_graph::Hash;
use nda_sitemap::Key;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a key's file begins with; behind it stand the secret's 64 hexadecimal digits.
const HEAD: &str = "nda secret key, ed25519: ";

/// How a commit is signed.
#[derive(clap::Args, Debug, Default)]
pub struct Signing {
    /// Sign the commit
    #[arg(long)]
    pub sign: bool,
    /// The key's file [default: $NDA_KEY, or nda/key in the folder of the user's configuration]
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub key: Option<PathBuf>,
}

impl Signing {
    /// The key, if there is to be a signature.
    pub fn key(&self) -> Result<Option<Key>, Failure> {
        self.sign.then(|| read(&file(self.key.as_deref())?)).transpose()
    }
}

/// Where the key is: as named, or where it is by default.
pub fn file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let configuration = || set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    let found = named.map(Path::to_owned).or_else(|| set("NDA_KEY"));
    found.or_else(|| Some(configuration()?.join("nda").join("key"))).ok_or_else(|| {
        Failure::usage("there is no folder of your configuration; name the key's file with --key FILE")
    })
}

/// Reads a key. A file that others may read is refused.
pub fn read(file: &Path) -> Result<Key, Failure> {
    let refused = |why: &str| Failure::usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused("there is no key; `nda key new` makes one"),
        _ => Failure::file(file)(error),
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).map_err(Failure::file(file))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(refused("others may read this key; `chmod 600` it, or make a new one"));
        }
    }
    let digits = text.strip_prefix(HEAD).map(str::trim_end);
    let secret = digits.and_then(Hash::parse).ok_or_else(|| refused("it is no key"))?;
    Ok(Key::from_secret(&secret.0))
}

/// Makes a key where there is none.
pub fn make(file: &Path, store: Option<&Path>) -> Result<Key, Failure> {
    let refused = |why: &str| Failure::usage(format!("{}: {why}", file.display()));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    let inside = |store: &Path| {
        let (folder, store) = (folder.canonicalize().ok()?, store.canonicalize().ok()?);
        Some(folder.starts_with(store))
    };
    if store.and_then(inside) == Some(true) {
        return Err(refused("a store is copied and shared; a key belongs elsewhere"));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| refused(&format!("no random numbers: {error}")))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => refused("there is a file already, and it stays as it is"),
        _ => Failure::file(file)(error),
    })?;
    writeln!(written, "{HEAD}{}", Hash(secret)).map_err(Failure::file(file))?;
    written.sync_all().map_err(Failure::file(file))?;
    Ok(Key::from_secret(&secret))
}
