//! Tokens to a tree, by recursive descent, with recovery. Parsing never fails: what cannot be read becomes an `Error`
//! node and a diagnostic, and the rest is read all the same.
//!
//! The parser knows Rust's grammar and the mistakes that people and models make in it; it knows no types and no
//! scopes. It asks the lexer for one token at a time and looks no further ahead. This module holds what all parts
//! share: the cursor, the bounds on depth, and recovery. Definitions are in `item`, structs and enums in `data`, modules in
//! `module`, types in `types`, statements in `stmt`, expressions in `expr`, `match` and literals with fields in `matches`,
//! patterns in `pattern`, lambdas in `lambda`; what Rust has and NDA does not (yet) is recognised in `later`, and
//! slips of the pen in `slip`.
//!
//! Recovery rests on two rules. After a problem that leaves the cursor in the middle of something, `recovering` is set
//! and further surprises are not reported; and whoever knows a safe place (the end of a statement, a closing
//! bracket, the next definition) moves there and clears it.

mod data;
mod expr;
mod item;
mod lambda;
mod later;
mod macros;
mod matches;
mod module;
mod pattern;
mod rewrite;
mod slip;
mod stmt;
mod tensor;
mod types;

use crate::lexer::{Lexer, Problems, clip};
use crate::token::{T, Token};
use crate::tree::{
    Arm, Comment, Expr, ExprId, ExprKind, ExprList, Init, ItemKind, MAX_HEIGHT, Name, PatternField, Stmt,
    Symbol, Text, Tree, TypeList,
};
use crate::{names, tree};
use nda_diagnostics::{Code, Diagnostic, Span};
use std::sync::OnceLock;

/// The largest source, in bytes.
pub const MAX_SOURCE: usize = 16 << 20;

/// An expression that was just read, and its height.
#[derive(Clone, Copy)]
struct Node {
    id: ExprId,
    height: u16,
}

/// Memory that is used during a parse and kept for the next.
#[derive(Clone, Default, Debug)]
pub(crate) struct Scratch {
    /// Members of lists that are still open.
    exprs: Vec<ExprId>,
    /// Statements of blocks that are still open.
    stmts: Vec<Stmt>,
    /// Members of other lists that are still open: types, patterns.
    ids: Vec<u32>,
    /// Fields of struct patterns that are still open.
    pattern_fields: Vec<PatternField>,
    /// Fields of struct literals that are still open.
    inits: Vec<Init>,
    /// Arms of matches that are still open.
    arms: Vec<Arm>,
    /// `let`s in the conditions that are being read.
    lets: Vec<ExprId>,
    /// What a `use` brings in after the first.
    imports: Vec<(Option<Name>, ItemKind)>,
    /// Bytes that the names in groups have taken.
    expanded: usize,
    /// Which of Rust's boxes the source defines as types of its own, once that was asked.
    own_boxes: OnceLock<Vec<&'static str>>,
}

/// A path that was just read.
struct Path {
    name: Name,
    /// Its last segment.
    last: Name,
    /// The first type arguments in it, and how many bytes of the path stand before them.
    types: Option<(TypeList, u32)>,
}

struct Parser<'s, 't> {
    lexer: Lexer<'s, 't>,
    tree: &'t mut Tree,
    scratch: Scratch,
    /// The token under the cursor.
    token: Token,
    /// Where the token before it ended.
    prev_end: u32,
    /// How many expressions and blocks are being read, one inside the other.
    depth: u16,
    /// Whether `Name {` opens a block, as in the head of an `if`, and not a struct literal.
    in_head: bool,
    /// Whether, in a head, `let` may stand: it is that of an `if` or `while`.
    lets: bool,
    recovering: bool,
    /// Whether a lambda is being read: in Rust it gets references, so `*x` and `&x` are the values there.
    in_lambda: bool,
    /// At which depth a pattern is a member of a list, where `name @ ..` may stand.
    list_member: u16,
    /// Whether functions may take a `self`.
    in_impl: bool,
    /// Where the item being read starts, with what stands before it; for a function of an `impl`, where that does.
    item_start: u32,
    /// The `mod` whose items are being read.
    inside: Option<u32>,
    /// The `impl` whose functions are being read.
    owner: Option<u32>,
}

