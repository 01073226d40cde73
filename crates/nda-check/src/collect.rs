//! The names of a source: what its items are called, and what its `use` lines bring in. Signatures come last, when
//! every name has its meaning.

use crate::handed::Refused;
use crate::items::Source;
use crate::methods;
use crate::modules::{Found, MAX_STARS, Private, Sight};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::parts::Parts;
use nda_syntax::tree::{Item, ItemKind, Name, Tree, TypeKind};
use std::borrow::Cow;

/// The words that start the paths of the language's own constants and functions.
const RESERVED_MODULES: [&str; 7] = ["i64", "f64", "bool", "str", "String", "Map", "std"];

impl<'a> Source<'a> {
    pub(crate) fn collect(&mut self, parts: &Parts) {
        let tree = self.tree;
        for (index, item) in tree.items.iter().enumerate() {
            self.name_item(index, item);
        }
        self.check_modules(parts);
        self.resolve_handed();
        for (index, item) in tree.items.iter().enumerate() {
            if let ItemKind::UseAll { path } = item.kind {
                self.enter(self.work.infer.modules.home(index));
                self.star(path);
            }
        }
        for frame in 0..self.work.infer.modules.frames.len() as u32 {
            self.enter(frame);
            self.imports(frame);
        }
        self.declare_types();
        self.declare_impls();
        for (index, item) in tree.items.iter().enumerate() {
            if self.has_signature(index, item) {
                self.generics[index] = self.parameters_of(&self.with_owner(index));
                self.enter_item(index);
                self.collect_definition(index, item);
            }
        }
    }

    /// Looks names up in this frame from here on.
    pub(crate) fn enter(&mut self, frame: u32) {
        let infer = &mut self.work.infer;
        if infer.modules.current != frame {
            infer.modules.current = frame;
            infer.named_types.clear();
            infer.forget_globals();
        }
    }

    /// Looks names up as an item does from here on.
    pub(crate) fn enter_item(&mut self, index: usize) {
        self.enter(self.work.infer.modules.home(index));
        self.enter_generics(index);
        let item = &self.tree.items[index];
        let mut own = item.owner.and_then(|owner| self.impls[owner as usize]);
        if let (Some(_), Some(owner)) = (own, item.owner)
            && let ItemKind::Impl { ty, .. } = self.tree.items[owner as usize].kind
            && self.tree.items[owner as usize].generics.params.len > 0
        {
            // Each function has type parameters of its own in the place of those of its `impl`.
            own = Some(self.infer().written_type(ty));
        }
        self.set_self_type(own);
    }

    /// Brings an item's type parameters into scope.
    fn enter_generics(&mut self, index: usize) {
        self.work.infer.parameters = match self.generics[index] {
            (_, 0) => Vec::new(),
            (first, _) => self.scope_of_parameters(&self.with_owner(index), first),
        };
    }

    /// Looks names up as an example does from here on: what is generic in its item is nothing there.
    pub(crate) fn enter_examples(&mut self, index: usize) {
        if self.generics[index].1 > 0 {
            self.work.infer.parameters.clear();
            self.set_self_type(None);
        }
    }

    /// Looks names up as an expression outside of every item does from here on.
    pub(crate) fn enter_root(&mut self) {
        self.enter(0);
        self.work.infer.parameters.clear();
        self.set_self_type(None);
    }

    fn set_self_type(&mut self, own: Option<Type>) {
        let infer = &mut self.work.infer;
        if infer.self_type != own {
            infer.self_type = own;
            infer.forget_globals();
        }
    }

