//! Modules: which one an item lies in, what a path means there, and who may use what it leads to.
//!
//! This is the one place that knows how a path is looked up. In a module `m`, `a::b` means the first of these that
//! there is: what a `use` of the same text and module calls `a`, then `::b`; `m::a::b`; what a `use …::*` there offers;
//! and `a::b` from the root. `crate::`, `self::` and `super::` say where to start, and then nothing else is tried. At each of
//! these places the source comes first and the head of the branch second, so that it makes no difference whether a
//! definition is submitted along or was committed before.

use crate::env::{External, Scope};
use crate::handed::Handed;
use nda_syntax::parts::Parts;
use nda_syntax::tree::{ItemKind, Symbol, Tree};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::hash_map::Entry;

/// How many `use` lines may lead from one to the next before the first definition.
pub(crate) const MAX_CHAIN: u32 = 64;

/// Bytes of a path that leads through modules: what the store takes for a name.
pub(crate) const MAX_PATH: usize = 255;
/// How many modules a `use …::*` may open in one place: each is looked through for every name.
pub(crate) const MAX_STARS: usize = 64;

/// The modules of a source, the names in them, and what `use` adds to those.
#[derive(Default)]
pub(crate) struct Modules {
    /// The root comes first.
    all: Vec<Module>,
    by_path: FxHashMap<String, u32>,
    /// The `mod` items whose paths are too long: what stands in them lies in the module around them.
    pub(crate) too_long: Vec<usize>,
    /// By full path: the item that has it.
    named: FxHashMap<String, usize>,
    /// By full path: what a `pub use` stands for there.
    pub(crate) handed: FxHashMap<String, Handed>,
    pub(crate) frames: Vec<Frame>,
    /// By item: its frame.
    homes: Vec<u32>,
    /// By item: its target, plus one; 0 if it has none.
    pub(crate) entries: Vec<u32>,
    /// By item: its declaration, if it is a struct or enum.
    pub(crate) decls: Vec<Option<u32>>,
    /// By full path: the target of a committed definition that was looked up, plus one.
    pub(crate) committed: FxHashMap<String, u32>,
    /// By full path: the declaration of a committed struct or enum that was looked up.
    pub(crate) committed_types: FxHashMap<String, Option<u32>>,
    /// The frame whose names are being looked up.
    pub(crate) current: u32,
    /// The symbols that were looked up in it.
    pub(crate) touched: Vec<Symbol>,
}

/// A namespace.
pub(crate) struct Module {
    /// From the root, which has an empty one.
    pub(crate) path: String,
    parent: u32,
    /// Whether it is declared without `pub`.
    private: bool,
    /// Whether a text of the source lies in it.
    pub(crate) has_text: bool,
    /// The `mod` that declares it.
    pub(crate) declared: Option<usize>,
}

/// What one text says in one module: where names are looked up alike.
pub(crate) struct Frame {
    module: u32,
    /// The module outside of which nothing of the text can be used.
    within: String,
    pub(crate) imports: Vec<Import>,
    /// By name: the first import that gives it.
    by_name: FxHashMap<Symbol, usize>,
    /// The modules whose names `use …::*` offers.
    pub(crate) stars: Vec<String>,
    /// The enums whose variants `use …::*` offers.
    pub(crate) enums: Vec<String>,
}

/// A `use`.
pub(crate) struct Import {
    pub(crate) item: usize,
    path: Symbol,
    stands: Stands,
    /// For a `pub use`: its own full path, which is none of the meanings of what it says.
    own: Option<String>,
}

enum Stands {
    Open,
    Busy,
    /// For this full path.
    For(String),
    /// For nothing there is.
    Nothing,
}

/// What a path leads to.
pub(crate) enum Found {
    /// An item of the source.
    Item(usize),
    /// A committed definition, and its full path.
    Committed(String, External),
    /// Something that may not be used from here.
    Private(Private),
    /// Two things, by two `use …::*`.
    Ambiguous(String, String),
    /// What a `use` brings in that was refused.
    Refused,
    Nothing,
}

