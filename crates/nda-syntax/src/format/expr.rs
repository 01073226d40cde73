//! How expressions look: flat where they fit, else broken in the way of their kind.

use super::width::{NEVER, plus};
use super::{IN_PLACE, Printer, TAB, WIDTH};
use crate::tree::{BlockId, ExprId, ExprKind, ExprList, Lambda, Symbol};

/// Members up to this width share lines in a broken list.
const SHORT_MEMBER: u32 = 10;

pub(super) fn is_block_like(kind: ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::If { .. }
            | ExprKind::While { .. }
            | ExprKind::Loop { .. }
            | ExprKind::For(_)
            | ExprKind::Block(_)
            | ExprKind::Labelled { .. }
            | ExprKind::Match(_)
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
            self.in_place(id);
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

    /// The `&mut` before an expression, if it has one.
    fn in_place(&mut self, id: ExprId) {
        self.push(if self.tree.is_in_place(id) { IN_PLACE } else { "" });
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
        self.in_place(id);
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
            ExprKind::Tuple(list) => {
                self.push("(");
                self.flat_list(list);
                self.push(if self.tree.list(list).len() == 1 { ",)" } else { ")" });
            }
            ExprKind::Struct(id) => self.flat_struct(id),
            ExprKind::Matches { value, pattern, guard } => {
                self.push("matches!(");
                self.flat(value);
                self.push(", ");
                self.pattern(pattern);
                self.guard(guard, 0, 0);
                self.push(")");
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
                self.method_types(args);
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

    pub(super) fn flat_block(&mut self, block: BlockId) {
        self.push("{ ");
        if let Some(tail) = self.tree.block(block).tail {
            self.flat(tail);
        }
        self.push(" }");
    }

    fn broken(&mut self, id: ExprId, indent: usize, extra: usize) {
        let span = self.tree.span(id);
        match self.tree.kind(id) {
            ExprKind::Error => self.misplaced = true,
            ExprKind::Unit => self.push("()"),
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => {
                self.push(span.text(self.source));
            }
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => self.path(id, symbol),
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
            ExprKind::Vector { items, .. } => {
                self.push("vec");
                self.part(items, indent, extra);
            }
            ExprKind::Tuple(list) => {
                self.last = span.start + 1;
                match self.tree.list(list).next() {
                    Some(only) if self.tree.list(list).len() == 1 => {
                        self.push("(");
                        self.part(only, indent, extra + 2);
                        self.push(",)");
                    }
                    _ => self.members(list, "(", ")", span.end, indent),
                }
            }
            ExprKind::Struct(id) => self.broken_struct(id, span.end, indent),
            ExprKind::Matches { value, pattern, guard } => {
                self.push("matches!(");
                self.part(value, indent, 2);
                self.push(", ");
                self.pattern(pattern);
                self.guard(guard, indent, extra + 1);
                self.push(")");
            }
            ExprKind::Field { base, name } => {
                self.part(base, indent, extra + 1 + self.tree.name(name, self.source).len());
                self.push(".");
                self.name(name);
            }
            ExprKind::TupleField { base, index } => {
                let index = index.to_string();
                self.part(base, indent, extra + 1 + index.len());
                self.push(".");
                self.push(&index);
            }
            ExprKind::Try(operand) => {
                self.part(operand, indent, extra + 1);
                self.push("?");
            }
            ExprKind::Labelled { label, body } => {
                self.label(Some(label));
                self.block(body, indent);
            }
            ExprKind::Let { pattern, value } => {
                self.push("let ");
                self.pattern(pattern);
                self.push(" = ");
                self.part(value, indent, extra);
            }
            ExprKind::Match(id) => self.match_expr(id, span.end, indent),
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

    /// A name or path, with its type arguments.
    fn path(&mut self, id: ExprId, path: Symbol) {
        let Some(turbofish) = self.tree.turbofish(id) else { return self.name(path) };
        let (before, after) = self.tree.name(path, self.source).split_at(turbofish.split as usize);
        self.push(before);
        self.push("::<");
        self.types(turbofish.types);
        self.push(">");
        self.push(after);
    }

    fn flat_width(&self, id: ExprId) -> usize {
        match self.widths[id.index()] {
            NEVER => 0,
            width => width as usize,
        }
    }

    /// A part of an expression.
    pub(super) fn part(&mut self, id: ExprId, indent: usize, extra: usize) {
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
    pub(super) fn head(&mut self, id: ExprId, indent: usize) {
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
    pub(super) fn members(&mut self, list: ExprList, open: &str, close: &str, end: u32, indent: usize) {
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
}
