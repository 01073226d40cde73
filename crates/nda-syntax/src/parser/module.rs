//! Modules and what `use` brings into them.

use super::Parser;
use crate::lexer::clip;
use crate::names;
use crate::token::T;
use crate::tree::{Generics, Item, ItemKind, Name, Run, Text};
use nda_diagnostics::{Code, Diagnostic, Span};

/// Bytes of the path before a group: each of its names repeats it.
const MAX_PREFIX: usize = 1_024;
/// Bytes that the names in all groups of a source may take.
const MAX_EXPANDED: usize = 64 << 20;

impl Parser<'_, '_> {
    /// `mod name { … }` or `mod name;`, the cursor being on `mod`. The place of its item in [`crate::tree::Tree::items`]
    /// is taken before its items follow; whoever calls this fills it.
    pub(super) fn module(&mut self) -> (Option<Name>, ItemKind) {
        let start = self.bump().start;
        let name = self.expect_name("a name after `mod`");
        let slot = self.reserve_item(name, start);
        if !self.at(T::LBrace) {
            if !self.eat(T::Semi) {
                self.unexpected("`{` or `;` after the name of this module");
            }
            return (name, ItemKind::Mod { items: None });
        }
        let first_comment = self.comments().len();
        let open = self.bump().span();
        let outer = self.inside.replace(slot as u32);
        self.items_before(T::RBrace, first_comment);
        self.inside = outer;
        self.close(T::RBrace, open, "an item or `}` after the items of this module");
        let first = slot + 1;
        let items = Run { start: first as u32, len: (self.tree.items.len() - first) as u32 };
        (name, ItemKind::Mod { items: Some(items) })
    }

    /// Takes the place of an item that others follow before it is whole; whoever calls this fills it.
    pub(super) fn reserve_item(&mut self, name: Option<Name>, start: u32) -> usize {
        let slot = self.tree.items.len();
        self.tree.items.push(Item {
            kind: ItemKind::Error,
            name,
            public: false,
            inside: self.inside,
            owner: None,
            generics: Generics::default(),
            span: self.span_from(start),
            source: self.span_from(start),
            attributes: Run::default(),
            comments: Run::default(),
        });
        slot
    }

    /// `use a::b;`, `use a::b as c;`, `use a::*;` or `use a::{…};`, which gives more than one: the others go to
    /// [`super::Scratch::imports`].
    pub(super) fn import(&mut self) -> (Option<Name>, ItemKind) {
        self.bump();
        self.scratch.imports.clear();
        self.imported(None);
        if !self.eat(T::Semi) {
            self.missing_semicolon("this `use`");
            if self.recovering {
                self.finish_statement();
            }
        }
        if self.scratch.imports.is_empty() { (None, ItemKind::Error) } else { self.scratch.imports.remove(0) }
    }

    /// A path or group behind `use`, or in a group behind `prefix`.
    fn imported(&mut self, prefix: Option<(&str, Name)>) {
        let start = self.token.start;
        let Some(first) = self.import_start(prefix) else { return };
        let (mut path, mut name) = (first, first);
        if self.at(T::PathSep) {
            let found = self.path(first, true);
            if found.types.is_some() {
                self.unexpected("a path without type arguments");
            }
            (path, name) = (found.name, found.last);
        } else if let Some((_, before)) = prefix
            && self.text(first.span) == "self"
        {
            // `a::{self}` is `a`.
            name = before;
        }
        let whole = match prefix {
            Some((prefix, _)) if self.text(first.span) == "self" => prefix.to_owned(),
            Some((prefix, _)) => format!("{prefix}::{}", self.tree.name(path.symbol, self.lexer.source)),
            None => self.tree.name(path.symbol, self.lexer.source).to_owned(),
        };
        let span = self.span_from(start);
        if prefix.is_some() {
            path = self.own_path(&whole, span);
        }
        match self.token.kind {
            T::LBrace => self.group(&whole, name),
            T::Star => {
                self.bump();
                self.scratch.imports.push((None, ItemKind::UseAll { path }));
            }
            _ => {
                if self.eat(T::As) {
                    match self.expect_name("a name after `as`") {
                        Some(alias) => name = alias,
                        None => return,
                    }
                }
                self.scratch.imports.push((Some(name), ItemKind::Use { path }));
            }
        }
    }