    /// An item behind the `impl` that it stands in, if it does.
    pub(crate) fn with_owner(&self, index: usize) -> Vec<&'a Item> {
        let item = &self.tree.items[index];
        item.owner.map(|owner| &self.tree.items[owner as usize]).into_iter().chain([item]).collect()
    }

    /// What an item is called in its module: a function of an `impl` has the name of its type ahead.
    pub(crate) fn name_of(&self, item: &Item) -> Option<Cow<'a, str>> {
        let name = self.text(item.name?.symbol);
        let Some(owner) = item.owner else { return Some(Cow::Borrowed(name)) };
        let ItemKind::Impl { ty, .. } = self.tree.items[owner as usize].kind else { return None };
        match self.tree.ty(ty).kind {
            TypeKind::Name(owner) | TypeKind::Apply { name: owner, .. } => {
                Some(Cow::Owned(format!("{}::{name}", self.text(owner))))
            }
            _ => None,
        }
    }

    pub(crate) fn sight(&self) -> Sight<'a> {
        Sight { tree: self.tree, source: self.source, scope: self.scope }
    }

    fn name_item(&mut self, index: usize, item: &Item) {
        let (Some(name), Some(text)) = (item.name, self.name_of(item)) else { return };
        let text = &*text;
        if self.work.infer.modules.is_too_long(index, text)
            || self.work.infer.modules.too_long.binary_search(&index).is_ok()
        {
            self.path_too_long(name);
            return;
        }
        let defines = !matches!(item.kind, ItemKind::Error | ItemKind::Mod { .. });
        if defines && item.owner.is_none() && is_reserved(text) {
            let message = match text {
                "_" => "`_` names nothing, so nothing could use this".to_owned(),
                _ => format!("`{text}` belongs to the language and cannot be defined"),
            };
            self.diagnostics.push(Diagnostic::new(Code::ReservedName, name.span, message));
            // Its uses are no problems of their own, and neither is the next of this name.
            let path = self.work.infer.modules.path_of(index, text).into_owned();
            let _ = self.work.infer.modules.name(path, index);
            return;
        }
        match item.kind {
            ItemKind::Use { path } => {
                let modules = &mut self.work.infer.modules;
                let own = item.public.then(|| modules.path_of(index, text).into_owned());
                let taken = own.as_ref().and_then(|own| modules.hand_on(own, index).err());
                modules.import(index, name.symbol, path.symbol, own.filter(|_| taken.is_none()));
                // What the same text takes is found out below.
                if let Some(first) = taken.filter(|&first| modules.home(first) != modules.home(index)) {
                    self.duplicate(name, self.tree.items[first].name);
                }
            }
            ItemKind::UseAll { .. } | ItemKind::Mod { .. } => {}
            _ => {
                let path = self.work.infer.modules.path_of(index, text).into_owned();
                if let Err(first) = self.work.infer.modules.name(path, index) {
                    self.duplicate(name, self.tree.items[first].name);
                }
            }
        }
    }

    /// Whether an item was the first of its path.
    pub(crate) fn has_its_name(&self, index: usize, name: &str) -> bool {
        let modules = &self.work.infer.modules;
        modules.item(&modules.path_of(index, name)) == Some(index)
    }

    /// Whether this is a function or constant whose name is its own.
    fn has_signature(&self, index: usize, item: &Item) -> bool {
        let (ItemKind::Fn { .. } | ItemKind::Const { .. }, Some(text)) = (item.kind, self.name_of(item))
        else {
            return false;
        };
        let stands = match item.owner {
            Some(owner) => self.impls[owner as usize].is_some(),
            None => !is_reserved(&text),
        };
        stands && self.has_its_name(index, &text)
    }

    #[cold]
    fn path_too_long(&mut self, name: Name) {
        let message = "the path of this, its modules included, has more than 255 bytes";
        self.diagnostics.push(Diagnostic::new(Code::PathTooLong, name.span, message));
    }

    #[cold]
    fn duplicate(&mut self, name: Name, first: Option<Name>) {
        let text = self.text(name.symbol);
        let message = format!("`{text}` is defined twice");
        let diagnostic = Diagnostic::new(Code::DuplicateItem, name.span, message);
        self.diagnostics.push(match first {
            Some(first) => diagnostic.also(first.span, "defined here first"),
            None => diagnostic,
        });
    }

    /// What the `mod` items themselves say.
    fn check_modules(&mut self, parts: &Parts) {
        let tree = self.tree;
        for (index, item) in tree.items.iter().enumerate() {
            let (ItemKind::Mod { items }, Some(name)) = (item.kind, item.name) else { continue };
            let text = self.text(name.symbol);
            if RESERVED_MODULES.contains(&text) || text == "_" {
                let message = format!("`{text}` belongs to the language and cannot be a module");
                self.diagnostics.push(Diagnostic::new(Code::ReservedName, name.span, message));
                continue;
            }
            let modules = &self.work.infer.modules;
            let path = modules.path_of(index, text);
            let Some(module) = modules.at_path(&path) else { continue };
            let (first, has_text) = (module.declared, module.has_text);
            if let Some(first) = first.filter(|&first| first != index) {
                self.duplicate(name, tree.items[first].name);
            } else if items.is_some() && has_text {
                let message = format!("the module `{path}` stands here and in a file of its own");
                let diagnostic = Diagnostic::new(Code::DuplicateItem, name.span, message);
                self.diagnostics.push(
                    diagnostic
                        .note(format!("write `mod {text};` to declare the file, or move its items here")),
                );
            } else if items.is_none() && !has_text {
                let message = format!("there is no file for the module `{path}`");
                let file = path.replace("::", "/");
                self.diagnostics.push(Diagnostic::new(Code::MissingModule, name.span, message).note(format!(
                    "it is `{file}.nda` or `{file}/mod.nda`, seen from the root of the sources; or write the items here: `mod {text} {{ … }}`"
                )));
            }
        }
        for part in parts.all() {
            let last = part.module.rsplit("::").next().unwrap_or_default();
            if part.module.split("::").any(|name| RESERVED_MODULES.contains(&name)) {
                let message = format!("`{last}` belongs to the language and cannot be a module");
                let span = Span::new(part.start, part.start);
                self.diagnostics.push(Diagnostic::new(Code::ReservedName, span, message));
            }
        }
    }

    /// Opens the module, or the enum, of a `use …::*` in the current frame.
    fn star(&mut self, path: Name) {
        let text = self.text(path.symbol);
        let sight = self.sight();
        let modules = &mut self.work.infer.modules;
        if let Some(found) = modules.enumeration(sight, text) {
            return match modules.at(sight, &found) {
                Found::Private(private) => self.private(private, path.span),
                _ => modules.frames[modules.current as usize].enums.push(found),
            };
        }
        match modules.namespace(sight, text) {
            Some(found) => match modules.closed(&found) {
                Some(private) => self.private(private, path.span),
                None if modules.frames[modules.current as usize].stars.len() == MAX_STARS => {
                    let message = format!("at most {MAX_STARS} `use …::*` may stand in one module");
                    self.diagnostics.push(Diagnostic::new(Code::FunctionTooLarge, path.span, message));
                }
                None => modules.frames[modules.current as usize].stars.push(found),
            },
            None => {
                let message = format!("there is no module or enum `{text}`, here or committed");
                self.diagnostics.push(Diagnostic::new(Code::UnknownName, path.span, message));
            }
        }
    }

    /// What `use` brings into a frame, which is the current one.
    fn imports(&mut self, frame: u32) {
        let tree = self.tree;
        for index in 0..self.work.infer.modules.frames[frame as usize].imports.len() {
            let item = self.work.infer.modules.frames[frame as usize].imports[index].item;
            let written = &tree.items[item];
            let (ItemKind::Use { path }, Some(name)) = (written.kind, written.name) else { continue };
            if let Some(first) = self.hides(index, item, name) {
                self.duplicate(name, tree.items[first].name);
                continue;
            }
            let sight = self.sight();
            match self.work.infer.modules.imported(sight, index, 0) {
                Some(full) => {
                    self.check_import(&full, path.span);
                    self.check_handed(item, name);
                }
                None => self.unknown_import(path),
            }
        }
    }

    /// The item whose name an import takes: an earlier import of the frame, or a definition of the same text.
    fn hides(&self, index: usize, item: usize, name: Name) -> Option<usize> {
        let modules = &self.work.infer.modules;
        let frame = modules.home(item);
        let first = modules.import_of(name.symbol)?;
        if first != index {
            return Some(modules.frames[frame as usize].imports[first].item);
        }
        let own = modules.item(&modules.path_of(item, self.text(name.symbol)))?;
        (modules.home(own) == frame).then_some(own)
    }

    /// Finds out what modules hand on, for the `use …::*` that lead there; where there are such themselves, that must wait.
    fn resolve_handed(&mut self) {
        if self.work.infer.modules.handed.is_empty() {
            return;
        }
        let modules = &self.work.infer.modules;
        let stars = self.tree.items.iter().enumerate();
        let stars = stars.filter(|(_, item)| matches!(item.kind, ItemKind::UseAll { .. }));
        let stars: Vec<u32> = stars.map(|(index, _)| modules.home(index)).collect();
        for frame in (0..self.work.infer.modules.frames.len() as u32).filter(|frame| !stars.contains(frame)) {
            self.enter(frame);
            let sight = self.sight();
            let modules = &mut self.work.infer.modules;
            for index in 0..modules.frames[frame as usize].imports.len() {
                modules.imported(sight, index, 0);
            }
        }
    }

    /// Whether what a `pub use` says can be handed on.
    fn check_handed(&mut self, item: usize, name: Name) {
        let modules = &self.work.infer.modules;
        let own = modules.path_of(item, self.text(name.symbol)).into_owned();
        if modules.handed.get(&own).is_none_or(|handed| handed.item != Some(item)) {
            return;
        }
        let refused = match modules.check_handed(self.sight(), &own) {
            Ok(()) => return,
            Err(refused) => refused,
        };
        self.diagnostics.push(match refused {
            Refused::Private(private) => out_of_reach(self.tree, self.source, &private, name.span),
            Refused::Endless => {
                let message = format!("`{own}` is handed on in a circle, so it leads to nothing");
                Diagnostic::new(Code::UnknownName, name.span, message)
                    .note("a `pub use` names the definition, or another `pub use` that leads to it")
            }
            Refused::NoDefinition => {
                let message = "`pub use` of a module or a variant is not supported yet";
                Diagnostic::new(Code::NotSupportedYet, name.span, message)
                    .note("it hands on functions, constants, structs and enums, with what belongs to these")
            }
        });
    }

    fn check_import(&mut self, full: &str, span: Span) {
        let modules = &self.work.infer.modules;
        match modules.at(self.sight(), full) {
            Found::Private(private) => self.private(private, span),
            Found::Nothing => {
                // A variant can be used where its enum can.
                let owner = full.rsplit_once("::").map_or("", |(owner, _)| owner);
                let closed = match modules.at(self.sight(), owner) {
                    Found::Private(private) => Some(private),
                    _ => modules.closed(full),
                };
                if let Some(private) = closed {
                    self.private(private, span);
                }
            }
            _ => {}
        }
    }

    #[cold]
    fn private(&mut self, private: Private, span: Span) {
        self.diagnostics.push(out_of_reach(self.tree, self.source, &private, span));
    }

    #[cold]
    fn unknown_import(&mut self, path: Name) {
        let text = self.text(path.symbol);
        let message = format!("there is nothing called `{text}`, here or committed");
        let diagnostic = Diagnostic::new(Code::UnknownName, path.span, message);
        let near = nda_diagnostics::nearest(text, self.work.infer.modules.paths()).map(str::to_owned);
        let near = near.or_else(|| self.scope.near(text));
        self.diagnostics.push(match near {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), path.span, near),
            None => diagnostic,
        });
    }
}

