//! Expressions: precedence climbing over [`T::infix`], with Rust's levels.
//!
//! Each function returns a [`Node`], the expression and its height. Knows nothing of statements except that blocks hold
//! them.

use super::{MAX_DEPTH, Node, Parser, above};
use crate::lexer::NO_VALUE;
use crate::literal;
use crate::token::{T, prec};
use crate::tree::{
    Adapter, BinaryOp, BlockId, ExprKind, ExprList, For, ForHead, ForId, ForVariable, InPlaceArg, Name, Run,
    Symbol, TYPED, Turbofish, TypeList, UnaryOp,
};
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// An expression, assignments included.
    #[inline]
    pub(super) fn expr(&mut self) -> Node {
        self.expr_above(prec::ASSIGN)
    }

    /// An expression before a block: `Name {` starts no struct literal.
    pub(super) fn head(&mut self) -> Node {
        let outer = std::mem::replace(&mut self.in_head, true);
        let lets = std::mem::replace(&mut self.lets, false);
        let node = self.expr();
        self.lets = lets;
        self.in_head = outer;
        node
    }

    /// An expression inside brackets, where a struct literal may stand again.
    #[inline]
    pub(super) fn inner(&mut self) -> Node {
        let outer = std::mem::replace(&mut self.in_head, false);
        let node = self.expr();
        self.in_head = outer;
        node
    }

    /// An expression whose operators bind at least as tightly as `min`.
    pub(super) fn expr_above(&mut self, min: u8) -> Node {
        if self.depth >= MAX_DEPTH {
            return self.too_deep(self.token.span());
        }
        self.depth += 1;
        let start = self.token.start;
        let left = self.unary();
        // Most operands are the last of their level: nothing follows that would bind to them.
        let strength = self.token.kind.infix();
        let goes_on = if strength == 0 { self.at(T::Ident) } else { strength >= min };
        let node = if goes_on { self.infix(left, start, min) } else { left };
        self.depth -= 1;
        node
    }

    /// What follows an operand that starts at `start`: infix operators that bind at least as tightly as `min`.
    pub(super) fn infix(&mut self, mut left: Node, start: u32, min: u8) -> Node {
        loop {
            let token = self.token;
            let strength = token.kind.infix();
            if strength == 0 {
                if token.kind == T::Ident && self.spelled_operator(min) {
                    continue;
                }
                return left;
            }
            if strength < min {
                return left;
            }
            left = match strength {
                prec::CAST => {
                    self.bump();
                    let ty = self.type_expr(false);
                    let kind = ExprKind::Cast { operand: left.id, ty };
                    self.push(kind, self.span_from(start), left.height + 1)
                }
                prec::ASSIGN => self.assignment(left, start),
                prec::RANGE => self.range(Some(left), start),
                _ => {
                    self.bump();
                    if matches!(self.token.kind, T::Eq | T::Plus | T::Minus | T::Star | T::Gt)
                        && let Some(node) = self.doubled_operator(token, left, start)
                    {
                        left = node;
                        continue;
                    }
                    let right = self.expr_above(strength + 1);
                    if strength == prec::COMPARE && self.token.kind.infix() == prec::COMPARE {
                        self.chained_comparison(token, left, right, start)
                    } else {
                        let Some(op) = token.kind.operator() else { return left };
                        let kind =
                            ExprKind::Binary { op, op_at: token.start, left: left.id, right: right.id };
                        self.push(kind, self.span_from(start), above(left.height, right.height))
                    }
                }
            };
        }
    }

    fn assignment(&mut self, place: Node, start: u32) -> Node {
        let token = self.bump();
        let value = self.expr_above(prec::ASSIGN);
        if token.kind == T::Eq && matches!(self.tree.kind(place.id), ExprKind::Tuple(_)) {
            return self.tuple_assigned(place, value, self.span_from(start));
        }
        let kind = ExprKind::Assign {
            op: token.kind.operator(),
            op_at: token.start,
            place: place.id,
            value: value.id,
        };
        self.push(kind, self.span_from(start), above(place.height, value.height))
    }

    /// `from..to`, the cursor being on the dots.
    fn range(&mut self, from: Option<Node>, start: u32) -> Node {
        let dots = self.bump();
        let opens_block = self.in_head && self.at(T::LBrace);
        let to = (self.token.kind.starts_expr() && !opens_block).then(|| self.expr_above(prec::RANGE + 1));
        let inclusive = dots.kind == T::DotDotEq;
        if inclusive && to.is_none() && !self.recovering {
            self.unexpected("the end of the range after `..=`");
        }
        let height = above(from.map_or(0, |node| node.height), to.map_or(0, |node| node.height));
        let kind = ExprKind::Range { from: from.map(|node| node.id), to: to.map(|node| node.id), inclusive };
        self.push(kind, self.span_from(start), height)
    }

    fn unary(&mut self) -> Node {
        let op = match self.token.kind {
            T::Minus => UnaryOp::Neg,
            T::Not => UnaryOp::Not,
            T::DotDot | T::DotDotEq => return self.range(None, self.token.start),
            T::Amp | T::AmpAmp | T::Star | T::Plus => return self.prefix_slip(),
            T::Pipe | T::PipePipe => return self.lambda(),
            _ => {
                let start = self.token.start;
                let node = self.primary();
                return match self.token.kind {
                    T::LParen | T::LBracket | T::Dot | T::Question => self.postfix(node, start),
                    _ => node,
                };
            }
        };
        let start = self.bump().start;
        let operand = self.operand();
        let kind = ExprKind::Unary { op, operand: operand.id };
        self.push(kind, self.span_from(start), operand.height + 1)
    }

    /// What stands after a prefix operator.
    pub(super) fn operand(&mut self) -> Node {
        if self.depth >= MAX_DEPTH {
            return self.too_deep(self.token.span());
        }
        self.depth += 1;
        let node = self.unary();
        self.depth -= 1;
        node
    }

    /// Calls, methods and indices after an expression that starts at `start`.
    pub(super) fn postfix(&mut self, mut node: Node, start: u32) -> Node {
        loop {
            node = match self.token.kind {
                T::LParen => {
                    let (args, height) = self.args(None);
                    let kind = ExprKind::Call { callee: node.id, args };
                    self.push(kind, self.span_from(start), above(node.height, height))
                }
                T::LBracket => self.index(node, start),
                T::Dot => self.method(node, start),
                T::Question => self.question(node, start),
                _ => return node,
            };
        }
    }

    /// `(a, b)`, the cursor being on `(`. The offset of a method's name goes before its list.
    pub(super) fn args(&mut self, method: Option<(u32, Option<TypeList>)>) -> (ExprList, u16) {
        let open = self.bump().span();
        let base = self.scratch.exprs.len();
        let height = self.members(T::RParen, open, "`,` or `)` after this argument");
        match method {
            Some((at, None)) => self.tree.lists.push(at),
            Some((at, Some(types))) => self.tree.lists.extend([types.0, at | TYPED]),
            None => {}
        }
        (self.close_list(base), height)
    }

    /// Expressions up to `close`, left in the scratch. Gives the greatest height.
    pub(super) fn members(&mut self, close: T, open: Span, expected: &str) -> u16 {
        let mut height = 0;
        let outer = std::mem::replace(&mut self.in_head, false);
        while !self.at(close) {
            let before = self.token.start;
            let node = if self.at(T::Amp) { self.borrowed() } else { self.expr() };
            height = height.max(node.height);
            self.scratch.exprs.push(node.id);
            if self.eat(T::Comma) {
                continue;
            }
            if self.at(close) || !self.members_go_on(close, before) {
                break;
            }
        }
        self.in_head = outer;
        self.close(close, open, expected);
        height
    }

    /// `&mut place`, or `&` and an expression, the cursor being on the `&`.
    pub(super) fn borrowed(&mut self) -> Node {
        let token = self.bump();
        if !self.eat(T::Mut) {
            let first = self.behind_prefix(token);
            return self.infix(first, token.start, prec::ASSIGN);
        }
        let mark = Span::new(token.start, self.token.start);
        let node = self.operand();
        self.tree.in_place_args.push(InPlaceArg { expr: node.id, mark });
        node
    }

    /// After a member that ends neither in `,` nor in the closing bracket: whether another member follows.
    #[cold]
    fn members_go_on(&mut self, close: T, before: u32) -> bool {
        if self.recovering {
            return self.skip_to(&[T::Comma, close]) && self.eat(T::Comma);
        }
        // A forgotten comma: `f(a b)`.
        let literal =
            matches!(self.token.kind, T::Ident | T::Int | T::Float | T::Str | T::Char | T::True | T::False);
        if literal && self.token.start > before && !self.on_fresh_line() {
            let message = format!("expected `,` between these, found {}", self.found());
            let gap = Span::new(self.prev_end, self.prev_end);
            self.report(Diagnostic::new(Code::UnexpectedToken, self.token.span(), message).guess(
                "separate them",
                gap,
                ",",
            ));
            return !self.at(T::Eof);
        }
        false
    }

    fn index(&mut self, base: Node, start: u32) -> Node {
        let open = self.bump().span();
        if self.at(T::RBracket) {
            self.unexpected("an index between `[` and `]`");
        }
        let inner = self.inner();
        if self.begins_vector(base) {
            return self.vector(base, open, inner, start);
        }
        self.close(T::RBracket, open, "`]` after this index");
        let height = above(base.height, inner.height);
        let kind = if let ExprKind::Range { from, to, inclusive } = self.tree.kind(inner.id) {
            // The slice takes the place of the range, which was the last node.
            self.tree.exprs.pop();
            ExprKind::Slice { base: base.id, from, to, inclusive }
        } else {
            ExprKind::Index { base: base.id, index: inner.id }
        };
        self.push(kind, self.span_from(start), height)
    }

    fn method(&mut self, receiver: Node, start: u32) -> Node {
        self.bump();
        if self.at(T::Ident) {
            let name = self.take_name();
            let types = if self.at(T::PathSep) { self.method_types() } else { None };
            if self.at(T::LParen) {
                let (args, height) = self.args(Some((name.span.start, types)));
                let kind = ExprKind::MethodCall { receiver: receiver.id, method: name.symbol, args };
                return self.push(kind, self.span_from(start), above(receiver.height, height));
            }
            let kind = ExprKind::Field { base: receiver.id, name: name.symbol };
            return self.push(kind, self.span_from(start), receiver.height + 1);
        }
        if matches!(self.token.kind, T::Int | T::Float) {
            return self.numbered_field(receiver, start);
        }
        if self.at(T::Reserved) && self.token_text() == "await" {
            self.unsupported(self.token.span(), "`.await` is", "call the function directly");
            self.bump();
            return self.error_node(self.span_from(start));
        }
        self.unexpected("the name of a method after `.`");
        self.error_node(self.span_from(start))
    }

    #[inline]
    pub(super) fn primary(&mut self) -> Node {
        let token = self.token;
        let span = token.span();
        match token.kind {
            T::Ident => {
                let is_underscore = self.lexer.key == u64::from(b'_');
                let name = self.take_name();
                if is_underscore {
                    return self.underscore(span);
                }
                match self.token.kind {
                    T::PathSep | T::Not | T::LBrace | T::Ident | T::Int | T::True | T::False => {
                        self.name_rest(name)
                    }
                    _ => self.push(ExprKind::Name(name.symbol), span, 1),
                }
            }
            T::Int => {
                let value = match self.lexer.key {
                    NO_VALUE => literal::integer(self.text(span), token.start, &mut self.lexer.problems),
                    value => Some(value),
                };
                self.literal(value.map(ExprKind::Int), span)
            }
            T::Float => {
                let value = literal::float(self.text(span), token.start, &mut self.lexer.problems);
                self.literal(value.map(ExprKind::Float), span)
            }
            T::Str => {
                let spelling = self.text(span);
                let text =
                    literal::string(spelling, token.start, &mut self.tree.buffer, &mut self.lexer.problems);
                self.literal(Some(ExprKind::Str(text)), span)
            }
            T::Char => {
                let spelling = self.text(span);
                let text = literal::character(
                    spelling,
                    token.start,
                    &mut self.tree.buffer,
                    &mut self.lexer.problems,
                );
                self.literal(text.map(ExprKind::Str), span)
            }
            T::True | T::False => self.literal(Some(ExprKind::Bool(token.kind == T::True)), span),
            T::Bad => self.literal(None, span),
            T::LParen => self.paren(),
            T::LBracket => self.list(),
            T::If | T::While | T::Loop | T::For | T::LBrace | T::Label | T::Match => self.block_like(),
            T::Return => {
                self.bump();
                let value = self.jump_value();
                let kind = ExprKind::Return(value.map(|node| node.id));
                self.push(kind, self.span_from(span.start), above(0, value.map_or(0, |node| node.height)))
            }
            T::Break => {
                self.bump();
                let (label, label_at) = self.jump_label();
                let value = self.jump_value();
                let kind = ExprKind::Break { label, label_at, value: value.map(|node| node.id) };
                self.push(kind, self.span_from(span.start), above(0, value.map_or(0, |node| node.height)))
            }
            T::Continue => {
                self.bump();
                let (label, label_at) = self.jump_label();
                self.push(ExprKind::Continue { label, label_at }, self.span_from(span.start), 1)
            }
            _ => self.no_expression(),
        }
    }

    #[inline]
    fn literal(&mut self, kind: Option<ExprKind>, span: Span) -> Node {
        self.bump();
        self.push(kind.unwrap_or(ExprKind::Error), span, 1)
    }

    /// A name that something unusual follows: a path, a macro, a struct literal, or a forgotten operator.
    pub(super) fn name_rest(&mut self, name: Name) -> Node {
        let mut name = name;
        let mut kind = ExprKind::Name(name.symbol);
        let mut types = None;
        if self.at(T::PathSep) {
            let path = self.path(name, false);
            if path.name.symbol != name.symbol {
                kind = ExprKind::Path(path.name.symbol);
            }
            (name, types) = (path.name, path.types);
        }
        match self.token.kind {
            T::Ident | T::Int | T::True | T::False => {
                if let Some(node) = self.spelled_prefix(name.span) {
                    return node;
                }
            }
            T::Not
                if self.is_macro(name.span)
                    || self.text(name.span) == "matches"
                    || matches!(self.lexer.following(), b'(' | b'[' | b'{') =>
            {
                return self.macro_call(name);
            }
            T::LBrace if self.names_a_type(name.symbol) => return self.literal_or_block(name, kind, types),
            T::LParen if self.boxes(name.symbol) => return self.boxed(name),
            _ => {}
        }
        self.named(kind, name, types)
    }

    fn named(&mut self, kind: ExprKind, name: Name, types: Option<(TypeList, u32)>) -> Node {
        let node = self.push(kind, name.span, 1);
        if let Some((types, split)) = types {
            self.tree.turbofishes.push(Turbofish { expr: node.id, types, split });
        }
        node
    }

    /// A struct literal, unless its bracket is that of a block behind a head.
    fn literal_or_block(&mut self, name: Name, kind: ExprKind, types: Option<(TypeList, u32)>) -> Node {
        if self.in_head && !self.literal_in_head() {
            return self.named(kind, name, types);
        }
        if types.is_some() {
            self.unsupported(name.span, "type arguments before a struct literal are", "leave them out");
        }
        self.struct_literal(name)
    }

    fn jump_value(&mut self) -> Option<Node> {
        let opens_block = self.in_head && self.at(T::LBrace);
        (self.token.kind.starts_expr() && !opens_block).then(|| self.expr())
    }

    fn jump_label(&mut self) -> (Option<Symbol>, u32) {
        let at = self.token.start;
        (self.at(T::Label).then(|| self.label()), at)
    }

    /// Takes a label, without its quote.
    fn label(&mut self) -> Symbol {
        let token = self.bump();
        let span = Span::new(token.start + 1, token.end);
        let text = crate::tree::Text { start: span.start, len: span.end - span.start };
        self.intern(crate::names::key(self.text(span).as_bytes()), text)
    }

    pub(super) fn paren(&mut self) -> Node {
        let open = self.bump().span();
        if self.eat(T::RParen) {
            return self.push(ExprKind::Unit, self.span_from(open.start), 1);
        }
        let inner = self.inner();
        if self.at(T::Comma) {
            return self.tuple(open, inner);
        }
        self.close(T::RParen, open, "`)` after this expression");
        self.push(ExprKind::Paren(inner.id), self.span_from(open.start), inner.height + 1)
    }

    /// `[a, b]` or `[value; count]`.
    pub(super) fn list(&mut self) -> Node {
        let open = self.bump().span();
        if !self.at(T::RBracket) {
            let first = self.inner();
            return self.list_behind(open, first);
        }
        let base = self.scratch.exprs.len();
        let height = self.members(T::RBracket, open, "`,` or `]` after this element");
        let list = self.close_list(base);
        self.push(ExprKind::List(list), self.span_from(open.start), height + 1)
    }

    /// A list behind its first element.
    pub(super) fn list_behind(&mut self, open: Span, first: Node) -> Node {
        let base = self.scratch.exprs.len();
        if self.eat(T::Semi) {
            let count = self.inner();
            self.close(T::RBracket, open, "`]` after this count");
            let kind = ExprKind::Repeat { value: first.id, count: count.id };
            return self.push(kind, self.span_from(open.start), above(first.height, count.height));
        }
        self.scratch.exprs.push(first.id);
        let mut height = first.height;
        if !self.at(T::RBracket) && !self.eat(T::Comma) && !self.members_go_on(T::RBracket, open.start) {
            self.close(T::RBracket, open, "`,` or `]` after this element");
            let list = self.close_list(base);
            return self.push(ExprKind::List(list), self.span_from(open.start), height + 1);
        }
        height = height.max(self.members(T::RBracket, open, "`,` or `]` after this element"));
        let list = self.close_list(base);
        self.push(ExprKind::List(list), self.span_from(open.start), height + 1)
    }

    /// `if`, the loops and blocks: what ends a statement without `;`.
    pub(super) fn block_like(&mut self) -> Node {
        let start = self.token.start;
        let mut label = None;
        if self.at(T::Label) {
            label = Some(self.label());
            if !self.eat(T::Colon) {
                self.unexpected("`:` and a loop after this label");
                return self.error_node(self.span_from(start));
            }
        }
        match self.token.kind {
            T::While => self.while_loop(label, start),
            T::Loop => {
                self.bump();
                let (body, height) = self.block("`loop`");
                self.push(ExprKind::Loop { label, body }, self.span_from(start), height + 1)
            }
            T::For => self.for_loop(label, start),
            _ if label.is_some() => self.labelled_block(label, start),
            T::If => self.if_else(start),
            T::Match => self.match_expr(start),
            _ => {
                let (block, height) = self.block("");
                self.push(ExprKind::Block(block), self.span_from(start), height + 1)
            }
        }
    }

    /// The condition of an `if` or a `while`.
    fn condition(&mut self, keyword: &str) -> Node {
        let brace = self.token;
        let outer = (self.in_head, self.lets);
        (self.in_head, self.lets) = (true, true);
        let first_let = self.scratch.lets.len();
        let cond = self.expr();
        (self.in_head, self.lets) = outer;
        if self.scratch.lets.len() > first_let {
            self.place_lets(cond.id, first_let);
        }
        match self.tree.kind(cond.id) {
            ExprKind::Assign { .. } => self.compare_in_condition(cond),
            // `if { … }`: a block may be a condition, but here it is the body.
            ExprKind::Block(_) if !self.at(T::LBrace) => self.no_condition(keyword, brace.span()),
            _ => {}
        }
        cond
    }

    /// An assignment as a condition is taken as a comparison.
    pub(super) fn compare_in_condition(&mut self, cond: Node) {
        if let ExprKind::Assign { op: None, op_at, place, value } = self.tree.kind(cond.id) {
            self.assignment_as_condition(op_at);
            let kind = ExprKind::Binary { op: BinaryOp::Eq, op_at, left: place, right: value };
            self.tree.exprs[cond.id.index()].kind = kind;
        }
    }

    fn if_else(&mut self, start: u32) -> Node {
        if self.depth >= MAX_DEPTH {
            return self.too_deep(self.token.span());
        }
        self.depth += 1;
        self.bump();
        let cond = self.condition("if");
        let (then, then_height) = self.block("this condition");
        let mut height = above(cond.height, then_height);
        let mut otherwise = None;
        if self.at(T::Else) || (self.at(T::Ident) && self.spelled_else_if()) {
            let else_if = !self.at(T::Else);
            if self.at(T::Else) {
                self.bump();
            }
            let at = self.token.start;
            let node = if else_if || self.at(T::If) {
                self.if_else(at)
            } else if self.at(T::LBrace) {
                let (block, height) = self.block("`else`");
                self.push(ExprKind::Block(block), self.span_from(at), height + 1)
            } else {
                self.unexpected("`{` or `if` after `else`");
                self.error_node(self.span_from(at))
            };
            height = height.max(node.height + 1);
            otherwise = Some(node.id);
        }
        self.depth -= 1;
        self.push(ExprKind::If { cond: cond.id, then, otherwise }, self.span_from(start), height)
    }

    fn while_loop(&mut self, label: Option<Symbol>, start: u32) -> Node {
        self.bump();
        let cond = self.condition("while");
        let (body, height) = self.block("this condition");
        let kind = ExprKind::While { label, cond: cond.id, body };
        self.push(kind, self.span_from(start), above(cond.height, height))
    }

    fn for_loop(&mut self, label: Option<Symbol>, start: u32) -> Node {
        self.bump();
        let variable = self.for_variable();
        let written = if !self.eat(T::In) {
            self.for_without_in()
        } else if self.at(T::Amp) && self.is_mutable_reference() {
            self.mutable_head()
        } else {
            self.head()
        };
        let (head, adapters_height) = self.for_head(written);
        let (body, height) = self.block("the head of this `for`");
        let span = self.span_from(start);
        let Some(variable) = variable else { return self.error_node(span) };
        let id = ForId::new(self.tree.fors.len());
        self.tree.fors.push(For { label, variable, head, written: written.id, body });
        self.push(ExprKind::For(id), span, above(adapters_height, height))
    }

    /// Whether a bracket after `for` opens a head with semicolons in it, as in C.
    fn c_style_head(&self) -> bool {
        let rest = &self.lexer.source.as_bytes()[self.token.start as usize..];
        let mut open = 0;
        // No head is longer than this.
        for byte in rest.iter().take(256) {
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return false,
                b')' => open -= 1,
                b';' => return open > 0,
                b'{' => return false,
                _ => {}
            }
        }
        false
    }

    fn for_variable(&mut self) -> Option<ForVariable> {
        let start = self.token.start;
        if self.at(T::Mut) || self.at(T::Ident) {
            let mutable = self.eat(T::Mut);
            if self.at(T::Ident) {
                let name = self.take_name();
                if self.at(T::Comma) {
                    let kind = crate::tree::PatternKind::Binding { name, mutable, inner: None };
                    let first = self.push_pattern(kind, name.span, 1);
                    return Some(ForVariable::Pattern(self.bare_tuple_pattern(first, start).id));
                }
                let has_parts =
                    matches!(self.token.kind, T::LParen | T::LBrace | T::PathSep | T::At | T::Pipe);
                if !has_parts || mutable {
                    return Some(ForVariable::Name { name, mutable });
                }
                return Some(ForVariable::Pattern(self.pattern_after(name).id));
            }
        }
        if matches!(self.token.kind, T::LParen | T::LBracket | T::Amp | T::AmpAmp) && !self.c_style_head() {
            return Some(ForVariable::Pattern(self.pattern().id));
        }
        self.no_loop_variable();
        None
    }

    /// Understands what a `for` walks over: a range with adapters, or a list.
    fn for_head(&mut self, written: Node) -> (ForHead, u16) {
        let each = (ForHead::Each(written.id), written.height);
        let mut at = written.id;
        let (from, to, inclusive) = loop {
            match self.tree.kind(at) {
                ExprKind::Paren(inner) => at = inner,
                ExprKind::MethodCall { receiver, method, .. } if self.adapter(method).is_some() => {
                    at = receiver
                }
                ExprKind::Range { from, to, inclusive } => break (from, to, inclusive),
                _ => return each,
            }
        };
        let range_span = self.tree.span(at);
        let first = self.tree.adapters.len();
        at = written.id;
        while let ExprKind::Paren(inner) | ExprKind::MethodCall { receiver: inner, .. } = self.tree.kind(at) {
            if let ExprKind::MethodCall { method, args, .. } = self.tree.kind(at)
                && let Some(reverses) = self.adapter(method)
            {
                let step = self.tree.list(args).next();
                let count = self.tree.list(args).len();
                match (reverses, step) {
                    (true, _) => self.tree.adapters.push(Adapter::Rev),
                    (false, Some(step)) => self.tree.adapters.push(Adapter::StepBy(step)),
                    (false, None) => {}
                }
                if count != usize::from(!reverses) {
                    self.adapter_arguments(self.tree.method_span(method, args), reverses, count);
                }
            }
            at = inner;
        }
        // They were met from the outside in.
        self.tree.adapters[first..].reverse();
        if !matches!(self.tree.adapters[first..], [] | [_] | [Adapter::Rev, Adapter::StepBy(_)]) {
            // Any other order is a chain of methods.
            self.tree.adapters.truncate(first);
            return each;
        }
        let adapters = Run { start: first as u32, len: (self.tree.adapters.len() - first) as u32 };
        let from = from.unwrap_or_else(|| self.open_range(range_span, "start"));
        let to = to.unwrap_or_else(|| self.open_range(range_span, "end"));
        (ForHead::Range { from, to, inclusive, adapters }, written.height)
    }

    /// Whether a method changes the order of a range: `Some(true)` for `rev`, `Some(false)` for `step_by`.
    fn adapter(&self, method: Symbol) -> Option<bool> {
        match self.tree.name(method, self.lexer.source) {
            "rev" => Some(true),
            "step_by" => Some(false),
            _ => None,
        }
    }

    /// `{ … }`, after something that `before` names. Gives the greatest height of its statements.
    pub(super) fn block(&mut self, before: &str) -> (BlockId, u16) {
        if self.at(T::LBrace) && self.depth < MAX_DEPTH {
            self.depth += 1;
            let outer = std::mem::replace(&mut self.in_head, false);
            let found = self.block_body();
            self.in_head = outer;
            self.depth -= 1;
            return found;
        }
        self.no_block(before)
    }
}