    /// The first name of a path behind `use`; a star alone in a group is no path.
    fn import_start(&mut self, prefix: Option<(&str, Name)>) -> Option<Name> {
        if self.at_path_root() {
            return Some(self.take_name());
        }
        if let Some((prefix, _)) = prefix
            && self.at(T::Star)
        {
            let span = self.bump().span();
            let path = self.own_path(prefix, span);
            self.scratch.imports.push((None, ItemKind::UseAll { path }));
            return None;
        }
        self.expect_name("a path after `use`")
    }

    /// `{a, b as c, d::{e}}`, the cursor being on `{`.
    fn group(&mut self, prefix: &str, last: Name) {
        if prefix.len() > MAX_PREFIX {
            let message = format!(
                "the path before this group has {} bytes; expected at most {MAX_PREFIX}",
                prefix.len()
            );
            self.surprise(Diagnostic::new(Code::PathTooLong, self.token.span(), message));
            return;
        }
        let open = self.bump().span();
        while !self.at(T::RBrace) {
            let before = self.token.start;
            self.imported(Some((prefix, last)));
            if !self.eat(T::Comma) || self.token.start == before {
                break;
            }
        }
        self.close(T::RBrace, open, "`,` or `}` in this group");
    }

    /// A path that stands nowhere as it is.
    pub(super) fn own_path(&mut self, path: &str, span: Span) -> Name {
        self.scratch.expanded += path.len() + size_of::<Item>();
        if self.scratch.expanded > MAX_EXPANDED {
            let message = "the groups of this source bring in too many names; write out fewer";
            self.report(Diagnostic::new(Code::SourceTooLarge, span, message));
            self.lexer.stop();
            self.token = self.lexer.next();
            self.recovering = true;
        }
        let start = self.tree.buffer.len() as u32;
        self.tree.buffer.push_str(path);
        let text = Text { start, len: path.len() as u32 | Text::OWN };
        Name { symbol: self.intern(names::key(path.as_bytes()), text), span }
    }

    /// Whether `crate`, `self` or `super` is under the cursor.
    pub(super) fn at_path_root(&self) -> bool {
        self.at(T::Reserved) && matches!(self.token_text(), "crate" | "self" | "super")
    }

    /// Whether a path starts at Rust's standard library.
    pub(super) fn is_standard(&self, path: Name) -> bool {
        let text = self.tree.name(path.symbol, self.lexer.source);
        text == "std" || text.starts_with("std::")
    }

    /// `use std::…;`.
    #[cold]
    pub(super) fn standard_import(&mut self, span: Span) {
        let text = clip(self.text(span).trim_end_matches(';'));
        let message = format!("found `{text}`; what NDA has needs no import");
        let problem = Diagnostic::new(Code::RustSpelling, span, message);
        self.report(problem.fix("remove it", self.with_its_line(span), ""));
    }

    /// A span, or the whole line if there is nothing else on it.
    pub(super) fn with_its_line(&self, span: Span) -> Span {
        let source = self.lexer.source;
        let (before, after) = (&source[..span.start as usize], &source[span.end as usize..]);
        let blanks = [' ', '\t', '\r'];
        let start = before.trim_end_matches(blanks).len();
        let end = after.len() - after.trim_start_matches(blanks).len();
        let is_alone = (start == 0 || before[..start].ends_with('\n')) && after[end..].starts_with('\n');
        if is_alone { Span::new(start as u32, span.end + end as u32 + 1) } else { span }
    }

    /// `pub use` hands on single names: what a `*` stands for would change with what is committed next to it.
    pub(super) fn check_public_imports(&mut self, first: Item) {
        let others = self.scratch.imports.iter().map(|&(_, kind)| kind);
        let star = std::iter::once(first.kind).chain(others).find_map(|kind| match kind {
            ItemKind::UseAll { path } => Some(path),
            _ => None,
        });
        if let Some(path) = star {
            self.report(
                Diagnostic::new(Code::NotSupportedYet, path.span, "`pub use …::*` is not supported yet")
                    .note("name what the module hands on: `pub use a::{b, c};`"),
            );
        }
    }
}