/// Something out of reach.
pub(crate) struct Private {
    /// Its full path.
    pub(crate) path: String,
    /// The module outside of which it cannot be used.
    pub(crate) within: String,
    /// If it is of the source.
    pub(crate) item: Option<usize>,
}

/// What looking something up needs to see.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) source: &'a str,
    pub(crate) scope: &'a dyn Scope,
}

pub(crate) struct Candidate {
    pub(crate) path: String,
    star: bool,
}

impl Modules {
    /// The modules and frames of a source; names and imports are entered next.
    pub(crate) fn reset(&mut self, tree: &Tree, source: &str, parts: &Parts) {
        self.all.clear();
        self.by_path.clear();
        self.named.clear();
        self.handed.clear();
        self.too_long.clear();
        self.frames.clear();
        self.homes.clear();
        self.entries.clear();
        self.entries.resize(tree.items.len(), 0);
        self.decls.clear();
        self.decls.resize(tree.items.len(), None);
        self.committed.clear();
        self.committed_types.clear();
        self.current = 0;
        self.touched.clear();
        self.module("");
        for text in parts.all() {
            let module = self.module(&text.module);
            self.all[module as usize].has_text = true;
            self.frame(module, &text.within);
        }
        let mut part = 0;
        // By item: the frame of what stands in it, if it is a `mod`; it comes before its items.
        let mut inner = vec![0; tree.items.len()];
        for (index, item) in tree.items.iter().enumerate() {
            while parts.all().get(part + 1).is_some_and(|next| next.start <= item.span.start) {
                part += 1;
            }
            let home = item.inside.map_or(part as u32, |inside| inner[inside as usize]);
            self.homes.push(home);
            inner[index] = home;
            if let (ItemKind::Mod { items }, Some(name)) = (item.kind, item.name) {
                let name = tree.name(name.symbol, source);
                if self.is_too_long(index, name) {
                    self.too_long.push(index);
                    continue;
                }
                let path = self.path_of(index, name).into_owned();
                let module = self.module(&path);
                let known = &mut self.all[module as usize];
                known.private |= !item.public;
                known.declared.get_or_insert(index);
                if items.is_some() {
                    inner[index] = self.frame(module, &parts.all()[part].within);
                }
            }
        }
    }

    /// The module of this path; it and those above it are made if they are new.
    fn module(&mut self, path: &str) -> u32 {
        if let Some(&known) = self.by_path.get(path) {
            return known;
        }
        let parent = match split_last(path) {
            Some((above, _)) => self.module(above),
            None if path.is_empty() => 0,
            None => self.module(""),
        };
        let id = self.all.len() as u32;
        self.by_path.insert(path.to_owned(), id);
        self.all.push(Module {
            path: path.to_owned(),
            parent,
            private: false,
            has_text: false,
            declared: None,
        });
        id
    }

    fn frame(&mut self, module: u32, within: &str) -> u32 {
        let within = within.to_owned();
        let by_name = FxHashMap::default();
        self.frames.push(Frame {
            module,
            within,
            imports: Vec::new(),
            by_name,
            stars: Vec::new(),
            enums: Vec::new(),
        });
        self.frames.len() as u32 - 1
    }

    /// The frame an item lies in.
    pub(crate) fn home(&self, item: usize) -> u32 {
        self.homes[item]
    }

    /// Whether something of an item's module has too long a path.
    pub(crate) fn is_too_long(&self, item: usize, name: &str) -> bool {
        let module = self.module_of(item);
        !module.is_empty() && module.len() + 2 + name.len() > MAX_PATH
    }

    /// The path of the module an item lies in.
    pub(crate) fn module_of(&self, item: usize) -> &str {
        &self.all[self.frames[self.homes[item] as usize].module as usize].path
    }