/// Whether an item cannot have this name.
fn is_reserved(text: &str) -> bool {
    text == "_" || methods::intrinsic(text).is_some()
}

/// Says that something is private, where it is declared, and how it is opened.
#[cold]
pub(crate) fn out_of_reach(tree: &Tree, source: &str, private: &Private, span: Span) -> Diagnostic {
    let Private { path, within, item } = private;
    let owner = if within.is_empty() { "the root".to_owned() } else { format!("`{within}`") };
    let diagnostic = Diagnostic::new(Code::PrivateItem, span, format!("`{path}` is private to {owner}"));
    let Some(declared) = item.map(|item| &tree.items[item]) else {
        return diagnostic.note("it was committed without `pub`; commit it with `pub` to use it here");
    };
    let Some(name) = declared.name else { return diagnostic };
    let diagnostic = diagnostic.also(name.span, "declared here without `pub`");
    match keyword(source, name.span.start) {
        Some(at) => diagnostic.guess("make it public", Span::new(at, at), "pub "),
        None => diagnostic,
    }
}

/// Where the keyword before a name starts.
fn keyword(source: &str, name: u32) -> Option<u32> {
    let before = source.get(..name as usize)?.trim_end();
    let word = before.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let known = ["fn", "const", "struct", "enum", "mod"];
    known.contains(&&before[word.len()..]).then_some(word.len() as u32)
}
