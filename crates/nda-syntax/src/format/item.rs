//! How items look, but for structs and enums, which are in `data`.

use super::{IN_PLACE, Printer, TAB, WIDTH, width};
use crate::tree::{Attribute, AttributeKind, Item, ItemKind, Param, Receiver};
use nda_diagnostics::Span;

impl Printer<'_> {
    pub(super) fn items(&mut self, module: Option<usize>) {
        let tree = self.tree;
        let mut before = None;
        for (index, item) in tree.items_in(module) {
            // The names of a group are one item each.
            if before != Some(item.span) {
                self.item(item, index);
            }
            before = Some(item.span);
        }
    }

    fn item(&mut self, item: &Item, index: usize) {
        for attribute in self.tree.attributes_of(item) {
            self.lines_before(attribute.span.start, self.base);
            self.or_verbatim(attribute.span, |printer| printer.attribute(attribute));
        }
        let comments_end = (item.comments.start + item.comments.len) as usize;
        let before = self.tree.comments[..comments_end].last().map_or(0, |comment| comment.span.end);
        let rest = &self.source[before.max(self.last) as usize..];
        // Whatever stands before the keyword now is white space, or a `;` too many.
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let head = Span::new((self.source.len() - rest.len()) as u32, item.span.end);
        self.lines_before(head.start, self.base);
        self.or_verbatim(head, |printer| printer.definition(item, index, head));
    }

    fn attribute(&mut self, attribute: &Attribute) {
        match attribute.kind {
            AttributeKind::Example(expr) => {
                self.push("#[example(");
                if self.fits(expr, 2) {
                    self.flat(expr);
                    self.push(")]");
                } else {
                    self.newline(self.base + TAB);
                    self.expr(expr, self.base + TAB, 0);
                    self.newline(self.base);
                    self.push(")]");
                }
            }
            AttributeKind::Uses(run) | AttributeKind::Derive(run) => {
                let uses = matches!(attribute.kind, AttributeKind::Uses(_));
                self.push(if uses { "#[uses(" } else { "#[derive(" });
                for (index, name) in self.tree.words[run.range()].iter().enumerate() {
                    self.push(if index > 0 { ", " } else { "" });
                    self.name(name.symbol);
                }
                self.push(")]");
            }
            AttributeKind::Error => self.push(attribute.span.text(self.source)),
        }
    }

    fn definition(&mut self, item: &Item, index: usize, head: Span) {
        if item.public {
            self.push("pub ");
        }
        match (item.kind, item.name) {
            (ItemKind::Fn { params, result, body }, Some(name)) => {
                self.push("fn ");
                self.name(name.symbol);
                self.generics(item);
                self.last = self.find(b'(', name.span.end);
                let tail = result.map_or(0, |ty| self.type_width(ty) + " -> ".len());
                self.params(self.tree.params_of(params), tail);
                if let Some(ty) = result {
                    self.push(" -> ");
                    self.ty(ty);
                }
                if self.where_clause(item) {
                    self.newline(self.base)
                } else {
                    self.push(" ")
                }
                self.block(body, self.base);
            }
            (ItemKind::Struct { shape, fields }, Some(name)) => {
                self.push("struct ");
                self.structure(item, name, shape, fields);
            }
            (ItemKind::Enum { variants }, Some(name)) => {
                self.push("enum ");
                self.enumeration(item, name, variants);
            }
            (ItemKind::Impl { ty, members }, _) => {
                self.push("impl");
                self.generics(item);
                self.push(" ");
                self.ty(ty);
                self.before_brace(item);
                let open = self.find(b'{', self.tree.ty(ty).span.end);
                let tree = self.tree;
                self.braced(open, item.span.end, |printer| {
                    for member in tree.members_of(members) {
                        printer.item(member, usize::MAX);
                    }
                });
            }
            (ItemKind::Const { ty, value }, Some(name)) => {
                self.push("const ");
                self.name(name.symbol);
                self.push(": ");
                self.ty(ty);
                self.push(" =");
                self.value(value, self.base, 1);
                self.push(";");
            }
            (ItemKind::Mod { items }, Some(name)) => {
                self.push("mod ");
                self.name(name.symbol);
                match items {
                    Some(_) => self.module(item, index),
                    None => self.push(";"),
                }
            }
            (ItemKind::Use { .. } | ItemKind::UseAll { .. }, _) if head.text(self.source).contains('{') => {
                self.import_group(head);
            }
            (ItemKind::UseAll { path }, _) => {
                self.push("use ");
                self.name(path.symbol);
                self.push("::*;");
            }
            (ItemKind::Use { path }, Some(name)) => {
                self.push("use ");
                self.name(path.symbol);
                if name.span.start >= path.span.end {
                    self.push(" as ");
                    self.name(name.symbol);
                }
                self.push(";");
            }
            // A tree without problems has no such items; if it had, its text would be kept.
            _ => self.misplaced = true,
        }
    }

    /// `{ items }` behind the name of a module.
    fn module(&mut self, item: &Item, index: usize) {
        self.push(" ");
        let name = item.name.map_or(item.span.start, |name| name.span.end);
        let open = self.find(b'{', name);
        self.braced(open, item.span.end, |printer| printer.items(Some(index)));
    }

    /// `{ … }` with what `inside` prints on lines of its own; the brackets stand at `open` and before `end`.
    pub(super) fn braced(&mut self, open: u32, end: u32, inside: impl FnOnce(&mut Self)) {
        let indent = self.base;
        self.push("{");
        // A comment before the bracket has no place of its own.
        self.last = open + 1;
        let before = self.out.len();
        self.opened = before;
        self.base += TAB;
        inside(self);
        self.trailing_lines(end - 1, self.base);
        self.base = indent;
        if self.out.len() > before {
            self.newline(indent);
        }
        self.push("}");
        self.last = end;
    }

    /// `use a::{b, c as d};`, one name a line if it is too long.
    fn import_group(&mut self, head: Span) {
        let text = head.text(self.source);
        let text = &text[text.find("use").unwrap_or_default()..];
        let width = group(text, None).chars().count();
        let broken = self.column() + width > WIDTH;
        let text = group(text, broken.then_some(self.base));
        self.push(&text);
    }

    fn params(&mut self, params: &[Param], tail: usize) {
        let widths = params.iter().map(|param| self.param_width(param));
        let width = widths.sum::<usize>() + 2 * params.len().saturating_sub(1);
        self.push("(");
        self.opened = self.out.len();
        let end = self.find(b')', params.last().map_or(self.last, |param| param.span.end));
        let comments = self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < end);
        let flat = self.column() + width + 1 + tail + 2 <= WIDTH && !comments;
        for (index, param) in params.iter().enumerate() {
            if !flat {
                self.lines_before_member(param.span.start, self.base + TAB);
            } else if index > 0 {
                self.push(", ");
            }
            self.param(param);
            self.last = param.span.end;
            if !flat {
                self.push(",");
            }
        }
        if !flat {
            self.trailing_lines(end, self.base + TAB);
            self.newline(self.base);
        }
        self.push(")");
        self.last = end;
    }

    fn param(&mut self, param: &Param) {
        match param.receiver {
            Some(Receiver::Shared) => return self.push("&self"),
            Some(Receiver::Mutable) => return self.push("&mut self"),
            Some(Receiver::Value) | None => {}
        }
        self.push(if param.mutable { "mut " } else { "" });
        match param.pattern {
            Some(pattern) => self.pattern(pattern),
            None => self.name(param.name.symbol),
        }
        if param.receiver.is_none() {
            self.push(if param.in_place { ": &mut " } else { ": " });
            self.ty(param.ty);
        }
    }

    fn param_width(&self, param: &Param) -> usize {
        let mutable = if param.mutable { 4 } else { 0 };
        let name = match param.pattern {
            Some(pattern) => width::pattern_width(self.tree, self.source, pattern) as usize,
            None => self.tree.name(param.name.symbol, self.source).len(),
        };
        match param.receiver {
            Some(Receiver::Shared | Receiver::Mutable) => 1 + mutable + name,
            Some(Receiver::Value) => mutable + name,
            None => {
                let in_place = if param.in_place { IN_PLACE.len() } else { 0 };
                mutable + name + 2 + in_place + self.type_width(param.ty)
            }
        }
    }

    /// The first `byte` from `at` on that is in no comment.
    pub(super) fn find(&self, byte: u8, at: u32) -> u32 {
        let mut at = at as usize;
        let mut comments = self.tree.comments[self.comment..].iter();
        let mut comment = comments.next();
        while let Some(found) = self.source.as_bytes().get(at) {
            while comment.is_some_and(|comment| (comment.span.start as usize) < at) {
                comment = comments.next();
            }
            match comment {
                Some(comment) if comment.span.start as usize == at => at = comment.span.end as usize,
                _ if *found == byte => break,
                _ => at += 1,
            }
        }
        at as u32
    }
}