    /// The full path of something of an item's module.
    pub(crate) fn path_of<'n>(&self, item: usize, name: &'n str) -> Cow<'n, str> {
        match self.module_of(item) {
            "" => Cow::Borrowed(name),
            module => Cow::Owned(join(module, name)),
        }
    }

    /// The module outside of which an item cannot be used; empty if there is none.
    pub(crate) fn within(&self, item: usize, public: bool) -> &str {
        let frame = &self.frames[self.homes[item] as usize];
        let own =
            if public { self.module_within(frame.module) } else { &self.all[frame.module as usize].path };
        if frame.within.len() > own.len() { &frame.within } else { own }
    }

    /// The module outside of which a module cannot be named.
    fn module_within(&self, mut module: u32) -> &str {
        while module != 0 {
            let Module { parent, private, .. } = self.all[module as usize];
            if private {
                return &self.all[parent as usize].path;
            }
            module = parent;
        }
        ""
    }

    /// Gives a full path to an item of the source; if it is taken, says by which.
    pub(crate) fn name(&mut self, path: String, item: usize) -> Result<(), usize> {
        match self.named.entry(path) {
            Entry::Occupied(taken) => Err(*taken.get()),
            Entry::Vacant(free) => {
                free.insert(item);
                Ok(())
            }
        }
    }

    /// The module of this full path.
    pub(crate) fn at_path(&self, path: &str) -> Option<&Module> {
        self.by_path.get(path).map(|&module| &self.all[module as usize])
    }

    /// The item of this full path.
    pub(crate) fn item(&self, path: &str) -> Option<usize> {
        self.named.get(path).copied()
    }

    /// The full paths of the items whose last name is this, in order.
    pub(crate) fn elsewhere(&self, name: &str) -> Vec<&str> {
        let ends = |path: &&str| split_last(path).is_some_and(|(_, last)| last == name);
        let mut found: Vec<&str> = self.named.keys().map(String::as_str).filter(ends).collect();
        found.sort_unstable();
        found
    }

    /// All full paths, in no order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The path of the module that is being looked at.
    pub(crate) fn here(&self) -> &str {
        &self.all[self.frames[self.current as usize].module as usize].path
    }

    /// Enters a `use`, to be resolved when all items have their names.
    pub(crate) fn import(&mut self, item: usize, name: Symbol, path: Symbol, own: Option<String>) {
        let frame = &mut self.frames[self.homes[item] as usize];
        frame.by_name.entry(name).or_insert(frame.imports.len());
        frame.imports.push(Import { item, path, stands: Stands::Open, own });
    }

    /// The `use` that gives this name in the current frame, the first if there are more.
    pub(crate) fn import_of(&self, name: Symbol) -> Option<usize> {
        self.frames[self.current as usize].by_name.get(&name).copied()
    }

    /// The full path that a `use` of the current frame stands for, if there is anything of that path.
    pub(crate) fn imported(&mut self, sight: Sight<'_>, index: usize, chain: u32) -> Option<String> {
        let frame = self.current as usize;
        let import = &mut self.frames[frame].imports[index];
        match &import.stands {
            Stands::For(path) => return Some(path.clone()),
            Stands::Busy | Stands::Nothing => return None,
            Stands::Open if chain > MAX_CHAIN => return None,
            Stands::Open => {}
        }
        import.stands = Stands::Busy;
        let (path, own) = (import.path, import.own.clone());
        let candidates = self.candidates(sight, sight.tree.name(path, sight.source), chain + 1);
        let found = candidates.into_iter().flatten().map(|candidate| candidate.path);
        let found = found.filter(|path| own.as_ref() != Some(path)).find(|path| self.exists(sight, path));
        if let Some(handed) = own.and_then(|own| self.handed.get_mut(&own)) {
            handed.to.clone_from(&found);
        }
        self.frames[frame].imports[index].stands = match &found {
            Some(path) => Stands::For(path.clone()),
            None => Stands::Nothing,
        };
        found
    }

    /// Whether there is a definition, module or variant of this full path.
    fn exists(&self, sight: Sight<'_>, path: &str) -> bool {
        self.named.contains_key(path)
            || self.is_handed(path)
            || self.by_path.contains_key(path)
            || sight.scope.definition(path).is_some()
            || sight.scope.namespace(path)
            || self.is_variant(sight, path)
    }

    /// The full path of the module that a path means in the current frame.
    pub(crate) fn namespace(&mut self, sight: Sight<'_>, path: &str) -> Option<String> {
        if matches!(path, "crate" | "self" | "super") {
            return self.started(path, None);
        }
        let candidates = self.candidates(sight, path, 0)?;
        let known = |path: &String| self.by_path.contains_key(path) || sight.scope.namespace(path);
        candidates.into_iter().map(|candidate| candidate.path).find(known)
    }

    /// `rest` from where `crate`, `self` or `super` starts.
    fn started(&self, first: &str, rest: Option<&str>) -> Option<String> {
        let mut base = match first {
            "crate" => "",
            "self" => self.here(),
            _ => above(self.here())?,
        };
        let mut rest = rest.unwrap_or_default();
        while let Some(further) = rest.strip_prefix("super::").or((rest == "super").then_some("")) {
            base = above(base)?;
            rest = further;
        }
        Some(if rest.is_empty() { base.to_owned() } else { join(base, rest) })
    }

    /// What a path may mean in the current frame, in the order of its tries; nothing if it begins with a name that a
    /// `use` was to bring in and could not.
    pub(crate) fn candidates(&mut self, sight: Sight<'_>, path: &str, chain: u32) -> Option<Vec<Candidate>> {
        let (first, rest) = split_first(path);
        let plain = |path: String| Candidate { path, star: false };
        if matches!(first, "crate" | "self" | "super") {
            return Some(self.started(first, rest).map(plain).into_iter().collect());
        }
        let mut all = Vec::new();
        let frame = self.current as usize;
        if !self.frames[frame].imports.is_empty()
            && let Some(symbol) = sight.tree.find_symbol(first, sight.source)
            && let Some(index) = self.import_of(symbol)
            && !matches!(self.frames[frame].imports[index].stands, Stands::Busy)
        {
            let base = self.imported(sight, index, chain)?;
            match rest {
                Some(rest) => all.push(plain(join(&base, rest))),
                None => return Some(vec![plain(base)]),
            }
        }
        if !self.here().is_empty() {
            all.push(plain(join(self.here(), path)));
        }
        let stars = self.frames[frame].stars.iter();
        all.extend(stars.map(|star| Candidate { path: join(star, path), star: true }));
        all.push(plain(path.to_owned()));
        Some(all)
    }

    /// What a path leads to, looked up in the current frame.
    pub(crate) fn find(&mut self, sight: Sight<'_>, path: &str) -> Found {
        let Frame { imports, stars, .. } = &self.frames[self.current as usize];
        let as_it_stands = imports.is_empty() && stars.is_empty() && self.here().is_empty();
        if as_it_stands && !matches!(split_first(path).0, "crate" | "self" | "super") {
            return match self.at(sight, path) {
                Found::Nothing => self.unclear(sight, path),
                found => found,
            };
        }
        let Some(candidates) = self.candidates(sight, path, 0) else { return Found::Refused };
        let mut starred: Option<(String, Found)> = None;
        for Candidate { path, star } in candidates {
            if !star && starred.is_some() {
                break;
            }
            let found = match self.at(sight, &path) {
                Found::Nothing => continue,
                Found::Private(_) if star => continue,
                found => found,
            };
            match starred {
                _ if !star => return found,
                None => starred = Some((path, found)),
                Some((first, _)) if first != path => return Found::Ambiguous(first, path),
                Some(_) => {}
            }
        }
        starred.map_or_else(|| self.unclear(sight, path), |(_, found)| found)
    }

    /// What stands at a full path, for the current frame.
    pub(crate) fn at(&self, sight: Sight<'_>, path: &str) -> Found {
        self.found(sight, path, false)
    }

    /// The same. `is_open`: the way there is open, whatever the modules on it say; what says no `pub` itself is private all the same.
    pub(crate) fn found(&self, sight: Sight<'_>, path: &str, is_open: bool) -> Found {
        let reaches =
            |within: &str, own: &str| is_inside(self.here(), within) || (is_open && within.len() < own.len());
        if let Some(item) = self.item(path) {
            let within = self.within(item, sight.tree.items[item].public);
            if reaches(within, self.module_of(item)) {
                return Found::Item(item);
            }
            return Found::Private(self.private(path, within, Some(item)));
        }
        if let Some(handed) = self.handed.get(path) {
            return self.through(sight, path, handed);
        }
        match sight.scope.definition(path) {
            Some(External { hands_on: Some(to), within, .. }) => {
                self.through(sight, path, &Handed { item: None, to: Some(to), within })
            }
            Some(external) if !reaches(&external.within, module_of_path(path)) => {
                Found::Private(self.private(path, &external.within, None))
            }
            Some(external) => Found::Committed(path.to_owned(), external),
            None => self.through_owner(sight, path),
        }
    }

    /// Whether a module of the source may be named from the current frame; if not, why.
    pub(crate) fn closed(&self, path: &str) -> Option<Private> {
        let &module = self.by_path.get(path)?;
        let within = self.module_within(module);
        let item = self.all[module as usize].declared;
        (!is_inside(self.here(), within)).then(|| self.private(path, within, item))
    }

    /// What shuts a path off: what it leads to, or a module on the way, where that is the private one.
    pub(crate) fn private(&self, path: &str, within: &str, item: Option<usize>) -> Private {
        let start = if within.is_empty() { 0 } else { within.len() + 2 };
        let next = path[start..].find("::").map_or(path.len(), |at| start + at);
        let item =
            if next == path.len() { item } else { self.at_path(&path[..next]).and_then(|it| it.declared) };
        Private { path: path[..next].to_owned(), within: within.to_owned(), item }
    }
}

