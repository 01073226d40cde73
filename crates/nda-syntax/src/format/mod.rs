//! The formatter: one layout for every program, close to rustfmt's (4 spaces, 100 columns, a trailing comma where
//! a list is broken, at most one blank line).
//!
//! It prints the tree and takes nothing else from the source than the spelling of literals, the comments, and
//! whether a blank line stood somewhere. An expression is printed flat where it fits and in its kind's broken form
//! where not ([`layout`](self) knows the widths, computed once, bottom up). Comments may stand where lines may break:
//! between items, attributes, statements, list members, operands and methods. A statement with a comment
//! anywhere else is left as the author wrote it, as rustfmt does, so that no comment moves to a place where it says
//! something else. The result has the same tree and the same comments, and formatting it again changes nothing.
//!
//! It knows no types and repairs no errors: a source with problems is refused with them. Items and comments are
//! here, expressions in `expr`.

mod expr;

use crate::parser::parse;
use crate::tree::{
    Attribute, AttributeKind, BlockId, CommentKind, Item, ItemKind, Stmt, StmtKind, Tree, TypeId, TypeKind,
};
use nda_diagnostics::{Diagnostic, Span};

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns of one level.
const TAB: usize = 4;

/// The source in NDA's layout.
///
/// # Errors
/// The problems of a source that does not parse; it is not formatted, so that nothing is lost.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    let (tree, problems) = parse(source);
    if problems.is_empty() { Ok(format_tree(&tree, source)) } else { Err(problems) }
}

fn format_tree(tree: &Tree, source: &str) -> String {
    let mut printer = Printer {
        tree,
        source,
        out: String::with_capacity(source.len() + source.len() / 8),
        line_start: 0,
        opened: 0,
        comment: 0,
        last: 0,
        misplaced: false,
        base: 0,
        widths: expr::widths(tree, source),
    };
    printer.items(None);
    printer.trailing_lines(source.len() as u32, 0);
    if !printer.out.is_empty() {
        printer.out.push('\n');
    }
    printer.out
}

struct Printer<'a> {
    tree: &'a Tree,
    source: &'a str,
    out: String,
    /// Where the last line of `out` starts.
    line_start: usize,
    /// The length of `out` behind the last bracket that was opened for members on lines of their own.
    opened: usize,
    /// The first comment that has not been printed.
    comment: usize,
    /// Where in the source the last thing that was printed ends.
    last: u32,
    /// A comment was met where lines do not break: the statement must be left as it is.
    misplaced: bool,
    /// The indentation of the items that are being printed.
    base: usize,
    /// The width of each expression when printed flat.
    widths: Vec<u32>,
}

