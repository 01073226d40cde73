//! Blocks and statements.
//!
//! A block-like expression at the start of a statement ends it without `;`, as in Rust. After every statement the
//! cursor is at a safe place again, whatever was in it.

use super::pattern::Part;
use super::{Node, Parser};
use crate::token::{T, prec};
use crate::tree::{Block, BlockId, PatternKind, Run, Stmt, StmtKind};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

impl Parser<'_, '_> {
    /// The inside of a block, the cursor being on its `{`.
    pub(super) fn block_body(&mut self) -> (BlockId, u16) {
        let open = self.bump().span();
        let base = self.scratch.stmts.len();
        let mut height = 0;
        let mut tail = None;
        loop {
            let before = self.token.start;
            match self.token.kind {
                T::RBrace | T::Eof => break,
                T::Semi => {
                    self.bump();
                }
                T::Let => height = height.max(self.let_stmt()),
                T::RParen | T::RBracket => self.stray_closer(),
                kind if kind.starts_item() => {
                    if self.at_margin() {
                        break;
                    }
                    self.inner_item();
                }
                _ => {
                    let node = self.expr_stmt();
                    height = height.max(node.0.height);
                    if node.1 {
                        tail = Some(node.0.id);
                    }
                }
            }
            if self.recovering {
                self.finish_statement();
            }
            if self.token.start == before && !matches!(self.token.kind, T::RBrace | T::Eof) {
                self.bump();
            }
        }
        if !self.eat(T::RBrace) {
            self.unclosed_block(open);
        }
        let run = Run { start: self.tree.stmts.len() as u32, len: (self.scratch.stmts.len() - base) as u32 };
        self.tree.stmts.extend_from_slice(&self.scratch.stmts[base..]);
        self.scratch.stmts.truncate(base);
        let id = BlockId::new(self.tree.blocks.len());
        self.tree.blocks.push(Block { stmts: run, tail, span: self.span_from(open.start) });
        (id, height)
    }

    #[cold]
    fn unclosed_block(&mut self, open: Span) {
        let found = self.found();
        let problem = Diagnostic::new(
            Code::UnclosedBracket,
            open,
            format!("this `{{` is not closed: expected `}}`, found {found}"),
        )
        .also(self.token.span(), "`}` was expected before this");
        self.surprise(problem);
    }

    /// An expression as a statement; true if it is the value of the block.
    fn expr_stmt(&mut self) -> (Node, bool) {
        let start = self.token.start;
        let node = match self.token.kind {
            T::If | T::While | T::Loop | T::For | T::LBrace | T::Label | T::Match => {
                let node = self.block_like();
                if self.at(T::Dot) || self.at(T::Question) {
                    let node = self.postfix(node, start);
                    self.infix(node, start, prec::ASSIGN)
                } else {
                    if self.at(T::RBrace) {
                        return (node, true);
                    }
                    let semicolon = self.eat(T::Semi);
                    self.push_stmt(StmtKind::Expr { expr: node.id, semicolon }, start);
                    return (node, false);
                }
            }
            _ => self.expr(),
        };
        if self.at(T::RBrace) {
            return (node, true);
        }
        if !self.eat(T::Semi) && self.declares(node, start) {
            return (node, false);
        }
        self.push_stmt(StmtKind::Expr { expr: node.id, semicolon: true }, start);
        (node, false)
    }

    pub(super) fn push_stmt(&mut self, kind: StmtKind, start: u32) {
        let span = self.span_from(start);
        self.scratch.stmts.push(Stmt { kind, span });
    }

    /// `let mut name: ty = init;`, the cursor being on `let`. Gives the height of the value.
    fn let_stmt(&mut self) -> u16 {
        let start = self.bump().start;
        let from = self.token.start;
        let keyword = self.token.span();
        let mutable = self.at(T::Mut);
        if mutable || self.at(T::Ident) {
            if mutable {
                self.bump();
            }
            if mutable && matches!(self.token.kind, T::LParen | T::LBracket | T::Amp) {
                self.mut_before_parts(keyword, self.token.start);
                let pattern = self.pattern();
                return self.let_pattern(start, from, pattern);
            }
            if self.at(T::Ident) {
                let name = self.take_name();
                match self.token.kind {
                    T::LParen | T::LBrace | T::PathSep | T::At | T::Pipe if !mutable => {
                        let pattern = self.pattern_after(name);
                        return self.let_pattern(start, from, pattern);
                    }
                    T::Comma => {
                        let kind = PatternKind::Binding { name, mutable, inner: None };
                        let pattern = self.push_pattern(kind, name.span, 1);
                        return self.let_pattern(start, from, pattern);
                    }
                    _ => return self.let_rest(start, name, mutable),
                }
            }
        }
        if mutable || !self.pattern_starts() {
            self.expect_name("a name after `let`");
            self.skip_to(&[T::Eq]);
            if self.at(T::Eq) {
                self.recovering = false;
                self.bump();
                let height = self.expr().height;
                if !self.eat(T::Semi) {
                    self.missing_semicolon("this `let` statement");
                }
                return height;
            }
            return 0;
        }
        let pattern = self.pattern();
        self.let_pattern(start, from, pattern)
    }