/// Parses `source` into `tree`, whose memory is used again and whose former content is forgotten. Problems are added to
/// `problems`, in source order.
pub fn parse_into(tree: &mut Tree, source: &str, problems: &mut Vec<Diagnostic>) {
    with_parser(tree, source, problems, |parser| parser.items());
}

/// Parses `source` as one expression, with nothing after it; otherwise as [`parse_into`].
pub fn parse_expr_into(tree: &mut Tree, source: &str, problems: &mut Vec<Diagnostic>) -> ExprId {
    parse_expr_before(tree, source, problems, |parser| {
        if parser.token.kind != T::Eof && !parser.recovering {
            parser.unexpected("the end of the expression");
        }
    })
}

/// Parses `source` as one expression and the items behind it; otherwise as [`parse_into`].
pub fn parse_expr_with_items_into(tree: &mut Tree, source: &str, problems: &mut Vec<Diagnostic>) -> ExprId {
    parse_expr_before(tree, source, problems, |parser| parser.items())
}

fn parse_expr_before(
    tree: &mut Tree,
    source: &str,
    problems: &mut Vec<Diagnostic>,
    rest: impl FnOnce(&mut Parser<'_, '_>),
) -> ExprId {
    let mut root = None;
    with_parser(tree, source, problems, |parser| {
        root = Some(parser.expr().id);
        rest(parser);
    });
    // An oversized source is refused before there is a parser.
    root.unwrap_or_else(|| {
        tree.exprs.push(Expr { kind: ExprKind::Error, span: Span::new(0, 0) });
        ExprId::new(tree.exprs.len() - 1)
    })
}

/// Parses `source`. Where many sources are parsed, [`parse_into`] saves the allocations.
#[must_use]
pub fn parse(source: &str) -> (Tree, Vec<Diagnostic>) {
    let (mut tree, mut problems) = (Tree::default(), Vec::new());
    parse_into(&mut tree, source, &mut problems);
    (tree, problems)
}

/// The text that `bytes` are, if they are a source.
///
/// # Errors
/// `E0001` if they are too many, `E0003` if they are not UTF-8, with the first bad byte as its span.
pub fn source_text(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > MAX_SOURCE {
        return Err(Box::new(too_large(bytes.len())));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to() as u32;
        let message =
            format!("the source is not UTF-8: found the byte 0x{:02X} at offset {at}", bytes[at as usize]);
        let problem = Diagnostic::new(Code::NotUtf8, Span::new(at, at + 1), message);
        Box::new(problem.note("save the file as UTF-8 without changing its text"))
    })
}

/// Parses bytes that may not even be text. The text is `None` if they are not; then the tree is empty and the one
/// problem is that of [`source_text`].
#[must_use]
pub fn parse_bytes(bytes: &[u8]) -> (Option<&str>, Tree, Vec<Diagnostic>) {
    match source_text(bytes) {
        Ok(source) => {
            let (tree, problems) = parse(source);
            (Some(source), tree, problems)
        }
        Err(problem) => (None, Tree::default(), vec![*problem]),
    }
}

#[cold]
fn too_large(len: usize) -> Diagnostic {
    let message = format!("the source has {len} bytes; expected at most {MAX_SOURCE} (16 MiB)");
    Diagnostic::new(Code::SourceTooLarge, Span::new(0, 0), message)
}

fn with_parser(
    tree: &mut Tree,
    source: &str,
    problems: &mut Vec<Diagnostic>,
    run: impl FnOnce(&mut Parser<'_, '_>),
) {
    tree.clear();
    if source.len() > MAX_SOURCE {
        problems.push(too_large(source.len()));
        return;
    }
    let comments = std::mem::take(&mut tree.comments);
    let scratch = std::mem::take(&mut tree.scratch);
    let mut lexer = Lexer::new(source, comments, Problems::new(problems));
    let token = lexer.next();
    let mut parser = Parser {
        lexer,
        tree,
        scratch,
        token,
        prev_end: 0,
        depth: 0,
        list_member: u16::MAX,
        in_head: false,
        lets: false,
        recovering: false,
        in_lambda: false,
        in_impl: false,
        item_start: 0,
        inside: None,
        owner: None,
    };
    run(&mut parser);
    let Parser { lexer, tree, mut scratch, .. } = parser;
    scratch.own_boxes.take();
    scratch.exprs.clear();
    scratch.stmts.clear();
    scratch.ids.clear();
    scratch.pattern_fields.clear();
    scratch.inits.clear();
    scratch.arms.clear();
    scratch.lets.clear();
    scratch.imports.clear();
    scratch.expanded = 0;
    tree.scratch = scratch;
    tree.comments = lexer.comments;
    lexer.problems.finish();
}