impl Printer<'_> {
    // Text.

    fn push(&mut self, text: &str) {
        let start = self.out.len();
        if text.contains('\r') {
            for line in text.split_inclusive('\n') {
                let end = line.trim_end_matches(['\r', '\n']).len();
                self.out.push_str(if line.ends_with('\n') { &line[..end] } else { line });
                self.out.push_str(if line.ends_with('\n') { "\n" } else { "" });
            }
        } else {
            self.out.push_str(text);
        }
        if let Some(newline) = self.out[start..].rfind('\n') {
            self.line_start = start + newline + 1;
        }
    }

    fn newline(&mut self, indent: usize) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
        self.line_start = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn column(&self) -> usize {
        let line = &self.out[self.line_start..];
        // A line this long is too long in any script; counting it again and again would take quadratic time.
        if line.len() > 8 * WIDTH { line.len() } else { line.chars().count() }
    }

    fn name(&mut self, symbol: crate::tree::Symbol) {
        let name = self.tree.name(symbol, self.source);
        self.out.push_str(name);
    }

    // Comments and blank lines.

    /// How many line ends stand between the last thing printed and `at`.
    fn lines_to(&self, at: u32) -> usize {
        Span::new(self.last, at.max(self.last))
            .text(self.source)
            .bytes()
            .filter(|&byte| byte == b'\n')
            .count()
    }

    /// Prints the comments before `at`: behind what was printed last if they stood on its line, else on lines of
    /// their own.
    fn trailing_lines(&mut self, at: u32, indent: usize) {
        while let Some(&comment) = self.tree.comments.get(self.comment).filter(|next| next.span.start < at) {
            self.misplaced |= comment.span.start < self.last;
            let lines = self.lines_to(comment.span.start);
            if lines == 0 && !self.out.is_empty() {
                self.push(" ");
            } else {
                self.fresh_line(lines, indent);
            }
            self.push(comment.span.text(self.source).trim_end());
            self.last = comment.span.end;
            self.comment += 1;
        }
    }

    /// Starts the line of something at `at` in the source, after the comments before it.
    fn lines_before(&mut self, at: u32, indent: usize) {
        self.trailing_lines(at, indent);
        self.fresh_line(self.lines_to(at), indent);
    }

    /// A new line, and a blank one before it if `lines` say that there was one; never at the start of a block.
    fn fresh_line(&mut self, lines: usize, indent: usize) {
        if self.out.is_empty() {
            return;
        }
        if lines > 1 && self.out.len() > self.opened {
            self.newline(0);
        }
        self.newline(indent);
    }

    /// Prints something that spans `span` with `print`; if a comment stands where `print` has no place for it, leaves
    /// the author's text instead.
    fn or_verbatim(&mut self, span: Span, print: impl FnOnce(&mut Self)) {
        let (length, line_start, comment, last) = (self.out.len(), self.line_start, self.comment, self.last);
        let outer = std::mem::replace(&mut self.misplaced, false);
        print(self);
        let forgotten = self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < span.end);
        if self.misplaced || forgotten {
            self.out.truncate(length);
            (self.line_start, self.comment, self.last) = (line_start, comment, last);
            self.push(span.text(self.source));
            while self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < span.end) {
                self.comment += 1;
            }
        }
        self.misplaced = outer;
        self.last = span.end;
    }

    // Items.

    fn items(&mut self, module: Option<usize>) {
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
            AttributeKind::Uses(run) => {
                self.push("#[uses(");
                for (index, name) in self.tree.words[run.range()].iter().enumerate() {
                    self.push(if index > 0 { ", " } else { "" });
                    self.name(name.symbol);
                }
                self.push(")]");
            }
            AttributeKind::Derive(_) | AttributeKind::Error => self.push(attribute.span.text(self.source)),
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
                self.last = name.span.end;
                let tail = match result {
                    Some(ty) => " -> ".len() + self.type_width(ty),
                    None => 0,
                };
                self.params(self.tree.params_of(params), tail);
                if let Some(ty) = result {
                    self.push(" -> ");
                    self.ty(ty);
                }
                self.push(" ");
                self.block(body, self.base);
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
        let indent = self.base;
        self.push(" {");
        let name = item.name.map_or(item.span.start, |name| name.span.end);
        self.last = Span::new(name, item.span.end)
            .text(self.source)
            .find('{')
            .map_or(name, |at| name + at as u32 + 1);
        let before = self.out.len();
        self.opened = before;
        self.base += TAB;
        self.items(Some(index));
        self.trailing_lines(item.span.end - 1, self.base);
        self.base = indent;
        if self.out.len() > before {
            self.newline(indent);
        }
        self.push("}");
        self.last = item.span.end;
    }

    /// `use a::{b, c as d};`, one name a line if it is too long.
    fn import_group(&mut self, head: Span) {
        let text = head.text(self.source);
        let width = group(text, None).chars().count();
        let broken = self.column() + width > WIDTH;
        let text = group(text, broken.then_some(self.base));
        self.push(&text);
    }

    fn params(&mut self, params: &[crate::tree::Param], tail: usize) {
        let width: usize = params
            .iter()
            .map(|param| {
                let name = self.tree.name(param.name.symbol, self.source).len();
                name + 2 + self.type_width(param.ty) + if param.mutable { 4 } else { 0 }
            })
            .sum::<usize>()
            + 2 * params.len().saturating_sub(1);
        self.push("(");
        self.opened = self.out.len();
        let end = self.closing_bracket(params.last().map_or(self.last, |param| param.span.end));
        let comments = self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < end);
        let flat = self.column() + width + 1 + tail + 2 <= WIDTH && !comments;
        for (index, param) in params.iter().enumerate() {
            if !flat {
                self.lines_before_member(param.span.start, self.base + TAB);
            } else if index > 0 {
                self.push(", ");
            }
            if param.mutable {
                self.push("mut ");
            }
            self.name(param.name.symbol);
            self.push(": ");
            self.ty(param.ty);
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

    /// The first `)` from `at` on that is in no comment.
    fn closing_bracket(&self, at: u32) -> u32 {
        let mut at = at as usize;
        let mut comments = self.tree.comments[self.comment..].iter();
        let mut comment = comments.next();
        while let Some(byte) = self.source.as_bytes().get(at) {
            while comment.is_some_and(|comment| (comment.span.start as usize) < at) {
                comment = comments.next();
            }
            match comment {
                Some(comment) if comment.span.start as usize == at => at = comment.span.end as usize,
                _ if *byte == b')' => break,
                _ => at += 1,
            }
        }
        at as u32
    }

    /// As [`Printer::lines_before`], for a member of a list, where blank lines go.
    fn lines_before_member(&mut self, at: u32, indent: usize) {
        self.trailing_lines(at, indent);
        self.newline(indent);
    }

    fn type_width(&self, ty: TypeId) -> usize {
        match self.tree.ty(ty).kind {
            TypeKind::Name(symbol) => self.tree.name(symbol, self.source).len(),
            TypeKind::List(element) => self.type_width(element) + 2,
            TypeKind::Unit => 2,
            _ => 0,
        }
    }

    fn ty(&mut self, ty: TypeId) {
        match self.tree.ty(ty).kind {
            TypeKind::Name(symbol) => self.name(symbol),
            TypeKind::List(element) => {
                self.push("[");
                self.ty(element);
                self.push("]");
            }
            TypeKind::Unit => self.push("()"),
            _ => self.misplaced = true,
        }
    }

    // Statements.

    /// `{ … }`; the line it starts on is indented by `indent`.
    fn block(&mut self, id: BlockId, indent: usize) {
        let block = self.tree.block(id);
        let inner = indent + TAB;
        self.push("{");
        // A comment before the bracket has no place of its own.
        self.last = block.span.start + 1;
        let before = self.out.len();
        self.opened = before;
        for stmt in self.tree.stmts_of(id) {
            self.lines_before(stmt.span.start, inner);
            self.or_verbatim(stmt.span, |printer| printer.stmt(stmt, inner));
        }
        if let Some(tail) = block.tail {
            let span = self.tree.span(tail);
            self.lines_before(span.start, inner);
            self.or_verbatim(span, |printer| printer.expr_stmt(tail, inner, 0));
        }
        let first = self.comment;
        self.trailing_lines(block.span.end - 1, inner);
        let empty = block.stmts.len == 0 && block.tail.is_none();
        match &self.tree.comments[first..self.comment] {
            // `{ /* nothing */ }` stays on its line.
            [only] if empty && only.kind == CommentKind::Block && self.line_start < before => self.push(" "),
            _ if self.out.len() > before => self.newline(indent),
            _ => {}
        }
        self.push("}");
        self.last = block.span.end;
    }

    fn stmt(&mut self, stmt: &Stmt, indent: usize) {
        match stmt.kind {
            StmtKind::Let { name, mutable, ty, init } => {
                self.push(if mutable { "let mut " } else { "let " });
                self.name(name.symbol);
                if let Some(ty) = ty {
                    self.push(": ");
                    self.ty(ty);
                }
                self.push(" =");
                self.value(init, indent, 1);
                self.push(";");
            }
            StmtKind::LetPattern { .. } => self.misplaced = true,
            StmtKind::Expr { expr, semicolon } => {
                self.expr_stmt(expr, indent, usize::from(semicolon));
                if semicolon {
                    self.push(";");
                }
            }
        }
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
