//! What modules hand on: `pub use inner::area;` in `geo` makes `geo::area` a second path to the same definition. The first path stays its
//! name; the second is open to whoever may name the module, even where the first is not.

use crate::CheckedItem;
use crate::env::External;
use crate::items::Source;
use crate::modules::{Found, MAX_CHAIN, Modules, Private, Sight, is_inside, split_last};
use nda_syntax::tree::ItemKind;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// A `pub use`.
pub(crate) struct Handed {
    /// It, if it is of the source.
    pub(crate) item: Option<usize>,
    /// The full path that it says, which may be handed on in turn; none if there is nothing of it.
    pub(crate) to: Option<String>,
    /// The module outside of which it cannot be used; empty if there is none.
    pub(crate) within: String,
}

/// Why something cannot be handed on.
pub(crate) enum Refused {
    /// It leads back to itself, or further than paths may.
    Endless,
    /// It is no definition.
    NoDefinition,
    Private(Private),
}

/// What comes behind a path.
enum Step {
    End,
    To(String),
    Nowhere,
}

impl Modules {
    /// Gives a `pub use` its full path; if that is taken, says by which item.
    pub(crate) fn hand_on(&mut self, path: &str, item: usize) -> Result<(), usize> {
        let taken = self.item(path).or_else(|| self.handed.get(path).and_then(|known| known.item));
        if let Some(taken) = taken {
            return Err(taken);
        }
        let within = self.within(item, true).to_owned();
        self.handed.insert(path.to_owned(), Handed { item: Some(item), to: None, within });
        Ok(())
    }

    /// Whether a `pub use` of the source has this full path, or that of what it is a part of.
    pub(crate) fn is_handed(&self, path: &str) -> bool {
        let has = |path: &str| self.handed.contains_key(path);
        has(path) || split_last(path).is_some_and(|(owner, _)| has(owner))
    }

    fn step(&self, sight: Sight<'_>, path: &str) -> Step {
        if self.item(path).is_some() {
            return Step::End;
        }
        let to = match self.handed.get(path) {
            Some(handed) => handed.to.clone(),
            None => match sight.scope.definition(path) {
                Some(External { hands_on: Some(to), .. }) => Some(to),
                _ => return Step::End,
            },
        };
        to.map_or(Step::Nowhere, Step::To)
    }

    /// The full path that a full path leads to in the end: itself if nothing is handed on there.
    pub(crate) fn destination<'p>(&self, sight: Sight<'_>, path: &'p str) -> Option<Cow<'p, str>> {
        let mut path = Cow::Borrowed(path);
        for _ in 0..MAX_CHAIN {
            match self.step(sight, &path) {
                Step::End => return Some(path),
                Step::To(next) => path = Cow::Owned(next),
                Step::Nowhere => return None,
            }
        }
        None
    }

    /// What a `pub use` leads to.
    pub(crate) fn through(&self, sight: Sight<'_>, path: &str, handed: &Handed) -> Found {
        if !is_inside(self.here(), &handed.within) {
            return Found::Private(self.private(path, &handed.within, handed.item));
        }
        self.destination(sight, path).map_or(Found::Nothing, |to| self.found(sight, &to, true))
    }

    /// What a path leads to that is part of something handed on: a function of a type.
    pub(crate) fn through_owner(&self, sight: Sight<'_>, path: &str) -> Found {
        let Some((owner, name)) = split_last(path) else { return Found::Nothing };
        if !owner.contains(|letter: char| letter.is_ascii_uppercase()) && !self.is_handed(path) {
            return Found::Nothing;
        }
        match self.destination(sight, owner) {
            Some(to) if to != owner => match self.at(sight, owner) {
                Found::Private(private) => Found::Private(private),
                _ => self.found(sight, &format!("{to}::{name}"), true),
            },
            _ => Found::Nothing,
        }
    }

    /// The full path of the `pub use` that a path leads to first in the current frame; `Some(None)` if it leads through one to a
    /// part of what that hands on.
    pub(crate) fn handed_at(&mut self, sight: Sight<'_>, path: &str) -> Option<Option<String>> {
        let candidates = self.candidates(sight, path, 0)?.into_iter().map(|candidate| candidate.path);
        let met = candidates.into_iter().find(|path| !matches!(self.at(sight, path), Found::Nothing))?;
        if self.item(&met).is_some() {
            return None;
        }
        match self.step(sight, &met) {
            Step::To(_) => Some(Some(met)),
            _ => sight.scope.definition(&met).is_none().then_some(None),
        }
    }

    /// Whether what a `pub use` of this full path leads to can be handed on.
    pub(crate) fn check_handed(&self, sight: Sight<'_>, path: &str) -> Result<(), Refused> {
        let Some(to) = self.destination(sight, path) else { return Err(Refused::Endless) };
        let Some(item) = self.item(&to) else {
            return match sight.scope.definition(&to) {
                Some(_) => Ok(()),
                None => Err(Refused::NoDefinition),
            };
        };
        let written = &sight.tree.items[item];
        let module = self.module_of(item);
        match written.kind {
            ItemKind::Use { .. } | ItemKind::UseAll { .. } | ItemKind::Mod { .. } => {
                Err(Refused::NoDefinition)
            }
            _ if !written.public && !module.is_empty() => {
                Err(Refused::Private(self.private(&to, module, Some(item))))
            }
            _ => Ok(()),
        }
    }
}

impl Source<'_> {
    /// What the modules of the source hand on, behind what it defines.
    pub(crate) fn handed_on(&self, checked: &mut Vec<CheckedItem>) {
        let modules = &self.work.infer.modules;
        let mut all: Vec<(usize, &String)> =
            modules.handed.iter().filter_map(|(path, handed)| Some((handed.item?, path))).collect();
        if all.is_empty() {
            return;
        }
        all.sort_unstable();
        let own = checked.iter().enumerate().filter(|(_, item)| !item.is_instance);
        let defined: FxHashMap<usize, usize> = own.map(|(at, item)| (item.item, at)).collect();
        for (item, path) in all {
            let (Some(handed), Some(to)) =
                (modules.handed.get(path), modules.destination(self.sight(), path))
            else {
                continue;
            };
            let target = match modules.item(&to) {
                Some(target) => {
                    defined.get(&target).map(|&at| (checked[at].hash, checked[at].definition.clone()))
                }
                None => self
                    .scope
                    .definition(&to)
                    .and_then(|external| Some((external.hash, self.scope.stored(external.hash)?))),
            };
            let Some((hash, definition)) = target else { continue };
            checked.push(CheckedItem {
                item,
                path: path.clone(),
                is_instance: false,
                within: handed.within.clone(),
                hash,
                definition,
                spans: Vec::new(),
                slots: Vec::new(),
                examples: Vec::new(),
                value: None,
                hands_on: handed.to.clone(),
            });
        }
    }
}