/// `name` in the module `base`.
pub(crate) fn join(base: &str, name: &str) -> String {
    if base.is_empty() { name.to_owned() } else { format!("{base}::{name}") }
}

/// Whether a path has several segments: a colon stands in no name, and one byte is looked for faster than two.
pub(crate) fn is_long(path: &str) -> bool {
    path.contains(':')
}

/// A path without its last segment, and that; none if it has only one.
pub(crate) fn split_last(path: &str) -> Option<(&str, &str)> {
    let at = path.rfind(':')?;
    Some((path[..at].strip_suffix(':')?, &path[at + 1..]))
}

/// The first segment of a path, and the others if there are some.
fn split_first(path: &str) -> (&str, Option<&str>) {
    let split = path.find(':').and_then(|at| Some((&path[..at], path[at + 1..].strip_prefix(':')?)));
    split.map_or((path, None), |(first, rest)| (first, Some(rest)))
}

/// The module of a committed definition: what stands in an `impl` has the name of a type, which begins with a capital, before
/// its own.
fn module_of_path(path: &str) -> &str {
    let module = above(path).unwrap_or_default();
    let last = split_last(module).map_or(module, |(_, last)| last);
    let is_type = last.starts_with(|letter: char| letter.is_ascii_uppercase());
    if is_type { above(module).unwrap_or_default() } else { module }
}

/// The module around a module; the root has none.
fn above(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| split_last(path).map_or("", |(above, _)| above))
}

/// Whether a module is `within`, or below it.
pub(crate) fn is_inside(path: &str, within: &str) -> bool {
    path.strip_prefix(within)
        .is_some_and(|rest| within.is_empty() || rest.is_empty() || rest.starts_with("::"))
}