/// The words and signs of a `use` in their layout; with an indentation the outermost group takes a line a member.
fn group(text: &str, lines: Option<usize>) -> String {
    let mut out = String::new();
    let (mut depth, mut after_word) = (0, false);
    let mut rest = text.chars().peekable();
    let fresh = |out: &mut String, levels: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', lines.unwrap_or(0) + levels * TAB));
    };
    let mut gap = false;
    while let Some(sign) = rest.next() {
        if sign.is_whitespace() {
            gap = true;
            continue;
        }
        let is_word = sign.is_ascii_alphanumeric() || sign == '_';
        if gap && is_word && after_word {
            out.push(' ');
        }
        (gap, after_word) = (false, is_word);
        while rest.peek().is_some_and(|next| sign == ',' && next.is_whitespace()) {
            rest.next();
        }
        let broken = lines.is_some() && depth == 1;
        match sign {
            ',' if rest.peek() == Some(&'}') => {}
            ',' if broken => {
                out.push(',');
                fresh(&mut out, 1);
            }
            ',' => out.push_str(", "),
            '{' => {
                depth += 1;
                out.push('{');
                if lines.is_some() && depth == 1 {
                    fresh(&mut out, 1);
                }
            }
            '}' => {
                if broken {
                    out.push(',');
                    fresh(&mut out, 0);
                }
                depth -= 1;
                out.push('}');
            }
            _ => out.push(sign),
        }
    }
    out
}
