//! How expressions look: flat where they fit, else broken in the way of their kind.

use super::{Printer, TAB, WIDTH};
use crate::tree::{
    BlockId, ExprId, ExprKind, ExprList, ForVariable, Lambda, LambdaParam, Symbol, Tree, TypeId, TypeKind,
};
use nda_diagnostics::Span;

/// The width of an expression that cannot be printed on one line.
const NEVER: u32 = u32::MAX;
/// The longest `if … else …` on one line.
const IF_WIDTH: u32 = 50;
/// Members up to this width share lines in a broken list.
const SHORT_MEMBER: u32 = 10;

fn plus(widths: impl IntoIterator<Item = u32>) -> u32 {
    widths.into_iter().fold(0, u32::saturating_add)
}

/// The width of every expression of the tree when printed flat; operands stand before users, so one pass suffices.
pub(super) fn widths(tree: &Tree, source: &str) -> Vec<u32> {
    let mut widths: Vec<u32> = Vec::with_capacity(tree.exprs.len());
    let symbol = |symbol: Symbol| tree.name(symbol, source).len() as u32;
    for expr in &tree.exprs {
        let width = |id: ExprId| widths[id.index()];
        let optional = |id: Option<ExprId>| id.map_or(0, width);
        let spelling = || {
            let text = expr.span.text(source);
            text.lines().next().unwrap_or_default().chars().count() as u32
        };
        let list = |list: ExprList| {
            let members = tree.list(list);
            let gaps = 2 * members.len().saturating_sub(1) as u32;
            plus(members.map(width).chain([gaps]))
        };
        let label = |label: Option<Symbol>| label.map_or(0, |label| symbol(label) + 2);
        let empty = |block: BlockId| {
            let block = tree.block(block);
            block.stmts.len == 0 && block.tail.is_none()
        };
        let result = match expr.kind {
            ExprKind::Error => NEVER,
            ExprKind::Turbofish { .. }
            | ExprKind::Tuple(_)
            | ExprKind::Struct(_)
            | ExprKind::Matches { .. }
            | ExprKind::Field { .. }
            | ExprKind::TupleField { .. }
            | ExprKind::Try(_)
            | ExprKind::Labelled { .. }
            | ExprKind::Let { .. }
            | ExprKind::Match(_) => NEVER,
            ExprKind::Unit => 2,
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => spelling(),
            ExprKind::Name(name) | ExprKind::Path(name) => symbol(name),
            ExprKind::Paren(inner) => plus([width(inner), 2]),
            ExprKind::List(members) => plus([list(members), 2]),
            ExprKind::Repeat { value, count } => plus([width(value), width(count), 4]),
            ExprKind::Unary { operand, .. } => plus([width(operand), 1]),
            ExprKind::Binary { op, left, right, .. } => {
                plus([width(left), width(right), op.as_str().len() as u32 + 2])
            }
            ExprKind::Assign { op, place, value, .. } => {
                plus([width(place), width(value), op.map_or(0, |op| op.as_str().len() as u32) + 3])
            }
            ExprKind::Cast { operand, ty } => plus([width(operand), 4, type_width(tree, source, ty)]),
            ExprKind::Call { callee, args } => plus([width(callee), list(args), 2]),
            ExprKind::Macro { name, args } => plus([symbol(name), list(args), 3]),
            ExprKind::MethodCall { receiver, method, args } => {
                plus([width(receiver), list(args), symbol(method), 3])
            }
            ExprKind::Index { base, index } => plus([width(base), width(index), 2]),
            ExprKind::Slice { base, from, to, inclusive } => {
                plus([width(base), optional(from), optional(to), 4 + u32::from(inclusive)])
            }
            ExprKind::Range { from, to, inclusive } => {
                plus([optional(from), optional(to), 2 + u32::from(inclusive)])
            }
            ExprKind::Break { label: name, value, .. } => {
                plus([5, label(name), optional(value), u32::from(value.is_some())])
            }
            ExprKind::Continue { label: name, .. } => 8 + label(name),
            ExprKind::Return(value) => plus([6, optional(value), u32::from(value.is_some())]),
            ExprKind::Lambda(id) => {
                let lambda = tree.lambda(id);
                let params = tree.lambda_params_of(lambda);
                let param = |param: &LambdaParam| {
                    let variable = match param.variable {
                        ForVariable::Name { name, mutable } => symbol(name.symbol) + 4 * u32::from(mutable),
                        ForVariable::Pattern(_) => NEVER,
                    };
                    plus([variable, param.ty.map_or(0, |ty| type_width(tree, source, ty) + 2)])
                };
                let gaps = 2 * params.len().saturating_sub(1) as u32;
                let result = lambda.result.map_or(0, |ty| type_width(tree, source, ty) + 4);
                plus(params.iter().map(param).chain([gaps, 3, result, width(lambda.body)]))
            }
            ExprKind::Block(block) if empty(block) => 2,
            ExprKind::Loop { label: name, body } if empty(body) => {
                label(name) + 7 + u32::from(name.is_some())
            }
            ExprKind::Block(_) | ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For(_) => NEVER,
            ExprKind::If { cond, then, otherwise } => {
                let value = |block: BlockId| {
                    let block = tree.block(block);
                    let tail = block.tail.filter(|_| block.stmts.len == 0)?;
                    (!is_block_like(tree.kind(tail))).then(|| width(tail))
                };
                let otherwise = otherwise.and_then(|id| match tree.kind(id) {
                    ExprKind::Block(block) => value(block),
                    _ => None,
                });
                match (value(then), otherwise) {
                    (Some(then), Some(otherwise)) => {
                        let all = plus([width(cond), then, otherwise, "if  {  } else {  }".len() as u32]);
                        if all <= IF_WIDTH { all } else { NEVER }
                    }
                    _ => NEVER,
                }
            }
        };
        let commented = !tree.comments.is_empty() && has_comment(tree, expr.span);
        widths.push(if commented { NEVER } else { result });
    }
    widths
}