impl<'s> Parser<'s, '_> {
    // The cursor.

    #[inline]
    fn bump(&mut self) -> Token {
        let token = self.token;
        self.prev_end = token.end;
        self.token = self.lexer.next();
        token
    }

    #[inline]
    fn at(&self, kind: T) -> bool {
        self.token.kind == kind
    }

    #[inline]
    fn eat(&mut self, kind: T) -> bool {
        let found = self.token.kind == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Takes `kind`, or says that it was expected, `after` something.
    #[inline]
    fn expect(&mut self, kind: T, after: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.unexpected_after(kind.spelling(), after);
        }
        found
    }

    fn text(&self, span: Span) -> &'s str {
        span.text(self.lexer.source)
    }

    /// The characters of the token under the cursor.
    fn token_text(&self) -> &'s str {
        self.text(self.token.span())
    }

    fn span_from(&self, start: u32) -> Span {
        Span::new(start, self.prev_end.max(start))
    }

    /// Whether the token under the cursor is the first of its line.
    fn on_fresh_line(&self) -> bool {
        self.text(Span::new(self.prev_end, self.token.start)).contains('\n')
    }

    /// Whether the token under the cursor stands at the very start of a line, as definitions do.
    fn at_margin(&self) -> bool {
        let start = self.token.start as usize;
        start == 0 || self.lexer.source.as_bytes()[start - 1] == b'\n'
    }

    /// Comments before the token under the cursor.
    fn comments(&self) -> &[Comment] {
        &self.lexer.comments
    }

    // Names.

    /// Takes the identifier under the cursor.
    #[inline]
    fn take_name(&mut self) -> Name {
        let (key, token) = (self.lexer.key, self.token);
        self.bump();
        let text = Text { start: token.start, len: token.end - token.start };
        Name { symbol: self.intern(key, text), span: token.span() }
    }

    #[inline]
    fn intern(&mut self, key: u64, text: Text) -> Symbol {
        self.tree.names.intern(key, text, self.lexer.source, &self.tree.buffer)
    }

    /// Whether this word is under the cursor, reserved or not.
    fn at_word(&self, word: &str) -> bool {
        matches!(self.token.kind, T::Reserved | T::Ident) && self.token_text() == word
    }

    /// Takes an identifier, or says that `what` was expected.
    #[inline]
    fn expect_name(&mut self, what: &str) -> Option<Name> {
        if self.at(T::Ident) {
            return Some(self.take_name());
        }
        if matches!(self.token.kind, T::Reserved) || self.is_keyword() {
            self.reserved_word(what);
        } else {
            self.unexpected(what);
        }
        None
    }

    /// The whole of a path whose first segment has been taken, the cursor being on `::`, where no types may be given.
    fn path_rest(&mut self, first: Name) -> Name {
        let path = self.path(first, false);
        if path.types.is_some() && !self.recovering {
            let message = "found type arguments in a path; they stand where a value or a type is needed";
            self.report(Diagnostic::new(Code::UnexpectedToken, path.name.span, message));
        }
        path.name
    }

    /// The whole of a path. With `group` it may end in `::{` or `::*`, for the caller to read.
    fn path(&mut self, first: Name, group: bool) -> Path {
        let start = first.span.start;
        let source = self.lexer.source;
        // The path stands in the source as it is up to here, as long as nothing is joined.
        let mut end = first.span.end;
        let mut joined = String::new();
        let mut last = first;
        let mut types = None;
        while self.at(T::PathSep) {
            self.bump();
            let exact = joined.is_empty() && self.token.start == end + 2;
            match self.token.kind {
                T::Ident => {}
                // The checker knows where it may stand.
                T::Reserved if self.at_path_root() => {}
                T::Lt => {
                    if joined.is_empty() {
                        joined.push_str(&source[start as usize..end as usize]);
                    }
                    let args = self.type_args();
                    types = types.or(args.map(|args| (args, joined.len() as u32)));
                    continue;
                }
                T::LBrace | T::Star if group => break,
                _ => {
                    self.unexpected("a name after `::`");
                    break;
                }
            }
            if exact {
                end = self.token.end;
            } else {
                if joined.is_empty() {
                    joined.push_str(&source[start as usize..end as usize]);
                }
                joined.push_str("::");
                joined.push_str(self.token_text());
            }
            last = self.take_name();
        }
        let span = self.span_from(start);
        let (key, text) = if joined.is_empty() {
            let text = Text { start, len: end - start };
            (names::key(&source.as_bytes()[start as usize..end as usize]), text)
        } else {
            let at = self.tree.buffer.len() as u32;
            self.tree.buffer.push_str(&joined);
            (names::key(joined.as_bytes()), Text { start: at, len: joined.len() as u32 | Text::OWN })
        };
        let symbol = self.intern(key, text);
        Path { name: Name { symbol, span }, last, types }
    }

    // Nodes.

    #[inline]
    fn push(&mut self, kind: ExprKind, span: Span, height: u16) -> Node {
        let id = ExprId::new(self.tree.exprs.len());
        self.tree.exprs.push(Expr { kind, span });
        if height > MAX_HEIGHT { self.too_deep(span) } else { Node { id, height } }
    }

    fn error_node(&mut self, span: Span) -> Node {
        self.push(ExprKind::Error, span, 1)
    }

    /// Closes the list whose members stand in the scratch from `base` on.
    fn close_list(&mut self, base: usize) -> ExprList {
        let at = self.tree.lists.len() as u32;
        let members = &self.scratch.exprs[base..];
        self.tree.lists.push(members.len() as u32);
        self.tree.lists.extend(members.iter().map(|id| id.index() as u32));
        self.scratch.exprs.truncate(base);
        ExprList(at)
    }

    /// Closes the list of other ids that stand in the scratch from `base` on; gives its place.
    fn close_ids(&mut self, base: usize) -> u32 {
        let at = self.tree.lists.len() as u32;
        self.tree.lists.push((self.scratch.ids.len() - base) as u32);
        self.tree.lists.extend_from_slice(&self.scratch.ids[base..]);
        self.scratch.ids.truncate(base);
        at
    }

    /// Gives up on a source that is deeper than any reader could follow.
    #[cold]
    fn too_deep(&mut self, span: Span) -> Node {
        let message = format!(
            "this expression is more than {MAX_HEIGHT} operations deep; expected a program that nests less"
        );
        self.lexer.problems.push(
            Diagnostic::new(Code::NestedTooDeep, Span::new(span.start, span.start + 1), message)
                .note("give inner parts names with `let`, or build long lists in a loop"),
        );
        self.lexer.stop();
        self.token = self.lexer.next();
        self.recovering = true;
        self.tree.exprs.push(Expr { kind: ExprKind::Error, span });
        Node { id: ExprId::new(self.tree.exprs.len() - 1), height: 1 }
    }

    // Problems.

    #[cold]
    fn report(&mut self, problem: Diagnostic) {
        self.lexer.problems.push(problem);
        if self.lexer.problems.stopped {
            self.lexer.stop();
            self.token = self.lexer.next();
        }
    }

    /// Says what was expected instead of the token under the cursor.
    #[cold]
    fn unexpected(&mut self, expected: &str) {
        if !self.recovering {
            let message = format!("expected {expected}, found {}", self.found());
            let span = self.token.span();
            self.surprise(Diagnostic::new(Code::UnexpectedToken, span, message));
        }
    }

    #[cold]
    fn unexpected_after(&mut self, expected: &str, after: &str) {
        if !self.recovering {
            self.unexpected(&format!("`{expected}` after {after}"));
        }
    }

    /// Reports a problem after which the cursor stands nowhere in particular.
    #[cold]
    fn surprise(&mut self, problem: Diagnostic) {
        if !self.recovering {
            self.recovering = true;
            self.report(problem);
        }
    }

    /// The token under the cursor, for messages.
    fn found(&self) -> String {
        match self.token.kind {
            T::Eof => "the end of the source".to_owned(),
            T::Str => "a string".to_owned(),
            _ => format!("`{}`", clip(self.token_text())),
        }
    }

    fn is_keyword(&self) -> bool {
        (T::As as u8..=T::While as u8).contains(&(self.token.kind as u8))
    }

    #[cold]
    fn reserved_word(&mut self, what: &str) {
        let word = self.token_text();
        let problem = Diagnostic::new(
            Code::UnexpectedToken,
            self.token.span(),
            format!("expected {what}, found the reserved word `{word}`"),
        );
        self.surprise(problem.guess("choose another name", self.token.span(), format!("{word}_")));
    }

    // Brackets and recovery.

    /// Takes the closing bracket `close` of the bracket at `open`; if it is not there, says so and looks for it.
    #[inline]
    fn close(&mut self, close: T, open: Span, expected: &str) {
        if !self.eat(close) {
            self.close_missing(close, open, expected);
        }
    }

    #[cold]
    fn close_missing(&mut self, close: T, open: Span, expected: &str) {
        if !self.recovering {
            let found = self.found();
            let hopeless = matches!(self.token.kind, T::Eof | T::Semi)
                || self.token.kind.is_closer()
                || self.token.kind.starts_item();
            let problem = if hopeless {
                let opened = self.text(open);
                Diagnostic::new(
                    Code::UnclosedBracket,
                    open,
                    format!("this `{opened}` is not closed: expected {expected}, found {found}"),
                )
                .also(self.token.span(), format!("`{}` was expected before this", close.spelling()))
            } else {
                let message = format!("expected {expected}, found {found}");
                Diagnostic::new(Code::UnexpectedToken, self.token.span(), message).also(open, "inside this")
            };
            self.surprise(problem);
        }
        if self.skip_to(&[close]) {
            self.bump();
            self.recovering = false;
        }
    }

    /// Moves to one of `targets` on the present level of brackets, but not past the end of the statement or
    /// block. Says whether it got there.
    #[cold]
    fn skip_to(&mut self, targets: &[T]) -> bool {
        loop {
            let kind = self.token.kind;
            if targets.contains(&kind) {
                return true;
            }
            match kind {
                T::Eof | T::Semi | T::RBrace | T::RParen | T::RBracket => return false,
                // The block after a head is not part of what went wrong in it.
                T::LBrace if self.in_head => return false,
                _ if self.on_fresh_line() && (kind.starts_stmt() || self.at_margin()) => return false,
                _ => self.skip_tree(),
            }
        }
    }

    /// Skips one token, or, if it opens a bracket, everything up to its partner. Stops early where a bracket must be
    /// missing: at a `}` that closes nothing in here, and where a definition starts at the margin.
    #[cold]
    fn skip_tree(&mut self) {
        // Round and square brackets that are open inside each open brace, outermost first.
        let mut open = vec![0u32];
        loop {
            let last = open.len() - 1;
            match self.token.kind {
                T::Eof => return,
                T::LBrace => open.push(0),
                T::LParen | T::LBracket => open[last] += 1,
                T::RParen | T::RBracket => open[last] = open[last].saturating_sub(1),
                T::RBrace if last > 0 => {
                    open.pop();
                }
                T::RBrace if open[0] > 0 => return,
                kind if kind.starts_item() && self.at_margin() && open != [0] => return,
                _ => {}
            }
            self.bump();
            if open == [0] {
                return;
            }
        }
    }

    /// After a problem: moves behind the end of the statement, or to where the next one starts.
    #[cold]
    fn finish_statement(&mut self) {
        loop {
            match self.token.kind {
                T::Semi => {
                    self.bump();
                    break;
                }
                T::RBrace => break,
                // Every bracket that is still open would be reported here; one is enough.
                T::Eof => return,
                kind if self.on_fresh_line() && (kind.starts_stmt() || self.at_margin()) => break,
                _ => self.skip_tree(),
            }
        }
        self.recovering = false;
    }

    /// Reports a closing bracket that has no partner, and skips it.
    #[cold]
    fn stray_closer(&mut self) {
        let (span, found) = (self.token.span(), self.found());
        if !self.recovering {
            self.report(Diagnostic::new(
                Code::UnclosedBracket,
                span,
                format!("{found} closes nothing; expected its opening bracket before it"),
            ));
        }
        self.bump();
    }
}

/// One more than the greater height.
const fn above(left: u16, right: u16) -> u16 {
    1 + if left > right { left } else { right }
}

// The bound on recursion while reading: each level of the tree is at most one level of `depth`.
const MAX_DEPTH: u16 = tree::MAX_HEIGHT;
