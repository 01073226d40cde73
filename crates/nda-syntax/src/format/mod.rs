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

mod data;
mod expr;
mod item;
mod matches;
mod pattern;
mod types;
mod width;

use crate::parser::parse;
use crate::tree::{BlockId, CommentKind, Stmt, StmtKind, Tree};
use nda_diagnostics::{Diagnostic, Span};

/// Stands before an argument that the call changes, and before the type of such a parameter.
const IN_PLACE: &str = "&mut ";
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
        widths: width::widths(tree, source),
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

    /// As [`Printer::lines_before`], for a member of a list, where blank lines go.
    fn lines_before_member(&mut self, at: u32, indent: usize) {
        self.trailing_lines(at, indent);
        self.newline(indent);
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
            StmtKind::LetPattern { pattern, ty, init, otherwise } => {
                let start = self.out.len();
                self.push("let ");
                self.pattern(pattern);
                if let Some(ty) = ty {
                    self.push(": ");
                    self.ty(ty);
                }
                self.push(" =");
                match otherwise {
                    None => self.value(init, indent, 1),
                    Some(block) => self.let_else(init, block, start, indent),
                }
                self.push(";");
            }
            StmtKind::Expr { expr, semicolon } => {
                self.expr_stmt(expr, indent, usize::from(semicolon));
                if semicolon {
                    self.push(";");
                }
            }
        }
    }
}