fn has_comment(tree: &Tree, span: Span) -> bool {
    let next = tree.comments.partition_point(|comment| comment.span.start < span.start);
    tree.comments.get(next).is_some_and(|comment| comment.span.start < span.end)
}

fn type_width(tree: &Tree, source: &str, ty: TypeId) -> u32 {
    match tree.ty(ty).kind {
        TypeKind::Name(symbol) => tree.name(symbol, source).len() as u32,
        TypeKind::List(element) => type_width(tree, source, element) + 2,
        TypeKind::Unit => 2,
        _ => 0,
    }
}

fn is_block_like(kind: ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::If { .. }
            | ExprKind::While { .. }
            | ExprKind::Loop { .. }
            | ExprKind::For(_)
            | ExprKind::Block(_)
    )
}

impl Printer<'_> {
    /// Whether an expression fits on the present line with `extra` columns after it.
    pub(super) fn fits(&self, id: ExprId, extra: usize) -> bool {
        let width = self.widths[id.index()];
        width != NEVER && self.column() + width as usize + extra <= WIDTH
    }

    /// An expression with `extra` columns after it, on a line that is indented by `indent`.
    pub(super) fn expr(&mut self, id: ExprId, indent: usize, extra: usize) {
        if self.fits(id, extra) {
            self.flat(id);
        } else {
            self.broken(id, indent, extra);
        }
        self.last = self.last.max(self.tree.span(id).end);
    }

    /// An expression that is a statement or the value of a block: an `if` has its blocks on lines of their own.
    pub(super) fn expr_stmt(&mut self, id: ExprId, indent: usize, extra: usize) {
        if is_block_like(self.tree.kind(id)) {
            self.broken(id, indent, extra);
        } else {
            self.expr(id, indent, extra);
        }
    }

    /// What stands after `=`: on the same line, on the next if that saves breaking it, or broken.
    pub(super) fn value(&mut self, id: ExprId, indent: usize, extra: usize) {
        self.push(" ");
        let width = self.widths[id.index()];
        let fits_below = width != NEVER && indent + TAB + width as usize + extra <= WIDTH;
        if !self.fits(id, extra) && fits_below {
            self.newline(indent + TAB);
        }
        self.expr(id, indent, extra);
    }

    fn label(&mut self, label: Option<Symbol>) {
        if let Some(label) = label {
            self.push("'");
            self.name(label);
            self.push(": ");
        }
    }

    /// On one line.
    pub(super) fn flat(&mut self, id: ExprId) {
        match self.tree.kind(id) {
            ExprKind::List(list) => {
                self.push("[");
                self.flat_list(list);
                self.push("]");
            }
            ExprKind::Binary { op, left, right, .. } => {
                self.flat(left);
                self.push(" ");
                self.push(op.as_str());
                self.push(" ");
                self.flat(right);
            }
            ExprKind::Assign { op, place, value, .. } => {
                self.flat(place);
                self.push(" ");
                self.push(op.map_or("", |op| op.as_str()));
                self.push("= ");
                self.flat(value);
            }
            ExprKind::Call { callee, args } => {
                self.flat(callee);
                self.push("(");
                self.flat_list(args);
                self.push(")");
            }
            ExprKind::Macro { name, args } => {
                self.name(name);
                self.push("!(");
                self.flat_list(args);
                self.push(")");
            }
            ExprKind::MethodCall { receiver, method, args } => {
                self.flat(receiver);
                self.push(".");
                self.name(method);
                self.push("(");
                self.flat_list(args);
                self.push(")");
            }
            ExprKind::If { cond, then, otherwise } => {
                self.push("if ");
                self.flat(cond);
                self.push(" ");
                self.flat_block(then);
                self.push(" else ");
                if let Some(ExprKind::Block(block)) = otherwise.map(|id| self.tree.kind(id)) {
                    self.flat_block(block);
                }
            }
            // These have no lines to break of their own: their broken form is flat if their parts are.
            _ => self.broken(id, 0, 0),
        }
    }

    fn flat_list(&mut self, list: ExprList) {
        for (index, member) in self.tree.list(list).enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.flat(member);
        }
    }

    fn flat_block(&mut self, block: BlockId) {
        self.push("{ ");
        if let Some(tail) = self.tree.block(block).tail {
            self.flat(tail);
        }
        self.push(" }");
    }

    fn broken(&mut self, id: ExprId, indent: usize, extra: usize) {
        let span = self.tree.span(id);
        match self.tree.kind(id) {
            ExprKind::Error
            | ExprKind::Turbofish { .. }
            | ExprKind::Tuple(_)
            | ExprKind::Struct(_)
            | ExprKind::Matches { .. }
            | ExprKind::Field { .. }
            | ExprKind::TupleField { .. }
            | ExprKind::Try(_)
            | ExprKind::Labelled { .. }
            | ExprKind::Let { .. }
            | ExprKind::Match(_) => self.misplaced = true,
            ExprKind::Unit => self.push("()"),
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => {
                self.push(span.text(self.source));
            }
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => self.name(symbol),
            ExprKind::Paren(inner) => {
                self.push("(");
                self.part(inner, indent, extra + 1);
                self.push(")");
            }
            ExprKind::List(list) => {
                self.last = span.start + 1;
                self.members(list, "[", "]", span.end, indent);
            }
            ExprKind::Repeat { value, count } => {
                self.push("[");
                self.part(value, indent, extra + 3 + self.flat_width(count));
                self.push("; ");
                self.part(count, indent, extra + 1);
                self.push("]");
            }
            ExprKind::Unary { op, operand } => {
                self.push(op.as_str());
                self.part(operand, indent, extra);
            }
            ExprKind::Binary { .. } => self.operands(id, indent, extra),
            ExprKind::Assign { op, place, value, .. } => {
                self.part(place, indent, 2);
                self.push(" ");
                self.push(op.map_or("", |op| op.as_str()));
                self.push("=");
                self.value(value, indent, extra);
            }
            ExprKind::Cast { operand, ty } => {
                self.part(operand, indent, extra + 4 + self.type_width(ty));
                self.push(" as ");
                self.ty(ty);
            }
            ExprKind::Call { callee, args } => {
                self.part(callee, indent, 1);
                self.last = self.tree.span(callee).end;
                self.members(args, "(", ")", span.end, indent);
            }
            ExprKind::Macro { name, args } => {
                self.name(name);
                self.push("!");
                self.last = span.start + self.tree.name(name, self.source).len() as u32;
                self.members(args, "(", ")", span.end, indent);
            }
            ExprKind::MethodCall { .. } => self.methods(id, indent),
            ExprKind::Index { base, index } => {
                self.part(base, indent, extra + 2 + self.flat_width(index));
                self.push("[");
                self.part(index, indent, extra + 1);
                self.push("]");
            }
            ExprKind::Slice { base, from, to, inclusive } => {
                self.part(base, indent, 1);
                self.push("[");
                self.range(from, to, inclusive, indent, extra + 1);
                self.push("]");
            }
            ExprKind::Range { from, to, inclusive } => self.range(from, to, inclusive, indent, extra),
            ExprKind::Lambda(id) => {
                let lambda = self.tree.lambda(id);
                self.lambda_head(lambda);
                self.expr(lambda.body, indent, extra);
            }
            ExprKind::Block(block) => self.block(block, indent),
            ExprKind::If { cond, then, otherwise } => {
                self.push("if ");
                self.head(cond, indent);
                self.block(then, indent);
                if let Some(otherwise) = otherwise {
                    self.push(" else ");
                    self.broken(otherwise, indent, extra);
                }
            }
            ExprKind::While { label, cond, body } => {
                self.label(label);
                self.push("while ");
                self.head(cond, indent);
                self.block(body, indent);
            }
            ExprKind::Loop { label, body } => {
                self.label(label);
                self.push("loop ");
                self.block(body, indent);
            }
            ExprKind::For(id) => {
                let details = self.tree.for_loop(id);
                self.label(details.label);
                self.push("for ");
                self.variable(details.variable);
                self.push(" in ");
                self.head(details.written, indent);
                self.block(details.body, indent);
            }
            ExprKind::Break { label, value, .. } => {
                self.push("break");
                self.jump_label(label);
                self.jump_value(value, indent, extra);
            }
            ExprKind::Continue { label, .. } => {
                self.push("continue");
                self.jump_label(label);
            }
            ExprKind::Return(value) => {
                self.push("return");
                self.jump_value(value, indent, extra);
            }
        }
    }

    fn variable(&mut self, variable: ForVariable) {
        match variable {
            ForVariable::Name { name, mutable } => {
                self.push(if mutable { "mut " } else { "" });
                self.name(name.symbol);
            }
            ForVariable::Pattern(_) => self.misplaced = true,
        }
    }

    /// `|params| `, always on one line.
    fn lambda_head(&mut self, lambda: Lambda) {
        self.push("|");
        for (index, param) in self.tree.lambda_params_of(lambda).iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.variable(param.variable);
            if let Some(ty) = param.ty {
                self.push(": ");
                self.ty(ty);
            }
        }
        self.push("| ");
        if let Some(result) = lambda.result {
            self.push("-> ");
            self.ty(result);
            self.push(" ");
        }
        // A comment among the parameters would end up in the body.
        let body = self.tree.span(lambda.body).start;
        self.misplaced |= self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < body);
    }

    fn flat_width(&self, id: ExprId) -> usize {
        match self.widths[id.index()] {
            NEVER => 0,
            width => width as usize,
        }
    }

    /// A part of an expression.
    fn part(&mut self, id: ExprId, indent: usize, extra: usize) {
        self.expr(id, indent, extra);
    }

    fn jump_label(&mut self, label: Option<Symbol>) {
        if let Some(label) = label {
            self.push(" '");
            self.name(label);
        }
    }

    fn jump_value(&mut self, value: Option<ExprId>, indent: usize, extra: usize) {
        if let Some(value) = value {
            self.push(" ");
            self.expr(value, indent, extra);
        }
    }

    fn range(
        &mut self,
        from: Option<ExprId>,
        to: Option<ExprId>,
        inclusive: bool,
        indent: usize,
        extra: usize,
    ) {
        if let Some(from) = from {
            self.part(from, indent, 3);
        }
        self.push(if inclusive { "..=" } else { ".." });
        if let Some(to) = to {
            self.part(to, indent, extra);
        }
    }

    /// What stands before a block. If its last line is a continuation, the block starts on a line of its own.
    fn head(&mut self, id: ExprId, indent: usize) {
        let before = self.line_start;
        self.expr(id, indent, 2);
        let last_line = &self.out[self.line_start..];
        if self.line_start == before || last_line.trim_start().starts_with([')', ']', '}']) {
            self.push(" ");
        } else {
            self.newline(indent);
        }
    }

    /// Whether the last of the members is a lambda whose body is a block, and all that stands before that block, and
    /// no comment, fits on this line. `end` ends the list.
    fn ends_in_block(&self, list: ExprList, last: ExprId, end: u32) -> bool {
        let ExprKind::Lambda(id) = self.tree.kind(last) else { return false };
        let body = self.tree.lambda(id).body;
        let (head, body) = (self.tree.span(last).start, self.tree.span(body));
        if !matches!(self.tree.kind(self.tree.lambda(id).body), ExprKind::Block(_)) {
            return false;
        }
        let before = self.tree.list(list).filter(|&member| member != last).map(|id| self.widths[id.index()]);
        let width = plus(before.map(|width| width.saturating_add(2)).chain([body.start - head]));
        let mut comments = self.tree.comments[self.comment..].iter().map(|comment| comment.span);
        width != NEVER
            && self.column() + width as usize <= WIDTH
            && comments
                .find(|span| span.start >= end || span.start < body.start || span.end > body.end)
                .is_none_or(|span| span.start >= end)
    }

    /// Members between brackets, not on one line. What ends with `end` starts behind `self.last`.
    fn members(&mut self, list: ExprList, open: &str, close: &str, end: u32, indent: usize) {
        self.push(open);
        let opened = self.out.len();
        self.opened = opened;
        let members = self.tree.list(list);
        let count = members.len();
        let comments = self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < end);
        let inner = indent + TAB;
        if let Some(last) = members.clone().next_back()
            && self.ends_in_block(list, last, end)
        {
            for member in members.take(count - 1) {
                self.flat(member);
                self.push(", ");
            }
            self.expr(last, indent, 1);
            self.push(close);
            return;
        }
        let mut first = members.clone();
        if let (1, Some(only), false) = (count, first.next(), comments) {
            let kind = self.tree.kind(only);
            if is_block_like(kind) || matches!(kind, ExprKind::List(_) | ExprKind::Lambda(_)) {
                self.expr(only, indent, 1);
                self.push(close);
                return;
            }
        }
        let total: u32 = plus(members.clone().map(|id| self.widths[id.index()]));
        if !comments && self.column() + total as usize + 2 * count <= WIDTH && total != NEVER {
            // It is something before or behind that does not fit.
            self.flat_list(list);
            self.push(close);
            return;
        }
        let short =
            !comments && count > 1 && members.clone().all(|id| self.widths[id.index()] <= SHORT_MEMBER);
        for (index, member) in members.enumerate() {
            let start = self.tree.span(member).start;
            let packed = short && index > 0 && {
                let width = self.widths[member.index()] as usize;
                self.column() + 1 + width < WIDTH
            };
            if packed {
                self.push(" ");
            } else {
                self.lines_before_member(start, inner);
            }
            self.expr(member, inner, 1);
            self.last = self.tree.span(member).end;
            self.push(",");
        }
        self.trailing_lines(end - 1, inner);
        if self.out.len() > opened {
            self.newline(indent);
        }
        self.push(close);
        self.last = end;
    }

    /// A chain of operators of one strength, each on a line of its own.
    fn operands(&mut self, id: ExprId, indent: usize, extra: usize) {
        let mut chain = Vec::new();
        let mut first = id;
        let strength = |kind: ExprKind| match kind {
            ExprKind::Binary { op, .. } => Some(op.precedence()),
            _ => None,
        };
        let level = strength(self.tree.kind(id));
        while let ExprKind::Binary { op, left, right, .. } = self.tree.kind(first) {
            if strength(self.tree.kind(first)) != level {
                break;
            }
            chain.push((op, right));
            first = left;
        }
        let inner = indent + TAB;
        self.expr(first, indent, 0);
        self.last = self.tree.span(first).end;
        while let Some((op, operand)) = chain.pop() {
            let span = self.tree.span(operand);
            self.lines_before_member(span.start, inner);
            self.push(op.as_str());
            self.push(" ");
            let extra = if chain.is_empty() { extra } else { 0 };
            self.expr(operand, inner, extra);
            self.last = span.end;
        }
    }

    /// A chain of methods, each on a line of its own; a single one stays behind its receiver.
    fn methods(&mut self, id: ExprId, indent: usize) {
        let mut chain = Vec::new();
        let mut first = id;
        while let ExprKind::MethodCall { receiver, method, args } = self.tree.kind(first) {
            chain.push((method, args, self.tree.span(first).end));
            first = receiver;
        }
        let vertical = chain.len() > 1;
        let inner = if vertical { indent + TAB } else { indent };
        self.expr(first, indent, 0);
        self.last = self.tree.span(first).end;
        while let Some((method, args, end)) = chain.pop() {
            let name = self.tree.method_span(method, args);
            if vertical {
                self.lines_before_member(name.start, inner);
            }
            self.push(".");
            self.name(method);
            self.misplaced |=
                !vertical && self.tree.comments.get(self.comment).is_some_and(|c| c.span.start < name.end);
            self.last = name.end;
            self.members(args, "(", ")", end, inner);
            self.last = end;
        }
    }
}
