//! What is granted, as somebody writes it down: `clock`, `env=HOME,LANG`, `fs=./data`, `http=example.org`.

use crate::fs::Root;
#[cfg(feature = "http")]
use crate::http::Site;
use crate::{clock, env, fs, random};
use nda_engine::{Engine, Grants};
use std::collections::BTreeSet;

/// Capabilities, and how far each reaches.
#[derive(Clone, Default, Debug)]
pub struct Granted {
    names: BTreeSet<String>,
    variables: BTreeSet<String>,
    roots: Vec<Root>,
    #[cfg(feature = "http")]
    sites: Vec<Site>,
}

/// Why a grant cannot be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// It reaches outside, and does not say how far.
    #[error("`{0}` needs to say how far it reaches, such as `{0}={example}`", example = example(.0))]
    NoScope(String),
    /// There is nothing to say.
    #[error("`{0}` is granted or not; nothing stands behind it")]
    NeedlessScope(String),
    /// No capability is written like this.
    #[error("`{0}` is no capability: that is one word, such as `clock`")]
    NoCapability(String),
    /// What stands behind it is not of the kind that this capability takes.
    #[error("`{grant}`: {why}")]
    Scope {
        /// As it was written.
        grant: String,
        /// What is wrong.
        why: String,
    },
}

fn example(capability: &str) -> &'static str {
    match capability {
        "env" => "HOME,LANG",
        "fs" => "./data",
        _ => "example.org",
    }
}

/// What there is, in words.
pub(crate) fn there_are<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "nothing is".to_owned(),
        false => format!("granted: {}", names.join(", ")),
    }
}

impl Granted {
    /// Reads grants. Those of one capability add up.
    ///
    /// # Errors
    /// The first that cannot be given: it is not understood, or a folder is not there.
    pub fn read<S: AsRef<str>>(grants: impl IntoIterator<Item = S>) -> Result<Self, GrantError> {
        let mut all = Self::default();
        for grant in grants {
            all.add(grant.as_ref())?;
        }
        Ok(all)
    }

    fn add(&mut self, grant: &str) -> Result<(), GrantError> {
        let (name, scope) = match grant.split_once('=') {
            Some((name, scope)) => (name, Some(scope)),
            None => (grant, None),
        };
        let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_word {
            return Err(GrantError::NoCapability(name.to_owned()));
        }
        let wrong = |why: String| GrantError::Scope { grant: grant.to_owned(), why };
        match (name, scope) {
            ("env" | "fs" | "http", None | Some("")) => return Err(GrantError::NoScope(name.to_owned())),
            ("env", Some(scope)) => {
                for variable in scope.split(',') {
                    if variable.is_empty() || variable.contains('=') {
                        return Err(wrong("expected names of variables, `HOME,LANG`".to_owned()));
                    }
                    self.variables.insert(variable.to_owned());
                }
            }
            ("fs", Some(scope)) => {
                let root = Root::open(scope).map_err(wrong)?;
                if self.roots.iter().any(|known| known.name == root.name) {
                    return Err(wrong(format!("there are two folders `{}`; name one, NAME:DIR", root.name)));
                }
                self.roots.push(root);
            }
            #[cfg(feature = "http")]
            ("http", Some(scope)) => {
                for site in scope.split(',') {
                    self.sites.push(Site::read(site).map_err(wrong)?);
                }
            }
            #[cfg(not(feature = "http"))]
            ("http", Some(_)) => return Err(wrong("this program was built without `http`".to_owned())),
            (_, Some(_)) => return Err(GrantError::NeedlessScope(name.to_owned())),
            (_, None) => {}
        }
        self.names.insert(name.to_owned());
        Ok(())
    }

    /// The capabilities, for a run.
    #[must_use]
    pub fn grants(&self) -> Grants {
        Grants::only(self.names.iter().cloned())
    }

    /// The capabilities, by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Gives an engine all host functions of this crate, each within what is granted here, in place of those it had.
    pub fn install(&self, engine: &mut Engine) {
        clock::install(engine);
        random::install(engine);
        env::install(engine, &self.variables);
        fs::install(engine, &self.roots);
        #[cfg(feature = "http")]
        crate::http::install(engine, &self.sites);
    }
}