    fn pattern_starts(&self) -> bool {
        matches!(
            self.token.kind,
            T::LParen
                | T::LBracket
                | T::Amp
                | T::AmpAmp
                | T::Int
                | T::Float
                | T::Str
                | T::Char
                | T::True
                | T::False
                | T::Minus
        ) || self.at_word("ref")
            || self.at_word("Self")
    }

    /// A `let` after its pattern.
    fn let_pattern(&mut self, start: u32, from: u32, pattern: Part) -> u16 {
        let pattern = if self.at(T::Comma) { self.bare_tuple_pattern(pattern, from) } else { pattern };
        let ty = self.eat(T::Colon).then(|| self.type_expr(true));
        let mut height = pattern.height;
        let init = if self.expect(T::Eq, "this pattern") {
            self.expr()
        } else {
            self.error_node(Span::new(self.prev_end, self.prev_end))
        };
        height = height.max(init.height);
        let otherwise = self.let_else(&mut height);
        if !self.eat(T::Semi) {
            self.missing_semicolon("this `let` statement");
        }
        let kind = StmtKind::LetPattern { pattern: pattern.id, ty, init: init.id, otherwise };
        self.push_stmt(kind, start);
        height
    }

    fn let_else(&mut self, height: &mut u16) -> Option<BlockId> {
        if !self.eat(T::Else) {
            return None;
        }
        let (block, block_height) =
            if self.at(T::LBrace) { self.block("`else`") } else { self.else_without_block() };
        *height = (*height).max(block_height + 1);
        Some(block)
    }

    /// `else return` behind a `let`: taken as if the braces were there.
    #[cold]
    fn else_without_block(&mut self) -> (BlockId, u16) {
        if !matches!(self.token.kind, T::Return | T::Break | T::Continue) || self.recovering {
            return self.block("`else`");
        }
        let start = self.token.start;
        let found = self.found();
        let node = self.expr();
        let span = self.span_from(start);
        let message = format!("expected `{{` after `else`, found {found}");
        let mut problem = Diagnostic::new(Code::UnexpectedToken, span, message);
        let edits = [(span.start, "{ "), (span.end, " }")]
            .map(|(at, text)| Edit { span: Span::new(at, at), text: text.to_owned() });
        let message = "write the braces".to_owned();
        problem.fix = Some(Fix { message, edits: edits.into(), safety: Safety::Safe });
        self.report(problem);
        let id = BlockId::new(self.tree.blocks.len());
        self.tree.blocks.push(Block { stmts: Run::default(), tail: Some(node.id), span });
        (id, node.height)
    }

    /// A `let` after its name.
    pub(super) fn let_rest(&mut self, start: u32, name: crate::tree::Name, mutable: bool) -> u16 {
        let ty = self.eat(T::Colon).then(|| self.type_expr(true));
        let init = if !self.eat(T::Eq) {
            self.let_without_value(name)
        } else if self.at(T::Amp) && self.lexer.following_word("mut") {
            self.borrowed()
        } else {
            self.expr()
        };
        let mut height = init.height;
        if self.at(T::Else) {
            let kind = PatternKind::Binding { name, mutable, inner: None };
            let pattern = self.push_pattern(kind, name.span, 1).id;
            let otherwise = self.let_else(&mut height);
            if !self.eat(T::Semi) {
                self.missing_semicolon("this `let` statement");
            }
            self.push_stmt(StmtKind::LetPattern { pattern, ty, init: init.id, otherwise }, start);
            return height;
        }
        if !self.eat(T::Semi) {
            self.missing_semicolon("this `let` statement");
        }
        self.push_stmt(StmtKind::Let { name, mutable, ty, init: init.id }, start);
        init.height
    }
}
